"""What a task does when something goes wrong: what is retried, what ends with it, and what never fails a run."""

import re
import subprocess
import sys
import time
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import psutil
import pytest
from airflow.sdk.definitions.retry_policy import RetryAction
from airflow.sdk.exceptions import AirflowException, AirflowFailException
from loaded_dags import dags, rendered, scheduled_run, tasks
from mlflow.exceptions import MlflowException

from include.errors import (
    BodyInvalid,
    BudgetExhausted,
    ClockWrong,
    KeyMissing,
    LandingUnavailable,
    QuotaSpent,
    SourceRefused,
    SourceUnavailable,
)
from include.settings import SettingsError
from plugins.operators import end_process_tree
from plugins.pipeline import fetch
from plugins.publication import EXPERIMENT, PublishedTable, experiment_id, figures

# A driver as spark-submit has it: a parent that waits for a child, and a child that does not heed SIGTERM.
STUBBORN_CHILD = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('ready', flush=True); time.sleep(300)"
PARENT = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {STUBBORN_CHILD!r}])"


def fetches() -> list[Any]:
    return [task for task in tasks() if task.task_id.startswith("fetch_")]


@pytest.mark.parametrize("error", [KeyMissing, SourceRefused, BodyInvalid, BudgetExhausted, SettingsError])
def test_what_a_retry_cannot_mend_fails_at_once(error: type[Exception]) -> None:
    assert len(fetches()) == 25
    for task in fetches():
        assert task.retry_policy.evaluate(error("x"), 1, task.retries).action is RetryAction.FAIL


def test_a_quota_of_an_hour_that_a_backfill_does_not_wait_for_is_tried_again_until_the_hour_is_over() -> None:
    for task in (task for task in fetches() if task.pool == "api_openmeteo"):  # whose quotas are by the hour
        decision = task.retry_policy.evaluate(QuotaSpent("x"), 1, task.retries)
        assert decision.action is RetryAction.RETRY
        assert decision.retry_delay * task.retries >= timedelta(hours=1)


@pytest.mark.parametrize("error", [SourceUnavailable, LandingUnavailable, ClockWrong, ConnectionError])
def test_an_outage_is_retried_with_back_off(error: type[Exception]) -> None:
    for task in fetches():
        assert task.retry_policy.evaluate(error("x"), 1, task.retries).action is RetryAction.DEFAULT


FETCHES = {f"fetch_{name}" for name in ("facilities", "generation", "market", "control", "weather", "air_quality")}


@pytest.mark.parametrize(
    ("from_layer", "expected"),
    [
        ("fetch", set()),
        ("landing", FETCHES),
        ("bronze", FETCHES | {"load_bronze_oe", "load_bronze_om"}),
        ("silver", FETCHES | {"load_bronze_oe", "load_bronze_om", "silver_normalize_tables"}),
    ],
)
def test_a_rebuild_may_start_from_a_later_layer(from_layer: str, expected: set[str]) -> None:
    skipped = {task.task_id for task in dags()["rebuild_day"].tasks if is_skipped(task, from_layer)}

    assert skipped == expected


def is_skipped(task: Any, from_layer: str) -> bool:
    from airflow.sdk.exceptions import AirflowSkipException

    if task._pre_execute_hook is None:
        return False
    try:
        task._pre_execute_hook({"params": {"from_layer": from_layer}})
    except AirflowSkipException:
        return True
    return False


@pytest.mark.parametrize("dag_id", ["ingest_oe_bronze", "rebuild_day", "rebuild_month", "rebuild_range"])
def test_a_market_or_totals_that_fail_hold_up_neither_energy_nor_the_run(dag_id: str) -> None:
    dag = dags()[dag_id]
    # what comes next goes on, whatever becomes of it, and nothing else asks for its state
    for before, beside, after in (
        ("fetch_generation", "fetch_market", "fetch_control"),
        ("fetch_market", "fetch_control", "load_bronze_oe"),
    ):
        task = dag.get_task(beside)
        assert (task.upstream_task_ids, task.downstream_task_ids) == ({before}, {after})
        assert dag.get_task(after).trigger_rule.value == "all_done"
        assert beside not in {task for leaf in dag.leaves for task in (leaf.task_id, *leaf.upstream_task_ids)}


@pytest.mark.parametrize("beside", ["fetch_market", "fetch_control"])
def test_an_hour_waits_minutes_for_what_is_beside_and_a_rebuild_as_for_any_fetch(beside: str) -> None:
    hour, day = (dags()[dag_id].get_task(beside) for dag_id in ("ingest_oe_bronze", "rebuild_day"))
    waited = (hour.execution_timeout + hour.retry_delay) * (1 + hour.retries)
    assert waited < timedelta(minutes=10)
    assert (day.retries, day.execution_timeout) == (3, timedelta(hours=2))


