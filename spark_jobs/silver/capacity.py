"""Which capacity a unit counts with, and when: what the registry said, unless its own generation says otherwise. Pure.

A change counts from when the registry first said it, and what it said first counts for all hours before; the registry does
not say since when a capacity holds. A reviewed row of `include/capacity_changes.csv` overrides both.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from spark_jobs.silver.capacity_shares import REJECT_ABOVE_CAPACITY
from spark_jobs.silver.sayings import Unit, capacity_of

BEGIN = datetime.min.replace(tzinfo=UTC)
END = datetime.max.replace(tzinfo=UTC)

Values = Sequence[tuple[datetime, float]]
"""Hours (start, UTC) and the newest energy (MWh) that the source gave for them."""

Doubt = Literal["registry_contradicted", "absurd_rise"]
"""Why a capacity is not believed: most hours are above what it allows; or it is many times the last one and none use it."""

PRODUCTIVE_SHARE = 0.05
"""Hours below this share of capacity (dawn, dusk, night) say nothing about how much a unit can make."""

SOME_HOURS = 6
"""Half a day of sun: fewer productive hours are no history."""

ENOUGH_HOURS = 24
"""Two days of sun under a new capacity outweigh the history from before it: a unit may really have become smaller."""

EVIDENCE_DAYS = 30
"""How long a new capacity is held against what is made under it; later it is settled."""

ABSURD_RISE = 5.0
"""A slipped decimal point is ten, an extension of a unit rarely twice its size; stages of one unit stay below five."""

_RISEN_HOURS = 3
_ABOVE_OLD = 1.05
_BEST_HOURS = 0.95


@dataclass(frozen=True)
class Step:
    """A capacity (MW) said from an answer on, for the hours `[start, end)`; `counted_mw` is what is reckoned with."""

    known_from: datetime
    start: datetime
    end: datetime
    said_mw: float | None
    source: str | None
    counted_mw: float | None
    doubt: Doubt | None = None


def steps_of(unit: Unit) -> list[Step]:
    """Return a step for each saying. Where nothing is said of capacity, or nothing at all, the last figure stands."""
    steps: list[Step] = []
    ends = [saying.since for saying in unit.sayings[1:]]
    for saying, end in zip(unit.sayings, [*ends, END], strict=True):
        said = capacity_of(saying.row) if saying.row is not None else None
        source = None
        if saying.row is not None and said is not None:
            source = "capacity_maximum" if saying.row["capacity_maximum_mw"] is not None else "capacity_registered"
        elif steps:
            source = steps[-1].source
        counted = said if said is not None else (steps[-1].counted_mw if steps else None)
        start = saying.since if steps else BEGIN
        steps.append(Step(saying.since, start, end, said, source, counted))
    return steps


def has_changed(steps: Sequence[Step]) -> bool:
    """Tell whether more than one capacity was said, which is when history is asked."""
    return len({step.said_mw for step in steps if step.said_mw is not None}) > 1


def contradicted(steps: Sequence[Step], values: Values, split_at: frozenset[datetime]) -> frozenset[datetime]:
    """Return the `known_from` of the steps whose capacity most of the accepted history contradicts.

    Guards against a slip in the registry (145 became 3.8: every hour above 5.7 would be refused). A unit that is split keeps
    its history from before, which says nothing of its new size: `split_at` holds the instants of that. It cannot see a
    capacity that is wrong by less than the limits, nor one that was wrong from the first and never changed.

    A source that doubles its rows for weeks contradicts the right figure as well as a wrong one. Then the one nearest to the
    hours stands: without any, nothing would be above it.
    """
    doubted: dict[datetime, float] = {}
    plausible: float | None = None
    for step in steps:
        if step.said_mw is None:
            continue
        is_split = step.known_from in split_at
        if step.said_mw != plausible and (
            _is_contradicted(step, plausible, values, is_split)
            or (plausible is None and _is_beyond(step.said_mw, doubted.values(), values))
        ):
            doubted[step.known_from] = step.said_mw
        else:
            plausible = step.said_mw
    if plausible is None and doubted:
        nearest = _nearest(doubted.values(), values)
        return frozenset(instant for instant, said in doubted.items() if said != nearest)
    return frozenset(doubted)


def with_doubts(steps: Sequence[Step], doubted: frozenset[datetime]) -> list[Step]:
    """Return the steps, the doubted ones counted with the last plausible capacity before (else the first one after)."""
    sound = [step for step in steps if step.said_mw is not None and step.known_from not in doubted]
    settled: list[Step] = []
    last: Step | None = None
    for step in steps:
        if step.said_mw is not None and step.known_from not in doubted:
            last = step
        base = last or (sound[0] if sound else None)
        counted, source = (base.said_mw, base.source) if base else (None, None)
        doubt = _doubt(step.said_mw or 0.0, last.said_mw if last else None) if step.known_from in doubted else None
        settled.append(replace(step, counted_mw=counted, source=source, doubt=doubt))
    return settled


def finding(plant_id: str, unit_code: str, step: Step) -> dict[str, Any]:
    """Return the finding about a doubted step: its cause; value and bound in MW, said and counted."""
    return {
        "plant_id": plant_id,
        "unit_code": unit_code,
        "rule": "capacity_suspect",
        "from_utc": step.known_from if step.start == BEGIN else step.start,
        "to_utc": None if step.end == END else step.end,
        "severity": "warning",
        "value": step.said_mw,
        "bound": step.counted_mw,
        "cause": step.doubt,
    }


def _doubt(said: float, plausible: float | None) -> Doubt:
    is_rise = plausible is not None and _is_absurd_rise(said, plausible)
    return "absurd_rise" if is_rise else "registry_contradicted"


def _is_absurd_rise(said: float, plausible: float) -> bool:
    return said >= ABSURD_RISE * plausible


def _is_beyond(said: float, doubted: Iterable[float], values: Values) -> bool:
    """Tell whether a capacity is an absurd rise over one that is nearer to the hours, though they are above that one."""
    return any(_is_absurd_rise(said, other) and _nearest((said, other), values) == other for other in doubted)


def _nearest(capacities: Iterable[float], values: Values) -> float:
    """Return the capacity that the best hours are the fewest times above or below."""
    productive = sorted(value for _at, value in values if value > 0)
    best = productive[int(_BEST_HOURS * len(productive))]
    return min(capacities, key=lambda capacity: abs(math.log(best / capacity)) if capacity > 0 else math.inf)


def _is_contradicted(step: Step, plausible: float | None, values: Values, is_split: bool) -> bool:
    said = step.said_mw or 0.0
    until = min(step.end, step.known_from + timedelta(days=EVIDENCE_DAYS))
    within = [value for at, value in values if step.start <= at < until]
    before = [value for at, value in values if at < step.start and (plausible is None or value <= _limit(plausible))]
    if plausible is not None and _is_absurd_rise(said, plausible):
        history = [value for value in (*before, *within) if value > PRODUCTIVE_SHARE * plausible]
        risen = sum(value > _ABOVE_OLD * plausible for value in within)
        return len(history) >= SOME_HOURS and risen < _RISEN_HOURS
    own = [value for value in within if value > PRODUCTIVE_SHARE * said]
    former = [] if is_split else [value for value in before if value > PRODUCTIVE_SHARE * said]
    sample = own if len(own) >= ENOUGH_HOURS or len(former) < SOME_HOURS else former
    return len(sample) >= SOME_HOURS and 2 * sum(value > _limit(said) for value in sample) > len(sample)


def _limit(capacity_mw: float) -> float:
    return capacity_mw * REJECT_ABOVE_CAPACITY
