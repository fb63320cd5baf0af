"""The same hours by several runs at the same time: no duplicates, no deadlock, the tables of a quiet pass."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from include.asked_runs import HOURLY_DAGS
from tests.e2e.comparison import contents, duplicate_keys, rebuilt_rows
from tests.e2e.conftest import Stack

pytestmark = pytest.mark.stack

DAY_START = datetime(2025, 2, 12, 14, tzinfo=UTC)  # 2025-02-13 00:00 in the NEM
HOUR = DAY_START + timedelta(hours=13)
HALF_A_DAY = timedelta(hours=12)


@pytest.mark.long
def test_an_hour_twice_beside_two_overlapping_rebuilds(recorded_week: Stack) -> None:
    # given eight runs at once: two dates in one hour for each hourly DAG, and two days that share twelve hours
    asked: list[tuple[str, datetime, datetime | None]] = [
        (dag_id, HOUR + timedelta(minutes=minute), None) for dag_id in HOURLY_DAGS for minute in (10, 20)
    ]
    asked += [("rebuild_day", start, start + 2 * HALF_A_DAY) for start in (DAY_START, DAY_START + HALF_A_DAY)]

    runs = recorded_week.run_at_once(asked)

    assert [(run["dag_id"], run["state"]) for run in runs] == [(dag_id, "success") for dag_id, *_ in asked]
    assert duplicate_keys(recorded_week) == {}
    since, until = DAY_START - timedelta(days=2), DAY_START + 4 * HALF_A_DAY
    together = contents(recorded_week, since, until)
    assert all(together.values())
    assert rebuilt_rows(recorded_week, since, until) == together
