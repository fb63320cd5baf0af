"""What the registry said of each unit and when, from the rows of `bronze.oe_facilities_raw`. Pure.

A unit is one thing through its life: when its code changes, what was said of the old code belongs to the new one.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from difflib import SequenceMatcher
from itertools import groupby, pairwise
from typing import Any

Row = Mapping[str, Any]
Key = tuple[str, str]
"""Network and unit code."""

# A unit without a code of AEMO gets one from OpenElectricity that begins so, until AEMO gives it its own.
_PROVISIONAL = "0"
# A registry that swaps a code may be without the unit for a few answers.
_RENAMED_WITHIN = timedelta(days=3)
# Two figures of one capacity: published with one to three decimals.
_SAME_CAPACITY = 0.01
# Degrees, about a kilometre: two records of one site differ by rounding.
_SAME_PLACE_DEG = 0.01

_MATTERS = (
    "facility_code",
    "status_id",
    "capacity_registered_mw",
    "capacity_maximum_mw",
    "commencement_date",
    "commencement_specificity",
    "closure_date",
    "closure_specificity",
    "data_first_seen_utc",
)


@dataclass(frozen=True)
class Saying:
    """What held from an answer of the registry on; `row` is None while it does not list the unit."""

    since: datetime
    row: Row | None


@dataclass(frozen=True)
class Unit:
    """One unit under all its codes: what was said of it in order, beginning with a row. `aliases`: its former codes."""

    key: Key
    sayings: Sequence[Saying]
    aliases: tuple[str, ...] = ()

    @property
    def codes(self) -> tuple[str, ...]:
        """Its code and its former ones."""
        return (self.key[1], *self.aliases)

    @property
    def newest(self) -> Row:
        """The last row the registry gave of it."""
        return next(saying.row for saying in reversed(self.sayings) if saying.row is not None)

    @property
    def absences(self) -> list[tuple[datetime, datetime | None]]:
        """From when to when (None: now) the registry did not list it."""
        ends = [saying.since for saying in self.sayings[1:]]
        pairs = zip(self.sayings, [*ends, None], strict=True)
        return [(saying.since, end) for saying, end in pairs if saying.row is None]


def units_of(rows: Iterable[Row]) -> list[Unit]:
    """Return the units that registry rows (all versions) speak of, each once, in the order of their codes."""
    ordered = sorted(rows, key=lambda row: (row["network_id"], row["unit_code"], row["_ingest_time"]))
    said = {key: _sayings(versions) for key, versions in groupby(ordered, lambda row: (row["network_id"], row["unit_code"]))}
    said = {key: sayings for key, sayings in said.items() if sayings}
    successors = _renames(said)
    former: dict[Key, list[Key]] = {}
    for key in said:
        former.setdefault(_last(key, successors), []).append(key)
    return sorted((_joined(keys, said) for keys in former.values()), key=lambda unit: unit.key)


def capacity_of(row: Row) -> float | None:
    """Return the AC capacity (MW) that a row gives: registered capacity is often the larger DC or nameplate figure.

    AVLSF: 254 registered, 190 maximum.
    """
    maximum: float | None = row["capacity_maximum_mw"]
    registered: float | None = row["capacity_registered_mw"]
    return maximum if maximum is not None else registered


def _sayings(versions: Iterable[Row]) -> list[Saying]:
    """Return what was said of one code, each with its newest row. Listed at another facility it has moved there."""
    listed: dict[str, Row] = {}
    sayings: list[Saying] = []
    for since, at_once in groupby(versions, lambda row: row["_ingest_time"]):
        rows = sorted(at_once, key=lambda row: row["facility_code"])
        here = {row["facility_code"]: row for row in rows if row.get("is_listed") is not False}
        gone = {row["facility_code"] for row in rows} - set(here)
        listed = here or {code: row for code, row in listed.items() if code not in gone}
        row = listed[max(listed)] if listed else None
        if sayings and not _differ(sayings[-1].row, row):
            # Its name or place may be another.
            sayings[-1] = Saying(sayings[-1].since, row)
        elif sayings or row is not None:
            sayings.append(Saying(since, row))
    return sayings


def _differ(one: Row | None, other: Row | None) -> bool:
    if one is None or other is None:
        return one is not other
    return any(one.get(name) != other.get(name) for name in _MATTERS)


def _renames(said: Mapping[Key, Sequence[Saying]]) -> dict[Key, Key]:
    """Return former code -> code that took its place.

    Guards against a unit that is expected twice after its code changed (0WNSF1 became WNSF1): twice the capacity, half of
    it missing. The signs: the new code comes where the old one goes (same answer, or within three days), at the same site
    with the same capacity; should the old one return, then the new one goes. For a code of OpenElectricity's own that AEMO's
    replaced, order is enough, and at a site that was renamed as a whole the old code need not have been seen to go: nobody
    asks for it any more. It cannot see a rename that changes the capacity too, and takes for one the removal of a unit that
    is replaced the same day by a twin.
    """
    candidates: list[tuple[float, Key, Key]] = []
    for old, new in ((old, new) for old in said for new in said if old != new and old[0] == new[0]):
        if _takes_the_place(old[1], said[old], new[1], said[new]):
            candidates.append((-SequenceMatcher(None, old[1], new[1]).ratio(), old, new))
    successors: dict[Key, Key] = {}
    for _likeness, old, new in sorted(candidates):
        if old not in successors and new not in successors.values() and _last(new, successors) != old:
            successors[old] = new
    return successors


def _takes_the_place(old_code: str, old: Sequence[Saying], new_code: str, new: Sequence[Saying]) -> bool:
    first = new[0]
    if first.row is None or first.since <= old[0].since:
        return False
    is_provisional = old_code.startswith(_PROVISIONAL) and not new_code.startswith(_PROVISIONAL)
    goings = list(_goings(old))
    for before, gone_since, back_since in goings:
        swapped = timedelta(0) <= first.since - gone_since <= _RENAMED_WITHIN
        in_time = swapped or (is_provisional and first.since <= gone_since)
        if in_time and _is_same_unit(before, first.row) and (back_since is None or _goes_about(new, back_since)):
            return True
    now = old[-1].row
    is_same_site = now is not None and now["facility_code"] == first.row["facility_code"]
    return not goings and now is not None and is_provisional and not is_same_site and _is_same_unit(now, first.row)


def _goings(sayings: Sequence[Saying]) -> Iterator[tuple[Row, datetime, datetime | None]]:
    """Yield for each absence the row before it, since when it is, and since when the code is listed again (None: it is not)."""
    for index, (before, saying) in enumerate(pairwise(sayings)):
        if saying.row is None and before.row is not None:
            back = sayings[index + 2].since if index + 2 < len(sayings) else None
            yield before.row, saying.since, back


def _goes_about(sayings: Sequence[Saying], instant: datetime) -> bool:
    """Tell whether a code goes when another returns: a rename that is taken back, not two units."""
    return any(saying.row is None and abs(saying.since - instant) <= _RENAMED_WITHIN for saying in sayings)


def _is_same_unit(one: Row, other: Row) -> bool:
    is_same_site = one["facility_code"] == other["facility_code"]
    return (is_same_site or _is_same_place(one, other)) and _is_same_capacity(one, other)


def _is_same_place(one: Row, other: Row) -> bool:
    axes = [(one[axis], other[axis]) for axis in ("latitude", "longitude")]
    return all(a is not None and b is not None and abs(a - b) <= _SAME_PLACE_DEG for a, b in axes)


def _is_same_capacity(one: Row, other: Row) -> bool:
    first, second = capacity_of(one), capacity_of(other)
    return first is not None and second is not None and abs(first - second) <= _SAME_CAPACITY * max(first, second)


def _last(key: Key, successors: Mapping[Key, Key]) -> Key:
    while key in successors:
        key = successors[key]
    return key


def _joined(keys: Sequence[Key], said: Mapping[Key, Sequence[Saying]]) -> Unit:
    """Return one unit of all its codes: the code that was listed last speaks, and is the unit's."""
    sayings: list[Saying] = []
    speakers: list[Key] = []
    for since in sorted({saying.since for key in keys for saying in said[key]}):
        key = _speaker(keys, said, since)
        row = [saying.row for saying in said[key] if saying.since <= since][-1]
        if [key] != speakers[-1:] or row is not sayings[-1].row:
            sayings.append(Saying(since, row))
            speakers.append(key)
    now = speakers[-1]
    return Unit(now, sayings, tuple(sorted(key[1] for key in keys if key != now)))


def _speaker(keys: Sequence[Key], said: Mapping[Key, Sequence[Saying]], instant: datetime) -> Key:
    return max(keys, key=lambda key: (_listed_since(said[key], instant), key))


def _listed_since(sayings: Sequence[Saying], instant: datetime) -> datetime:
    """Return since when a code was listed the last time it came, up to an instant; the earliest instant if it never had."""
    came = [
        saying.since
        for before, saying in zip([None, *sayings], sayings, strict=False)
        if saying.since <= instant and saying.row is not None and (before is None or before.row is None)
    ]
    return came[-1] if came else datetime.min.replace(tzinfo=UTC)
