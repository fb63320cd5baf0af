"""What a Gold publication looked like, logged to MLflow. Its outage never fails a run: the data is published already."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from plugins.operators import TrinoOperator
from plugins.windows import window_of

if TYPE_CHECKING:
    from airflow.sdk import Context
    from airflow.sdk.execution_time.task_runner import RuntimeTaskInstance

EXPERIMENT = "pv-lakehouse"
# Somebody who deletes it again and again is not followed for ever.
MOST_EXPERIMENTS = 9

# A tracking server that answers at all does so within this; with its one retry a dead one costs some 20 seconds.
_HTTP_LIMITS = {
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "5",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1",
    "MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR": "1",
    # Runs on machines without access to the internet; nothing about a run leaves it anyway.
    "MLFLOW_DISABLE_TELEMETRY": "true",
}


class PublishedTable(NamedTuple):
    """One row of `queries/publication.sql`: a Gold table within the run's window."""

    table_name: str
    row_count: int
    plant_count: int
    snapshot_id: int | None


class PublicationReport(TrinoOperator):
    """Measures the published tables in Trino and logs the figures as one MLflow run."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(do_xcom_push=True, **kwargs)

    def execute(self, context: Context) -> dict[str, int]:
        """Log the figures and return the rows by table; whatever goes wrong ends as a warning in the log."""
        tables: list[PublishedTable] = []
        try:
            tables = [PublishedTable(*row) for row in self.run_statement(self.sql_files[0], self.sql[0])]
            run_id = self._log(tables, context)
        except Exception as error:  # the last resort on purpose: no figure is worth a failed data run
            self.log.warning("The publication was not reported to MLflow: %s: %s", type(error).__name__, error)
        else:
            self.log.info("Reported to MLflow, run %s", run_id)
        return {table.table_name: table.row_count for table in tables}

    def _log(self, tables: list[PublishedTable], context: Context) -> str:
        from include.settings import load_settings

        os.environ.update(_HTTP_LIMITS)
        from mlflow import MlflowClient
        from mlflow.entities import Metric, Param

        dag_run, task_instance = context["dag_run"], cast("RuntimeTaskInstance", context["ti"])
        window = window_of(context)
        crumbs = task_instance.get_task_breadcrumbs(dag_run.dag_id, dag_run.run_id)
        metrics = figures(tables, crumbs)
        run_type = str(getattr(dag_run.run_type, "value", dag_run.run_type))
        if run_type == "scheduled":
            metrics["minutes_after_window"] = (datetime.now(UTC) - window.end).total_seconds() / 60
        params = {
            "dag_id": dag_run.dag_id,
            "airflow_run_id": dag_run.run_id,
            "run_type": run_type,
            "window_start": window.start.isoformat(),
            "window_end": window.end.isoformat(),
            **{f"snapshot_id.{table.table_name}": str(table.snapshot_id) for table in tables},
        }
        client = MlflowClient(tracking_uri=load_settings().mlflow_tracking_uri)
        run = client.create_run(experiment_id(client, EXPERIMENT), run_name=f"{dag_run.dag_id} {window}")
        now_ms = int(datetime.now(UTC).timestamp() * 1000)
        client.log_batch(
            run.info.run_id,
            metrics=[Metric(key, value, now_ms, 0) for key, value in metrics.items()],
            params=[Param(key, value) for key, value in params.items()],
        )
        client.set_terminated(run.info.run_id)
        return str(run.info.run_id)


def figures(tables: Iterable[PublishedTable], crumbs: Iterable[Mapping[str, Any]]) -> dict[str, float]:
    """Return the numbers of one publication: rows and plants per table, seconds per finished task."""
    numbers: dict[str, float] = {}
    for table in tables:
        numbers[f"rows.{table.table_name}"] = float(table.row_count)
        numbers[f"plants.{table.table_name}"] = float(table.plant_count)
    for crumb in crumbs:
        if crumb.get("duration") is not None:
            numbers[f"seconds.{crumb['task_id']}"] = float(crumb["duration"])
    return numbers


def experiment_id(client: Any, wanted: str) -> str:
    """Return an experiment's id; it is created when it is missing, and restored when somebody deleted it in MLflow's page.

    Only who created an experiment may restore it, and a deleted one keeps its name: where it was another user, an earlier
    version's for one, the next free of `wanted-2`, `wanted-3`, … takes its place.
    """
    from mlflow.exceptions import MlflowException

    for name in (wanted, *(f"{wanted}-{n}" for n in range(2, MOST_EXPERIMENTS + 1))):
        experiment = client.get_experiment_by_name(name) or _created(client, name)
        if experiment.lifecycle_stage != "deleted":
            return str(experiment.experiment_id)
        with suppress(MlflowException):
            client.restore_experiment(experiment.experiment_id)
            return str(experiment.experiment_id)
    raise RuntimeError(f"{wanted} to {wanted}-{MOST_EXPERIMENTS} are deleted, and none may be restored")


def _created(client: Any, name: str) -> Any:
    from mlflow.exceptions import MlflowException

    with suppress(MlflowException):  # another run created it meanwhile
        client.create_experiment(name)
    return client.get_experiment_by_name(name)
