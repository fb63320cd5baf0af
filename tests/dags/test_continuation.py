"""`continue_backfill`: the first window that is left, when the credits hold it; off the list when it is done."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowException, AirflowSkipException
from loaded_dags import dags

from include import backfill_requests, settings
from include.backfill_requests import Sources
from plugins import continuation

FIRST, SECOND = "2025-01-01_to_2025-03-03_from_fetch", "2025-03-03_to_2025-05-03_from_fetch"


@pytest.fixture
def left(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Airflow's variables, in memory."""
    variables: dict[str, Any] = {}
    variable = SimpleNamespace(
        get=lambda key, default, deserialize_json: variables.get(key, default),
        set=lambda key, value, serialize_json: variables.update({key: value}),
    )
    monkeypatch.setattr(continuation, "Variable", variable)
    return variables


@pytest.fixture
def credits(monkeypatch: pytest.MonkeyPatch) -> Callable[[float | None], None]:
    def have(credits_left: float | None) -> None:
        sources = Sources(500, {"NEM": 8, "WEM": 1}, 9, credits_left)
        monkeypatch.setattr(settings, "load_settings", lambda: None)
        monkeypatch.setattr(backfill_requests, "look_up", lambda *_: sources)

    return have


def test_the_first_window_that_is_left_is_chosen_with_its_parameters(left: dict[str, Any], credits: Any) -> None:
    left["backfill_windows_left"] = {FIRST: "make backfill FROM=2025-01-01", SECOND: "other"}
    credits(11.0)

    assert continuation.choose() == {
        "name": FIRST,
        "conf": {"from": "2025-01-01", "to": "2025-03-03", "from_layer": "fetch"},
        "note": "make backfill FROM=2025-01-01",
    }


def test_without_a_window_or_without_credits_it_is_skipped_and_the_list_stays(left: dict[str, Any], credits: Any) -> None:
    with pytest.raises(AirflowSkipException, match="no window is left"):
        continuation.choose()

    left["backfill_windows_left"] = {FIRST: "asked"}
    credits(8.0)
    with pytest.raises(AirflowSkipException, match="needs 11 credits, 8 are left until 00:00 UTC"):
        continuation.choose()
    assert left["backfill_windows_left"] == {FIRST: "asked"}

    credits(None)  # Trino does not answer: the fetch's own budget decides
    assert continuation.choose()["name"] == FIRST


def test_a_window_that_is_done_is_taken_off_and_the_last_one_ends_it(left: dict[str, Any]) -> None:
    left["backfill_windows_left"] = {FIRST: "asked", SECOND: "asked"}
    done = SimpleNamespace(xcom_pull=lambda task_ids: {"name": FIRST})

    assert continuation.note(ti=done) == 1
    assert left["backfill_windows_left"] == {SECOND: "asked"}
    assert continuation.note(ti=done) == 1  # cleared: nothing more is taken off

    done.xcom_pull = lambda task_ids: {"name": SECOND}
    with pytest.raises(AirflowSkipException, match="last window"):
        continuation.note(ti=done)
    assert left["backfill_windows_left"] == {}


def test_a_window_that_failed_waits_for_the_next_day() -> None:
    rebuild = dags()["continue_backfill"].get_task("rebuild_window")

    assert rebuild.retry_policy.evaluate(AirflowException("failed"), 1, rebuild.retries).action.value == "fail"
    assert rebuild.downstream_task_ids == {"note_window"}
    assert rebuild.reset_dag_run


def test_the_run_that_is_started_has_the_windows_name_parameters_and_note() -> None:
    chosen = {"name": FIRST, "conf": {"from": "2025-01-01", "to": "2025-03-03", "from_layer": "fetch"}, "note": "make backfill"}
    task = dags()["continue_backfill"].get_task("rebuild_window")
    ti = SimpleNamespace(xcom_pull=lambda task_ids: chosen if task_ids == "choose_window" else None)
    rebuild = copy.deepcopy(task)

    rebuild.render_template_fields({"ti": ti, "dag": task.dag, "task": rebuild}, task.dag.get_template_env())

    assert (rebuild.trigger_run_id, json.loads(rebuild.conf), rebuild.note) == (FIRST, chosen["conf"], "make backfill")