def test_an_hourly_run_never_skips_a_task() -> None:
    for task in dags()["ingest_oe_bronze"].tasks + dags()["silver_to_gold"].tasks:
        if task._pre_execute_hook is not None:
            task._pre_execute_hook({"params": {}})


def test_killing_a_driver_ends_all_its_processes_also_those_that_ignore_the_first_signal() -> None:
    parent = subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    assert parent.stdout.readline() == "ready\n"
    child = psutil.Process(parent.pid).children()[0]

    ended = end_process_tree(parent.pid, grace_seconds=0.5)

    parent.wait(timeout=5)
    assert ended == 2
    deadline = time.monotonic() + 5
    while child.is_running() and child.status() != psutil.STATUS_ZOMBIE and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not child.is_running() or child.status() == psutil.STATUS_ZOMBIE


def test_ending_a_process_that_is_gone_is_no_error() -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()

    assert end_process_tree(gone.pid) == 0


def test_a_report_that_cannot_be_made_is_a_warning_not_a_failure(capsys: pytest.CaptureFixture[str]) -> None:
    dag = dags()["silver_to_gold"]
    run = scheduled_run(dag)
    report = rendered(dag.get_task("report_publication"), run)

    execute(report, run)  # Trino is away: nothing listens on the test connection's port

    assert "The publication was not reported to MLflow" in capsys.readouterr().out


