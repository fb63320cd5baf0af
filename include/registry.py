"""Which facilities there are, and how far Bronze has each of them: what a fetch needs to know before it asks.

The registry is Bronze's newest version of each facility, overlaid by the newest registry answer that landed: it is not
in Bronze yet in the hour in which it came, and not at all in the first one.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from difflib import get_close_matches
from typing import Literal

from include.errors import FacilityUnknown
from include.lakehouse import select
from include.settings import Settings
from include.sources.landing import Landing, Location
from include.sources.readings import Row, read_envelope
from include.windows import iso_utc

Phase = Literal["planned", "running", "ended"]

# Answers of /v4/me, failures and 404s lie among the registry's envelopes; a registry older than these is in Bronze.
_ENVELOPES_LOOKED_AT = 50
# Of difflib's ratio: 0STUBBOSF and STUBSF, one farm before and after it got its code of AEMO, have 0.8.
_NEAR = 0.6


@dataclass(frozen=True)
class Facility:
    """A site as far as fetching goes; coordinates in degrees, None where the registry has none.

    `phase`: `planned` while all its units are committed, `ended` when all are retired or no longer listed.
    """

    code: str
    network_id: str
    latitude: float | None
    longitude: float | None
    phase: Phase = "running"

    @property
    def location(self) -> Location | None:
        """Where its weather is asked for."""
        if self.latitude is None or self.longitude is None:
            return None
        return Location(self.latitude, self.longitude)


def known_facilities(settings: Settings, landing: Landing) -> list[Facility]:
    """Return every facility of the registry, by network and code. Empty before the first registry landed."""
    return overlaid(facilities_in_bronze(settings), facilities_of(newest_landed(landing)))


def facilities_in_bronze(settings: Settings) -> list[Facility]:
    """Return Bronze's newest version of each facility."""
    rows = select(
        settings,
        "SELECT network_id, facility_code, max_by(latitude, known_from), max_by(longitude, known_from),"
        " array_agg(DISTINCT coalesce(status_id, '')) FILTER (WHERE is_listed)"
        " FROM (SELECT network_id, facility_code, max_by(coalesce(is_listed, TRUE), _ingest_time) AS is_listed,"
        " max_by(status_id, _ingest_time) AS status_id,"
        " max_by(latitude, _ingest_time) FILTER (WHERE coalesce(is_listed, TRUE)) AS latitude,"
        " max_by(longitude, _ingest_time) FILTER (WHERE coalesce(is_listed, TRUE)) AS longitude,"
        " max(_ingest_time) FILTER (WHERE coalesce(is_listed, TRUE)) AS known_from"
        " FROM bronze.oe_facilities_raw GROUP BY network_id, facility_code, unit_code)"
        " GROUP BY network_id, facility_code",
    )
    return [
        Facility(code, network, latitude, longitude, phase_of(statuses or ()))
        for network, code, latitude, longitude, statuses in rows
    ]


def known_units(settings: Settings, landing: Landing, network: str, codes: tuple[str, ...]) -> set[str]:
    """Return the codes of all units that the registry has or had of a network, of these facilities (of all without codes)."""
    rows = select(settings, "SELECT DISTINCT network_id, facility_code, unit_code FROM bronze.oe_facilities_raw")
    units = [(network_id, facility, unit) for network_id, facility, unit in rows]
    units += [(row["network_id"], row["facility_code"], row["unit_code"]) for row in newest_landed(landing)]
    return {unit for network_id, facility, unit in units if network_id == network and (not codes or facility in codes)}


def answered_files(settings: Settings, since: datetime) -> set[str]:
    """Return the names of the unit solution's files that were answered since an instant; those not whole are none.

    One that cannot be read is: landing has it, and it would come the same each time.
    """
    rows = select(
        settings,
        "SELECT DISTINCT url FROM bronze.api_requests WHERE source = 'aemo_unit_solution' AND dataset = 'day'"
        " AND outcome IN ('ok', 'partial', 'empty', 'invalid') AND fetched_at >= from_iso8601_timestamp(?)",
        [iso_utc(since)],
    )
    return {str(url).rsplit("/", 1)[-1] for (url,) in rows}


def former_locations(settings: Settings, facilities: Iterable[Facility]) -> dict[str, set[str]]:
    """Return by present location id where the plants there stood before by the registry; those that never moved are left out."""
    rows = select(
        settings,
        "SELECT DISTINCT network_id, facility_code, latitude, longitude FROM bronze.oe_facilities_raw"
        " WHERE latitude IS NOT NULL AND longitude IS NOT NULL",
    )
    places: dict[tuple[str, str], set[str]] = {}
    for network, code, latitude, longitude in rows:
        places.setdefault((network, code), set()).add(Location(latitude, longitude).location_id)
    former: dict[str, set[str]] = {}
    for facility in facilities:
        if facility.location is not None:
            here = facility.location.location_id
            former.setdefault(here, set()).update(places.get((facility.network_id, facility.code), set()) - {here})
    return {here: others for here, others in former.items() if others}


