"""Fetch the market operator's next-day unit solution: files of whole trading days, by what its folder lists.

A regular run takes every listed file of the last PV_MAX_GAP_DAYS that was not answered yet; so a day that is late, or was
published again under another name, comes with a later run. A backfill takes those of its window.
"""

import logging
from collections.abc import Collection
from datetime import date, timedelta
from functools import partial
from typing import Any

from include.registry import answered_files, known_units
from include.settings import Settings
from include.sources.aemo.client import AemoClient
from include.sources.aemo.unit_solution import NEM, TRADING_DAY_STARTS, trading_hours
from include.sources.exchange import Clock
from include.sources.fetch.asking import ask_all, open_sender, summary
from include.sources.landing import Run
from include.windows import DAY, HOUR, Window

log = logging.getLogger(__name__)

# Files appear some minutes after 04:00; later than this something else is the reason.
LATE_AFTER = timedelta(hours=8)
NOTHING_ANSWERED: frozenset[str] = frozenset()


def fetch_unit_solution(settings: Settings, window: Window, run: Run, clock: Clock | None = None) -> dict[str, Any]:
    """Land the files of the days that are due.

    Raises `BodyInvalid`, `SourceUnavailable`, `SourceRefused`, `LandingUnavailable`, `TrinoUnavailable`; of several failures the
    worst, after everything else has landed. A day that is not listed is no failure.
    """
    sender = open_sender(settings, run, clock or Clock())
    units = known_units(settings, sender.landing, NEM.code, settings.pv_facilities)
    if not units:
        log.warning("%s: no unit of %s is known, so nothing to ask for; it waits for the registry", window, NEM.code)
        return summary(sender, resolved=[])
    answered: Collection[str] = NOTHING_ANSWERED
    if is_regular(window, run.run_type):
        window = Window(window.end - DAY * settings.pv_max_gap_days, window.end)
        answered = answered_files(settings, window.start)
    return land_unit_solution(AemoClient(settings, sender), window, units, answered)


def land_unit_solution(
    client: AemoClient, window: Window, units: Collection[str], answered: Collection[str] = NOTHING_ANSWERED
) -> dict[str, Any]:
    """Ask for the files of the trading days of a window that are listed and not answered; raises as fetching does."""
    days = trading_days(window)
    listed = client.listing()
    wanted = {day: listed[day] for day in days if day in listed and listed[day] not in answered}
    _log_absent([day for day in days if day not in listed], window, listed)
    codes = tuple(sorted(units))
    ask_all(partial(client.day, day, name, codes) for day, name in wanted.items())
    return summary(client.sender, rows=client.rows, units=len(codes), resolved=[f"{day}: {name}" for day, name in wanted.items()])


def is_regular(window: Window, run_type: str) -> bool:
    """Tell whether a run is one of the schedule's; a backfill and a window of a day or more ask for themselves alone."""
    return run_type != "backfill" and window.duration < DAY


def trading_days(window: Window) -> list[date]:
    """Return the trading days of which any hour lies in a window."""
    first = NEM.local_date(window.start - TRADING_DAY_STARTS)
    last = NEM.local_date(window.end - HOUR - TRADING_DAY_STARTS)
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def _log_absent(absent: list[date], window: Window, listed: Collection[date]) -> None:
    late = [day for day in absent if trading_hours(day).end - HOUR + LATE_AFTER <= window.end]
    if late:
        span = f"{min(listed)} to {max(listed)}" if listed else "no day at all"
        log.warning("%d days are not listed (%s to %s): the folder has %s", len(late), min(late), max(late), span)
    for day in (day for day in absent if day not in late):
        log.info("the unit solution of %s is not there yet; a later run asks again", day)
