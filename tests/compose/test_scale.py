"""The profile `scale`: a second Spark worker and a Trino worker join and take work."""

from __future__ import annotations

import time

import pytest
from trino.exceptions import TrinoQueryError

from tests.compose.docker import compose
from tests.e2e.conftest import Stack

pytestmark = [pytest.mark.stack, pytest.mark.long]

KNOWN_WITHIN_SECONDS = 180


def active_nodes(stack: Stack) -> int | None:
    """None when the question itself fell to a node that has just gone: then it fails after a minute."""
    try:
        return int(stack.value("SELECT count(*) FROM system.runtime.nodes WHERE state = 'active'"))
    except TrinoQueryError:
        return None


def await_nodes(stack: Stack, wanted: int) -> None:
    deadline = time.monotonic() + KNOWN_WITHIN_SECONDS
    while active_nodes(stack) != wanted:
        assert time.monotonic() < deadline
        time.sleep(2)


def test_more_workers_join_and_take_work(recorded_week: Stack) -> None:
    compose("up", "-d", "--no-build", "--wait", "spark-worker-2", "trino-worker", env={"COMPOSE_PROFILES": "demo,scale"})
    await_nodes(recorded_week, 2)

    # More rows than one split: both nodes take part, and read from the store.
    assert recorded_week.value("SELECT count(*) FROM gold.plant_weather_hourly a CROSS JOIN gold.daily_plant_kpi b") > 0
    assert recorded_week.value("SELECT count(DISTINCT node_id) FROM system.runtime.tasks WHERE state = 'FINISHED'") == 2
    compose("rm", "--stop", "--force", "spark-worker-2", "trino-worker", env={"COMPOSE_PROFILES": "demo,scale"})
    await_nodes(recorded_week, 1)
