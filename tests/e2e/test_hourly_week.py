"""A week hour by hour, by the hourly DAGs' own backfills, is what `rebuild_day` makes of it (make test-long: two hours)."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest

from include.asked_runs import HOURLY_DAGS
from infra.native.airflow_api import FINISHED
from tests.e2e.comparison import contents, duplicate_keys, made_anew
from tests.e2e.conftest import Stack

pytestmark = [pytest.mark.stack, pytest.mark.long, pytest.mark.timeout(6 * 3600)]

START = datetime(2025, 5, 4, 14, tzinfo=UTC)  # Monday, 2025-05-05 00:00 in the NEM
HOURS = 7 * 24 + 2  # WEM's day lasts two hours longer


def backfilled(stack: Stack, dag_id: str) -> list[str]:
    """Backfill every hour of the week; returns the states of its runs, when all are over."""
    first, last = START.isoformat(), (START + timedelta(hours=HOURS - 1)).isoformat()
    stack.airflow.call(
        "POST",
        "/backfills",
        json={"dag_id": dag_id, "from_date": first, "to_date": last, "run_backwards": False, "max_active_runs": 3},
    )
    states: list[str] = []
    while len(states) < HOURS or not FINISHED.issuperset(states):
        time.sleep(5)
        span = {"logical_date_gte": first, "logical_date_lte": last, "run_type": "backfill"}
        states = [run["state"] for run in stack.airflow.pages(f"/dags/{dag_id}/dagRuns", "dag_runs", span)]
    return states


def test_a_week_of_hourly_runs_is_what_daily_rebuilds_make(recorded_week: Stack) -> None:
    for dag_id in HOURLY_DAGS:
        assert backfilled(recorded_week, dag_id) == ["success"] * HOURS, dag_id
    hourly = contents(recorded_week, START, START + timedelta(days=7))

    assert all(hourly.values())
    assert duplicate_keys(recorded_week) == {}
    for day in range(7):
        start = START + timedelta(days=day)
        recorded_week.succeed("rebuild_day", start, start + timedelta(hours=26))
    assert contents(recorded_week, START, START + timedelta(days=7)) == hourly
    assert made_anew(recorded_week, START, START + timedelta(days=7)) == hourly
