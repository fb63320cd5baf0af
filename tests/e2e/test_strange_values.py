"""Values that cannot be right, through all layers: kept in Bronze, flagged or left out by Silver, no crash, no silent zero."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.e2e.conftest import Stack

pytestmark = pytest.mark.stack

START = datetime(2025, 4, 9, 14, tzinfo=UTC)
DAY = "DATE '2025-04-10'"
HOURS = "ts_utc >= TIMESTAMP '2025-04-09 14:00 UTC' AND ts_utc < TIMESTAMP '2025-04-10 14:00 UTC'"


@pytest.fixture
def strange_day(recorded_week: Stack, faults: Any) -> Stack:
    faults("twice_capacity", endpoint="oe_data", unit_code="AVLSF1")
    faults("negative_night", endpoint="oe_data", value=-5.0)
    faults("null_interior", endpoint="oe_data", every=6)
    faults("unknown_unit", endpoint="oe_data")
    recorded_week.succeed("rebuild_day", START, START + timedelta(days=1))
    return recorded_week


def test_every_strange_value_is_kept_and_none_reaches_the_sums(strange_day: Stack) -> None:
    # Bronze has them as they came
    nulls, negatives, ghosts = strange_day.query(
        "SELECT count_if(value IS NULL), count_if(value < 0), count_if(unit_code = '0GHOST1') "
        f"FROM bronze.oe_generation_hourly_raw WHERE {HOURS}"
    )[0]
    assert nulls > 0
    assert negatives > 0
    assert ghosts > 0

    # Silver refuses twice the capacity and the unit nobody knows, with a reason for each
    reasons = dict(
        strange_day.query(
            f"SELECT unit_code, array_join(array_agg(DISTINCT reason), ' ') FROM silver.rejected_rows WHERE {HOURS} GROUP BY 1"
        )
    )
    assert {"AVLSF1", "0GHOST1"} <= set(reasons), reasons

    # Gold counts what is missing, and makes no zero of it
    rows = {
        plant: (energy, capacity, missingness, rejected)
        for plant, energy, capacity, missingness, rejected in strange_day.query(
            f"SELECT plant_id, energy_mwh, capacity_mw, missingness, rejected_hours FROM gold.daily_plant_kpi WHERE ds = {DAY}"
        )
    }
    assert "0GHOST" not in rows
    for plant, (energy, capacity, missingness, _) in rows.items():
        assert missingness > 0, plant
        assert -24 * 5.0 <= energy <= capacity * 24, plant
    assert rows["AVLSF"][3] > 0
    hours = strange_day.query(
        "SELECT energy_mwh, capacity_mw, contains(quality_flags, 'negative') FROM gold.plant_weather_hourly "
        f"WHERE ds = {DAY} AND energy_mwh IS NOT NULL"
    )
    assert any(flagged for _, _, flagged in hours)
    for energy, capacity, flagged in hours:
        assert energy <= capacity * 1.2
        assert flagged == (energy < -0.005 * capacity)
