"""Half-open windows of whole UTC hours, `[start, end)`: what every stage is asked for.

A window comes from a data interval or a parameter, never from the clock.
"""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)

UTC_DAYS = timedelta(0)
"""Offset of days that begin at midnight UTC; others are a network's."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, order=True)
class Window:
    """`[start, end)`, both aware and on the hour; kept in UTC. Raises ValueError for anything else."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        """Hold the two bounds to their form."""
        for name in ("start", "end"):
            bound: datetime = getattr(self, name)
            if bound.tzinfo is None:
                raise ValueError(f"window {name} {bound.isoformat()} has no time zone")
            in_utc = bound.astimezone(UTC)
            if (in_utc.minute, in_utc.second, in_utc.microsecond) != (0, 0, 0):
                raise ValueError(f"window {name} {bound.isoformat()} is not on the hour")
            # A plain datetime: Airflow's own class (pendulum) loses this zone in arithmetic.
            object.__setattr__(self, name, datetime(in_utc.year, in_utc.month, in_utc.day, in_utc.hour, tzinfo=UTC))
        if self.start >= self.end:
            raise ValueError(f"window start {iso_utc(self.start)} is not before its end {iso_utc(self.end)}")

    @classmethod
    def parse(cls, start: str, end: str) -> "Window":
        """Read two ISO 8601 instants; both must carry a zone."""
        return cls(datetime.fromisoformat(start), datetime.fromisoformat(end))

    def __str__(self) -> str:
        """Return `[2025-01-01T00:00Z, 2025-01-02T00:00Z)`."""
        return f"[{self.start:%Y-%m-%dT%H:%MZ}, {self.end:%Y-%m-%dT%H:%MZ})"

    @property
    def duration(self) -> timedelta:
        """How long the window is."""
        return self.end - self.start

    def contains(self, instant: datetime) -> bool:
        """Tell whether an aware instant lies in the window."""
        return self.start <= instant < self.end

    def hours(self) -> list[datetime]:
        """Return the start of every hour in the window."""
        return [self.start + HOUR * n for n in range(self.duration // HOUR)]

    def widened(self, hours: int) -> "Window":
        """Return the window with this many hours more on both sides."""
        return Window(self.start - HOUR * hours, self.end + HOUR * hours)

    def split(self, max_days: int) -> list["Window"]:
        """Cut into consecutive windows of at most `max_days` times 24 hours."""
        if max_days < 1:
            raise ValueError(f"max_days is {max_days}; a piece needs at least one day")
        bounds = [self.start]
        while bounds[-1] < self.end:
            bounds.append(min(bounds[-1] + DAY * max_days, self.end))
        return list(_between(bounds))


def day_window(day: int, utc_offset: timedelta = UTC_DAYS) -> Window:
    """Return the hours of a day that is numbered since 1970-01-01."""
    start = _EPOCH + DAY * day - utc_offset
    return Window(start, start + DAY)


def day_of(instant: datetime, utc_offset: timedelta = UTC_DAYS) -> int:
    """Return the number since 1970-01-01 of the day that an aware instant lies in."""
    return (instant + utc_offset - _EPOCH) // DAY


def iso_utc(instant: datetime) -> str:
    """Return an aware instant as `2025-01-01T00:00:00Z` (with microseconds where there are any)."""
    if instant.tzinfo is None:
        raise ValueError(f"{instant.isoformat()} has no time zone")
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _between(bounds: list[datetime]) -> Iterator[Window]:
    return (Window(start, end) for start, end in itertools.pairwise(bounds))
