"""Kill -9 of the stack's processes at chosen moments of a run, and what must hold afterwards."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import psutil

from infra.airflow_api import FINISHED, AirflowApiError
from infra.services import airflow
from infra.stack import supervision
from tests.e2e.conftest import Stack

# A task is tried four times with pauses of 30 s, 1 min and 2 min; a dead scheduler's tasks are noticed first.
LIMIT_SECONDS = 1200
AIRFLOW_SERVICES = tuple(service.name for service in airflow.SERVICES)
SERVICES = ("postgres", "minio", "iceberg-rest", "spark-master", "spark-worker", "trino", "mlflow", *AIRFLOW_SERVICES)

Reached = Callable[[], bool]


def kill(stack: Stack, *names: str) -> None:
    """SIGKILL the services at once, waiting for one that is just being restarted."""
    interface = supervision.rpc(stack.settings)
    for name in names:
        while not (pid := interface.getProcessInfo(name)["pid"]):
            time.sleep(0.1)
        os.kill(pid, signal.SIGKILL)


class FollowedRun:
    """A run that is watched while Airflow itself may be away."""

    def __init__(self, stack: Stack, dag_id: str, run_id: str) -> None:
        self.stack, self.dag_id, self.run_id = stack, dag_id, run_id
        self._log = supervision.log_dir(stack.settings) / "iceberg-rest.log"
        self._log_length = self._log.stat().st_size

    def stages(self) -> dict[str, Reached]:
        """Moments in the way of the data, in their order."""
        return {
            "fetch": lambda: self.is_running("fetch_generation"),
            "spark": lambda: self.is_running("load_bronze_oe") and self.drivers() != [],
            "commit": lambda: self.is_running("silver_normalize_tables") and self.has_committed("silver"),
            "gold": lambda: self.is_running("gold_build_stage"),
        }

    def await_stage(self, stage: str) -> None:
        """Wait for a moment; an AssertionError when the run ends without it."""
        reached, deadline = self.stages()[stage], time.monotonic() + LIMIT_SECONDS
        while not reached():
            assert self.state() not in FINISHED, f"the run ended before {stage}"
            assert time.monotonic() < deadline, f"{stage} was not reached: {self.tasks()}"
            time.sleep(0.05)

    def end(self) -> str:
        """Follow the run to its end; returns its state."""
        deadline = time.monotonic() + LIMIT_SECONDS
        while (state := self.state()) not in FINISHED:
            assert time.monotonic() < deadline, f"still {state}: {self.tasks()}"
            time.sleep(1)
        return state

    def state(self) -> str:
        """State of the run, `unknown` while Airflow does not answer."""
        with suppress(AirflowApiError):
            return str(self.stack.airflow.run(self.dag_id, self.run_id)["state"])
        return "unknown"

    def tasks(self) -> dict[str, str]:
        """State by task, nothing while Airflow does not answer."""
        with suppress(AirflowApiError):
            return {task: state for task, state, _ in self.stack.airflow.tasks(self.dag_id, self.run_id)}
        return {}

    def is_running(self, task_id: str) -> bool:
        """Whether the task runs."""
        return self.tasks().get(task_id) == "running"

    def has_committed(self, schema: str) -> bool:
        """Whether the catalog has answered a commit to a table of the schema since this run is watched."""
        with self._log.open(encoding="utf-8", errors="replace") as log:
            log.seek(self._log_length if self._log.stat().st_size >= self._log_length else 0)
            return f"writer POST /v1/namespaces/{schema}/tables/" in log.read()

    def drivers(self) -> list[int]:
        """Processes of Spark drivers of this stack."""
        return [p.pid for p in ours(self.stack) if any("spark_jobs/" in word for word in p.info["cmdline"] or [])]


def ours(stack: Stack) -> list[Any]:
    """Processes that belong to this stack by their environment or command line, this one and its parents aside."""
    me = {os.getpid(), *(p.pid for p in psutil.Process().parents())}
    data_dir, found = str(stack.settings.pv_data_dir), []
    for process in psutil.process_iter(["pid", "cmdline", "status"]):
        with suppress(psutil.Error):
            environ = process.environ()
            belongs = data_dir in environ.get("PV_DATA_DIR", "") or data_dir in environ.get("PV_SPARK_PROPERTIES", "")
            belongs = belongs or any(data_dir in word for word in process.info["cmdline"] or [])
            if belongs and process.pid not in me and process.info["status"] != psutil.STATUS_ZOMBIE:
                found.append(process)
    return found


def orphans(stack: Stack) -> list[list[str]]:
    """Command lines of our processes that are no part of the supervisor's tree, and of drivers that no run needs."""
    supervisor = psutil.Process(supervision.rpc(stack.settings).getPID())
    tree = {supervisor.pid, *(p.pid for p in supervisor.children(recursive=True))}
    return [p.info["cmdline"] for p in ours(stack) if p.pid not in tree]
