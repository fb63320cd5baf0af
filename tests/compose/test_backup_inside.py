"""All data volumes are destroyed and come back from a backup; `up` works on them as before."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from tests.compose.docker import PROJECT, docker, stack_command
from tests.e2e.comparison import contents
from tests.e2e.conftest import Stack

pytestmark = [pytest.mark.stack, pytest.mark.looks_back]

SINCE, UNTIL = datetime(2024, 12, 31, 14, tzinfo=UTC), datetime(2025, 1, 7, 14, tzinfo=UTC)
HOUR = datetime(2025, 1, 6, 2, tzinfo=UTC)


def runs(stack: Stack) -> set[tuple[str, str]]:
    """Every run of a rebuild that is over, with its state."""
    found = stack.airflow.pages("/dags/rebuild_day/dagRuns", "dag_runs", {})
    return {(run["dag_run_id"], run["state"]) for run in found}


def test_lost_volumes_come_back_from_a_backup(recorded_week: Stack) -> None:
    tables, history = contents(recorded_week, SINCE, UNTIL), runs(recorded_week)
    said = stack_command("backup")
    (name,) = set(re.findall(r"\b\d{8}T\d{6}Z\b", said))

    stack_command("down")
    docker("volume", "rm", *(f"{PROJECT}_{volume}" for volume in ("postgres", "minio", "airflow")))
    stack_command("restore", name)
    stack_command("up")

    assert contents(recorded_week, SINCE, UNTIL) == tables
    assert history <= runs(recorded_week)
    recorded_week.run_hour(HOUR)
    assert contents(recorded_week, SINCE, UNTIL) == tables