def newest_landed(landing: Landing) -> list[Row]:
    """Return the rows of the newest readable registry answer in landing."""
    for key in reversed(landing.keys("oe_facilities")[-_ENVELOPES_LOOKED_AT:]):
        rows = read_envelope(landing.read(key)).rows
        if rows:
            return rows
    return []


def facilities_of(rows: Iterable[Row]) -> list[Facility]:
    """Return the facilities that registry rows (one per unit) speak of."""
    sites: dict[Facility, list[str]] = {}
    for row in rows:
        site = Facility(row["facility_code"], row["network_id"], row["latitude"], row["longitude"])
        sites.setdefault(site, []).append(row["status_id"] or "")
    return [replace(site, phase=phase_of(statuses)) for site, statuses in sites.items()]


def phase_of(statuses: Iterable[str]) -> Phase:
    """Return the phase of a site from the states of its listed units; one that is not known counts as running."""
    alive = set(statuses) - {"retired"}
    if not alive:
        return "ended"
    return "planned" if alive == {"committed"} else "running"


def chosen(facilities: list[Facility], codes: tuple[str, ...], phases: Iterable[Phase] | None = None) -> list[Facility]:
    """Return the facilities that PV_FACILITIES names (all without codes), of some phases where these are given."""
    allowed = None if phases is None else set(phases)
    named = [facility for facility in facilities if not codes or facility.code in codes]
    return [facility for facility in named if allowed is None or facility.phase in allowed]


def refuse_unknown(codes: Iterable[str], names: Mapping[str, str]) -> None:
    """Raise `FacilityUnknown` where PV_FACILITIES names a code that the registry (names by code) lacks; it says what is near."""
    unknown = sorted(set(codes) - set(names))
    if unknown:
        told = "; ".join(f"{code} ({_near(code, names)})" for code in unknown)
        raise FacilityUnknown(f"PV_FACILITIES names what the registry does not have: {told}. Codes are renamed at times")


def _near(code: str, names: Mapping[str, str]) -> str:
    near = get_close_matches(code, sorted(names), n=3, cutoff=_NEAR)
    return "near: " + ", ".join(f"{found} {names[found]}".strip() for found in near) if near else "nothing is near"


def newest_generation_hours(settings: Settings, since: datetime) -> dict[str, datetime]:
    """Return the newest hour (UTC) Bronze has of each facility; one that has none since then is left out."""
    rows = select(
        settings,
        "SELECT facility.facility_code, max(generation.ts_utc)"
        " FROM bronze.oe_generation_hourly_raw AS generation"
        " INNER JOIN (SELECT DISTINCT network_id, facility_code, unit_code FROM bronze.oe_facilities_raw) AS facility"
        " ON generation.network_id = facility.network_id AND generation.unit_code = facility.unit_code"
        " WHERE generation.ts_utc >= from_iso8601_timestamp(?) GROUP BY facility.facility_code",
        [iso_utc(since)],
    )
    return {code: newest for code, newest in rows}


def newest_market_hours(settings: Settings, since: datetime) -> dict[str, datetime]:
    """Return the newest hour (UTC) of which Bronze has prices, by network, of those that have one since then."""
    rows = select(
        settings,
        "SELECT network_id, max(ts_utc) FROM bronze.oe_market_hourly_raw"
        " WHERE ts_utc >= from_iso8601_timestamp(?) AND metric = 'price' AND value IS NOT NULL GROUP BY network_id",
        [iso_utc(since)],
    )
    return {network: newest for network, newest in rows}


def control_asked_until(settings: Settings, since: datetime) -> dict[str, datetime]:
    """Return until when (UTC) each network was asked for its totals and answered since an instant; backfills left out."""
    rows = select(
        settings,
        "SELECT network_id, max(window_end_utc) FROM bronze.api_requests"
        " WHERE source = 'oe_control' AND outcome IN ('ok', 'partial', 'empty') AND run_type <> 'backfill'"
        " AND network_id IS NOT NULL AND fetched_at >= from_iso8601_timestamp(?) GROUP BY network_id",
        [iso_utc(since)],
    )
    return {network: until for network, until in rows}


def newest_labels(settings: Settings, table: str, since: datetime) -> dict[str, datetime]:
    """Return the newest label (UTC) a weather table of Bronze has of each location id, of those that have one since then."""
    rows = select(
        settings,
        f"SELECT location_id, max(ts_utc) FROM {table}"  # noqa: S608  the name is a record's
        " WHERE ts_utc >= from_iso8601_timestamp(?) GROUP BY location_id",
        [iso_utc(since)],
    )
    return {location: newest for location, newest in rows}


def overlaid(in_bronze: list[Facility], landed: list[Facility]) -> list[Facility]:
    """Return both, by network and code, the landed version of a facility before Bronze's."""
    newest = {(facility.network_id, facility.code): facility for facility in [*in_bronze, *landed]}
    return [newest[key] for key in sorted(newest)]
