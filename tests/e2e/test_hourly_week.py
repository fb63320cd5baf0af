"""A week hour by hour, by the hourly DAGs' own backfills, is what `rebuild_day` makes of it (make test-long: two hours)."""

from __future__ import annotations

import os
import time
from datetime import date, timedelta

import pytest

from include.asked_runs import HOURLY_DAGS
from infra.airflow_api import FINISHED
from tests.e2e.comparison import contents, duplicate_keys, local_day, rebuilt_rows
from tests.e2e.conftest import Stack

pytestmark = [pytest.mark.stack, pytest.mark.long, pytest.mark.timeout(6 * 3600)]

MONDAY = date(2025, 5, 5)
START, _ = local_day(MONDAY)
DAYS = int(os.environ.get("PV_TEST_DAYS", "7"))  # fewer for a quick try: a day takes some 20 minutes
HOURS = DAYS * 24 + 2  # WEM's day lasts two hours longer


FIRST, LAST = START.isoformat(), (START + timedelta(hours=HOURS - 1)).isoformat()


def start_backfill(stack: Stack, dag_id: str) -> None:
    """Ask for every hour of the week."""
    span = {"dag_id": dag_id, "from_date": FIRST, "to_date": LAST}
    stack.airflow.call("POST", "/backfills", json=span | {"run_backwards": False, "max_active_runs": 3})


def outcomes(stack: Stack, dag_id: str) -> list[str]:
    """The states of the backfill's runs, when all are over."""
    states: list[str] = []
    while len(states) < HOURS or not FINISHED.issuperset(states):
        time.sleep(5)
        span = {"logical_date_gte": FIRST, "logical_date_lte": LAST, "run_type": "backfill"}
        states = [run["state"] for run in stack.airflow.pages(f"/dags/{dag_id}/dagRuns", "dag_runs", span)]
    return states


def test_a_week_of_hourly_runs_is_what_daily_rebuilds_make(recorded_week: Stack) -> None:
    # Both sources at once, as the schedule does it; Silver when all is there.
    for dag_ids in HOURLY_DAGS[:2], HOURLY_DAGS[2:]:
        for dag_id in dag_ids:
            start_backfill(recorded_week, dag_id)
        for dag_id in dag_ids:
            assert outcomes(recorded_week, dag_id) == ["success"] * HOURS, dag_id
    hourly = contents(recorded_week, START, START + timedelta(days=DAYS))

    assert all(hourly.values())
    assert duplicate_keys(recorded_week) == {}
    for day in range(DAYS):
        recorded_week.succeed("rebuild_day", *local_day(MONDAY + timedelta(days=day)))
    assert contents(recorded_week, START, START + timedelta(days=DAYS)) == hourly
    assert rebuilt_rows(recorded_week, START, START + timedelta(days=DAYS)) == hourly
