"""Any process may die at any moment: it is brought back, the run ends well, the tables are those of a clean pass.

All of it is for `make test-long`: something is killed, and every service, at every stage, and the supervisor. In `make test` a
service that is killed comes back (`test_operations.py`), and tasks are ended (`test_killed_tasks.py`).
"""

from __future__ import annotations

import os
import signal
import time
from datetime import date, timedelta
from typing import Any

import pytest

from infra.services import services
from infra.stack import supervision
from tests.e2e.comparison import duplicate_keys, local_day
from tests.e2e.conftest import Stack
from tests.e2e.expected import check_day
from tests.e2e.killing import SERVICES, FollowedRun, kill, orphans, ours
from tests.e2e.processes import native

pytestmark = pytest.mark.stack

STAGES = ("fetch", "spark", "commit", "gold")
# What each stage leans on, so that one run meets them all.
LOSSES = {
    "fetch": ("airflow-api-server", "airflow-triggerer"),
    "spark": ("minio", "spark-worker"),
    "commit": ("iceberg-rest", "postgres"),
    "gold": ("trino", "airflow-scheduler"),
}


def rebuild(stack: Stack, day: date) -> FollowedRun:
    """Start a rebuild of a NEM day."""
    return FollowedRun(stack, "rebuild_day", stack.airflow.trigger("rebuild_day", *local_day(day)))


def check_all_is_well(stack: Stack, run: FollowedRun, day: date) -> None:
    """The run succeeded with the source's own totals, everything is healthy, nothing is left over."""
    assert run.end() == "success", run.tasks()
    for name in SERVICES:
        assert services.wait_for(name, stack.settings, 120) is None, name
    check_day(stack, day)
    assert duplicate_keys(stack) == {}
    time.sleep(2)  # a driver that was told to stop
    assert orphans(stack) == []
    assert run.drivers() == []


@pytest.mark.long
@pytest.mark.parametrize("stages", [("commit",), STAGES], ids=["commit", "every stage"])
def test_a_day_that_loses_something_on_the_way(recorded_week: Stack, faults: Any, stages: tuple[str, ...]) -> None:
    day = date(2025, 2, 20) + timedelta(days=len(stages) - 1)
    faults("slow", endpoint="oe_data", seconds=3)
    run = rebuild(recorded_week, day)

    for stage in stages:
        run.await_stage(stage)
        kill(recorded_week, *LOSSES[stage])

    check_all_is_well(recorded_week, run, day)


@pytest.mark.long
def test_a_killed_supervisor_and_a_stop_in_the_middle_of_a_run(recorded_week: Stack) -> None:
    day = date(2025, 2, 25)
    run = rebuild(recorded_week, day)

    run.await_stage("spark")
    os.kill(supervision.rpc(recorded_week.settings).getPID(), signal.SIGKILL)
    again = native("up")
    assert again.returncode == 0, again.stdout + again.stderr

    run.await_stage("commit")
    down = native("down")
    assert down.returncode == 0, down.stderr
    assert [process.info["cmdline"] for process in ours(recorded_week)] == []
    assert native("up").returncode == 0

    check_all_is_well(recorded_week, run, day)


@pytest.mark.long
@pytest.mark.parametrize("service", SERVICES)
def test_a_service_killed_at_every_stage(recorded_week: Stack, faults: Any, service: str) -> None:
    day = date(2025, 7, 1) + timedelta(days=SERVICES.index(service))
    faults("slow", endpoint="oe_data", seconds=3)
    run = rebuild(recorded_week, day)

    for stage in STAGES:
        run.await_stage(stage)
        kill(recorded_week, service)

    check_all_is_well(recorded_week, run, day)
