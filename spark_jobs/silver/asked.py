"""For which days the source was asked about each unit: what nobody asked for is not missing.

A day of a unit was asked for when a request that touches it named the unit's facility and was sent after the registry first
listed the unit: before that the source could not have named it. Requests that failed count too, as their hours are missing.
Days are whole network-local ones: of a day of which a part was asked for, the rest is missing, so that no day's ratio is that of
its morning alone.
"""

import itertools
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from include.networks import NETWORKS
from include.windows import day_window
from spark_jobs.silver.capacity import BEGIN, END
from spark_jobs.silver.sayings import Key, Unit

ALL = "*"
"""Stands for every facility: of requests that named none, and of those from before Bronze noted whom they named."""

Spans = list[tuple[datetime, datetime]]
Row = Mapping[str, Any]


@dataclass(frozen=True)
class DayRequest:
    """Requests for generation that touch a network-local day (number since 1970-01-01) and name the same facilities."""

    network_id: str
    facility_codes: tuple[str, ...]
    day: int
    fetched_at: datetime
    is_finished: bool


@dataclass
class AskedDays:
    """What was asked of one network. `finished`: days of which an answer could be read. `newest`: by facility and day."""

    finished: set[int] = field(default_factory=set)
    newest: dict[str, dict[int, datetime]] = field(default_factory=dict)

    def of(self, unit: "Listed") -> set[int]:
        """Return the days that were asked for a unit."""
        return {
            day
            for code in (*unit.facility_codes, ALL)
            for day, at in self.newest.get(code, {}).items()
            if at >= unit.listed_since
        }

    def naming(self, unit: "Listed") -> set[int]:
        """Return the days of requests that named its facility, also before the unit was listed."""
        return {day for code in (*unit.facility_codes, ALL) for day in self.newest.get(code, {})}


@dataclass(frozen=True)
class Listed:
    """A unit as far as asking goes. `listed_since`: its first listing; `BEGIN` for those of the lake's first answer."""

    key: Key
    facility_codes: frozenset[str]
    listed_since: datetime


def by_unit(rows: Iterable[Row]) -> dict[Key, list[Row]]:
    """Return the rows of a history by unit."""
    found: dict[Key, list[Row]] = {}
    for row in rows:
        found.setdefault((row["network_id"], row["unit_code"]), []).append(row)
    return found


def listed(units: Sequence[Unit]) -> list[Listed]:
    """Return the units with all facilities under which they were listed."""
    first = min((unit.sayings[0].since for unit in units), default=BEGIN)
    found = []
    for unit in units:
        since = unit.sayings[0].since
        codes = frozenset(saying.row["facility_code"] for saying in unit.sayings if saying.row is not None)
        found.append(Listed(unit.key, codes, BEGIN if since == first else since))
    return found


def asked_days(requests: Iterable[DayRequest]) -> dict[str, AskedDays]:
    """Return by network what was asked."""
    found = {network: AskedDays() for network in NETWORKS}
    for request in requests:
        of_network = found[request.network_id]
        if request.is_finished:
            of_network.finished.add(request.day)
        for code in request.facility_codes or (ALL,):
            days = of_network.newest.setdefault(code, {})
            days[request.day] = max(request.fetched_at, days.get(request.day, request.fetched_at))
    return found


def not_asked_days(unit: Listed, asked: AskedDays) -> set[int]:
    """Return the days that others of the network were asked for and the unit was not."""
    return asked.finished - asked.of(unit)


def spans_of(network_id: str, days: Collection[int], newest: int) -> Spans:
    """Return consecutive days as spans of instants; one that reaches the `newest` day that was asked for has no end yet."""
    offset = NETWORKS[network_id].utc_offset
    spans: Spans = []
    for _, group in itertools.groupby(enumerate(sorted(days)), lambda pair: pair[1] - pair[0]):
        run = [day for _, day in group]
        end = END if run[-1] >= newest else day_window(run[-1], offset).end
        spans.append((day_window(run[0], offset).start, end))
    return spans


def is_unchanged(unit: Listed, service: Spans, spans: Spans, new: AskedDays) -> bool:
    """Tell whether the days not asked for, `spans`, are the same after `new` requests, as far as the unit is in service."""
    network = unit.key[0]

    def inside(days: Iterable[int], of: Spans) -> set[int]:
        return {day for day in days if any(_touches(network, day, span) for span in of)}

    others = inside(new.finished - new.of(unit), service)
    return not inside(new.naming(unit), spans) and others == inside(others, spans)


def service_of(rows: Iterable[Row]) -> Spans:
    """Return when a unit is in service by its rows of `silver.unit_history`, whether or not it was asked for."""
    bounds = sorted((row["valid_from_utc"] or BEGIN, row["valid_to_utc"] or END) for row in rows)
    spans: Spans = []
    for start, end in bounds:
        if start >= end:
            continue
        if spans and start <= spans[-1][1]:
            spans[-1] = (spans[-1][0], max(end, spans[-1][1]))
        else:
            spans.append((start, end))
    return spans


def not_asked_of(rows: Iterable[Row]) -> Spans:
    """Return the spans of its rows that were not asked for."""
    return service_of(row for row in rows if row["is_asked"] is False)


def is_known(rows: Iterable[Row]) -> bool:
    """Tell whether an earlier run has looked what was asked for the unit."""
    counted = [row for row in rows if (row["valid_from_utc"] or BEGIN) < (row["valid_to_utc"] or END)]
    return all(row["is_asked"] is not None for row in counted)


def marked(rows: Iterable[Row], not_asked: Mapping[Key, Spans]) -> list[dict[str, Any]]:
    """Return the rows of the history cut where asking begins or ends, with `is_asked`."""
    found: list[dict[str, Any]] = []
    numbers: dict[Key, int] = {}
    for row in rows:
        key = (row["network_id"], row["unit_code"])
        for start, end, is_asked in _pieces(row, not_asked.get(key, [])):
            numbers[key] = numbers.get(key, 0) + 1
            bounds = {"valid_from_utc": None if start == BEGIN else start, "valid_to_utc": None if end == END else end}
            found.append({**row, "span": numbers[key], **bounds, "is_asked": is_asked})
    return found


def _pieces(row: Row, spans: Spans) -> list[tuple[datetime, datetime, bool | None]]:
    start, end = row["valid_from_utc"] or BEGIN, row["valid_to_utc"] or END
    if start >= end:
        return [(start, end, None)]
    cuts = sorted({start, end, *(at for span in spans for at in span if start < at < end)})
    return [(a, b, not any(first <= a < last for first, last in spans)) for a, b in itertools.pairwise(cuts)]


def _touches(network_id: str, day: int, span: tuple[datetime, datetime]) -> bool:
    window = day_window(day, NETWORKS[network_id].utc_offset)
    return window.start < span[1] and span[0] < window.end


def backfill_lines(history: Iterable[Row]) -> list[str]:
    """Return a line for each unit that is asked for now and has days that were not: since when it is in service, and the command.

    Units nobody asks for now (`PV_FACILITIES`) were left out on purpose.
    """
    lines = []
    for (network_id, code), rows in sorted(by_unit(history).items()):
        spans = not_asked_of(rows)
        if not spans or spans[-1][1] == END:
            continue
        day = NETWORKS[network_id].local_date
        since = service_of(rows)[0][0]
        in_service = f"in service since {day(since)}" if since != BEGIN else "in service since ever"
        lines.append(
            f"unit {code} of plant {rows[0]['plant_id']}: {in_service}; days that nobody asked for: "
            f"`make backfill FROM={day(spans[0][0])} TO={day(spans[-1][1])}`"
        )
    return lines
