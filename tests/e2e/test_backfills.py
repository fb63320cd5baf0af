"""`make backfill` on a running stack: windows of days as runs of their own, taken up again, stopped, gone on with.

What takes minutes each is left to make test-long; three days are asked for in `test_wrong_sources.py`.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from include.asked_runs import CONTINUE_DAG, LEFT_WINDOWS, RANGE_DAG
from include.day_windows import cut
from infra.commands.backfill import BackfillError, backfill, command
from tests.e2e.comparison import contents, local_day
from tests.e2e.conftest import Stack
from tests.e2e.processes import native

pytestmark = pytest.mark.stack

THREE_DAYS = ("2025-05-10", "2025-05-13")


def runs_of(stack: Stack, first: str, end: str, from_layer: str = "fetch") -> dict[str, dict[str, Any]]:
    """Runs of `rebuild_range` for the windows of a range, by name."""
    names = {window.name for window in cut(date.fromisoformat(first), date.fromisoformat(end), from_layer)}
    runs = stack.airflow.pages(f"/dags/{RANGE_DAG}/dagRuns", "dag_runs", {})
    return {run["dag_run_id"]: run for run in runs if run["dag_run_id"] in names}


def hours_of(first: str, end: str) -> tuple[datetime, datetime]:
    """UTC bounds of network-local days."""
    return local_day(date.fromisoformat(first))[0], local_day(date.fromisoformat(end))[0]


@pytest.mark.long
def test_a_range_of_days_is_one_run_and_the_same_command_again_does_nothing(
    stack: Stack, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command(stack.settings, *THREE_DAYS, "DRY_RUN=1") == 0
    dry = capsys.readouterr().out
    assert runs_of(stack, *THREE_DAYS) == {}
    assert "1 of 1 windows to do" in dry

    assert backfill(stack.settings, *THREE_DAYS) == 0

    said = capsys.readouterr().out
    ((name, run),) = runs_of(stack, *THREE_DAYS).items()
    assert (name, run["state"]) == ("2025-05-10_to_2025-05-13_from_fetch", "success")
    assert "1 of 1 windows done, 0 failed; 2025-05-10 to 2025-05-13 success" in said
    assert stack.query(
        "SELECT count(*), count(DISTINCT plant_id), max(missingness), max(weather_missingness) FROM gold.daily_plant_kpi "
        "WHERE ds BETWEEN DATE '2025-05-10' AND DATE '2025-05-12'"
    ) == [[27, 9, 0.0, 0.0]]
    credits = stack.value(f"SELECT sum(credits) FROM bronze.api_requests WHERE run_id = '{name}' AND source LIKE 'oe_%'")
    assert f"; {credits:.0f} credits used, " in said.splitlines()[-2]
    assert stack.value(
        f"SELECT count(DISTINCT run_type) FROM bronze.api_requests WHERE run_id = '{name}' AND run_type = 'backfill'"
    )

    assert backfill(stack.settings, *THREE_DAYS) == 0
    assert "done already" in capsys.readouterr().out
    assert runs_of(stack, *THREE_DAYS)[name]["start_date"] == run["start_date"]


def test_a_paused_dag_is_said_at_once(stack: Stack) -> None:
    stack.airflow.call("PATCH", f"/dags/{RANGE_DAG}", json={"is_paused": True})
    try:
        with pytest.raises(BackfillError, match=f"{RANGE_DAG} is paused, nothing would run: switch it on at http"):
            backfill(stack.settings, "2025-05-20", "2025-05-21")
    finally:
        stack.airflow.unpause(RANGE_DAG)
    assert runs_of(stack, "2025-05-20", "2025-05-21") == {}


@pytest.mark.long
def test_a_refused_key_stops_the_rest_and_says_task_reason_and_page(
    recorded_week: Stack, faults: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    faults("invalid_key", endpoint="oe_data")

    assert backfill(recorded_week.settings, "2025-02-01", "2025-06-01") == 1

    said = capsys.readouterr().out
    assert "failed: 2025-02-01 to 2025-04-03: fetch_generation: SourceRefused: OpenElectricity refused every key" in said
    assert f"/dags/{RANGE_DAG}/runs/2025-02-01_to_2025-04-03_from_fetch/tasks/fetch_generation" in said
    assert "no retry can help; 1 windows are not asked for" in said
    assert list(runs_of(recorded_week, "2025-02-01", "2025-06-01")) == ["2025-02-01_to_2025-04-03_from_fetch"]


@pytest.mark.long
def test_what_the_credits_do_not_hold_is_gone_on_with_by_the_scheduled_dag(
    recorded_week: Stack, capsys: pytest.CaptureFixture[str]
) -> None:
    first, end = "2025-08-01", "2025-10-03"  # 61 days and two
    used = recorded_week.value(
        "SELECT coalesce(sum(credits), 0) FROM bronze.api_requests WHERE source LIKE 'oe_%' AND fetched_at >= current_date"
    )
    # A registry request, two of each network and its market, its totals hold the first window, not the second as well.
    few = recorded_week.settings.model_copy(update={"open_nem_daily_credits": int((used + 12) / 0.6)})

    assert backfill(few, first, end) == 0

    said = capsys.readouterr().out
    assert "credits, " in said and "1 windows are left" in said
    assert [run["state"] for run in runs_of(recorded_week, first, end).values()] == ["success"]
    assert json.loads(recorded_week.airflow.variable(LEFT_WINDOWS) or "") == {
        "2025-10-01_to_2025-10-03_from_fetch": f"make backfill FROM={first} TO={end} FROM_LAYER=fetch"
    }

    run = recorded_week.run(CONTINUE_DAG)
    assert run["state"] == "success"
    assert [run["state"] for run in runs_of(recorded_week, first, end).values()] == ["success", "success"]
    assert backfill(few, first, end) == 0
    assert "done already" in capsys.readouterr().out
    assert json.loads(recorded_week.airflow.variable(LEFT_WINDOWS) or "") == {}


@pytest.mark.long
def test_interrupted_and_given_again_beside_another_range_it_ends_in_the_same_tables(recorded_week: Stack) -> None:
    first, end = "2025-01-02", "2025-01-06"
    hours = hours_of(first, end)
    before = contents(recorded_week, *hours)
    start = runs_of(recorded_week, first, end, "bronze")
    assert start == {}

    asked = f"make backfill FROM={first} TO={end} FROM_LAYER=bronze"
    recorded_week.airflow.start(RANGE_DAG, f"{first}_to_{end}_from_bronze", cut_conf(first, end), asked)  # and interrupted
    other = threading.Thread(target=backfill, args=(recorded_week.settings, "2025-01-03", "2025-01-07", "bronze"))
    other.start()
    assert backfill(recorded_week.settings, first, end, "bronze") == 0
    other.join()

    assert contents(recorded_week, *hours) == before
    assert backfill(recorded_week.settings, first, end, "bronze", resume=False) == 0
    assert contents(recorded_week, *hours) == before
    (run,) = runs_of(recorded_week, first, end, "bronze").values()
    assert run["note"] == asked


def cut_conf(first: str, end: str) -> dict[str, str]:
    (window,) = cut(date.fromisoformat(first), date.fromisoformat(end), "bronze")
    return window.conf


@pytest.fixture
def cancelled_run(stack: Stack) -> Iterator[dict[str, Any]]:
    """A run of a backfill of Airflow's own that was cancelled, then cleared."""
    day = local_day(date(2025, 5, 25))[0].isoformat()
    span = {"dag_id": "rebuild_day", "from_date": day, "to_date": day, "dag_run_conf": {"from_layer": "silver"}}
    backfilled = stack.airflow.call("POST", "/backfills", json=span | {"run_backwards": False, "max_active_runs": 1})
    stack.airflow.call("PUT", f"/backfills/{backfilled['id']}/cancel")
    dates = {"logical_date_gte": day, "logical_date_lte": day}
    (run,) = stack.airflow.call("GET", "/dags/rebuild_day/dagRuns", params=dates)["dag_runs"]
    stack.airflow.wait("rebuild_day", run["dag_run_id"], 600)
    stack.airflow.clear("rebuild_day", run["dag_run_id"])
    yield run


