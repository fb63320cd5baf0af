"""`silver.unit_history`: what the registry said of each unit and when, and for which hours it counts. Pure.

A row is a saying of the registry (known from, known to) and a span of hours (valid from, valid to) in which the unit is in
service with the capacity given. The spans of a unit do not overlap, so that one join on the hour gives the units expected in
it. A saying that counts for no hour has an empty span.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from include.capacity_changes import CapacityChange
from include.networks import NETWORKS
from spark_jobs.silver.capacity import BEGIN, END, Step, Values, contradicted, finding, has_changed, steps_of, with_doubts
from spark_jobs.silver.dim_unit import Known, Version
from spark_jobs.silver.sayings import Key, Unit
from spark_jobs.silver.splits import Hours, plant_of, restated_hours, splits_of

ABSENT_DAYS = 3
"""Network-local days on which complete answers must leave a unit out: the source's registry was wrong for hours, not days."""

CAPACITY_CHANGES = "capacity_changes.csv"

CertainAbsence = tuple[datetime, datetime, datetime | None]
"""Since when a unit was not listed, from when it is out of service, and until when."""


@dataclass(frozen=True)
class Answer:
    """A complete registry answer: which facilities it was asked for (none: all), and codes it named but could not say."""

    fetched_at: datetime
    facility_codes: frozenset[str] = frozenset()
    excused: frozenset[str] = frozenset()

    def covers(self, unit: Unit) -> bool:
        """Tell whether it would have named the unit."""
        facility, code = unit.newest["facility_code"], unit.key[1]
        return (not self.facility_codes or facility in self.facility_codes) and not self.excused & {facility, code}


@dataclass(frozen=True)
class Readings:
    """First and last hour (start) with a value of a unit."""

    first: datetime
    last: datetime

    def __or__(self, other: "Readings") -> "Readings":
        """Return those of both."""
        return Readings(min(self.first, other.first), max(self.last, other.last))


@dataclass(frozen=True)
class Evidence:
    """What else than registry rows the history is made from.

    `answers`: complete ones, of the days that open absences need. `confirmed`: absences known to be certain, by unit and
    since when. `readings`: of the units whose dates need them. `values`: of the units whose capacity changed; of those left
    out the doubts are taken from `doubted`. `restated`: hours with values of the units that came by a split, from before it.
    """

    answers: Sequence[Answer] = ()
    confirmed: frozenset[tuple[Key, datetime]] = frozenset()
    readings: Mapping[Key, Readings] = field(default_factory=dict)
    newest_hour: datetime | None = None
    values: Mapping[Key, Values] = field(default_factory=dict)
    doubted: Mapping[Key, frozenset[datetime]] = field(default_factory=dict)
    restated: Mapping[Key, Hours] = field(default_factory=dict)
    changes: Sequence[CapacityChange] = ()


@dataclass(frozen=True)
class History:
    """The rows of `silver.unit_history` without `_updated_at`, the newest versions, and findings about capacities."""

    rows: list[dict[str, Any]]
    versions: list[Version]
    findings: list[dict[str, Any]]


def undecided_absences(units: Iterable[Unit], confirmed: frozenset[tuple[Key, datetime]]) -> list[tuple[datetime, datetime]]:
    """Return from when to when answers must be known to say whether units are gone."""
    return [
        (since, end or END)
        for unit in units
        for since, end in unit.absences
        if (unit.key, since) not in confirmed and (end is None or end > _third_day(unit, since))
    ]


def units_to_weigh(units: Iterable[Unit]) -> dict[Key, list[datetime]]:
    """Return the units of which more than one capacity was said, and when each was said."""
    steps = {unit.key: steps_of(unit) for unit in units}
    return {
        key: [step.known_from for step in found if step.said_mw is not None] for key, found in steps.items() if has_changed(found)
    }


