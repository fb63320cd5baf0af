"""The runs of `rebuild_range` that `make backfill` starts, and why one of them failed, as Airflow's API shows them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from include.asked_runs import RANGE_DAG
from include.day_windows import DayWindow
from include.errors import BodyInvalid, BudgetExhausted, FacilityUnknown, KeyMissing, SourceRefused
from include.settings import SettingsError
from include.sources.records import OPENELECTRICITY, SOURCES, of_family
from infra.airflow_api import FINISHED, AirflowApi
from infra.refusal import RefusedError

# What `plugins.pipeline` does not try again, by class name: all a log has.
FOR_GOOD = frozenset(error.__name__ for error in (SourceRefused, KeyMissing, BodyInvalid, FacilityUnknown, SettingsError))
# Before the note of a run that RESUME=0 asks for again and that has not been started since.
AGAIN = "To be run again: "
ELECTRICITY_TASKS = tuple(f"fetch_{source.task}" for source in of_family(OPENELECTRICITY.name))
# Their failure is not the run's, so it is not why one failed.
_BESIDE_TASKS = frozenset(f"fetch_{source.task}" for source in SOURCES if source.is_beside)
REPORT_TASK = "report_publication"


class BackfillError(RefusedError):
    """A range that cannot be rebuilt, with the reason."""


@dataclass(frozen=True)
class Run:
    """A window's run; without an id there is none yet."""

    run_id: str = ""
    state: str = ""
    note: str = ""
    ended: str | None = None
    tasks: Sequence[Mapping[str, Any]] = ()

    def is_done(self, command: str) -> bool:
        """Whether it succeeded for this command, which has not asked for it again since."""
        return self.state == "success" and self.note == command

    @property
    def at_work(self) -> str:
        """Its tasks that run, or its state."""
        return ", ".join(task["task_id"] for task in self.tasks if task["state"] == "running") or self.state

    @property
    def failed_tasks(self) -> list[str]:
        """Tasks that failed themselves, in the order they started; marks of what failed before them are left out."""
        failed = [task["task_id"] for task in self.tasks if task["state"] == "failed"]
        return [task for task in failed if not task.endswith("_complete") and task not in _BESIDE_TASKS] or failed


@dataclass(frozen=True)
class Failure:
    """Why a run failed: the task, the error's class and text, where to read more."""

    window: DayWindow
    task: str
    kind: str
    text: str
    page: str

    @property
    def is_for_good(self) -> bool:
        """Whether no retry can help: the next window would fail in the same way."""
        return self.kind in FOR_GOOD

    @property
    def is_for_credits(self) -> bool:
        """Whether the day's credits are what is missing."""
        return self.kind == BudgetExhausted.__name__

    def __str__(self) -> str:
        """Return task, last error line and page."""
        said = f"{self.kind}: {self.text}" if self.kind else self.text
        return f"{self.window}: {self.task}: {said}\n  {self.page}"


@dataclass(frozen=True)
class Figures:
    """What a finished run tells: rows of Gold, credits it used, credits left then."""

    rows: int = 0
    credits: int = 0
    credits_left: float | None = None