@pytest.mark.parametrize(("try_number", "folders"), [(1, ["publish", "note"]), (2, ["stage", "publish", "note"])])
def test_a_publication_that_is_tried_again_stages_and_checks_again(
    try_number: int, folders: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    publish = rendered(dags()["silver_to_gold"].get_task("gold_build_publish"), scheduled_run(dags()["silver_to_gold"]))
    done: list[str] = []
    monkeypatch.setattr(publish, "run_statement", lambda file, _: done.append(file) or [])

    type(publish).execute.__wrapped__(publish, {"ti": SimpleNamespace(try_number=try_number)})

    steps = [re.sub(r"^gold/|/.*|_.*", "", file) for file in done]
    assert list(dict.fromkeys(steps)) == folders


def test_a_run_that_is_the_first_to_hold_a_plant_day_back_fails_and_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    new, old = [True, "plant NYNGAN, day 2025-01-01: a finding"], [False, "plant OTHER, day 2024-12-01: an old finding"]

    with pytest.raises(AirflowFailException, match="plant NYNGAN, day 2025-01-01: a finding") as failure:
        report_findings(monkeypatch, held_back=[new, old])
    assert "OTHER" not in str(failure.value)

    report_findings(monkeypatch, held_back=[old])  # held back by an earlier run: said, and no failure


def test_a_run_that_is_the_first_to_find_a_network_silent_sends_an_alert(monkeypatch: pytest.MonkeyPatch) -> None:
    sent = report_findings(monkeypatch, silent=[[True, "NEM has said nothing of 5 h"], [False, "WEM has said nothing of 90 h"]])

    assert [message["text"].split(".")[0] for message in sent] == ["LATE: NEM has said nothing of 5 h"]
    assert sent[0]["dag_id"] == "silver_to_gold"


def test_a_region_that_is_incomplete_is_a_warning_and_neither_a_failure_nor_an_alert(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    sent = report_findings(monkeypatch, incomplete=[[True, "NSW1: 1 days"], [False, "VIC1: 3 days"]])

    said = capsys.readouterr().out
    assert sent == []
    assert "Fleet incomplete: NSW1: 1 days" in said
    assert "Fleet incomplete since an earlier run: VIC1: 3 days" in said


def report_findings(monkeypatch: pytest.MonkeyPatch, **rows: list[list[Any]]) -> list[dict[str, str]]:
    """Run the report with what its queries return; returns the alerts that were sent."""
    run = scheduled_run(dags()["silver_to_gold"])
    report = rendered(dags()["silver_to_gold"].get_task("report_findings"), run)
    names = {"silent_networks": "silent", "held_back": "held_back", "fleet_incomplete": "incomplete"}
    by_file = {f"queries/{file}.sql": rows.get(name, []) for file, name in names.items()}
    sent: list[dict[str, str]] = []
    monkeypatch.setattr(report, "run_statement", lambda file, _: by_file.get(file, []))
    monkeypatch.setattr("plugins.findings.send_alert", sent.append)
    type(report).execute.__wrapped__(report, {"dag_run": run})
    return sent


def test_a_statement_that_fails_names_its_file() -> None:
    dag = dags()["lakehouse_setup"]
    run = scheduled_run(dags()["silver_to_gold"])
    setup = rendered(dag.get_task("create_tables"), run)

    with pytest.raises(AirflowException, match=r"^ddl/000_schema_bronze.sql: "):
        execute(setup, run)


def execute(task: Any, run: Any) -> None:
    """Call the operator's own code, without the guard that wants a task runner around it."""
    type(task).execute.__wrapped__(task, {"dag": task.dag, "dag_run": run, "ti": None})


class ScriptedMlflow:
    """MLflow with experiments by name; each may have been deleted in its page, and be another user's."""

    def __init__(self, *, deleted: dict[str, str], may_restore: bool) -> None:
        self.experiments = {name: SimpleNamespace(experiment_id=key, lifecycle_stage="deleted") for name, key in deleted.items()}
        self.may_restore = may_restore

    def get_experiment_by_name(self, name: str) -> SimpleNamespace | None:
        return self.experiments.get(name)

    def create_experiment(self, name: str) -> None:
        self.experiments[name] = SimpleNamespace(experiment_id=name, lifecycle_stage="active")

    def restore_experiment(self, experiment_id: str) -> None:
        if not self.may_restore:
            raise MlflowException("Permission denied")
        (found,) = (found for found in self.experiments.values() if found.experiment_id == experiment_id)
        found.lifecycle_stage = "active"


def test_an_experiment_that_was_deleted_in_mlflows_page_is_restored() -> None:
    mlflow = ScriptedMlflow(deleted={"pv-lakehouse": "7"}, may_restore=True)

    assert experiment_id(mlflow, EXPERIMENT) == "7"
    assert mlflow.experiments["pv-lakehouse"].lifecycle_stage == "active"


def test_another_takes_its_place_where_it_may_not_be_restored() -> None:
    mlflow = ScriptedMlflow(deleted={"pv-lakehouse": "7", "pv-lakehouse-2": "8"}, may_restore=False)

    assert experiment_id(mlflow, EXPERIMENT) == "pv-lakehouse-3"
    assert experiment_id(mlflow, EXPERIMENT) == "pv-lakehouse-3"  # the next publication too
    assert experiment_id(ScriptedMlflow(deleted={}, may_restore=False), EXPERIMENT) == "pv-lakehouse"


def test_a_report_returns_the_rows_it_found_also_when_mlflow_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    dag = dags()["silver_to_gold"]
    run = scheduled_run(dag)
    report = rendered(dag.get_task("report_publication"), run)
    rows = [["daily_plant_kpi", 9, 9, 77], ["plant_weather_hourly", 216, 9, 78]]
    monkeypatch.setattr(report, "run_statement", lambda *_: rows)
    monkeypatch.setattr(report, "_log", lambda *_: 1 / 0)

    returned = type(report).execute.__wrapped__(report, {"dag": dag, "dag_run": run, "ti": None})

    assert returned == {"daily_plant_kpi": 9, "plant_weather_hourly": 216}
    assert report.do_xcom_push


def test_a_run_of_rebuild_range_spends_a_backfills_credits(monkeypatch: pytest.MonkeyPatch) -> None:
    from include import settings
    from include.sources import fetch as fetches

    seen: list[Any] = []
    monkeypatch.setattr(settings, "load_settings", lambda: None)
    monkeypatch.setattr(fetches, "fetch_generation", lambda _settings, window, run: seen.append((run.run_type, window)) or {})
    for dag_id in ("rebuild_range", "rebuild_day"):
        dag = dags()[dag_id]
        run = scheduled_run(dag)
        run.run_type = "manual"
        values = {"from_layer": "fetch"} | run.conf
        fetch("generation", dag=dag, dag_run=run, params=values, ti=SimpleNamespace(try_number=1))

    assert [run_type for run_type, _ in seen] == ["backfill", "manual"]
    assert str(seen[0][1]) == "[2024-12-31T14:00Z, 2025-02-14T16:00Z)"


def test_a_report_holds_rows_plants_and_seconds() -> None:
    tables = [PublishedTable("daily_plant_kpi", 8, 8, 77), PublishedTable("plant_weather_hourly", 192, 8, None)]
    crumbs = [{"task_id": "gold_build_stage", "duration": 2.5}, {"task_id": "gold_build_clean", "duration": None}]

    assert figures(tables, crumbs) == {
        "rows.daily_plant_kpi": 8.0,
        "plants.daily_plant_kpi": 8.0,
        "rows.plant_weather_hourly": 192.0,
        "plants.plant_weather_hourly": 8.0,
        "seconds.gold_build_stage": 2.5,
    }
