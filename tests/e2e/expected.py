"""What a local day must be, from the stand-in's own answers and by another way than the product's."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, date, datetime, timedelta

import pytest
import requests

from tests.e2e.conftest import Stack

OFFSET_HOURS = {"NEM": 10, "WEM": 8}


def source_energy_mwh(stack: Stack, network: str, day: date) -> dict[str, float]:
    """Sum by facility of what the API tells for a network-local day."""
    facilities = [row[0] for row in stack.query(f"SELECT plant_id FROM silver.dim_plant WHERE network_id = '{network}'")]
    facility_of = dict(stack.query("SELECT unit_code, plant_id FROM silver.dim_unit"))  # type: ignore[arg-type]
    answer = requests.get(
        f"{stack.stand_in}/v4/data/facilities/{network}",
        params={
            "facility_code": facilities,
            "metrics": ["energy"],
            "interval": "1h",
            "date_start": f"{day}T00:00:00",
            "date_end": f"{day + timedelta(days=1)}T00:00:00",
        },
        headers={"Authorization": "Bearer oe_stand_in_primary"},
        timeout=30,
    )
    answer.raise_for_status()
    energy: dict[str, float] = defaultdict(float)
    for series in answer.json()["data"]:
        for result in series["results"]:
            energy[facility_of[result["columns"]["unit_code"]]] += sum(value for _, value in result["data"])
    return dict(energy)


def check_day(stack: Stack, day: date) -> None:
    """A local day has 24 hours in both networks, and the energy that the source tells for it."""
    for network, offset in OFFSET_HOURS.items():
        published = stack.query(
            "SELECT plant_id, energy_mwh, missingness, weather_missingness FROM gold.daily_plant_kpi "
            f"WHERE network_id = '{network}' AND ds = DATE '{day}'"
        )
        expected = source_energy_mwh(stack, network, day)
        assert {plant for plant, *_ in published} == set(expected)
        for plant, energy_mwh, missingness, weather_missingness in published:
            assert energy_mwh == pytest.approx(expected[plant], abs=1e-6), (day, plant)
            assert (missingness, weather_missingness) == (0, 0), (day, plant)
        hours = stack.query(
            "SELECT count(*), count(DISTINCT ts_local), min(ts_utc), max(ts_utc) FROM gold.plant_weather_hourly "
            f"WHERE network_id = '{network}' AND ds = DATE '{day}' GROUP BY plant_id"
        )
        midnight = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(hours=offset)
        assert hours == [[24, 24, midnight, midnight + timedelta(hours=23)]] * len(expected), (day, network)