def unit_history(units: Sequence[Unit], evidence: Evidence) -> History:
    """Return the history of all units."""
    splits = restated_hours(units, splits_of(units), evidence.restated)
    rows: list[dict[str, Any]] = []
    versions: list[Version] = []
    findings: list[dict[str, Any]] = []
    for unit in units:
        of_plant = splits.get(plant_of(unit), {})
        steps = _settled(unit, evidence, of_plant)
        confirmed = _confirmed(unit, evidence, of_plant)
        version = _version(unit, steps, confirmed, evidence, of_plant)
        versions.append(version)
        rows += _rows(unit, version, steps, confirmed, evidence, of_plant.get(unit.sayings[0].since, ()))
        findings += [finding(version.facility_code, unit.key[1], step) for step in steps if step.doubt is not None]
    return History(rows, versions, findings)


def _settled(unit: Unit, evidence: Evidence, splits: Mapping[datetime, Hours]) -> list[Step]:
    """Return the steps of a unit's capacity: plausible ones, overridden where a reviewed change says otherwise.

    `splits`: of its plant, with the hours before each for which it counts.
    """
    steps = steps_of(unit)
    if has_changed(steps):
        values = evidence.values.get(unit.key)
        held = evidence.doubted.get(unit.key, frozenset())
        steps = with_doubts(steps, contradicted(steps, values, frozenset(splits)) if values is not None else held)
    for instant, hours in splits.items():
        steps = _restated(steps, instant, hours)
    for change in evidence.changes:
        if (change.network_id, change.unit_code) == unit.key or change.unit_code in unit.aliases:
            start, end = change.start or BEGIN, change.end or END
            steps = [piece for step in steps for piece in _overridden(step, start, end, _reviewed(step, change))]
    return steps


def _reviewed(step: Step, change: CapacityChange) -> Step:
    return replace(step, counted_mw=change.capacity_mw, source=CAPACITY_CHANGES, doubt=None)


def _restated(steps: list[Step], instant: datetime, hours: Hours) -> list[Step]:
    """Return the steps, in these hours what was said last when units were split."""
    said = [step for step in steps if step.known_from <= instant]
    if not said:
        return steps
    last = max(said, key=lambda step: step.known_from)
    for start, end in hours:
        steps = [
            piece
            for step in steps
            for piece in ([step] if step.known_from == last.known_from else _overridden(step, start, end, last))
        ]
    return steps


def _overridden(step: Step, start: datetime, end: datetime, other: Step) -> Iterator[Step]:
    """Return a step cut at the bounds of a span of hours, the piece inside as another step says."""
    first, last = max(step.start, start), min(step.end, end)
    if first >= last:
        yield step
        return
    if step.start < first:
        yield replace(step, end=first)
    yield replace(other, start=first, end=last)
    if last < step.end:
        yield replace(step, start=last)


def _confirmed(unit: Unit, evidence: Evidence, splits: Mapping[datetime, Hours]) -> list[CertainAbsence]:
    """Return the absences that are certain."""
    found: list[CertainAbsence] = []
    for since, end in unit.absences:
        if since in splits:
            found += [(since, start, until) for start, until in splits[since]]
            found.append((since, since, end))
        elif (unit.key, since) in evidence.confirmed or _days_without(unit, since, end, evidence.answers) >= ABSENT_DAYS:
            found.append((since, _day_of(unit, since), end))
    return found


def _days_without(unit: Unit, since: datetime, end: datetime | None, answers: Iterable[Answer]) -> int:
    network = NETWORKS[unit.key[0]]
    inside = [answer for answer in answers if since <= answer.fetched_at < (end or END) and answer.covers(unit)]
    return len({network.local_date(answer.fetched_at) for answer in inside})


def _day_of(unit: Unit, at: datetime) -> datetime:
    network = NETWORKS[unit.key[0]]
    return network.midnight_utc(network.local_date(at))


def _third_day(unit: Unit, at: datetime) -> datetime:
    return _day_of(unit, at) + timedelta(days=ABSENT_DAYS - 1)


