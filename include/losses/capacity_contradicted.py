"""A capacity that a year of the plant's own hours contradicts.

Guards against what Silver's `capacity.contradicted` cannot see: a registry that was wrong from its first answer on, or by less
than half (a farm that was extended without a word, a figure of modules in place of inverters). Too high a capacity makes every
ratio of the plant too low; too low a one puts its best hours above what can be. Cannot see a capacity that is too high by less
than the inverters' own margin (limits of 0.80 of it are common), and names one of a plant that is held back all year.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

CAUSE = "hours_contradict"
YEAR_MONTHS = 12
LEAST_KNOWN_SHARE = 0.9
"""Of the year's hours: a plant of one winter has not shown what it can."""
PERCENTILE, LOW_SHARE = 99.9, 0.7
STILL_SHARE = 0.05
"""Below this the plant has hardly run, which says nothing about its size."""
ABOVE_SHARE, ABOVE_DAYS = 1.02, 5
BEST_HOURS = 10
"""Of each month, which the percentile of a year needs: a thousandth of 8,784 hours, and the one below."""


@dataclass(frozen=True)
class Month:
    """What a plant made in a network-local month, as shares of its capacity of the hour.

    `hours`: of the calendar; `known_hours`: with a share; `best`: the `BEST_HOURS` highest; `days_above`: with an hour above
    `ABOVE_SHARE`.
    """

    hours: int
    known_hours: int
    best: Sequence[float]
    days_above: int


@dataclass(frozen=True)
class Contradiction:
    """Months `[first, last)`, what the plant makes in its best hours as a share of the capacity, and what should bound it."""

    first: int
    last: int
    best_share: float
    bound: float


def contradictions(months: Sequence[Month]) -> list[Contradiction]:
    """Return the stretches of months whose hours contradict the capacity; `months` follow one another.

    Too low a capacity is seen from the fifth day above it on, and named from the first to the last month with such a day; too
    high a one after a year.
    """
    found: list[Contradiction] = []
    for last in range(1, len(months) + 1):
        new = _of_year(months, max(0, last - YEAR_MONTHS), last)
        if new is None:
            continue
        before = found[-1] if found else None
        if before is None or before.bound != new.bound or before.last < new.first:
            found.append(new)
        else:
            best = max(before.best_share, new.best_share)
            found[-1] = Contradiction(min(before.first, new.first), new.last, best, new.bound)
    return found


def _of_year(months: Sequence[Month], first: int, last: int) -> Contradiction | None:
    year = months[first:last]
    known = sum(month.known_hours for month in year)
    if not known:
        return None
    best = _percentile(year, known)
    above = [number for number, month in enumerate(year, first) if month.days_above]
    if sum(month.days_above for month in year) >= ABOVE_DAYS:
        return Contradiction(above[0], above[-1] + 1, best, ABOVE_SHARE)
    is_year = len(year) == YEAR_MONTHS and known >= LEAST_KNOWN_SHARE * sum(month.hours for month in year)
    return Contradiction(first, last, best, LOW_SHARE) if is_year and STILL_SHARE <= best < LOW_SHARE else None


def _percentile(year: Sequence[Month], known: int) -> float:
    """Return the value at or below which `PERCENTILE` of the hours lie, without interpolation."""
    from_above = known - 1 - int(PERCENTILE / 100 * (known - 1))
    return sorted((share for month in year for share in month.best), reverse=True)[from_above]
