"""`silver.dim_unit`: the newest registry version of each unit, and from when to when the unit counts. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from include.networks import NETWORKS, Network

SOLAR = "solar_utility"

NEVER = datetime(9999, 12, 31, tzinfo=UTC)
"""Commissioned from: no date says when, and nothing has been read yet."""

REPORTING_WITHIN = timedelta(days=31)
"""A unit whose last reading is as new as this still reports: a closure in the past is not true of it."""

_MONTHS = {"month": 1, "quarter": 3, "year": 12}


@dataclass(frozen=True)
class Known:
    """What is known of a unit beside its newest version.

    `first_reading`, `last_reading`: hours (start) of its first and last value in Bronze, looked up only where its dates need
    them. `newest_hour`: the newest hour that Bronze holds of anybody. `retired_since`: when the registry first called it
    retired, None where it did so from the start. `absent_from`: since when it is no longer listed, once that is certain.
    `not_before`: the split that it comes from. `capacity_mw`, `capacity_source`: what counts now.
    """

    first_reading: datetime | None = None
    last_reading: datetime | None = None
    newest_hour: datetime | None = None
    retired_since: datetime | None = None
    absent_from: datetime | None = None
    not_before: datetime | None = None
    capacity_mw: float | None = None
    capacity_source: str | None = None
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True)
class Version:
    """One unit as the registry last described it, a row of `bronze.oe_facilities_raw`, and what else is known of it."""

    row: Mapping[str, Any]
    known: Known = Known()

    def __getattr__(self, name: str) -> Any:
        """Return a column."""
        return self.row[name]

    @property
    def network(self) -> Network:
        """The unit's network."""
        return NETWORKS[self.row["network_id"]]

    @property
    def capacity_mw(self) -> float | None:
        """AC capacity that counts now."""
        return self.known.capacity_mw

    @property
    def needs_first_reading(self) -> bool:
        """Whether only its first value tells since when it counts: it is committed, or has no date that is one."""
        has_day = self.row["commencement_date"] is not None and self._months("commencement") == 0
        return self.row["status_id"] == "committed" or (not has_day and self.row["data_first_seen_utc"] is None)

    @property
    def needs_last_reading(self) -> bool:
        """Whether its last value tells until when it counts: it is retired without a date, or with no more than a month."""
        is_coarse = self.row["closure_date"] is not None and self._months("closure") > 0
        return is_coarse or (self.row["closure_date"] is None and self.row["status_id"] == "retired")

    @property
    def commissioned_from(self) -> datetime:
        """First hour in commission: the day of commencement, else the first reading, as a month or year is no start.

        Of a committed unit the first value in Bronze, whatever its dates promise. `NEVER` until there is one.
        """
        return max(self.start, self.known.not_before or self.start)

    @property
    def start(self) -> datetime:
        """First hour by its own dates and readings, whatever it came by."""
        commencement: date | None = self.row["commencement_date"]
        first_seen: datetime | None = self.row["data_first_seen_utc"]
        first_reading = self.known.first_reading or NEVER
        if self.row["status_id"] == "committed":
            return first_reading
        if commencement is not None and self._months("commencement") == 0:
            return self.network.midnight_utc(commencement)
        return first_seen.replace(minute=0, second=0, microsecond=0) if first_seen is not None else first_reading

    @property
    def retired_from(self) -> datetime | None:
        """First hour after the last day of service; None while there is none.

        A closure given as a month or year ends with it, and a unit that is retired without a date ended when the registry
        first said so; neither ends before the last reading. A unit no longer listed ends when it was first left out.
        """
        ends = [end for end in (self._closed_from(), self.known.absent_from) if end is not None]
        return min(ends) if ends else None

    @property
    def is_retired(self) -> bool:
        """Whether the registry says that the unit is out of service, now or from a given day on."""
        is_absent = self.known.absent_from is not None
        return self.row["closure_date"] is not None or self.row["status_id"] == "retired" or is_absent

    def _closed_from(self) -> datetime | None:
        closure: date | None = self.row["closure_date"]
        months = self._months("closure")
        if closure is not None and months == 0:
            return self.network.midnight_utc(closure + timedelta(days=1))
        if closure is not None:
            return self._not_before_last_reading(self.network.midnight_utc(_months_later(closure, months)))
        if self.row["status_id"] == "retired":
            return self._not_before_last_reading(self.known.retired_since)
        return None

    def _not_before_last_reading(self, end: datetime | None) -> datetime | None:
        """Return the end, or that of the last reading where it is later; None for a unit that still reports."""
        last, newest = self.known.last_reading, self.known.newest_hour
        if last is None:
            return end if end is not None else self.commissioned_from
        after = last + timedelta(hours=1)
        if end is not None and after <= end:
            return end
        return None if newest is not None and newest - last <= REPORTING_WITHIN else after

    def _months(self, event: str) -> int:
        """Return how many months a date stands for; 0 for a day. A specificity nobody knows is coarse."""
        specificity = self.row.get(f"{event}_specificity")
        return 0 if specificity in (None, "day") else _MONTHS.get(specificity, _MONTHS["year"])


def dim_unit(versions: Iterable[Version]) -> list[dict[str, Any]]:
    """Return the rows of `silver.dim_unit`, without `_updated_at`."""
    return [_row(version) for version in versions]


def _row(version: Version) -> dict[str, Any]:
    return {
        "network_id": version.network_id,
        "unit_code": version.unit_code,
        "plant_id": version.facility_code,
        "capacity_mw": version.capacity_mw,
        "capacity_source": version.known.capacity_source,
        "status_id": version.status_id,
        "commissioned_from_utc": version.commissioned_from,
        "retired_from_utc": version.retired_from,
        "aliases": list(version.known.aliases),
        "last_ingest_time": version._ingest_time,
    }


def _months_later(day: date, months: int) -> date:
    """Return the first day after the span of so many months that a day lies in (month, quarter or year)."""
    first = (day.month - 1) // months * months + months
    return date(day.year + first // 12, first % 12 + 1, 1)
