"""The recorded week of eight real farms, from the API's answer to Gold."""

from __future__ import annotations

import math
from collections import defaultdict
from datetime import date, datetime, timedelta
from statistics import median
from typing import Any

import pandas as pd
import pvlib
import pytest

from tests.e2e.conftest import Stack

pytestmark = pytest.mark.stack

WEEK = "network_id = 'NEM' AND ds BETWEEN DATE '2025-01-01' AND DATE '2025-01-07'"
CLEAR_SKY_INDEX = 0.65


def test_energy_of_every_farm_and_day_equals_the_recorded_sums(
    recorded_week: Stack, recorded_energy: dict[tuple[str, str], list[float]]
) -> None:
    published = recorded_week.query(
        f"SELECT plant_id, cast(ds AS varchar), energy_mwh, missingness FROM gold.daily_plant_kpi WHERE {WEEK}"
    )

    assert {(plant, day) for plant, day, _, _ in published} == set(recorded_energy)
    for plant, day, energy_mwh, missingness in published:
        assert energy_mwh == pytest.approx(sum(recorded_energy[plant, day]), abs=1e-6), (plant, day)
        assert missingness == 0, (plant, day)


def test_capacity_factor_of_a_complete_day_is_energy_over_capacity_times_24(
    recorded_week: Stack, recorded_energy: dict[tuple[str, str], list[float]]
) -> None:
    for plant, day, cf, capacity_mw in recorded_week.query(
        f"SELECT plant_id, cast(ds AS varchar), cf, capacity_mw FROM gold.daily_plant_kpi WHERE {WEEK}"
    ):
        assert cf == pytest.approx(sum(recorded_energy[plant, day]) / (capacity_mw * 24), abs=1e-9), (plant, day)


def test_a_farm_that_made_nothing_has_zero_and_not_null(recorded_week: Stack) -> None:
    days = recorded_week.query(
        f"SELECT energy_mwh, cf, missingness FROM gold.daily_plant_kpi WHERE plant_id = 'WRSF1' AND {WEEK}"
    )

    assert days == [[0.0, 0.0, 0.0]] * 7


def test_latency_is_unknown_where_a_backfill_brought_the_hours(recorded_week: Stack) -> None:
    latencies = recorded_week.query(
        f"SELECT DISTINCT latency_minutes, latency_max_minutes FROM gold.daily_plant_kpi WHERE {WEEK}"
    )

    assert latencies == [[None, None]]


def test_sunlight_and_generation_lie_around_solar_noon(recorded_week: Stack) -> None:
    """Weather joins the generation hour it belongs to: both centroids, taken at mid-hour, are near true solar noon."""
    ghi_minutes, energy_minutes = _minutes_from_solar_noon(recorded_week)

    assert len(ghi_minutes) == 8
    for plant, minutes in ghi_minutes.items():
        assert abs(median(minutes)) <= 15, (plant, minutes)
    assert len(energy_minutes) == 7  # WRSF1 made nothing
    for plant, minutes in energy_minutes.items():
        assert abs(median(minutes)) <= 45, (plant, minutes)


def _minutes_from_solar_noon(stack: Stack) -> tuple[dict[str, list[float]], dict[str, list[float]]]:
    """Per plant: distance of the day's centroid from solar noon, of GHI on clear days and of energy on all days."""
    hours: dict[tuple[str, date], list[list[Any]]] = defaultdict(list)
    for row in stack.query(
        "SELECT h.plant_id, h.ds, h.ts_utc, h.ghi_w_m2, w.extraterrestrial_w_m2, h.energy_mwh, p.latitude, p.longitude "
        "FROM gold.plant_weather_hourly h JOIN silver.dim_plant p ON p.plant_id = h.plant_id "
        "JOIN silver.fact_weather_hourly w ON w.plant_id = h.plant_id AND w.ts_utc = h.ts_utc "
        f"WHERE h.{WEEK.replace(' ds ', ' h.ds ')}"
    ):
        hours[row[0], row[1]].append(row)
    ghi: dict[str, list[float]] = defaultdict(list)
    energy: dict[str, list[float]] = defaultdict(list)
    for (plant, day), rows in hours.items():
        noon = _solar_noon(day, rows[0][6], rows[0][7])
        if sum(r[3] for r in rows) / sum(r[4] for r in rows) > CLEAR_SKY_INDEX:
            ghi[plant].append(_centroid_minutes(rows, 3, noon))
        if sum(r[5] for r in rows) > 0:
            energy[plant].append(_centroid_minutes(rows, 5, noon))
    return ghi, energy


def _solar_noon(day: date, latitude: float, longitude: float) -> datetime:
    minutes = pd.date_range(f"{day} 00:00", f"{day} 23:59", freq="1min", tz="Etc/GMT-10")
    elevation = pvlib.solarposition.get_solarposition(minutes, latitude, longitude)["elevation"]
    return elevation.idxmax().to_pydatetime()


def _centroid_minutes(rows: list[list[Any]], column: int, noon: datetime) -> float:
    weights = [row[column] for row in rows]
    distance = [(row[2] + timedelta(minutes=30) - noon).total_seconds() / 60 for row in rows]
    centroid = sum(w * d for w, d in zip(weights, distance, strict=True)) / sum(weights)
    assert not math.isnan(centroid)
    return centroid
