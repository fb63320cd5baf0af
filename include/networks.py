"""The two electricity networks: fixed time zones, and where their regions lie.

Network time never has daylight saving: NEM is +10:00 also in South Australia and in summer, WEM is +08:00.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from types import MappingProxyType


@dataclass(frozen=True)
class BoundingBox:
    """A rectangle of degrees; both ends belong to it."""

    south: float
    north: float
    west: float
    east: float

    @property
    def corners(self) -> tuple[tuple[float, float], ...]:
        """Latitude and longitude of its corners."""
        return tuple((latitude, longitude) for latitude in (self.south, self.north) for longitude in (self.west, self.east))

    def contains(self, latitude: float, longitude: float) -> bool:
        """Tell whether a point in degrees lies inside."""
        return self.south <= latitude <= self.north and self.west <= longitude <= self.east


@dataclass(frozen=True)
class Network:
    """One network as the OpenElectricity API names it."""

    code: str
    utc_offset: timedelta
    region_boxes: Mapping[str, BoundingBox]
    says_curtailment: bool = False
    """Whether the source has curtailed energy of its regions."""
    half_hours_until: datetime | None = None
    """Before this instant the market settled by half hours: an hour's energy may be that of half an hour earlier."""

    @property
    def time_zone(self) -> str:
        """The offset as text, `+10:00`."""
        minutes = int(self.utc_offset.total_seconds()) // 60
        return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}"

    def to_local_naive(self, instant: datetime) -> datetime:
        """Return the network's wall clock at an aware instant; the API refuses dates that carry a zone."""
        if instant.tzinfo is None:
            raise ValueError(f"{instant.isoformat()} has no time zone; {self.code} needs an aware instant")
        return instant.astimezone(timezone(self.utc_offset)).replace(tzinfo=None)

    def to_utc(self, wall_clock: datetime) -> datetime:
        """Return the instant at which the network's (naive) wall clock shows this."""
        if wall_clock.tzinfo is not None:
            raise ValueError(f"{wall_clock.isoformat()} has a time zone; the wall clock of {self.code} is naive")
        return wall_clock.replace(tzinfo=timezone(self.utc_offset)).astimezone(UTC)

    def local_date(self, instant: datetime) -> date:
        """Return the network-local day an aware instant falls on."""
        return self.to_local_naive(instant).date()

    def midnight_utc(self, day: date) -> datetime:
        """Return the instant at which a network-local day begins."""
        return self.to_utc(datetime(day.year, day.month, day.day))  # noqa: DTZ001 - network-local on purpose

    def is_inside(self, region: str | None, latitude: float, longitude: float) -> bool:
        """Tell whether coordinates lie in a region; an unknown region is held against the whole network."""
        return any(box.contains(latitude, longitude) for box in self.boxes(region))

    def boxes(self, region: str | None) -> list[BoundingBox]:
        """Return where a region lies; of an unknown region, where the whole network does."""
        box = self.region_boxes.get(region or "")
        return [box] if box else list(self.region_boxes.values())


# State borders in degrees, rounded outwards by about 0.2 degrees (20 km): a farm on a border river must pass, one
# whose coordinates lie in another state must not (GIRGSF, VIC1, was published at -26.25, 149.99 in Queensland).
_NEM_REGIONS = {
    "NSW1": BoundingBox(-37.7, -28.0, 140.8, 153.8),
    "QLD1": BoundingBox(-29.4, -9.0, 137.8, 153.8),
    "VIC1": BoundingBox(-39.4, -33.8, 140.8, 150.2),
    "SA1": BoundingBox(-38.3, -25.8, 128.8, 141.2),
    "TAS1": BoundingBox(-43.9, -39.2, 143.5, 148.7),
}
# The South West Interconnected System, Kalbarri to Albany and Kalgoorlie.
_WEM_REGIONS = {"WEM": BoundingBox(-35.4, -26.8, 113.0, 123.2)}

NETWORKS: Mapping[str, Network] = MappingProxyType(
    {
        "NEM": Network("NEM", timedelta(hours=10), MappingProxyType(_NEM_REGIONS), says_curtailment=True),
        "WEM": Network(
            "WEM", timedelta(hours=8), MappingProxyType(_WEM_REGIONS), half_hours_until=datetime(2023, 10, 1, tzinfo=UTC)
        ),
    }
)
