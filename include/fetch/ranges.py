"""Which hours a run asks for: its window, the hours before it that sources still revise, and gaps. Pure."""

import itertools
import logging
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeVar

from include.networks import NETWORKS
from include.windows import DAY, HOUR, Window, iso_utc

log = logging.getLogger(__name__)

# The runs that re-read ten days instead of three: their windows start at 18:00 UTC (04:00 in the east, 02:00 in the west: no farm
# produces, the settlement of the day before has been published) and at 06:00 UTC, for a machine that sleeps at night.
DAILY_REREAD_HOURS_UTC = (18, 6)
# `make backfill` counts this network's days.
REBUILT_BY = NETWORKS["NEM"]
# A site silent for longer than this is treated as one that has no data yet: no gap is asked for again and again.
FORGOTTEN_AFTER_DAYS = 366

Item = TypeVar("Item")


class RereadSettings(Protocol):
    """The settings of the re-read rule."""

    @property
    def pv_reread_hours(self) -> int: ...  # noqa: D102
    @property
    def pv_reread_daily_days(self) -> int: ...  # noqa: D102
    @property
    def pv_max_gap_days(self) -> int: ...  # noqa: D102


@dataclass(frozen=True)
class Range:
    """One window to ask for, and the keys (facility codes or location ids) it is asked for."""

    window: Window
    keys: tuple[str, ...]


def is_hourly(window: Window, run_type: str) -> bool:
    """Tell whether the re-read rule applies; a backfill and any longer window ask for themselves alone."""
    return run_type != "backfill" and window.duration <= HOUR


def reread_window(window: Window, run_type: str, settings: RereadSettings) -> Window:
    """Return the hours that everything is asked for."""
    if not is_hourly(window, run_type):
        return window
    is_daily = window.start.hour in DAILY_REREAD_HOURS_UTC
    back = DAY * settings.pv_reread_daily_days if is_daily else HOUR * settings.pv_reread_hours
    return Window(min(window.start, window.end - back), window.end)


def oldest_of_interest(window: Window, settings: RereadSettings) -> datetime:
    """Return the instant before which a newest hour in Bronze counts as none."""
    return window.end - DAY * (settings.pv_max_gap_days + FORGOTTEN_AFTER_DAYS)


def ranges(keys: Iterable[str], base: Window, newest: Mapping[str, datetime], max_gap_days: int) -> list[Range]:
    """Return what to ask for: all keys from the start of `base`, those with a gap before it from where they end.

    The keys with a gap share one window (the longest of theirs): asking again for what is there is harmless, and a
    request holds thirty. What lies further back than `max_gap_days` is logged and stays open.
    """
    keys = list(keys)
    floor = base.end - DAY * max_gap_days
    behind = {key: newest[key] for key in keys if key in newest and newest[key] + HOUR < base.start}
    punctual = tuple(key for key in keys if key not in behind)
    found = [Range(base, punctual)] if punctual else []
    if behind:
        start = min(base.start, max(floor, min(behind.values())))
        found.append(Range(Window(start, base.end), tuple(behind)))
    _log_open_gaps(behind, floor)
    return found


def batches(items: Iterable[Item], size: int) -> Iterator[tuple[Item, ...]]:
    """Return the items in tuples of at most `size`."""
    rest = iter(items)
    while batch := tuple(itertools.islice(rest, size)):
        yield batch


def _log_open_gaps(behind: Mapping[str, datetime], floor: datetime) -> None:
    left_open = {key: newest for key, newest in behind.items() if newest + HOUR < floor}
    if left_open:
        first = min(left_open.values())
        log.warning(
            "hours before %s stay open (PV_MAX_GAP_DAYS) for %s; fill them with `make backfill FROM=%s TO=%s`",
            iso_utc(floor), ", ".join(f"{key} (has until {iso_utc(newest)})" for key, newest in sorted(left_open.items())),
            REBUILT_BY.local_date(first), REBUILT_BY.local_date(floor) + DAY,
        )  # fmt: skip
