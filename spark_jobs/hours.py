"""Sets of hours as a few ranges: what a job reads and replaces, as conditions that Iceberg can prune with."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from include.windows import HOUR, Window

# Hours closer than this become one range: they lie in the same few day partitions, which are read whole anyway.
_JOIN = timedelta(hours=24)
# A condition of more ranges than this costs more to plan than the hours between them cost to read.
_MOST_RANGES = 16


@dataclass(frozen=True)
class HourRanges:
    """Disjoint half-open ranges of whole UTC hours, in order."""

    windows: tuple[Window, ...]

    @classmethod
    def covering(cls, windows: Iterable[Window]) -> "HourRanges":
        """Return few ranges that cover the windows; small gaps between them are covered too."""
        merged = _merged(sorted(windows), _JOIN)
        gap = _JOIN
        while len(merged) > _MOST_RANGES:
            gap *= 2
            merged = _merged(merged, gap)
        return cls(tuple(merged))

    @classmethod
    def of_hours(cls, hours: Iterable[datetime]) -> "HourRanges":
        """Return few ranges that cover these hours (aware instants; what is not on the hour belongs to the hour it is in)."""
        starts = {hour.astimezone(UTC).replace(minute=0, second=0, microsecond=0) for hour in hours}
        return cls.covering(Window(start, start + HOUR) for start in starts)

    def __or__(self, other: "HourRanges") -> "HourRanges":
        """Return the ranges that cover both."""
        return HourRanges.covering([*self.windows, *other.windows])

    def widened(self, hours: int) -> "HourRanges":
        """Return the ranges with this many hours more on both sides of each."""
        return HourRanges(tuple(_merged([window.widened(hours) for window in self.windows], timedelta(0))))

    def without(self, other: "HourRanges") -> "HourRanges | None":
        """Return what is left of the ranges outside of others; None for nothing."""
        left: list[Window] = []
        for window in self.windows:
            start = window.start
            for taken in (taken for taken in other.windows if taken.end > window.start and taken.start < window.end):
                if start < taken.start:
                    left.append(Window(start, taken.start))
                start = max(start, taken.end)
            if start < window.end:
                left.append(Window(start, window.end))
        return HourRanges(tuple(left)) if left else None

    def split(self, max_days: int) -> list["HourRanges"]:
        """Cut into pieces of at most `max_days` times 24 hours; short ranges share a piece."""
        pieces: list[list[Window]] = [[]]
        for window in (short for long in self.windows for short in long.split(max_days)):
            length = sum((held.duration for held in pieces[-1]), timedelta(0))
            if pieces[-1] and length + window.duration > timedelta(days=max_days):
                pieces.append([])
            pieces[-1].append(window)
        return [HourRanges(tuple(piece)) for piece in pieces if piece]

    def hours(self) -> list[datetime]:
        """Return the start of every hour."""
        return [hour for window in self.windows for hour in window.hours()]

    def sql(self, column: str) -> str:
        """Return the SQL condition that a timestamp column lies in the ranges."""
        return " OR ".join(
            f"({column} >= {sql_timestamp(window.start)} AND {column} < {sql_timestamp(window.end)})" for window in self.windows
        )

    def __str__(self) -> str:
        """Return the ranges for a log line."""
        return ", ".join(map(str, self.windows))


def sql_timestamp(instant: datetime) -> str:
    """Return an aware instant as an SQL literal that does not depend on the session's zone."""
    return f"TIMESTAMP '{instant.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}+00:00'"


def _merged(windows: Iterable[Window], gap: timedelta) -> list[Window]:
    """Join consecutive windows (sorted by start) that are at most `gap` apart."""
    merged: list[Window] = []
    for window in windows:
        if merged and window.start - merged[-1].end <= gap:
            merged[-1] = Window(merged[-1].start, max(merged[-1].end, window.end))
        else:
            merged.append(window)
    return merged
