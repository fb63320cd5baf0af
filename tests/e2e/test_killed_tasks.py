"""A task that is ended, by a person or by its limit, takes everything it started with it."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil
import pytest
import requests

from tests.e2e.conftest import Stack
from tests.e2e.killing import FollowedRun
from tests.e2e.processes import arguments_of_all_processes, native

pytestmark = pytest.mark.stack

LIMITED_DAGS = Path(__file__).parent / "limited"
START = datetime(2025, 3, 9, 14, tzinfo=UTC)


def processes_of(word: str) -> list[list[str]]:
    """Command lines of living processes in which an argument ends so."""
    found = []
    for process in psutil.process_iter(["cmdline", "status"]):
        command = process.info["cmdline"] or []
        if process.info["status"] != psutil.STATUS_ZOMBIE and any(argument.endswith(word) for argument in command):
            found.append(command)
    return found


def gone_within(seconds: float, word: str) -> bool:
    """Whether these processes end in time."""
    deadline = time.monotonic() + seconds
    while processes_of(word) and time.monotonic() < deadline:
        time.sleep(0.5)
    return processes_of(word) == []


def active_applications(stack: Stack) -> set[str]:
    """Names of the applications that the Spark master still runs."""
    master = requests.get(f"http://127.0.0.1:{stack.settings.spark_ui_port}/json/", timeout=5).json()
    return {application["name"] for application in master["activeapps"]}


def test_a_task_failed_from_the_web_page_ends_its_driver(recorded_week: Stack) -> None:
    run_id = recorded_week.airflow.trigger("ingest_oe_bronze", START, START + timedelta(hours=1))
    run = FollowedRun(recorded_week, "ingest_oe_bronze", run_id)
    run.await_stage("spark")
    assert processes_of(run_id)
    arguments = arguments_of_all_processes()  # now that spark-submit, its JVM and the executor are there
    assert [name for name, secret in recorded_week.secrets().items() if secret in arguments] == []

    task = f"/dags/ingest_oe_bronze/dagRuns/{run_id}/taskInstances/load_bronze_oe"
    recorded_week.airflow.call("PATCH", task, json={"new_state": "failed"})

    assert gone_within(60, run_id)
    assert run.end() == "failed"
    assert recorded_week.run("ingest_oe_bronze", START, START + timedelta(hours=1))["state"] == "success"


@pytest.mark.long
@pytest.mark.parametrize("dag_id", ["limited_spark_job", "limited_query"])
def test_a_task_at_its_limit_ends_what_it_started(recorded_week: Stack, dag_id: str) -> None:
    done = native("exec", "env", f"AIRFLOW__CORE__DAGS_FOLDER={LIMITED_DAGS}", "airflow", "dags", "test", dag_id)

    assert "AirflowTaskTimeout" in done.stdout + done.stderr, done.stdout + done.stderr
    assert gone_within(20, "limited/endless_job.py")
    assert [name for name in active_applications(recorded_week) if name.endswith(".endless")] == []
    queries = recorded_week.query("SELECT query FROM system.runtime.queries WHERE state = 'RUNNING'")
    assert [query for (query,) in queries if "sequence(1, 10000)" in query] == []
