"""The tasks of `continue_backfill`: one window of what is left, then a run of the same DAG for the next.

What is left is one Airflow variable, which `make backfill` writes: by window (`include.day_windows`) the command that asked for
it, which becomes the run's note. One window a run, so that each starts only after the one before succeeded and the credits were
counted again.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, cast

from airflow.providers.standard.operators.python import PythonOperator
from airflow.providers.standard.operators.trigger_dagrun import TriggerDagRunOperator
from airflow.sdk import Variable, chain
from airflow.sdk.definitions.retry_policy import ExceptionRetryPolicy, RetryAction, RetryRule
from airflow.sdk.exceptions import AirflowException, AirflowSkipException

from include.asked_runs import CONTINUE_DAG, LEFT_WINDOWS, RANGE_DAG
from include.day_windows import DayWindow
from plugins.task_docs import TASK_DOCS

_SHORT = timedelta(minutes=10)
# A window waits behind every hour's tasks, and for the credits of no one: its own tasks have their limits.
_LONGEST_WINDOW = timedelta(hours=12)


class RebuildWindow(TriggerDagRunOperator):
    """Starts the window's run and waits for it; its note comes from a task before it, as its name does."""

    template_fields = (*TriggerDagRunOperator.template_fields, "note")


def continue_backfill() -> None:
    """One window by `rebuild_range`, its name taken off the list, and the next run."""
    choose_window = PythonOperator(task_id="choose_window", python_callable=choose, **_common("choose_window", _SHORT))
    rebuild_window = RebuildWindow(
        task_id="rebuild_window",
        trigger_dag_id=RANGE_DAG,
        trigger_run_id="{{ ti.xcom_pull(task_ids='choose_window')['name'] }}",
        conf=cast("dict[str, Any]", "{{ ti.xcom_pull(task_ids='choose_window')['conf'] | tojson }}"),  # rendered, then read
        note="{{ ti.xcom_pull(task_ids='choose_window')['note'] }}",
        reset_dag_run=True,
        wait_for_completion=True,
        deferrable=True,
        poke_interval=10,
        # A window that failed waits for the next day: asked again at once it would spend credits on the same failure.
        retry_policy=ExceptionRetryPolicy(
            rules=[RetryRule(exception=AirflowException, action=RetryAction.FAIL, reason="the window's run failed")]
        ),
        **_common("rebuild_window", _LONGEST_WINDOW),
    )
    note_window = PythonOperator(task_id="note_window", python_callable=note, **_common("note_window", _SHORT))
    next_window = TriggerDagRunOperator(task_id="next_window", trigger_dag_id=CONTINUE_DAG, **_common("next_window", _SHORT))
    chain(choose_window, rebuild_window, note_window, next_window)


def choose() -> dict[str, Any]:
    """Return name and parameters of the first window that is left.

    Raises AirflowSkipException when none is, or when the day's credits for backfills do not hold it.
    """
    from include.backfill_requests import look_up
    from include.settings import load_settings

    left = windows_left()
    if not left:
        raise AirflowSkipException("no window is left of any backfill")
    (name, command), *_ = left.items()
    window, now = DayWindow.parse(name), datetime.now(UTC)
    sources = look_up(load_settings(), now)
    needed = sources.credits(window)
    if sources.credits_left is not None and needed > sources.credits_left:
        raise AirflowSkipException(f"{window} needs {needed} credits, {sources.credits_left:g} are left until 00:00 UTC")
    return {"name": name, "conf": window.conf, "note": command}


def note(**context: Any) -> int:
    """Take the window that was rebuilt off the list; return how many are left. Skips what follows when none is."""
    done = context["ti"].xcom_pull(task_ids="choose_window")["name"]
    left = {name: command for name, command in windows_left().items() if name != done}
    Variable.set(LEFT_WINDOWS, left, serialize_json=True)
    if not left:
        raise AirflowSkipException("that was the last window")
    return len(left)


def windows_left() -> dict[str, str]:
    """Return the windows of the list by name, in the order of the work, with the command that asked for each."""
    left: dict[str, str] = Variable.get(LEFT_WINDOWS, default={}, deserialize_json=True)
    return left


def _common(task_id: str, limit: timedelta) -> dict[str, Any]:
    return {"pool": "default_pool", "execution_timeout": limit, "doc_md": TASK_DOCS[task_id]}
