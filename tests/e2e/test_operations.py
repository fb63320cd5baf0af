"""The stack as an operator meets it: repeated commands, killed processes, refused hours, the command line."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import psutil
import pytest

from include.asked_runs import HOURLY_DAGS
from include.paths import PROJECT_ROOT
from include.sources.landing import Landing
from infra.services import databases, services
from infra.stack import supervision
from tests.e2e.conftest import Stack
from tests.e2e.processes import arguments_of_all_processes, native

pytestmark = pytest.mark.stack


def test_up_again_changes_nothing(stack: Stack) -> None:
    before = {e["name"]: e["pid"] for e in supervision.rpc(stack.settings).getAllProcessInfo()}

    assert native("up").returncode == 0

    assert {e["name"]: e["pid"] for e in supervision.rpc(stack.settings).getAllProcessInfo()} == before


def test_a_killed_service_is_brought_back(stack: Stack) -> None:
    for name in ("iceberg-rest", "trino"):
        os.kill(supervision.rpc(stack.settings).getProcessInfo(name)["pid"], signal.SIGKILL)
        time.sleep(1)
        assert services.wait_for(name, stack.settings, 60) is None, name


def test_everything_listens_on_127_0_0_1_only(stack: Stack) -> None:
    supervisor = psutil.Process(supervision.rpc(stack.settings).getPID())
    ours = {p.pid for p in supervisor.children(recursive=True)}
    listening = [c for c in psutil.net_connections("tcp") if c.status == psutil.CONN_LISTEN and c.pid in ours]

    assert len(listening) > 10
    assert {c.laddr.ip for c in listening} <= {"127.0.0.1", "::ffff:127.0.0.1", "::1"}


def test_tables_are_what_their_contracts_say(stack: Stack) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "include.contracts", "check-live"], cwd=PROJECT_ROOT, capture_output=True, text=True
    )

    assert done.returncode == 0, done.stdout + done.stderr


def test_the_schedule_runs_the_hours_that_are_over_and_no_earlier_ones(stack: Stack) -> None:
    schedule_from = stack.settings.pv_schedule_from
    assert schedule_from is not None
    for dag_id in HOURLY_DAGS:
        runs = stack.airflow.call("GET", f"/dags/{dag_id}/dagRuns", params={"run_type": "scheduled"})["dag_runs"]
        assert runs, dag_id
        for run in runs:
            start, end, run_after = (
                datetime.fromisoformat(run[name]) for name in ("data_interval_start", "data_interval_end", "run_after")
            )
            assert (end - start, start.minute, start.second) == (timedelta(hours=1), 0, 0)
            assert start >= schedule_from
            assert end <= run_after < end + timedelta(minutes=15)


@pytest.mark.looks_back
def test_a_late_scheduled_run_is_reported_and_no_other(stack: Stack) -> None:
    # given PV_GOLD_LATE_AFTER_MINUTES=1: a scheduled run is late when it starts, one by hand never is
    runs_url = "/dags/silver_to_gold/dagRuns"
    if not stack.airflow.call("GET", runs_url, params={"run_type": "manual", "state": "success"})["dag_runs"]:
        hour = datetime(2025, 1, 2, 2, tzinfo=UTC)  # this test by itself
        stack.succeed("silver_to_gold", hour, hour + timedelta(hours=1))
    scheduled = stack.airflow.call("GET", runs_url, params={"run_type": "scheduled"})["dag_runs"][0]

    # the log, because the webhook in the stand-in forgets when another test stops the stack
    log = (supervision.log_dir(stack.settings) / "airflow-triggerer.log").read_text(encoding="utf-8")
    late = re.findall(r"LATE: (.*)\. Run (\S+) of (\S+) ", log)

    assert ("Gold has the hour within 1 minutes of its end", scheduled["dag_run_id"], "silver_to_gold") in late
    # On a slow machine the scheduled ingests of the last complete hour may be late too; runs asked for by hand never are.
    assert all(run_id.startswith("scheduled__") for _, run_id, _ in late), late


def test_an_hour_that_is_not_over_is_refused(stack: Stack) -> None:
    start = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)

    run = stack.run("silver_to_gold", start, start + timedelta(hours=1))

    assert run["state"] == "failed"
    assert "was not over" in stack.log("silver_to_gold", run["dag_run_id"], "silver_normalize_tables")


def test_airflow_dags_backfill_shows_the_hours_it_would_run(stack: Stack) -> None:
    done = native(
        "exec", "airflow", "dags", "backfill", "-s", "2025-01-01", "-e", "2025-01-01T02:00", "--dry-run", "ingest_oe_bronze"
    )

    assert done.returncode == 0, done.stderr
    for hour in ("2025-01-01T00:00", "2025-01-01T01:00", "2025-01-01T02:00"):
        assert hour in done.stdout.replace(" ", "T"), done.stdout
    assert "2025-01-01T03:00" not in done.stdout.replace(" ", "T")


def test_a_publication_is_logged_to_mlflow(recorded_week: Stack) -> None:
    named = {"experiment_name": "pv-lakehouse"}
    experiment = recorded_week.mlflow("reader", "GET", "api/2.0/mlflow/experiments/get-by-name", params=named).json()[
        "experiment"
    ]
    asked = {"experiment_ids": [experiment["experiment_id"]]}
    found = recorded_week.mlflow("reader", "POST", "api/2.0/mlflow/runs/search", json=asked)

    assert any(run["info"]["run_name"].startswith("rebuild_day [2024-12-31") for run in found.json()["runs"])


@pytest.mark.looks_back
def test_no_secret_is_where_others_may_read(stack: Stack) -> None:
    secrets = stack.secrets()
    places: dict[str, str] = {
        "ps": arguments_of_all_processes(),
        "rendered fields": _rendered_fields(stack),
        "git": _git("grep", "-I", "-h", "-e", ""),
        "not yet in git": "\n".join(
            (PROJECT_ROOT / name).read_text(encoding="utf-8", errors="replace")
            for name in _git("ls-files", "--others", "--exclude-standard").splitlines()
        ),
        "envelopes": "\n".join(_envelopes(stack)),
    }
    for folder, pattern in (("logs", "*.log*"), ("airflow/logs", "*.log*"), ("spark-work", "std*")):
        for path in (stack.settings.pv_data_dir / folder).rglob(pattern):
            places[str(path)] = path.read_text(encoding="utf-8", errors="replace")
    known_to_git = {"OPEN_NEM_PRIMARY", "OPEN_NEM_SECONDARY", "PV_ALERT_WEBHOOK_URL"}  # the stand-in's, from stack.env

    found = [(name, place) for place, text in places.items() for name, secret in secrets.items() if secret in text]

    assert len(secrets) > 15
    assert places["envelopes"]
    dumped = [*PROJECT_ROOT.glob("core*"), *stack.settings.pv_data_dir.rglob("core*")]
    assert [path for path in dumped if re.fullmatch(r"core(\.\d+)?", path.name)] == []
    assert [(n, p) for n, p in found if not (p == "git" and n in known_to_git)] == []


def _git(*arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=PROJECT_ROOT, capture_output=True, text=True, check=True).stdout


def _envelopes(stack: Stack) -> Iterator[str]:
    landing = Landing(stack.settings)
    for source in ("oe_facilities", "oe_generation", "oe_market", "oe_control", "om_weather", "om_air_quality"):
        for key in landing.keys(source):
            yield json.dumps(landing.read(key))


def _rendered_fields(stack: Stack) -> str:
    import psycopg

    s = stack.settings
    password: Any = s.airflow_db_password.get_secret_value()
    with psycopg.connect(
        host=s.postgres_host, port=s.postgres_port, dbname="airflow", user="airflow", password=password
    ) as connection:
        rendered = connection.execute("SELECT rendered_fields::text FROM rendered_task_instance_fields").fetchall()
        xcoms = connection.execute("SELECT value::text FROM xcom").fetchall()
    assert rendered and databases.roles(s)
    return "\n".join(row[0] or "" for row in [*rendered, *xcoms])
