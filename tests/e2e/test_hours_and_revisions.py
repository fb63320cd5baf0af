"""An hour may be run twice, late or out of order; a source may revise: the tables end up the same."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from include.contracts import load
from tests.e2e.conftest import Stack

pytestmark = pytest.mark.stack

FACTS = ("silver.fact_generation_hourly", "silver.fact_weather_hourly", "silver.fact_air_quality_hourly")
BRONZE = (
    "bronze.oe_generation_hourly_raw",
    "bronze.om_weather_hourly_raw",
    "bronze.om_air_quality_hourly_raw",
    "bronze.oe_facilities_raw",
)
FIRST = datetime(2025, 2, 10, 1, tzinfo=UTC)
HOURS = [FIRST + timedelta(hours=n) for n in range(3)]
# What the rebuild below replaces; the hourly runs may have filled the gap before it too.
SINCE = "ts_utc BETWEEN TIMESTAMP '2025-02-08 00:00:00 UTC' AND TIMESTAMP '2025-02-28 00:00:00 UTC'"
DAYS = "ds BETWEEN DATE '2025-02-09' AND DATE '2025-02-28'"


def counts(stack: Stack) -> dict[str, int]:
    """Rows of Bronze; this month's, which scheduled runs bring meanwhile, left out."""
    old = {table: " WHERE ts_utc < TIMESTAMP '2026-01-01 00:00:00 UTC'" for table in BRONZE if "hourly" in table}
    return {table: stack.value(f"SELECT count(*) FROM {table}{old.get(table, '')}") for table in BRONZE}


def tables(stack: Stack) -> dict[str, list[list[object]]]:
    silver = {table: stack.rows(table, SINCE) for table in FACTS}
    gold_hours = stack.rows("gold.plant_weather_hourly", SINCE)
    return silver | {"hours": gold_hours, "days": stack.rows("gold.daily_plant_kpi", DAYS)}


def test_three_hours_in_shuffled_order_give_what_one_rebuild_gives(recorded_week: Stack) -> None:
    # given three hours run last, first, middle
    for hour in (HOURS[2], HOURS[0], HOURS[1]):
        recorded_week.run_hour(hour)
    shuffled = tables(recorded_week)
    for table in (*FACTS, "gold.plant_weather_hourly", "gold.daily_plant_kpi"):
        key = ", ".join(load(table).key)
        assert recorded_week.query(f"SELECT {key} FROM {table} GROUP BY {key} HAVING count(*) > 1") == [], table

    # when Silver and Gold of these days are thrown away and built once more from Bronze in one piece
    for table in (*FACTS, "gold.plant_weather_hourly"):
        recorded_week.query(f"DELETE FROM {table} WHERE {SINCE}")
    recorded_week.query(f"DELETE FROM gold.daily_plant_kpi WHERE {DAYS}")
    start = datetime(2025, 2, 6, 14, tzinfo=UTC)
    recorded_week.succeed("rebuild_day", start, FIRST + timedelta(hours=3), from_layer="bronze")

    # then every row is the same
    assert tables(recorded_week) == shuffled


def test_the_same_hour_again_changes_nothing(recorded_week: Stack) -> None:
    recorded_week.run_hour(HOURS[2])
    bronze_before, tables_before = counts(recorded_week), tables(recorded_week)

    recorded_week.run_hour(HOURS[2])

    assert counts(recorded_week) == bronze_before
    assert tables(recorded_week) == tables_before


def test_a_revision_reaches_gold_and_the_first_version_stays_in_bronze(recorded_week: Stack) -> None:
    # given an hour that is loaded, and three values that the source revises afterwards
    recorded_week.run_hour(HOURS[2])
    before = {tuple(row[:2]): row for row in recorded_week.rows("silver.fact_generation_hourly", SINCE)}
    bronze_before = counts(recorded_week)
    revised = [("AVLSF", "AVLSF1", HOURS[0]), ("EMERASF", "EMERASF1", HOURS[1]), ("YATSF1", "YATSF1", HOURS[0])]
    recorded_week.control(
        "POST", "revise", [{"unit_code": unit, "ts": hour.isoformat(), "factor": 0.5} for _, unit, hour in revised]
    )

    # when the same hour runs again
    recorded_week.run_hour(HOURS[2])

    # then Bronze has both versions of exactly these (power and energy), and Silver the new ones
    grown = {table: count - bronze_before[table] for table, count in counts(recorded_week).items()}
    assert grown == {**dict.fromkeys(BRONZE, 0), "bronze.oe_generation_hourly_raw": 2 * len(revised)}
    after = {tuple(row[:2]): row for row in recorded_week.rows("silver.fact_generation_hourly", SINCE)}
    changed = {key for key in after if after[key] != before[key]}
    assert {(plant, ts) for plant, ts in changed} == {(plant, hour) for plant, _, hour in revised}
    energy = load("silver.fact_generation_hourly").comparable_columns.index("energy_mwh")
    for key in changed:
        assert after[key][energy] == pytest.approx(before[key][energy] / 2, abs=1e-4)  # the source rounds

    # and Gold's day says so
    days = recorded_week.query(f"SELECT plant_id, sum(revised_hours) FROM gold.daily_plant_kpi WHERE {DAYS} GROUP BY 1")
    assert {plant for plant, hours in days if hours} == {plant for plant, _, _ in revised}
