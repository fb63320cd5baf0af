"""Units that were split or merged, and the hours from before that the source gives under their new codes. Pure.

A split counts from when the registry first said it. Where the source answers for earlier hours by the new units too, it counts
for these hours: each new unit is expected, and the others have the capacity they were left with.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from spark_jobs.silver.sayings import Key, Unit, capacity_of

Splits = Mapping[str, frozenset[datetime]]
"""Plant -> when units of it were split or merged."""

Hours = Sequence[tuple[datetime, datetime]]
"""Spans of hours, the end exclusive."""

BRIDGED = timedelta(days=1)
"""Between two hours that the new units have values of, a longer gap was not asked for again; a shorter one lacks their values."""

# What is listed before a split and after it differs by rounding, or by a unit resized on the same day.
_TOLERANCE = 0.1


def splits_of(units: Iterable[Unit]) -> Splits:
    """Return by plant when units of it were split or merged: others came at once, and its capacity stayed what it was."""
    found: dict[str, frozenset[datetime]] = {}
    by_plant: dict[str, list[Unit]] = {}
    for unit in units:
        by_plant.setdefault(plant_of(unit), []).append(unit)
    for plant, siblings in by_plant.items():
        starts = {unit.sayings[0].since for unit in siblings}
        first = min(starts)
        instants = [at for at in starts if at > first and _keeps_capacity(siblings, at)]
        if instants:
            found[plant] = frozenset(instants)
    return found


def came_by_split(unit: Unit, splits: Splits) -> bool:
    """Tell whether a unit is one of those that others were split or merged into."""
    return unit.sayings[0].since in splits.get(plant_of(unit), ())


def restated_hours(units: Iterable[Unit], splits: Splits, given: Mapping[Key, Hours]) -> dict[str, dict[datetime, Hours]]:
    """Return by plant and split, in order, the hours before it for which it counts; `given`: hours of new units with values."""
    spans: dict[str, dict[datetime, list[tuple[datetime, datetime]]]] = {
        plant: {at: [] for at in sorted(instants)} for plant, instants in splits.items()
    }
    for unit in units:
        if came_by_split(unit, splits):
            spans[plant_of(unit)][unit.sayings[0].since] += given.get(unit.key, ())
    return {plant: {at: _before(joined(found), at) for at, found in by.items()} for plant, by in spans.items()}


def joined(spans: Iterable[tuple[datetime, datetime]]) -> Hours:
    """Return spans in order, gaps that are to be bridged closed."""
    found: list[tuple[datetime, datetime]] = []
    for start, end in sorted(spans):
        if found and start - found[-1][1] <= BRIDGED:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return found


def plant_of(unit: Unit) -> str:
    """Return the facility that a unit is listed in."""
    code: str = unit.newest["facility_code"]
    return code


def _before(spans: Hours, at: datetime) -> Hours:
    """Return what of the spans lies before an instant; what reaches up to it within a bridged gap, up to it."""
    return [(start, at if at - end <= BRIDGED else end) for start, end in spans if start < at]


def _keeps_capacity(siblings: Sequence[Unit], at: datetime) -> bool:
    before = [_listed_mw(unit, at - timedelta(microseconds=1)) for unit in siblings]
    after = [_listed_mw(unit, at) for unit in siblings]
    shrank = any(now < then for then, now in zip(before, after, strict=True))
    return shrank and abs(sum(after) - sum(before)) <= _TOLERANCE * sum(before)


def _listed_mw(unit: Unit, at: datetime) -> float:
    said = [saying.row for saying in unit.sayings if saying.since <= at]
    return (capacity_of(said[-1]) or 0.0) if said and said[-1] is not None else 0.0
