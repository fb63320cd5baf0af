"""What the sources have been asked before and what came of it, by whole days: which old days an hourly run asks for again.

Days are network-local for generation (the settlement publishes by them) and UTC for weather (Open-Meteo answers by them), as
numbers since 1970-01-01.
"""

# ruff: noqa: S608  every name and figure in these statements is this project's own

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from include.lakehouse import select
from include.networks import NETWORKS, Network
from include.registry import Facility
from include.settings import Settings
from include.windows import UTC_DAYS, Window, day_of, day_window, iso_utc

# The next-day unit solution is out at 04:00 in the east of the day after, OpenElectricity's worker replaces energy behind it; a
# further day and half an hour later the ordinary changes are over.
SETTLED_AFTER = timedelta(days=2, hours=4, minutes=30)
# ERA5 is complete after 5 days, the archive is asked from 7 on; the daily re-read ends at 10.
PROVISIONAL_FOR_DAYS = 8
# A source that has lost hours fills them within hours, at the next working day, or when somebody looks: asked again with growing
# patience, and then no more.
HOLE_AGES_DAYS = (1, 3, 10, 30)
HOURS_OF_DAY = 24


@dataclass(frozen=True)
class Told:
    """What Bronze has of one key (a unit of a facility, or a location) and day."""

    key: str
    part: str
    day: int
    hours: int
    settled_hours: int


@dataclass(frozen=True)
class FirstLabel:
    """The first label that Bronze has of a location, and the grid cells that answered for it: dataset, latitude, longitude."""

    at: datetime
    cells: frozenset[str]


AskedDays = Mapping[str, Mapping[int, datetime]]
"""Facility code -> network-local day -> when the whole day was last asked for. The code `*` stands for every facility."""


def settled_until(facilities: Iterable[Facility], asked: AskedDays) -> dict[str, datetime]:
    """Return by facility code the end of the newest day that was asked for after it was settled."""
    ends: dict[str, datetime] = {}
    for facility in facilities:
        network = NETWORKS[facility.network_id]
        days = [day for day, at in _asked_of(facility, asked).items() if _is_settled(network, day, at)]
        if days:
            ends[facility.code] = day_window(max(days), network.utc_offset).end
    return ends


def generation_again(
    facilities: Iterable[Facility], asked: AskedDays, told: Iterable[Told], end: datetime, reach_days: int
) -> dict[str, Window]:
    """Return what to ask again at `end` (aware), by facility code: unsettled days older than 8, and holes at their ages.

    `told`: of each unit that the facility has. A unit counts as one that reports when any hour of it is there; days of more
    than `reach_days` are left to backfills.
    """
    hours = _by_key(told)
    again: dict[str, Window] = {}
    for facility in facilities:
        network = NETWORKS[facility.network_id]
        today = day_of(end, network.utc_offset)
        days = [
            day
            for day, at in _asked_of(facility, asked).items()
            if today - reach_days <= day < today - PROVISIONAL_FOR_DAYS and not _is_settled(network, day, at)
        ]
        days += [day for day in _holes(hours.get(facility.code, {}), today) if day in _asked_of(facility, asked)]
        if days:
            again[facility.code] = _span(days, network.utc_offset)
    return again


def settled_labels_until(told: Iterable[Told]) -> dict[str, datetime]:
    """Return by location id the end of the newest day whose labels are all settled."""
    ends: dict[str, datetime] = {}
    for row in told:
        if row.settled_hours == row.hours == HOURS_OF_DAY:
            end = day_window(row.day).end
            ends[row.key] = max(end, ends.get(row.key, end))
    return ends


def weather_again(told: Iterable[Told], end: datetime, reach_days: int) -> dict[str, Window]:
    """Return what to ask again at `end` (aware), by location id: older days with forecast labels, and holes."""
    today = day_of(end)
    again: dict[str, Window] = {}
    for location, parts in _by_key(told).items():
        days = [
            row.day
            for days_of_part in parts.values()
            for row in days_of_part.values()
            if today - reach_days <= row.day < today - PROVISIONAL_FOR_DAYS and row.settled_hours < row.hours
        ]
        days += _holes(parts, today)
        if days:
            again[location] = _span(days, UTC_DAYS)
    return again


def weather_moved(
    told: Iterable[Told], former: Mapping[str, Collection[str]], end: datetime, reach_days: int
) -> dict[str, Window]:
    """Return what to ask at `end` (aware) for places that plants were moved to, by location id.

    `former`: location ids where the plants of a place stood before. Wanted are the days of which one of these has more labels.
    """
    hours: dict[str, dict[int, int]] = {}
    for row in told:
        hours.setdefault(row.key, {})[row.day] = row.hours
    today = day_of(end)
    wanted: dict[str, Window] = {}
    for location, places in former.items():
        own = hours.get(location, {})
        days = [day for place in places for day, count in hours.get(place, {}).items() if own.get(day, 0) < count]
        days = [day for day in days if today - reach_days <= day < today]
        if days:
            wanted[location] = _span(days, UTC_DAYS)
    return wanted


def both(one: Mapping[str, Window], other: Mapping[str, Window]) -> dict[str, Window]:
    """Return by key the window that covers those of both."""
    found = dict(one)
    for key, window in other.items():
        held = found.get(key, window)
        found[key] = Window(min(held.start, window.start), max(held.end, window.end))
    return found


