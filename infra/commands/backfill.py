"""`make backfill FROM=… TO=…`: rebuild a range of network-local days, one run of `rebuild_range` after the other.

The runs are Airflow's own and named by their days, so that this command holds nothing: interrupted, the run that goes on is found
again by the same command. What the day's credits do not hold is left to the DAG `continue_backfill`.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from include.asked_runs import CONTINUE_DAG, HOURLY_DAGS, LAYERS, LEFT_WINDOWS
from include.backfill_requests import Sources, look_up
from include.day_windows import CUT_AT, TRAILING, DayWindow, cut
from include.settings import Settings
from infra.airflow_api import FINISHED, AirflowApi
from infra.commands.backfill_progress import Progress
from infra.commands.backfill_runs import BackfillError, Failure, Run, Runs
from infra.progress import say

__all__ = ["BackfillError", "backfill", "command"]

POLL_SECONDS = 2.0
LISTED_AS = "Windows that continue_backfill goes on with, in this order; `make backfill` writes them"
# DAGs that Airflow's own backfills may be made for.
_BACKFILLED = (*HOURLY_DAGS, "rebuild_day", "rebuild_month")


@dataclass(frozen=True)
class Asked:
    """What the command line asks for."""

    first: date
    end: date
    from_layer: str = LAYERS[0]
    resume: bool = True
    dry_run: bool = False

    @property
    def command(self) -> str:
        """What a run's note calls it: runs of another command do not count as done."""
        return f"make backfill FROM={self.first} TO={self.end} FROM_LAYER={self.from_layer}"


def command(settings: Settings, first: str, end: str, *options: str) -> int:
    """`FROM TO [LAYER] [RESUME=0] [DRY_RUN=1]` as both stacks take it; raises BackfillError for anything else."""
    named = dict(option.split("=", 1) for option in options if "=" in option)
    layers = [option for option in options if "=" not in option]
    for name, value in named.items():
        if name not in {"RESUME", "DRY_RUN"} or value not in {"", "0", "1"}:
            raise BackfillError(f"{name}={value}: expected RESUME=0 or DRY_RUN=1")
    if len(layers) > 1:
        raise BackfillError(f"{' '.join(layers)}: expected one layer to start from")
    resume, dry_run = named.get("RESUME", "") != "0", named.get("DRY_RUN", "") == "1"
    return backfill(settings, first, end, *layers, resume=resume, dry_run=dry_run)


def backfill(
    settings: Settings, first: str, end: str, from_layer: str = LAYERS[0], *, resume: bool = True, dry_run: bool = False
) -> int:
    """Rebuild [first, end); 0 when all of it is done or left to `continue_backfill`, 1 when a run failed."""
    if from_layer not in LAYERS:
        raise BackfillError(f"FROM_LAYER={from_layer}: expected one of {', '.join(LAYERS)}")
    # A day is over when WEM's is, two hours later.
    start, stop = read_range(first, end, CUT_AT.local_date(datetime.now(UTC) - TRAILING))
    return _Command(settings, Asked(start, stop, from_layer, resume, dry_run)).perform()


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


def dry_run_lines(windows: list[DayWindow], missing: list[DayWindow], sources: Sources, now: datetime) -> Iterator[str]:
    """What the command would do: windows, requests, credits, days of credits."""
    for window in windows:
        yield f"  {window} ({window.days} days){'' if window in missing else ', done already'}"
    credits, weather = sum(map(sources.credits, missing)), sum(sources.weather_requests(window, now) for window in missing)
    yield f"{len(missing)} of {len(windows)} windows to do"
    if not credits:
        yield "no request: the sources are not asked"
    elif not sources.plants:
        yield "no plant is known yet: the first window brings the registry; requests cannot be said before"
    else:
        left = "" if sources.credits_left is None else f", {sources.credits_left:g} of today's are left"
        yield (
            f"{credits + weather} requests for {sum(sources.plants.values())} plants: {credits} of OpenElectricity (a credit "
            f"each; backfills may use {sources.share:g} of {sources.daily_credits} a day{left}), {weather} of Open-Meteo"
        )
        yield f"days of credits: {days_of_credits([sources.credits(window) for window in missing], sources)}"


def days_of_credits(costs: list[int], sources: Sources) -> int:
    """UTC days that windows of these costs take, one after the other, beginning with what is left of today."""
    days, left = 1, sources.share if sources.credits_left is None else sources.credits_left
    for cost in costs:
        if cost > left:
            days, left = days + 1, sources.share
        left -= cost
    return days


