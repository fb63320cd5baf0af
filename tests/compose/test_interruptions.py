"""`down` and a killed engine in the middle of a day's run: volumes keep everything, and the run ends well."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from datetime import UTC, datetime, timedelta

import psutil
import pytest

from include.paths import PROJECT_ROOT
from tests.compose.docker import stack_command
from tests.e2e.comparison import contents, duplicate_keys
from tests.e2e.conftest import RUN_LIMIT_SECONDS, Stack

pytestmark = [pytest.mark.stack, pytest.mark.looks_back]

DAY_START = datetime(2025, 1, 3, 14, tzinfo=UTC)
DAY_END = DAY_START + timedelta(days=1)


def started(stack: Stack, task: str) -> str:
    """Id of a run of the day, whose task has begun its work."""
    run_id = stack.airflow.trigger("rebuild_day", DAY_START, DAY_END)
    deadline = time.monotonic() + RUN_LIMIT_SECONDS
    while ("running", task) not in {(state, name) for name, state, _ in stack.airflow.tasks("rebuild_day", run_id)}:
        assert time.monotonic() < deadline
        time.sleep(1)
    time.sleep(5)
    return run_id


def check_nothing_is_lost(stack: Stack, run_id: str, before: dict[str, list[list[object]]]) -> None:
    assert stack.airflow.wait("rebuild_day", run_id, 2 * RUN_LIMIT_SECONDS)["state"] == "success"
    assert contents(stack, DAY_START, DAY_END) == before
    assert duplicate_keys(stack) == {}


def test_down_and_up_in_the_middle_of_a_run(recorded_week: Stack) -> None:
    before = contents(recorded_week, DAY_START, DAY_END)
    run_id = started(recorded_week, "silver_normalize_tables")

    stack_command("down")
    stack_command("up")

    check_nothing_is_lost(recorded_week, run_id, before)


def engine_processes() -> list[psutil.Process]:
    """The engine that docker/start-engine.sh started, containerd and every container."""
    engines = [
        p
        for p in psutil.process_iter(["name", "cmdline"])
        if p.info["name"] == "dockerd" and "docker-local" in " ".join(p.info["cmdline"])
    ]
    shims = [p for p in psutil.process_iter(["name"]) if p.info["name"] and p.info["name"].startswith("containerd-shim")]
    return [*engines, *(child for parent in (*engines, *shims) for child in parent.children(recursive=True)), *shims]


@pytest.mark.long
@pytest.mark.skipif(
    os.geteuid() != 0 or shutil.which("dockerd") is None, reason="only root may kill an engine and start it again"
)
def test_engine_and_all_containers_killed_in_the_middle_of_a_run(recorded_week: Stack) -> None:
    if not (processes := engine_processes()):
        pytest.skip("the engine is not the one that docker/start-engine.sh started: it is not ours to kill")
    before = contents(recorded_week, DAY_START, DAY_END)
    run_id = started(recorded_week, "silver_normalize_tables")

    for process in processes:
        try:
            os.kill(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            continue
    subprocess.run([str(PROJECT_ROOT / "docker/start-engine.sh")], check=True, capture_output=True)
    stack_command("up")

    check_nothing_is_lost(recorded_week, run_id, before)