@pytest.mark.long
def test_a_cleared_run_of_a_cancelled_backfill_is_named_and_can_be_let_go(
    recorded_week: Stack, cancelled_run: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    time.sleep(15)
    assert recorded_week.airflow.run("rebuild_day", cancelled_run["dag_run_id"])["state"] == "queued"

    command(recorded_week.settings, *THREE_DAYS, "DRY_RUN=1")
    said = capsys.readouterr().out
    assert f"rebuild_day {cancelled_run['dag_run_id']} was cleared after its backfill was cancelled" in said
    date_text = datetime.fromisoformat(cancelled_run["logical_date"]).astimezone(UTC).isoformat()
    done = native("exec", "airflow", "dags", "backfill", "-s", date_text, "rebuild_day")

    assert done.returncode == 0, done.stdout + done.stderr
    assert "waited for a backfill that was cancelled" in done.stdout
    assert recorded_week.airflow.wait("rebuild_day", cancelled_run["dag_run_id"], 600)["state"] == "success"


@pytest.mark.long
def test_an_experiment_that_was_deleted_in_mlflows_page_is_there_again_after_a_publication(recorded_week: Stack) -> None:
    def experiment(name: str) -> dict[str, Any]:
        answer = recorded_week.mlflow("writer", "GET", "api/2.0/mlflow/experiments/get-by-name", params={"experiment_name": name})
        found: dict[str, Any] = answer.json().get("experiment", {})
        return found

    body = {"experiment_id": experiment("pv-lakehouse")["experiment_id"]}
    deleted = recorded_week.mlflow("admin", "POST", "api/2.0/mlflow/experiments/delete", json=body)
    assert deleted.status_code == 200, deleted.text

    day = hours_of("2025-01-02", "2025-01-03")
    recorded_week.succeed("rebuild_day", day[0], day[1] + timedelta(hours=2), from_layer="silver")

    # The one of a last version's data folder is not the writer's, and another takes its place.
    found = [experiment(name) for name in ("pv-lakehouse", "pv-lakehouse-2")]
    active = [one["experiment_id"] for one in found if one.get("lifecycle_stage") == "active"]
    runs = recorded_week.mlflow("reader", "POST", "api/2.0/mlflow/runs/search", json={"experiment_ids": active}).json()["runs"]
    assert any(run["info"]["run_name"].startswith("rebuild_day [2025-01-01T14:00Z") for run in runs)
