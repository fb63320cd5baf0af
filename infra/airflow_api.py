"""Airflow's REST API as the commands need it: start runs for an explicit hour, follow them, pools, pausing."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

from include.settings import Settings
from infra.refusal import RefusedError

FINISHED = {"success", "failed"}
PAGE_SIZE = 100  # the largest that Airflow gives
TIMEOUT_SECONDS = 30.0
# On a busy machine an answer may come late: what only reads is asked again. What changes something may have been done.
_REPEATED = Retry(total=None, connect=0, read=2, redirect=0, status=0, other=0, allowed_methods=("GET",))


class AirflowApiError(RefusedError):
    """Airflow refused a call; the message holds its answer."""


class AirflowApi:
    """A session of the administrator, as a person at the web page has it."""

    def __init__(self, settings: Settings) -> None:
        self.base = f"http://{settings.airflow_host}:{settings.airflow_port}"
        self._login = {"username": settings.airflow_admin_user, "password": settings.secret("airflow_admin_password")}
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.mount(self.base, HTTPAdapter(max_retries=_REPEATED))

    def call(self, method: str, path: str, **arguments: Any) -> Any:
        """One call under /api/v2; raises AirflowApiError for any refusal."""
        for _ in range(2):
            if "Authorization" not in self._session.headers:
                login = self._send("POST", "/auth/token", json=self._login)
                if login.status_code >= 400:
                    raise AirflowApiError(f"Airflow at {self.base} refuses {self._login['username']}: {login.status_code}")
                self._session.headers["Authorization"] = f"Bearer {login.json()['access_token']}"
            answer = self._send(method, f"/api/v2{path}", **arguments)
            if answer.status_code != 401:
                break
            del self._session.headers["Authorization"]  # expired
        if answer.status_code >= 400:
            raise AirflowApiError(f"{method} {path}: {answer.status_code} {answer.text[:500]}")
        return answer.json() if answer.content else None

    def _send(self, method: str, path: str, **arguments: Any) -> requests.Response:
        try:
            return self._session.request(method, f"{self.base}{path}", timeout=TIMEOUT_SECONDS, **arguments)
        except requests.RequestException as error:
            raise AirflowApiError(f"Airflow at {self.base} does not answer; `make status` says why: {error}") from error

    def pages(self, path: str, items: str, params: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """All items of a list, page by page."""
        seen = 0
        while True:
            page = self.call("GET", path, params={**params, "limit": PAGE_SIZE, "offset": seen})
            yield from page[items]
            seen += len(page[items])
            if seen >= page["total_entries"] or not page[items]:
                return

    def dag_ids(self) -> set[str]:
        """Ids of the DAGs that were parsed."""
        return {dag["dag_id"] for dag in self.pages("/dags", "dags", {})}

    def import_errors(self) -> dict[str, str]:
        """Files that could not be parsed, with the end of their error."""
        errors = self.call("GET", "/importErrors")["import_errors"]
        return {error["filename"]: error["stack_trace"][-500:] for error in errors}

    def unpause(self, dag_id: str) -> None:
        """Let a DAG run."""
        self.call("PATCH", f"/dags/{dag_id}", json={"is_paused": False})

    def variable(self, key: str) -> str | None:
        """Value of an Airflow variable, None when there is none."""
        found = self.call("GET", "/variables", params={"variable_key_pattern": key})["variables"]
        return next((str(variable["value"]) for variable in found if variable["key"] == key), None)

    def set_variable(self, key: str, value: str, description: str) -> None:
        """Create or change an Airflow variable."""
        body = {"key": key, "value": value, "description": description}
        if self.variable(key) is None:
            self.call("POST", "/variables", json=body)
        else:
            self.call("PATCH", f"/variables/{key}", json=body)

    def ensure_pool(self, name: str, slots: int, description: str) -> None:
        """Create a pool or set its size."""
        body = {"name": name, "slots": slots, "description": description, "include_deferred": False}
        try:
            self.call("POST", "/pools", json=body)
        except AirflowApiError as error:
            if ": 409 " not in str(error):
                raise
            self.call("PATCH", f"/pools/{name}", json={"pool": name, **{k: v for k, v in body.items() if k != "name"}})

    def trigger(
        self, dag_id: str, start: datetime | None = None, end: datetime | None = None, conf: dict[str, Any] | None = None
    ) -> str:
        """Start a run, of [start, end) when given; returns its id. An existing run of that interval is cleared and run again."""
        body: dict[str, Any] = {"logical_date": start.isoformat() if start else None, "conf": conf or {}}
        if start and end:
            body |= {"data_interval_start": start.isoformat(), "data_interval_end": end.isoformat()}
        try:
            return str(self.call("POST", f"/dags/{dag_id}/dagRuns", json=body)["dag_run_id"])
        except AirflowApiError as error:
            if start is None or ": 409 " not in str(error):
                raise
        found = self.call(
            "GET",
            f"/dags/{dag_id}/dagRuns",
            params={"logical_date_gte": start.isoformat(), "logical_date_lte": start.isoformat()},
        )
        run = found["dag_runs"][0]
        ends = datetime.fromisoformat(run["data_interval_end"]) if run["data_interval_end"] else None
        if (run["conf"] or {}) != (conf or {}) or (end and ends != end):
            raise AirflowApiError(f"{dag_id} has a run of {start.isoformat()} with another end or conf: {run['dag_run_id']}")
        run_id = str(run["dag_run_id"])
        self.clear(dag_id, run_id)
        return run_id

    def run(self, dag_id: str, run_id: str) -> dict[str, Any]:
        """A run as the API shows it."""
        result: dict[str, Any] = self.call("GET", f"/dags/{dag_id}/dagRuns/{run_id}")
        return result

    def find(self, path: str) -> dict[str, Any] | None:
        """What a GET under /api/v2 answers; None where there is no such thing."""
        try:
            found: dict[str, Any] = self.call("GET", path)
        except AirflowApiError as error:
            if ": 404 " in str(error):
                return None
            raise
        return found

    def start(self, dag_id: str, run_id: str, conf: dict[str, Any], note: str = "") -> None:
        """Start a run under a name, without a date; its page shows the note."""
        body = {"dag_run_id": run_id, "logical_date": None, "conf": conf, "note": note or None}
        self.call("POST", f"/dags/{dag_id}/dagRuns", json=body)

    def clear(self, dag_id: str, run_id: str, task_ids: list[str] | None = None) -> None:
        """Run tasks of a run again, with all that comes after them; without task ids the whole run."""
        body: dict[str, Any] = {"dry_run": False, "only_failed": False}
        if task_ids is None:
            self.call("POST", f"/dags/{dag_id}/dagRuns/{run_id}/clear", json=body)
        else:
            body |= {"dag_run_id": run_id, "task_ids": task_ids, "include_downstream": True, "reset_dag_runs": True}
            self.call("POST", f"/dags/{dag_id}/clearTaskInstances", json=body)

    def set_note(self, dag_id: str, run_id: str, note: str) -> None:
        """Write a run's note, which its page shows."""
        self.call("PATCH", f"/dags/{dag_id}/dagRuns/{run_id}", params={"update_mask": "note"}, json={"note": note})

    def returned(self, dag_id: str, run_id: str, task_id: str) -> Any:
        """What a task returned; None where it returned nothing."""
        path = f"/dags/{dag_id}/dagRuns/{run_id}/taskInstances/{task_id}/xcomEntries/return_value"
        value = (self.find(path) or {}).get("value")
        return json.loads(value) if isinstance(value, str) else value

    def task_instances(self, dag_id: str, run_id: str) -> list[dict[str, Any]]:
        """Tasks of a run as the API shows them, in the order they started."""
        path = f"/dags/{dag_id}/dagRuns/{run_id}/taskInstances"
        found: list[dict[str, Any]] = self.call("GET", path, params={"limit": 100})["task_instances"]
        return sorted(found, key=lambda task: task["start_date"] or "9")

    def log(self, dag_id: str, run_id: str, task_id: str, try_number: int) -> list[dict[str, Any]]:
        """Events of a task's log; text that Airflow could not parse comes as events of their own."""
        path = f"/dags/{dag_id}/dagRuns/{run_id}/taskInstances/{task_id}/logs/{try_number}"
        events = (self.find(path) or {}).get("content", [])
        return [event if isinstance(event, dict) else {"event": str(event)} for event in events]

    def wait(self, dag_id: str, run_id: str, limit_seconds: float) -> dict[str, Any]:
        """Follow a run to its end; raises TimeoutError."""
        deadline = time.monotonic() + limit_seconds
        while (run := self.run(dag_id, run_id))["state"] not in FINISHED:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{dag_id} {run_id} is still {run['state']} after {limit_seconds:.0f} s")
            time.sleep(0.5)
        return run

    def tasks(self, dag_id: str, run_id: str) -> Iterator[tuple[str, str, float]]:
        """(task id, state, seconds) of a run, in the order they started."""
        for task in self.task_instances(dag_id, run_id):
            yield task["task_id"], task["state"] or "none", float(task["duration"] or 0.0)
