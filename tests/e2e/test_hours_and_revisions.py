"""An hour may be run twice, late or out of order; a source may revise: the tables end up the same."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from include.contracts import load
from tests.e2e.comparison import contents, ds_between, duplicate_keys, rebuilt_rows, ts_between
from tests.e2e.conftest import HOURS, Stack

pytestmark = pytest.mark.stack

BRONZE = (
    "bronze.oe_generation_hourly_raw",
    "bronze.oe_market_hourly_raw",
    "bronze.om_weather_hourly_raw",
    "bronze.om_air_quality_hourly_raw",
    "bronze.oe_facilities_raw",
)
# The local days around them; the hourly runs may have filled the gap before them too.
SINCE, UNTIL = datetime(2025, 2, 7, 14, tzinfo=UTC), datetime(2025, 2, 10, 14, tzinfo=UTC)


def counts(stack: Stack) -> dict[str, int]:
    """Rows of Bronze; this month's, which scheduled runs bring meanwhile, left out."""
    old = {table: " WHERE ts_utc < TIMESTAMP '2026-01-01 00:00:00 UTC'" for table in BRONZE if "hourly" in table}
    return {table: stack.value(f"SELECT count(*) FROM {table}{old.get(table, '')}") for table in BRONZE}


def test_hours_in_another_order_give_what_one_rebuild_gives(shuffled_hours: Stack) -> None:
    shuffled = contents(shuffled_hours, SINCE, UNTIL)

    assert all(shuffled.values())
    assert duplicate_keys(shuffled_hours) == {}
    assert rebuilt_rows(shuffled_hours, SINCE, UNTIL) == shuffled


@pytest.mark.long
def test_the_same_hour_again_changes_nothing(shuffled_hours: Stack) -> None:
    bronze_before, tables_before = counts(shuffled_hours), contents(shuffled_hours, SINCE, UNTIL)

    shuffled_hours.run_hour(HOURS[1])

    assert counts(shuffled_hours) == bronze_before
    assert contents(shuffled_hours, SINCE, UNTIL) == tables_before


@pytest.mark.long
def test_a_revision_reaches_gold_and_the_first_version_stays_in_bronze(shuffled_hours: Stack) -> None:
    # given hours that are loaded, and three values that the source revises afterwards
    before = {tuple(row[:2]): row for row in shuffled_hours.rows("silver.fact_generation_hourly", ts_between(SINCE, UNTIL))}
    bronze_before = counts(shuffled_hours)
    revised = [("AVLSF", "AVLSF1", HOURS[0]), ("EMERASF", "EMERASF1", HOURS[1]), ("YATSF1", "YATSF1", HOURS[0])]
    shuffled_hours.control(
        "POST", "revise", [{"unit_code": unit, "ts": hour.isoformat(), "factor": 0.5} for _, unit, hour in revised]
    )

    # when the hours are asked for again
    shuffled_hours.succeed("rebuild_day", HOURS[0], HOURS[1] + timedelta(hours=1))

    # then Bronze has both versions of exactly these (power, energy and market value), and Silver the new ones
    grown = {table: count - bronze_before[table] for table, count in counts(shuffled_hours).items()}
    assert grown == {**dict.fromkeys(BRONZE, 0), "bronze.oe_generation_hourly_raw": 3 * len(revised)}
    after = {tuple(row[:2]): row for row in shuffled_hours.rows("silver.fact_generation_hourly", ts_between(SINCE, UNTIL))}
    changed = {key for key in after if after[key] != before[key]}
    assert {(plant, ts) for plant, ts in changed} == {(plant, hour) for plant, _, hour in revised}
    energy = load("silver.fact_generation_hourly").comparable_columns.index("energy_mwh")
    for key in changed:
        assert after[key][energy] == pytest.approx(before[key][energy] / 2, abs=1e-4)  # the source rounds

    # and Gold's day says so
    days = shuffled_hours.query(
        f"SELECT plant_id, sum(revised_hours) FROM gold.daily_plant_kpi WHERE {ds_between(SINCE, UNTIL)} GROUP BY 1"
    )
    assert {plant for plant, hours in days if hours} == {plant for plant, _, _ in revised}