class _Command:
    """One call of `make backfill`."""

    def __init__(self, settings: Settings, asked: Asked) -> None:
        self.settings = settings
        self.asked = asked
        self.api = AirflowApi(settings)
        self.runs = Runs(self.api)
        self.failures: list[Failure] = []

    def perform(self) -> int:
        """Say or do what is missing; returns the exit status."""
        asked, now = self.asked, datetime.now(UTC)
        self.runs.refuse_paused()
        for line in self.runs.stranded(_BACKFILLED):
            say(f"backfill: {line}")
        sources = look_up(self.settings, now)
        there = self.runs.all()
        begun = [DayWindow.parse(name) for name, run in there.items() if run.note.endswith(asked.command)]
        windows = cut(asked.first, asked.end, asked.from_layer, sources.window_days(), begun)
        missing = [window for window in windows if not (asked.resume and there.get(window.name, Run()).is_done(asked.command))]
        if asked.dry_run:
            say("\n".join(["backfill: dry run", *dry_run_lines(windows, missing, sources, now)]))
            return 0
        if not missing:
            newest = max(there[window.name].ended or "" for window in windows)
            say(f"backfill: {asked.first} to {asked.end} done already, last at {newest}; RESUME=0 asks for it again")
            return 0
        self._leave([])  # this command does them now
        if not asked.resume:
            self.runs.ask_again([there[window.name] for window in windows if window.name in there], asked.command)
        return self._work_off(windows, missing)

    def _work_off(self, windows: list[DayWindow], missing: list[DayWindow]) -> int:
        progress = Progress(len(windows), len(windows) - len(missing), sum(window.days for window in missing))
        for position, window in enumerate(missing):
            reason = None if self.runs.goes_on(window) else self._lacking(window)
            failure = None if reason else self._follow(window, progress)
            if failure is not None:
                say(f"backfill: failed: {failure}")
                if failure.is_for_good:
                    left = len(missing) - position - 1
                    say(f"backfill: stopped: no retry can help; {left} windows are not asked for")
                    return self._end([*self.failures, failure])
                if failure.is_for_credits:
                    reason = "a limit of the sources for the day is reached"
                else:
                    self.failures.append(failure)
            if reason:
                return self._stop_for_credits(missing[position:], reason)
        return self._end(self.failures)

    def _follow(self, window: DayWindow, progress: Progress) -> Failure | None:
        """Start a window's run, or find it running; returns why it failed, None when it succeeded."""
        began = time.monotonic()
        self.runs.start(window, self.asked.command)
        shown = ""
        try:
            while (run := self.runs.get(window)).state not in FINISHED:
                if run.state == "queued":
                    self.runs.refuse_paused()
                if (line := progress.line(f"{window}: {run.at_work}", datetime.now(UTC))) != shown:
                    say(f"backfill: {(shown := line)}")
                time.sleep(POLL_SECONDS)
        except KeyboardInterrupt:
            say(f"backfill: interrupted; the run of {window} goes on in Airflow, the same command goes on from there")
            raise
        failure = None if run.state == "success" else self.runs.failure(window)
        progress.count(window, time.monotonic() - began, self.runs.figures(window), has_failed=failure is not None)
        say(f"backfill: {progress.line(f'{window} {run.state}', datetime.now(UTC))}")
        return failure

    def _lacking(self, window: DayWindow) -> str | None:
        """Say why the credits do not hold a window; None when they do, or nobody can tell."""
        sources = look_up(self.settings, datetime.now(UTC)) if window.from_layer == "fetch" else None
        if sources is None or sources.credits_left is None or sources.credits(window) <= sources.credits_left:
            return None
        if sources.credits(window) > sources.share:
            raise BackfillError(
                f"{window} needs {sources.credits(window)} credits, a day has {sources.share:g} for backfills "
                "(OPEN_NEM_DAILY_CREDITS): ask for fewer days, or fewer plants (PV_FACILITIES)"
            )
        return f"{window} needs {sources.credits(window)} credits, {sources.credits_left:g} of the day's are left"

    def _stop_for_credits(self, rest: list[DayWindow], reason: str) -> int:
        self._leave(rest)
        say(f"backfill: stopped: {reason}. {len(rest)} windows are left")
        say(f"backfill: the DAG {CONTINUE_DAG} goes on with them at 00:20 UTC until all are done")
        if (self.api.find(f"/dags/{CONTINUE_DAG}") or {}).get("is_paused", True):
            say(f"backfill: {CONTINUE_DAG} is paused: switch it on at {self.api.base}/dags/{CONTINUE_DAG}")
        return self._end(self.failures, is_over=False)

    def _leave(self, rest: list[DayWindow]) -> None:
        """Put windows on the list of `continue_backfill`, in place of what it has of this command."""
        listed: dict[str, str] = json.loads(self.api.variable(LEFT_WINDOWS) or "{}")
        mine = self.asked.command
        left = {name: command for name, command in listed.items() if command != mine} | {window.name: mine for window in rest}
        if left != listed:
            self.api.set_variable(LEFT_WINDOWS, json.dumps(left), LISTED_AS)

    def _end(self, failures: list[Failure], *, is_over: bool = True) -> int:
        for failure in failures:
            say(f"backfill: failed: {failure.page}")
        if is_over or failures:
            say(f"backfill: {self.asked.first} to {self.asked.end} " + ("failed" if failures else "done"))
        return 1 if failures else 0
