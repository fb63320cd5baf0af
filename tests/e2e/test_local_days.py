"""Whole local days of both networks, where clocks change and years end; a month in one run is what its days are by themselves."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from infra.commands.backfill import backfill
from tests.e2e.comparison import contents, local_day, ts_between
from tests.e2e.conftest import Stack
from tests.e2e.expected import check_day

pytestmark = [pytest.mark.stack, pytest.mark.long]

CLOCKS_FORWARD, CLOCKS_BACK = date(2025, 10, 5), date(2026, 4, 5)  # in Sydney; the networks keep standard time
YEAR_END = date(2025, 12, 31)


@pytest.fixture(scope="module")
def october(recorded_week: Stack) -> Stack:
    """A synthetic month by the command that a person uses: one window."""
    assert backfill(recorded_week.settings, "2025-10-01", "2025-11-01") == 0
    return recorded_week


def test_a_month_in_one_run_has_every_day_complete(october: Stack) -> None:
    days, complete, plants = october.query(
        "SELECT count(DISTINCT ds), count_if(missingness = 0 AND weather_missingness = 0), count(DISTINCT plant_id) "
        "FROM gold.daily_plant_kpi WHERE ds BETWEEN DATE '2025-10-01' AND DATE '2025-10-31'"
    )[0]

    assert (days, complete) == (31, 31 * plants)
    assert plants == 9


def test_the_day_on_which_clocks_go_forward_has_24_hours(october: Stack) -> None:
    check_day(october, CLOCKS_FORWARD)


def test_a_day_by_itself_is_what_it_was_in_its_month(october: Stack) -> None:
    month = (datetime(2025, 9, 30, 14, tzinfo=UTC), datetime(2025, 10, 31, 14, tzinfo=UTC))
    before = contents(october, *month)

    assert backfill(october.settings, f"{CLOCKS_FORWARD}", f"{CLOCKS_FORWARD + timedelta(days=1)}") == 0

    assert contents(october, *month) == before


def test_the_last_day_of_a_year_and_the_day_on_which_clocks_go_back(recorded_week: Stack) -> None:
    days = (YEAR_END, CLOCKS_BACK)

    runs = recorded_week.run_at_once([("rebuild_day", *local_day(day)) for day in days])

    assert [run["state"] for run in runs] == ["success", "success"]
    for day in days:
        check_day(recorded_week, day)


def test_a_changed_silver_rule_is_applied_without_asking_the_sources(october: Stack) -> None:
    start = datetime(2025, 10, 9, 14, tzinfo=UTC)
    day = ts_between(start, start + timedelta(days=1))
    before = october.rows("silver.fact_generation_hourly", day)
    october.query(f"DELETE FROM silver.fact_generation_hourly WHERE {day}")

    assert backfill(october.settings, "2025-10-10", "2025-10-11", from_layer="bronze") == 0

    assert october.rows("silver.fact_generation_hourly", day) == before
    run = october.airflow.run("rebuild_range", "2025-10-10_to_2025-10-11_from_bronze")
    states = october.states(run)
    skipped = {task for task, state in states.items() if state == "skipped"}
    assert skipped >= {"fetch_facilities", "fetch_generation", "fetch_weather", "fetch_air_quality", "load_bronze_oe"}
