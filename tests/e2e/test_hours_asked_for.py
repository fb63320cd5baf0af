"""Every way to ask for an hour gets that hour, or a refusal that says what to do instead."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from infra.airflow_api import AirflowApiError
from tests.e2e.conftest import Stack
from tests.e2e.processes import native

pytestmark = pytest.mark.stack

DAG = "ingest_oe_bronze"
HOUR = timedelta(hours=1)
NIGHT = datetime(2025, 2, 11, tzinfo=UTC)


def airflow(*arguments: str) -> str:
    """Run Airflow's command line as the README says; returns what it printed."""
    done = native("exec", "airflow", *arguments)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def finished(stack: Stack, at_least: int, **filters: Any) -> list[dict[str, Any]]:
    """Runs by filters of Airflow's API once there are so many, each followed to its end."""
    runs: list[dict[str, Any]] = []
    while len(runs) < at_least:
        time.sleep(0.5)
        runs = stack.airflow.call("GET", f"/dags/{DAG}/dagRuns", params=filters)["dag_runs"]
    return [stack.airflow.wait(DAG, run["dag_run_id"], 600) for run in runs]


def await_backfills(stack: Stack) -> None:
    """Airflow takes one backfill of a DAG at a time, and notices only after a while that one is over."""
    while any(b["completed_at"] is None for b in stack.airflow.call("GET", "/backfills", params={"dag_id": DAG})["backfills"]):
        time.sleep(1)


def asked_of_the_source(stack: Stack, run_id: str) -> set[tuple[datetime, datetime]]:
    """Windows of the run's requests for generation."""
    rows = stack.query(
        "SELECT DISTINCT window_start_utc, window_end_utc FROM bronze.api_requests "
        f"WHERE run_id = '{run_id}' AND source = 'oe_generation'"
    )
    return {(start, end) for start, end in rows}


def window(run: dict[str, Any]) -> tuple[datetime, datetime]:
    """A run's data interval."""
    return (datetime.fromisoformat(run["data_interval_start"]), datetime.fromisoformat(run["data_interval_end"]))


@pytest.mark.long
def test_backfill_commands_run_the_hours_from_first_to_last(recorded_week: Stack) -> None:
    first, last = NIGHT + 5 * HOUR, NIGHT + 6 * HOUR
    span = {"logical_date_gte": first.isoformat(), "logical_date_lte": last.isoformat(), "run_type": "backfill"}

    dates = {"--from-date": f"{first:%Y-%m-%dT%H:%M}", "--to-date": f"{first:%Y-%m-%dT%H:%M}"}
    airflow("backfill", "create", "--dag-id", DAG, *(word for option in dates.items() for word in option))
    (one,) = finished(recorded_week, 1, **span)
    await_backfills(recorded_week)
    # an hour that has run, and one more: the end is included, what has succeeded is not run again
    airflow("dags", "backfill", "-s", f"{first:%Y-%m-%dT%H:%M}", "-e", f"{last:%Y-%m-%dT%H:%M}", DAG)
    both = sorted(finished(recorded_week, 2, **span), key=lambda run: str(run["logical_date"]))

    assert [(run["state"], window(run)) for run in both] == [
        ("success", (first, first + HOUR)),
        ("success", (last, last + HOUR)),
    ]
    assert both[0]["start_date"] == one["start_date"]
    for run in both:
        assert asked_of_the_source(recorded_week, run["dag_run_id"]) == {window(run)}


@pytest.mark.long
def test_without_a_date_it_is_the_last_complete_hour(recorded_week: Stack) -> None:
    began = datetime.now(UTC)
    run_id = f"by_hand_without_a_date_{began:%H%M%S}"
    airflow("dags", "trigger", DAG, "--run-id", run_id)

    run = recorded_week.airflow.wait(DAG, run_id, 600)

    assert run["state"] == "success"
    ends = {end for _, end in asked_of_the_source(recorded_week, run["dag_run_id"])}
    due = {instant.replace(minute=0, second=0, microsecond=0) for instant in (began, began + timedelta(minutes=2))}
    assert len(ends) == 1
    assert ends <= due


@pytest.mark.long
def test_a_date_is_the_hour_that_contains_it_and_both_bounds_are_taken_as_they_are(recorded_week: Stack) -> None:
    within = recorded_week.airflow.trigger(DAG, NIGHT + 10 * HOUR + timedelta(minutes=25))
    bounds = recorded_week.airflow.trigger(DAG, NIGHT + 11 * HOUR, NIGHT + 13 * HOUR)

    runs = [recorded_week.airflow.wait(DAG, run_id, 600) for run_id in (within, bounds)]

    assert [(run["state"], window(run)) for run in runs] == [
        ("success", (NIGHT + 10 * HOUR, NIGHT + 11 * HOUR)),
        ("success", (NIGHT + 11 * HOUR, NIGHT + 13 * HOUR)),
    ]
    assert {end for _, end in asked_of_the_source(recorded_week, within)} == {NIGHT + 11 * HOUR}
    assert asked_of_the_source(recorded_week, bounds) == {window(runs[1])}  # longer than an hour: itself alone


def test_a_date_that_the_command_line_turns_into_another_hour_is_refused(recorded_week: Stack) -> None:
    run_id = f"by_hand_with_a_date_{datetime.now(UTC):%H%M%S}"
    airflow("dags", "trigger", "-l", f"{NIGHT + 9 * HOUR:%Y-%m-%dT%H:%M}", "--run-id", run_id, DAG)

    run = recorded_week.airflow.wait(DAG, run_id, 600)

    assert run["state"] == "failed"
    log = recorded_week.log(DAG, run["dag_run_id"], "fetch_generation")
    assert "the command line took" in log
    assert "airflow dags backfill -s 2025-02-11T09:00:00" in log


def test_now_which_the_web_page_fills_in_is_refused(recorded_week: Stack) -> None:
    run_id = recorded_week.airflow.trigger(DAG, datetime.now(UTC))

    run = recorded_week.airflow.wait(DAG, run_id, 600)

    assert run["state"] == "failed"
    log = recorded_week.log(DAG, run_id, "fetch_generation")
    assert "was not over" in log
    assert "leave the logical date empty for the last complete one" in log


def test_a_date_in_the_future_is_refused_at_once(recorded_week: Stack) -> None:
    with pytest.raises(AirflowApiError, match="is in the future; leave it empty"):
        recorded_week.airflow.trigger(DAG, datetime.now(UTC) + timedelta(days=1))


def test_an_unknown_dag_and_a_reversed_range_are_refused(recorded_week: Stack) -> None:
    unknown = native("exec", "airflow", "dags", "backfill", "-s", "2025-01-01", "ingest_oe")
    reversed_range = native("exec", "airflow", "dags", "backfill", "-s", "2025-01-02", "-e", "2025-01-01", DAG)

    assert (unknown.returncode, reversed_range.returncode) == (1, 1)
    assert "there is no DAG ingest_oe; `airflow dags list` shows" in unknown.stderr
    assert "is after --end-date" in reversed_range.stderr