def asked_days(settings: Settings, since: datetime) -> AskedDays:
    """Return which whole network-local days were asked for since an instant, whatever came."""
    offsets = " ".join(f"WHEN '{network.code}' THEN {int(network.utc_offset.total_seconds())}" for network in NETWORKS.values())
    rows = select(
        settings,
        "WITH asked AS (SELECT fetched_at, coalesce(facility_codes, ARRAY['*']) AS codes,"
        f" cast(ceil((to_unixtime(window_start_utc) + CASE network_id {offsets} END) / 86400) AS bigint) AS first_day,"
        f" cast(floor((to_unixtime(window_end_utc) + CASE network_id {offsets} END) / 86400) AS bigint) - 1 AS last_day"
        " FROM bronze.api_requests WHERE source = 'oe_generation' AND outcome IN ('ok', 'partial', 'empty')"
        " AND fetched_at >= from_iso8601_timestamp(?))"
        " SELECT code, day, max(fetched_at) FROM asked CROSS JOIN UNNEST(codes) AS each_code (code)"
        " CROSS JOIN UNNEST(if(first_day <= last_day, sequence(first_day, last_day), ARRAY[])) AS each_day (day)"
        " GROUP BY code, day",
        [iso_utc(since)],
    )
    asked: dict[str, dict[int, datetime]] = {}
    for code, day, at in rows:
        asked.setdefault(code, {})[day] = at
    return asked


def generation_told(settings: Settings, since: datetime) -> list[Told]:
    """Return of each unit and network-local day the hours that have energy; a day without any has no row."""
    offsets = " ".join(f"WHEN '{network.code}' THEN {int(network.utc_offset.total_seconds())}" for network in NETWORKS.values())
    rows = select(
        settings,
        "SELECT facility.facility_code, generation.unit_code,"
        f" cast(floor((to_unixtime(generation.ts_utc) + CASE generation.network_id {offsets} END) / 86400) AS bigint) AS day,"
        " count(DISTINCT generation.ts_utc)"
        " FROM bronze.oe_generation_hourly_raw AS generation"
        " INNER JOIN (SELECT DISTINCT network_id, facility_code, unit_code FROM bronze.oe_facilities_raw) AS facility"
        " ON generation.network_id = facility.network_id AND generation.unit_code = facility.unit_code"
        " WHERE generation.ts_utc >= from_iso8601_timestamp(?) AND generation.metric = 'energy' AND generation.value IS NOT NULL"
        " GROUP BY 1, 2, 3",
        [iso_utc(since)],
    )
    return [Told(facility, unit, day, hours, hours) for facility, unit, day, hours in rows]


def labels_told(settings: Settings, table: str, measured: str, since: datetime) -> list[Told]:
    """Return of each location and UTC day the labels of which a weather table has a value, and those that are settled.

    `measured`: the column whose value counts. What a forecast said is not settled.
    """
    rows = select(
        settings,
        "SELECT location_id, cast(floor(to_unixtime(ts_utc) / 86400) AS bigint), count(DISTINCT ts_utc),"
        f" count(DISTINCT if(dataset <> 'forecast', ts_utc)) FROM {table}"
        f" WHERE ts_utc >= from_iso8601_timestamp(?) AND {measured} IS NOT NULL GROUP BY 1, 2",
        [iso_utc(since)],
    )
    return [Told(location, "", day, hours, settled) for location, day, hours, settled in rows]


def first_labels(settings: Settings, table: str, locations: Collection[str]) -> dict[str, FirstLabel]:
    """Return of these locations the first label that Bronze has, and the grid cells that answered."""
    rows = select(
        settings,
        "SELECT location_id, min(ts_utc), array_agg(DISTINCT dataset || ' ' || format('%s %s', grid_latitude, grid_longitude))"
        f" FILTER (WHERE grid_latitude IS NOT NULL) FROM {table}"
        f" WHERE location_id IN ({', '.join('?' * len(locations))}) GROUP BY location_id",
        sorted(locations),
    )
    return {location: FirstLabel(first, frozenset(cells or ())) for location, first, cells in rows}


def _asked_of(facility: Facility, asked: AskedDays) -> dict[int, datetime]:
    """Return its days; what was asked before Bronze noted for whom counts for everybody."""
    own, everybody = asked.get(facility.code, {}), asked.get("*", {})
    return {day: max(times[day] for times in (own, everybody) if day in times) for day in {*own, *everybody}}


def _is_settled(network: Network, day: int, asked_at: datetime) -> bool:
    return asked_at >= day_window(day, network.utc_offset).start + SETTLED_AFTER


def _by_key(told: Iterable[Told]) -> dict[str, dict[str, dict[int, Told]]]:
    """Return by key, part and day."""
    found: dict[str, dict[str, dict[int, Told]]] = {}
    for row in told:
        found.setdefault(row.key, {}).setdefault(row.part, {})[row.day] = row
    return found


def _holes(parts: Mapping[str, Mapping[int, Told]], today: int) -> list[int]:
    """Return the days of the ages in which a part lacks hours, of those after its first day: before that it was not there."""
    days = [today - age for age in HOLE_AGES_DAYS]

    def is_hole(day: int, of: Mapping[int, Told]) -> bool:
        return min(of) < day and (day not in of or of[day].hours < HOURS_OF_DAY)

    return [day for day in days if any(is_hole(day, of) for of in parts.values())]


def _span(days: list[int], utc_offset: timedelta) -> Window:
    return Window(day_window(min(days), utc_offset).start, day_window(max(days), utc_offset).end)
