"""The window of a run: which hours a task works on, however the run was asked for.

| asked for by | window |
|---|---|
| schedule, backfill | the run's data interval |
| no date (`airflow dags trigger D`) | the last interval that was over when the run was due |
| a date in the REST API or UI | the interval that contains it |
| a date and both bounds in the REST API | exactly those bounds |
| `airflow dags trigger -l X D` | refused, unless X lies in the interval that Airflow took from the clock |
| `from` and `to` of `rebuild_range` | these network-local days (`to` exclusive), whatever the run's dates |
| `until` of `fit_plant_models` | the 90 network-local days before this one; empty: before the day of the run's date |
| hours that are not over | refused |

Nothing here asks the clock: a retry next week works on the same hours.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, NoReturn, Protocol

from airflow.sdk.exceptions import AirflowFailException

from include.day_windows import CUT_AT, DayWindow
from include.windows import Window, iso_utc
from plugins.timetables import WholeIntervals

if TYPE_CHECKING:
    from airflow.sdk import Context

MAX_SUFFIX_LENGTH = 40
FITTED_DAYS = 90
"""How much a fit of plant models reads: a season, which holds enough clear days; a year would mix in what has changed since."""


class AskedRun(Protocol):
    """What a DAG run tells about how it was asked for; all instants are aware."""

    dag_id: str
    run_id: str
    run_type: Any
    logical_date: datetime | None
    data_interval_start: datetime | None
    data_interval_end: datetime | None
    run_after: datetime


def run_window(run: AskedRun, schedule: WholeIntervals) -> Window:
    """Return the hours that a run is for.

    Raises AirflowFailException (never retried) when the run was asked for in a way that has no clear meaning, or for
    hours that were not over when it was due.
    """
    if run.data_interval_start is None or run.data_interval_end is None:
        return Window(*schedule.last_complete(run.run_after))
    try:
        window = Window(run.data_interval_start, run.data_interval_end)
    except ValueError as error:
        _refuse(run, f"its data interval cannot be used: {error}", "give both bounds on the hour, start before end")
    if window.end > run.run_after:
        _refuse(run, f"{window} was not over at {iso_utc(run.run_after)}", "trigger without a date for the last complete one")
    if run.run_type == "manual" and run.logical_date is not None and not window.contains(run.logical_date):
        _refuse_other_hours(run, run.logical_date, window, schedule)
    return window


def days_window(run: AskedRun, params: Mapping[str, Any]) -> Window:
    """Return the hours of the network-local days that a run's parameters name.

    Raises AirflowFailException (never retried) for dates without meaning, too many days, or days not over when the run was due.
    """
    try:
        days = DayWindow(date.fromisoformat(params["from"]), date.fromisoformat(params["to"]))
    except (TypeError, ValueError) as error:
        _refuse(run, f"its parameters cannot be used: {error}", "use `make backfill`, which cuts a range into runs")
    if days.hours.end > run.run_after:
        _refuse(
            run, f"{days.hours} was not over at {iso_utc(run.run_after)}", "start it when the last day is over in both networks"
        )
    return days.hours


def fitted_window(run: AskedRun, params: Mapping[str, Any]) -> Window:
    """Return the 90 whole network-local days that end with the day before `until`, or before the run's own day.

    Days are NEM's; WEM's last one lacks its last two hours, which are dark. Raises AirflowFailException (never retried) for a
    date without meaning, or for days not over when the run was due.
    """
    asked = params["until"]
    try:
        end = date.fromisoformat(asked) if asked else CUT_AT.local_date(run.logical_date or run.run_after)
    except (TypeError, ValueError) as error:
        _refuse(run, f"its parameter cannot be used: {error}", "give `until` as 2025-01-08, or leave it empty")
    window = Window(CUT_AT.midnight_utc(end - timedelta(days=FITTED_DAYS)), CUT_AT.midnight_utc(end))
    if window.end > run.run_after:
        _refuse(run, f"{window} was not over at {iso_utc(run.run_after)}", "leave `until` and the date empty")
    return window


def names_days(context: Context) -> bool:
    """Tell whether a run's hours are the days that its parameters name."""
    return {"from", "to"} <= set(context["params"])


def is_fit(context: Context) -> bool:
    """Tell whether a run fits plant models: its hours end with a day."""
    return "until" in context["params"]


def has_window(context: Context) -> bool:
    """Tell whether a run's DAG works on hours at all."""
    return isinstance(context["dag"].timetable, WholeIntervals) or names_days(context) or is_fit(context)


def run_suffix(dag_id: str, run_id: str) -> str:
    """Return a SQL identifier that is unique per DAG run, at most 40 characters long.

    Two DAGs may have runs of one id: Airflow names a backfill's by the instant at which their windows end.
    """
    from hashlib import sha256

    readable = "".join(char if char.isascii() and char.isalnum() else "_" for char in run_id.lower())
    digest = sha256(f"{dag_id} {run_id}".encode()).hexdigest()[:10]
    return f"{readable[: MAX_SUFFIX_LENGTH - 11]}_{digest}"


def window_of(context: Context) -> Window:
    """Return the window of the run that a task belongs to; raises as `run_window`, `days_window` and `fitted_window` do."""
    schedule = context["dag"].timetable
    if isinstance(schedule, WholeIntervals):
        return run_window(context["dag_run"], schedule)
    if names_days(context):
        return days_window(context["dag_run"], context["params"])
    if is_fit(context):
        return fitted_window(context["dag_run"], context["params"])
    raise TypeError(f"{context['dag'].dag_id} has no windows: its schedule is {type(schedule).__name__}")


def template_values(context: Context) -> dict[str, str]:
    """Return the values that SQL files and Spark arguments may name; raises as `window_of` does."""
    run, window = context["dag_run"], window_of(context)
    return {
        "window_start": iso_utc(window.start),
        "window_end": iso_utc(window.end),
        "run_suffix": run_suffix(run.dag_id, run.run_id),
        "dag_id": run.dag_id,
    }


def _refuse_other_hours(run: AskedRun, asked: datetime, window: Window, schedule: WholeIntervals) -> None:
    """Refuse a date whose interval was replaced by the last complete one; bounds given by hand are taken as they are."""
    if window != Window(*schedule.last_complete(run.run_after)):
        return
    if schedule.containing(asked).end > run.run_after:
        _refuse(
            run,
            f"the interval that contains {iso_utc(asked)} was not over at {iso_utc(run.run_after)}",
            "leave the logical date empty for the last complete one",
        )
    _refuse(
        run,
        f"{iso_utc(asked)} was asked for, but the command line took {window} from the clock",
        f"use `airflow dags backfill -s {iso_utc(schedule.containing(asked).start)} {run.dag_id}`, "
        "the REST API, or no `-l` for the last complete one",
    )


def _refuse(run: AskedRun, reason: str, fix: str) -> NoReturn:
    raise AirflowFailException(f"Run {run.run_id} is refused: {reason}. Nothing was done. Instead, {fix}.")