@dataclass
class Runs:
    """Runs of `rebuild_range`, by window."""

    api: AirflowApi
    dag_id: str = field(default=RANGE_DAG)

    def refuse_paused(self) -> None:
        """Raise BackfillError where the DAG would not run: paused, or not there yet."""
        dag = self.api.find(f"/dags/{self.dag_id}")
        if dag is None:
            raise BackfillError(f"Airflow has no DAG {self.dag_id} yet: `make status`, then try again")
        if dag["is_paused"]:
            raise BackfillError(f"{self.dag_id} is paused, nothing would run: switch it on at {self.api.base}/dags/{self.dag_id}")

    def all(self) -> dict[str, Run]:
        """Return the runs that there are, by name."""
        return {run["dag_run_id"]: _run(run) for run in self.api.pages(f"/dags/{self.dag_id}/dagRuns", "dag_runs", {})}

    def get(self, window: DayWindow) -> Run:
        """Return a window's run with its tasks."""
        return _run(self.api.run(self.dag_id, window.name), self.api.task_instances(self.dag_id, window.name))

    def goes_on(self, window: DayWindow) -> bool:
        """Tell whether a window has a run that is not over."""
        there = self.api.find(f"/dags/{self.dag_id}/dagRuns/{window.name}")
        return there is not None and there["state"] not in FINISHED

    def start(self, window: DayWindow, command: str) -> None:
        """Start a window's run; one that goes on is left alone.

        Of one that failed for the same command what failed is run again with all that comes after it, any other one from its
        first task on: another command's may be from before a change of rules.
        """
        there = self.api.find(f"/dags/{self.dag_id}/dagRuns/{window.name}")
        if there is None:
            self.api.start(self.dag_id, window.name, window.conf, command)
        elif there["state"] in FINISHED:
            run = self.get(window)
            failed = run.failed_tasks if run.note == command and run.state == "failed" else []
            self.api.clear(self.dag_id, window.name, failed or None)
            self.api.set_note(self.dag_id, window.name, command)

    def ask_again(self, runs: Iterable[Run], command: str) -> None:
        """Note on finished runs that they are to be run again, so that the same command knows it after an interruption."""
        for run in runs:
            if run.state in FINISHED:
                self.api.set_note(self.dag_id, run.run_id, AGAIN + command)

    def failure(self, window: DayWindow) -> Failure:
        """Return why a run failed: what no retry can help before what the day's limits stopped, that before any other failure."""
        run = self.get(window)
        page = f"{self.api.base}/dags/{self.dag_id}/runs/{window.name}"
        failures = []
        for task in run.failed_tasks:
            tries = next(int(found["try_number"]) for found in run.tasks if found["task_id"] == task)
            kind, text = last_error(self.api.log(self.dag_id, window.name, task, tries))
            failures.append(Failure(window, task, kind, text, f"{page}/tasks/{task}"))
        if not failures:
            return Failure(window, "no task", "", f"the run is {run.state}", page)
        return min(failures, key=lambda failure: (not failure.is_for_good, not failure.is_for_credits))

    def figures(self, window: DayWindow) -> Figures:
        """Return what a finished run's tasks returned, summed up."""
        fetched = [self.api.returned(self.dag_id, window.name, task) or {} for task in ELECTRICITY_TASKS]
        rows: dict[str, int] = self.api.returned(self.dag_id, window.name, REPORT_TASK) or {}
        lefts = [said["credits_left"] for said in fetched if "credits_left" in said]
        return Figures(sum(rows.values()), sum(said.get("requests", 0) for said in fetched), lefts[-1] if lefts else None)

    def stranded(self, dag_ids: Iterable[str]) -> Iterator[str]:
        """Say which runs wait for ever: cleared after Airflow's backfill that made them was cancelled (Airflow 3.3.2)."""
        for dag_id in dag_ids:
            waiting = self.api.pages(f"/dags/{dag_id}/dagRuns", "dag_runs", {"state": "queued", "run_type": "backfill"})
            backfills = None
            for run in waiting:
                if backfills is None:
                    backfills = list(self.api.pages("/backfills", "backfills", {"dag_id": dag_id}))
                if is_stranded(run, backfills):
                    day = f"{run['logical_date']}"
                    yield (
                        f"{dag_id} {run['dag_run_id']} was cleared after its backfill was cancelled: Airflow never starts it. "
                        f"`airflow dags backfill -s {day} {dag_id}` does, or mark it failed in its page"
                    )


def is_stranded(run: Mapping[str, Any], backfills: Iterable[Mapping[str, Any]]) -> bool:
    """Tell whether every backfill that a queued run may belong to was cancelled: it is over, and still paused."""
    date = datetime.fromisoformat(run["logical_date"])
    covering = [b for b in backfills if datetime.fromisoformat(b["from_date"]) <= date <= datetime.fromisoformat(b["to_date"])]
    return bool(covering) and all(b["is_paused"] and b["completed_at"] for b in covering)


def last_error(events: Sequence[Mapping[str, Any]]) -> tuple[str, str]:
    """Return class and text of the last error in a task's log; the last line where no event is one."""
    for event in reversed(events):
        for detail in event.get("error_detail") or ():
            return str(detail.get("exc_type", "")), str(detail.get("exc_value", ""))
    errors = [event for event in events if event.get("level") in {"error", "critical"}] or list(events[-1:])
    return "", str(errors[-1]["event"]) if errors else "its log is empty"


def _run(run: Mapping[str, Any], tasks: Sequence[Mapping[str, Any]] = ()) -> Run:
    return Run(run["dag_run_id"], run["state"], run.get("note") or "", run.get("end_date"), tasks)
