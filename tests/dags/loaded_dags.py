"""This project's DAGs as Airflow loads them, and runs to render their tasks with; hides what is special in Airflow 3."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from airflow.sdk.definitions._internal.types import NOTSET

from include.day_windows import DayWindow

PROJECT_ROOT = Path(__file__).resolve().parents[2]
DAG_FILES = sorted((PROJECT_ROOT / "dags").glob("*.py"))
FIXTURES = Path(__file__).parent / "fixtures"
MODEL_DAGS = ("fit_plant_models", "set_plant_model")
OF_THE_NEWEST_FIT = {"window_start": "2025-01-01T14:00:00Z", "window_end": "2025-04-01T14:00:00Z"}
"""What `set_champion` returns among other things."""


@dataclass
class FakeRun:
    """A DAG run as tasks see it."""

    run_id: str
    run_type: str
    run_after: datetime
    logical_date: datetime | None = None
    data_interval_start: datetime | None = None
    data_interval_end: datetime | None = None
    dag_id: str = "ingest_oe_bronze"
    conf: dict[str, Any] = field(default_factory=dict)


@cache
def bag() -> Any:
    """Return all DAGs of the folder `dags`, with the errors of those that do not load."""
    from airflow.dag_processing.dagbag import DagBag

    return DagBag(dag_folder=str(PROJECT_ROOT / "dags"))


def dags() -> dict[str, Any]:
    """Return the DAGs by id."""
    return dict(bag().dags)


def tasks() -> list[Any]:
    """Return all tasks of all DAGs."""
    return [task for dag in dags().values() for task in dag.tasks]


def params(dag: Any) -> dict[str, Any]:
    """Return the parameters of a DAG that have a value of their own."""
    return {name: value for name in dag.params if (value := dag.params.get_param(name).value) is not NOTSET}


def as_in_scheduler(dag: Any) -> Any:
    """Return the DAG as the scheduler has it: serialised and read back."""
    from airflow.serialization.serialized_objects import DagSerialization

    return DagSerialization.from_dict(DagSerialization.to_dict(dag))


def scheduled_run(dag: Any) -> FakeRun:
    """Return the run of a DAG for the hour, day, month or days that begin at 2025-01-01 (network time where it counts)."""
    if dag.dag_id == "rebuild_range":
        return range_run("2025-01-01", "2025-02-15")
    if dag.dag_id in MODEL_DAGS:
        at = datetime(2025, 4, 5, 16, 30, tzinfo=UTC)
        return FakeRun(f"scheduled__{at:%Y-%m-%dT%H:%M:%S}+00:00", "scheduled", at, at, at, at, dag_id=dag.dag_id)
    schedule = dag.timetable
    interval = schedule.containing(datetime(2025, 1, 1, 3, tzinfo=UTC))
    return FakeRun(
        run_id=f"scheduled__{interval.end:%Y-%m-%dT%H:%M:%S}+00:00",
        run_type="scheduled",
        run_after=interval.end + timedelta(minutes=10),
        logical_date=interval.start,
        data_interval_start=interval.start,
        data_interval_end=interval.end,
        dag_id=dag.dag_id,
    )


def range_run(first: str, end: str) -> FakeRun:
    """Return the run of `rebuild_range` that `make backfill` starts for these days, asked for in 2026."""
    window = DayWindow(date.fromisoformat(first), date.fromisoformat(end))
    return FakeRun(window.name, "manual", datetime(2026, 1, 1, tzinfo=UTC), dag_id="rebuild_range", conf=window.conf)


def rendered(task: Any, run: FakeRun) -> Any:
    """Return the task with its templates rendered for a run, as in the worker."""
    from copy import deepcopy

    task = deepcopy(task)
    ti = SimpleNamespace(xcom_pull=lambda task_ids: OF_THE_NEWEST_FIT)
    context = {"dag": task.dag, "dag_run": run, "run_id": run.run_id, "task": task, "ti": ti}
    context["params"] = params(task.dag) | run.conf
    task.render_template_fields(context, task.dag.get_template_env())
    return task
