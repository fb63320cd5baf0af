"""Windows of whole network-local days, as `make backfill` cuts a range into runs of `rebuild_range`. Pure.

A window's name is its run id, and says all of it: a command, a DAG and a person mean the same run by it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from include.asked_runs import LAYERS
from include.networks import NETWORKS
from include.windows import Window

# Days are NEM's (+10:00); each window also holds the two hours by which the same day of WEM (+08:00) ends later.
CUT_AT = NETWORKS["NEM"]
TRAILING = NETWORKS["NEM"].utc_offset - NETWORKS["WEM"].utc_offset

# What one pass bears. Silver's has 62 days, of which the hours around a window take one. Gold publishes the window's 61 days, the
# one that the trailing hours touch and at most 31 that were left over: 93 of the 100 daily partitions that Trino writes at once.
MAX_DAYS = 61
# One request of each source: 31 days and three hours, of the 32 days that both give. For many plants, or few credits.
SHORT_DAYS = 31

_NAME = re.compile(r"(\d{4}-\d\d-\d\d)_to_(\d{4}-\d\d-\d\d)_from_([a-z]+)")


@dataclass(frozen=True, order=True)
class DayWindow:
    """Network-local days from `first` to `end` (exclusive), rebuilt from a layer on."""

    first: date
    end: date
    from_layer: str = LAYERS[0]

    def __post_init__(self) -> None:
        """Raise ValueError for no days, too many for one pass, or an unknown layer."""
        if not 0 < (self.end - self.first).days <= MAX_DAYS:
            raise ValueError(f"from {self.first} to {self.end} (exclusive): one run takes 1 to {MAX_DAYS} days")
        if self.from_layer not in LAYERS:
            raise ValueError(f"from_layer is {self.from_layer}: expected one of {', '.join(LAYERS)}")

    @classmethod
    def parse(cls, name: str) -> DayWindow:
        """Read a `name`; raises ValueError for anything else."""
        found = _NAME.fullmatch(name)
        if found is None:
            raise ValueError(f"{name!r} is not the name of a window, as 2025-01-01_to_2025-02-01_from_fetch")
        return cls(date.fromisoformat(found[1]), date.fromisoformat(found[2]), found[3])

    @property
    def name(self) -> str:
        """The run id: `2025-01-01_to_2025-02-01_from_fetch`."""
        return f"{self.first}_to_{self.end}_from_{self.from_layer}"

    @property
    def days(self) -> int:
        """How many days."""
        return (self.end - self.first).days

    @property
    def conf(self) -> dict[str, str]:
        """The parameters of its run."""
        return {"from": f"{self.first}", "to": f"{self.end}", "from_layer": self.from_layer}

    @property
    def hours(self) -> Window:
        """Its hours in UTC, from NEM's first midnight to the end of WEM's last day."""
        return Window(CUT_AT.midnight_utc(self.first), CUT_AT.midnight_utc(self.end) + TRAILING)

    def __str__(self) -> str:
        """Return `2025-01-01 to 2025-02-01`."""
        return f"{self.first} to {self.end}"


def cut(first: date, end: date, from_layer: str, max_days: int = MAX_DAYS, kept: Iterable[DayWindow] = ()) -> list[DayWindow]:
    """Cut [first, end) from its first day on into windows of at most `max_days`, whatever the calendar.

    Windows of the range that are `kept` stay as they are: what was begun is gone on with, though the length would be another now.
    """
    begun = {window.first: window for window in kept if window.end <= end}
    windows: list[DayWindow] = []
    day = first
    while day < end:
        bounds = (day + timedelta(days=max_days), end, *(start for start in begun if start > day))
        windows.append(begun.get(day) or DayWindow(day, min(bounds), from_layer))
        day = windows[-1].end
    return windows
