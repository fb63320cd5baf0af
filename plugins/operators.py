"""The operators of this project: a Spark job, and statements for Trino.

They add what the providers' ones lack: the run's window as template values (`window_start`, `window_end`, `run_suffix`),
and an end to everything they started when the task is killed or reaches its time limit.
"""

from __future__ import annotations

import os
import time
from contextlib import suppress
from functools import cached_property
from typing import TYPE_CHECKING, Any

from airflow.providers.apache.spark.operators.spark_submit import SparkSubmitOperator
from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator
from airflow.sdk.exceptions import AirflowException, AirflowFailException

from include.contracts import TableContract, gold_columns
from include.contracts.maintenance import maintenance_values
from include.paths import PROJECT_ROOT
from include.settings import read_settings
from plugins.windows import has_window, template_values

if TYPE_CHECKING:
    from airflow.sdk import Context

    from plugins.trino_hook import CancellableTrinoHook

# A JVM that was told to stop writes its last log lines and closes its connections within this.
DRIVER_STOP_SECONDS = 5


def due_after_hours() -> dict[str, int]:
    """Hours after its end at which an hour of each network counts as missing. Raises SettingsError for wrong settings."""
    settings = read_settings()
    return {"NEM": settings.pv_due_after_hours_nem, "WEM": settings.pv_due_after_hours_wem}


class WindowedTemplates:
    """Adds the run's window, the Gold tables' columns and what the settings say to what templates may name.

    In DAGs that work on hours alone.
    """

    def render_template_fields(self, context: Context, jinja_env: Any = None) -> None:
        """Render with the window's values added. Raises AirflowFailException for a run that has no window."""
        if has_window(context):
            values = template_values(context)
            ours = {
                "due_after_hours": due_after_hours(),
                "gold_columns": gold_columns(),
                "has_all_facilities": not read_settings().pv_facilities,
            }
            context = {**context, **values, **ours}  # type: ignore[typeddict-item]
        super().render_template_fields(context, jinja_env)  # type: ignore[misc]


class SparkJobOperator(WindowedTemplates, SparkSubmitOperator):
    """Runs `spark_jobs/<job>.py` by spark-submit in client mode against the connection `spark_default`.

    Everything that is not an argument of the job comes from the properties file that PV_SPARK_PROPERTIES names (mode 0600: it
    holds the catalog's token): no packages, no jars, no secrets here.
    """

    def __init__(self, *, job: str, arguments: list[str], **kwargs: Any) -> None:
        super().__init__(
            application=str(PROJECT_ROOT / "spark_jobs" / f"{job}.py"),
            application_args=arguments,
            name=f"pv-lakehouse.{kwargs['task_id']}",
            conn_id="spark_default",
            **kwargs,
        )

    def execute(self, context: Context) -> Any:
        """Submit and wait.

        Raises AirflowFailException when this process has no properties file: without one Spark knows no tables.
        """
        self.properties_file = os.environ.get("PV_SPARK_PROPERTIES")
        if not self.properties_file:
            raise AirflowFailException("PV_SPARK_PROPERTIES is not set in the scheduler's environment: start it with `make up`")
        return super().execute(context)

    def on_kill(self) -> None:
        """End spark-submit, its JVM and the Python driver.

        The provider kills the JVM only; the driver, a child of the JVM, would go on writing.
        """
        submit = getattr(self._hook, "_submit_sp", None)
        if submit is not None and submit.poll() is None:
            self.log.warning("Ended the Spark driver of %s: %d processes", self.task_id, end_process_tree(submit.pid))


class TrinoOperator(WindowedTemplates, SQLExecuteQueryOperator):
    """Runs the `.sql` files of `sql/trino` that it is given, one after the other, on the connection `trino_default`."""

    def __init__(self, *, sql: list[str], **kwargs: Any) -> None:
        super().__init__(sql=list(sql), conn_id="trino_default", **({"do_xcom_push": False} | kwargs))
        # Airflow replaces the names in `sql` by the files' content.
        self.sql_files = tuple(sql)

    def execute(self, context: Context) -> Any:
        """Run every file. Raises AirflowException naming the file that Trino refused; later files are not run."""
        for file, statement in zip(self.sql_files, self.sql, strict=True):
            self.run_statement(file, statement)

    def run_statement(self, file: str, statement: str) -> list[Any]:
        """Run one statement and return its rows, none when it only changes something."""
        began = time.monotonic()
        try:
            rows = self._hook.run(statement, handler=lambda cursor: cursor.fetchall())
        except Exception as error:
            raise AirflowException(f"{file}: {error}") from error
        self.log.info("%s: done in %.1f s", file, time.monotonic() - began)
        return list(rows or [])

    @cached_property
    def _hook(self) -> CancellableTrinoHook:
        from plugins.trino_hook import CancellableTrinoHook

        return CancellableTrinoHook(trino_conn_id=self.conn_id)  # type: ignore[no-untyped-call]

    def on_kill(self) -> None:
        """Cancel the running query; without this Trino would finish it for nobody."""
        self.log.warning("Cancelled Trino query %s", self._hook.cancel())


class TrinoMaintenanceOperator(TrinoOperator):
    """Runs the files of `sql/trino/maintenance` that it is given on one table."""

    def __init__(self, *, contract: TableContract, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.values = maintenance_values(contract)

    def render_template_fields(self, context: Context, jinja_env: Any = None) -> None:
        """Render with the table's name and limits added."""
        super().render_template_fields({**context, **self.values}, jinja_env)  # type: ignore[typeddict-item]


class TrinoPublishOperator(TrinoOperator):
    """Publishes what a build staged; any try after the first stages and checks it again.

    Between two tries another build may have published: its rows are newer than what this one staged.
    """

    def __init__(self, *, sql: list[str], stage: list[str], **kwargs: Any) -> None:
        super().__init__(sql=[*stage, *sql], **kwargs)
        self.publish_from = len(stage)

    def execute(self, context: Context) -> None:
        """Publish. Raises as TrinoOperator does."""
        statements = list(zip(self.sql_files, self.sql, strict=True))
        for file, statement in statements[self.publish_from if context["ti"].try_number == 1 else 0 :]:
            self.run_statement(file, statement)


def end_process_tree(pid: int, grace_seconds: float = DRIVER_STOP_SECONDS) -> int:
    """End a process and all that it started, by SIGTERM and, after the grace, SIGKILL; return how many there were."""
    import psutil

    try:
        root = psutil.Process(pid)
        processes = [*root.children(recursive=True), root]
    except psutil.NoSuchProcess:
        return 0
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.terminate()
    _, alive = psutil.wait_procs(processes, timeout=grace_seconds)
    for process in alive:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(alive, timeout=grace_seconds)
    return len(processes)
