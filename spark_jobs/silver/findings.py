"""Findings: stretches of a unit's hours, and how those of some hours are replaced by new ones.

A run may be longer than what a job looks at. Inside the hours that were judged the new findings hold, outside of them the
stored ones, and where two pieces of a run meet they are one: so the table does not depend on the windows it was made by.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import groupby

OF_ONE_DAY = frozenset({"incomplete_hour", "night_generation"})
"""Never longer than a day, so they are replaced whole."""
_ACT_ON_HOURS = frozenset({"doubled", "shifted", "frozen", "night_generation", "incomplete_hour"})

OF_NETWORK = "*"
"""The unit code of a finding about a whole network; its plant is the network's code."""

Span = tuple[int, int]
"""Half-open, in hours since 1970."""


def hour_of(instant: datetime) -> int:
    """Return the number of the hour since 1970 in which an aware instant lies."""
    return int(instant.timestamp()) // 3600


def instant_of(hour: int) -> datetime:
    """Return the start of an hour that is numbered since 1970, in UTC."""
    return datetime.fromtimestamp(hour * 3600, UTC)


@dataclass(frozen=True, order=True)
class Finding:
    """A stretch of a unit's hours in which a rule holds; `value` None where it is the length or there is none."""

    plant_id: str
    unit_code: str
    rule: str
    start: int
    end: int
    value: float | None
    bound: float
    cause: str | None = None

    def touches(self, spans: Iterable[Span]) -> bool:
        """Tell whether any of its hours lies in the spans."""
        return any(self.start < end and start < self.end for start, end in spans)

    def outside(self, spans: Sequence[Span]) -> list["Finding"]:
        """Return what is left of it outside of the spans (sorted, disjoint)."""
        if self.rule in OF_ONE_DAY:
            return [] if self.touches(spans) else [self]
        pieces, start = [], self.start
        for low, high in (span for span in spans if self.touches([span])):
            pieces.append((start, low))
            start = max(start, high)
        return [replace(self, start=low, end=high) for low, high in [*pieces, (start, self.end)] if low < high]

    def inside(self, spans: Sequence[Span]) -> list["Finding"]:
        """Return its parts inside of the spans."""
        if self.rule in OF_ONE_DAY:
            return [self] if self.touches(spans) else []
        parts = ((max(self.start, low), min(self.end, high)) for low, high in spans)
        return [replace(self, start=low, end=high) for low, high in parts if low < high]


def spliced(stored: Iterable[Finding], found: Iterable[Finding], spans: Sequence[Span]) -> list[Finding]:
    """Return the findings of units of which the hours in `spans` were judged again; `found` may reach beyond."""
    pieces = [piece for finding in stored for piece in finding.outside(spans)]
    pieces += [piece for finding in found for piece in finding.inside(spans)]
    joined: list[Finding] = []
    for _, of_rule in groupby(sorted(pieces, key=_order), key=lambda piece: _order(piece)[:3]):
        for piece in of_rule:
            last = joined[-1] if joined else None
            if last is not None and piece == replace(last, start=piece.start, end=piece.end) and piece.start == last.end:
                joined[-1] = replace(last, end=piece.end)
            else:
                joined.append(piece)
    return joined


def changed_hours(before: Iterable[Finding], after: Iterable[Finding]) -> dict[str, set[int]]:
    """Return by plant the hours that are refused or flagged in one list and not in the other."""
    changed: dict[str, set[int]] = {}
    old, new = (frozenset(finding for finding in findings if finding.rule in _ACT_ON_HOURS) for findings in (before, after))
    hours = [_hours(findings) for findings in (old - new, new - old)]
    for key in hours[0].keys() | hours[1].keys():
        differ = hours[0].get(key, set()) ^ hours[1].get(key, set())
        changed.setdefault(key[0], set()).update(differ)
    return {plant: found for plant, found in changed.items() if found}


def _hours(findings: Iterable[Finding]) -> dict[tuple[str, ...], set[int]]:
    """Return hours by unit and rule; of incomplete hours by their figure too, as not every hour inside need be one."""
    hours: dict[tuple[str, ...], set[int]] = {}
    for finding in findings:
        figure = str((finding.value, finding.start, finding.end)) if finding.rule == "incomplete_hour" else ""
        key = (finding.plant_id, finding.unit_code, finding.rule, figure)
        hours.setdefault(key, set()).update(range(finding.start, finding.end))
    return hours


def _order(finding: Finding) -> tuple[str, str, str, int]:
    return finding.plant_id, finding.unit_code, finding.rule, finding.start
