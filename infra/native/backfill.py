"""`make backfill FROM=… TO=…`: rebuild a range of network-local days through Airflow's backfills and follow it to its end."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from include.asked_runs import LAYERS
from include.networks import NETWORKS
from include.settings import Settings
from infra.native.airflow_api import FINISHED, AirflowApi
from infra.native.progress import say

# Rebuild DAGs cut days and months at NEM's midnight; each run is widened to WEM's by its own window rule.
CUT_AT = NETWORKS["NEM"]
TRAILING = NETWORKS["NEM"].utc_offset - NETWORKS["WEM"].utc_offset
POLL_SECONDS = 2.0


class BackfillError(RuntimeError):
    """A range that cannot be rebuilt, with the reason."""


@dataclass(frozen=True)
class Part:
    """Consecutive runs of one rebuild DAG: starts of its first and last interval."""

    dag_id: str
    first: date
    last: date

    def starts(self) -> list[date]:
        """Network-local starts of all its intervals."""
        days = [self.first]
        while days[-1] < self.last:
            days.append(next_month(days[-1]) if self.dag_id == "rebuild_month" else days[-1] + timedelta(days=1))
        return days

    def describe(self) -> str:
        """For progress lines."""
        return f"{self.dag_id} {self.first}" + (f" to {self.last}" if self.last != self.first else "")


def next_month(day: date) -> date:
    """First day of the month after."""
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)


def plan(first: date, end: date) -> list[Part]:
    """Cut [first, end) into whole months where they fit and days elsewhere, in time order."""
    parts: list[Part] = []
    day = first
    while day < end:
        monthly = day.day == 1 and next_month(day) <= end
        dag_id = "rebuild_month" if monthly else "rebuild_day"
        if parts and parts[-1].dag_id == dag_id:
            parts[-1] = Part(dag_id, parts[-1].first, day)
        else:
            parts.append(Part(dag_id, day, day))
        day = next_month(day) if monthly else day + timedelta(days=1)
    return parts


def read_range(first: str, end: str, today: date) -> tuple[date, date]:
    """Dates of FROM and TO (exclusive); raises BackfillError for an empty, reversed or future range."""
    try:
        start, stop = date.fromisoformat(first), date.fromisoformat(end)
    except ValueError as error:
        raise BackfillError(f"FROM and TO are dates like 2025-01-01: {error}") from None
    if start >= stop:
        raise BackfillError(f"FROM={start} must lie before TO={stop} (TO is exclusive)")
    if stop > today:
        raise BackfillError(f"TO={stop} is in the future: the last complete network day is {today - timedelta(days=1)}")
    return start, stop


def _midnight(day: date) -> str:
    return CUT_AT.midnight_utc(day).isoformat()


def _runs(api: AirflowApi, part: Part) -> dict[str, dict[str, Any]]:
    """The runs of this part's intervals by run id; Airflow does not tell which runs a backfill made or reset."""
    starts = {datetime.fromisoformat(_midnight(day)) for day in part.starts()}
    window = {"logical_date_gte": _midnight(part.first), "logical_date_lte": _midnight(part.last)}
    runs = api.pages(f"/dags/{part.dag_id}/dagRuns", "dag_runs", window)
    return {run["dag_run_id"]: run for run in runs if datetime.fromisoformat(run["logical_date"]) in starts}


def _perform(api: AirflowApi, part: Part, conf: dict[str, Any]) -> list[str]:
    """Run one part to its end; returns the ids of the runs that failed."""
    body = {"dag_id": part.dag_id, "from_date": _midnight(part.first), "to_date": _midnight(part.last), "dag_run_conf": conf,
            "reprocess_behavior": "completed", "max_active_runs": 1, "run_backwards": False}  # fmt: skip
    backfill = api.call("POST", "/backfills", json=body)
    shown = ""
    while True:
        done = api.call("GET", f"/backfills/{backfill['id']}")["completed_at"] is not None
        runs = _runs(api, part)
        finished = [run_id for run_id, run in runs.items() if run["state"] in FINISHED]
        failed = [run_id for run_id in finished if runs[run_id]["state"] == "failed"]
        progress = f"backfill: {part.describe()}: {len(finished)} of {len(runs)} runs done, {len(failed)} failed"
        if progress != shown:
            say(shown := progress)
        if done and len(finished) == len(runs):
            if len(runs) < len(part.starts()):
                raise BackfillError(f"Airflow made {len(runs)} runs for {part.describe()}, expected {len(part.starts())}")
            return failed
        time.sleep(POLL_SECONDS)


def backfill(settings: Settings, first: str, end: str, from_layer: str = "fetch") -> int:
    """Rebuild [first, end); 0 when every run succeeded, 1 otherwise, naming those that failed."""
    if from_layer not in LAYERS:
        raise BackfillError(f"FROM_LAYER={from_layer}: expected one of {', '.join(LAYERS)}")
    # A day is over when WEM's is, two hours later; Airflow makes no run of one that is not.
    start, stop = read_range(first, end, CUT_AT.local_date(datetime.now(UTC) - TRAILING))
    api = AirflowApi(settings)
    failed = [(part, run) for part in plan(start, stop) for run in _perform(api, part, {"from_layer": from_layer})]
    for part, run in failed:
        say(f"backfill: failed: {part.dag_id} {run}: {api.base}/dags/{part.dag_id}/runs/{run}")
    say(f"backfill: {start} to {stop} " + ("failed" if failed else "done"))
    return 1 if failed else 0
