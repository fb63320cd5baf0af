"""What a unit of a plant without any known capacity is held against: 1.5 times the 99.9th percentile of its own hours.

Guards against values of the wrong unit where no capacity says what is too much. A limit is of a calendar month (UTC) and made
from the accepted hours of the twelve months before, so it does not move with every hour. In the month in which a unit
completes its first 60 days of accepted hours it holds from there on; before that `LIMIT_WITHOUT_CAPACITY_MWH` does. It cannot
see a plant that was wrong from its first day on.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np

from include.windows import HOUR, Window
from spark_jobs.silver.capacity_shares import LIMIT_WITHOUT_CAPACITY_MWH, REJECT_ABOVE_CAPACITY
from spark_jobs.silver.findings import Finding, hour_of, instant_of
from spark_jobs.silver.registry import Registry
from spark_jobs.silver.run_rules import Bools, Floats

RULE = "learnt_limit"
PERCENTILE = 99.9
LEARNING_HOURS = 60 * 24
"""The percentile's place is then the third highest hour: two wrong ones do not move it."""
HISTORY_MONTHS = 12


def without_capacity(registry: Registry) -> list[Mapping[str, Any]]:
    """Return the units of plants of which no unit has a capacity."""
    known = {unit["plant_id"] for unit in registry.units if unit["capacity_mw"] is not None}
    return [unit for unit in registry.units if unit["plant_id"] not in known]


def months_to_learn(windows: Iterable[Window], stored: Iterable[Finding], now: datetime) -> list[datetime]:
    """Return the first instants of the months whose limits hours of the windows may change.

    A month with such hours where it has no limit from its first hour on, and the months of which such hours are history.
    """
    limits = {instant_of(finding.start) for finding in stored if finding.rule == RULE}
    touched = {_month(hour) for window in windows for hour in (*window.hours()[:: 24 * 28], window.end - HOUR)}
    later = {_plus(month, number) for month in touched for number in range(1, HISTORY_MONTHS + 1)}
    return sorted((touched - limits) | {month for month in later if month <= now})


def history(month: datetime) -> Window:
    """Return the hours that a month's limit is made from, the month included."""
    return Window(_plus(month, -HISTORY_MONTHS), _plus(month, 1))


def limit(unit: Mapping[str, Any], month: datetime, energy_mwh: Floats) -> Finding | None:
    """Return a unit's limit in a month from its hours in `history`; None while there are too few, and in a month without any."""
    first, end = (hour_of(bound) for bound in (history(month).start, history(month).end))
    accepted = np.flatnonzero(np.abs(energy_mwh) <= LIMIT_WITHOUT_CAPACITY_MWH)
    start = hour_of(month)
    if not np.isfinite(energy_mwh[start - first :]).any():
        return None
    before = accepted[accepted < start - first]
    if len(before) < LEARNING_HOURS:
        if len(accepted) < LEARNING_HOURS:
            return None
        before = accepted[:LEARNING_HOURS]
        start = first + int(before[-1]) + 1
        if start >= end:
            return None
    value = float(np.percentile(np.abs(energy_mwh[before]), PERCENTILE, method="lower"))
    return Finding(unit["plant_id"], unit["unit_code"], RULE, start, end, value, REJECT_ABOVE_CAPACITY * value)


def above_limit(first_hour: int, energy_mwh: Floats, limits: Sequence[Finding]) -> Bools:
    """Return the hours whose energy is above the unit's limit of the time."""
    above = np.zeros(len(energy_mwh), dtype=bool)
    for finding in limits:
        inside = slice(max(0, finding.start - first_hour), max(0, finding.end - first_hour))
        above[inside] = np.abs(energy_mwh[inside]) > finding.bound
    return above


def changed_windows(before: Iterable[Finding], after: Iterable[Finding]) -> Iterator[tuple[str, Window]]:
    """Yield plant and hours of limits that differ."""
    for finding in sorted(set(before) ^ set(after)):
        yield finding.plant_id, Window(instant_of(finding.start), instant_of(finding.end))


def _month(instant: datetime) -> datetime:
    return datetime(instant.year, instant.month, 1, tzinfo=UTC)


def _plus(month: datetime, months: int) -> datetime:
    number = month.year * 12 + month.month - 1 + months
    return datetime(number // 12, number % 12 + 1, 1, tzinfo=UTC)