def _version(
    unit: Unit,
    steps: Sequence[Step],
    confirmed: Sequence[CertainAbsence],
    evidence: Evidence,
    splits: Mapping[datetime, Hours],
) -> Version:
    readings = evidence.readings.get(unit.key)
    first_listed = unit.sayings[0].since
    known = Known(
        first_reading=readings.first if readings else None,
        last_reading=readings.last if readings else None,
        newest_hour=evidence.newest_hour,
        retired_since=_retired_since(unit),
        absent_from=next((start for _since, start, end in confirmed if end is None), None),
        not_before=first_listed if first_listed in splits else None,
        capacity_mw=steps[-1].counted_mw,
        capacity_source=steps[-1].source if steps[-1].counted_mw is not None else None,
        aliases=unit.aliases,
    )
    return Version(unit.newest, known)


def _retired_since(unit: Unit) -> datetime | None:
    """Return when the registry first called a unit retired that it calls so now; None where it never said otherwise."""
    since: datetime | None = None
    for saying in reversed([saying for saying in unit.sayings if saying.row is not None]):
        if saying.row is not None and saying.row["status_id"] != "retired":
            return since
        since = saying.since
    return None


def _rows(
    unit: Unit,
    version: Version,
    steps: Sequence[Step],
    confirmed: Sequence[CertainAbsence],
    evidence: Evidence,
    before: Hours,
) -> list[dict[str, Any]]:
    service = _service(version, confirmed, before)
    certain = {since for since, _start, _end in confirmed}
    readings = evidence.readings.get(unit.key)
    ends = [saying.since for saying in unit.sayings[1:]]
    rows: list[dict[str, Any]] = []
    for saying, known_to in zip(unit.sayings, [*ends, None], strict=True):
        mine = [step for step in steps if step.known_from == saying.since]
        pieces = [
            (max(step.start, start), min(step.end, end), step)
            for step in mine
            for start, end in service
            if max(step.start, start) < min(step.end, end)
        ] or [(saying.since, saying.since, mine[0])]
        for start, end, step in pieces:
            row = saying.row or {}
            rows.append(
                {
                    "network_id": unit.key[0],
                    "unit_code": unit.key[1],
                    "span": len(rows) + 1,
                    "plant_id": version.facility_code,
                    "is_listed": saying.row is not None,
                    "listed_as": row.get("unit_code"),
                    "listed_in": row.get("facility_code"),
                    "status_id": row.get("status_id"),
                    "known_from_utc": saying.since,
                    "known_to_utc": known_to,
                    "valid_from_utc": None if start == BEGIN else start,
                    "valid_to_utc": None if end == END else end,
                    "capacity_mw": step.counted_mw,
                    "capacity_source": step.source if step.counted_mw is not None else None,
                    "said_capacity_mw": step.said_mw,
                    "is_doubted": step.doubt is not None,
                    "is_absence_certain": saying.since in certain if saying.row is None else None,
                    "commencement_date": row.get("commencement_date"),
                    "commencement_specificity": row.get("commencement_specificity"),
                    "closure_date": row.get("closure_date"),
                    "closure_specificity": row.get("closure_specificity"),
                    "has_readings": version.needs_first_reading or version.needs_last_reading,
                    "first_reading_utc": readings.first if readings else None,
                    "last_reading_utc": readings.last if readings else None,
                }
            )
    return rows


def _service(version: Version, confirmed: Iterable[CertainAbsence], before: Hours) -> list[tuple[datetime, datetime]]:
    """Return the spans in which a unit is in service: between its dates, but for the times it was not there.

    `before`: hours before the split that it came by, for which the source gives values by the new units.
    """
    retired = version.retired_from or END
    spans = [(max(start, version.start), min(end, retired)) for start, end in before]
    spans.append((version.commissioned_from, retired))
    for _since, start, end in confirmed:
        spans = [piece for span in spans for piece in _without(span, start, end or END)]
    return [(start, end) for start, end in spans if start < end]


def _without(span: tuple[datetime, datetime], start: datetime, end: datetime) -> list[tuple[datetime, datetime]]:
    if end <= span[0] or span[1] <= start:
        return [span]
    pieces = [(span[0], start), (end, span[1])]
    return [(first, last) for first, last in pieces if first < last]
