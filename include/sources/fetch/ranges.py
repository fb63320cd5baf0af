"""Which hours a run asks for: its window, the hours before it that sources still revise, and gaps. Pure."""

import itertools
import logging
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import TypeVar

from include.networks import NETWORKS
from include.settings import Settings
from include.windows import DAY, HOUR, Window, iso_utc

log = logging.getLogger(__name__)

# The runs that re-read ten days instead of three: their windows start at 18:00 UTC (04:00 in the east, 02:00 in the west: no farm
# produces, the settlement of the day before has been published) and at 06:00 UTC, for a machine that sleeps at night.
DAILY_REREAD_HOURS_UTC = (18, 6)
# `make backfill` counts this network's days.
REBUILT_BY = NETWORKS["NEM"]
# What was newest when a gap began had been fetched once or twice only: values are settled after some days, and weather comes
# from the forecast until the archive has it.
RESETTLED_DAYS = 10
# A site silent for longer than this is treated as one that has no data yet: no gap is asked for again and again.
FORGOTTEN_AFTER_DAYS = 366

NOTHING_KNOWN: Mapping[str, datetime] = MappingProxyType({})

Item = TypeVar("Item")


@dataclass(frozen=True)
class Known:
    """What Bronze has, by key: its newest hour, until when it is settled, and what is to be asked for again."""

    newest: Mapping[str, datetime] = field(default_factory=dict)
    settled_until: Mapping[str, datetime] = field(default_factory=dict)
    again: Mapping[str, Window] = field(default_factory=dict)


@dataclass(frozen=True)
class Range:
    """One window to ask for, and the keys (facility codes or location ids) it is asked for."""

    window: Window
    keys: tuple[str, ...]


def is_hourly(window: Window, run_type: str) -> bool:
    """Tell whether the re-read rule applies; a backfill and any longer window ask for themselves alone."""
    return run_type != "backfill" and window.duration <= HOUR


def reread_window(window: Window, run_type: str, settings: Settings) -> Window:
    """Return the hours that everything is asked for."""
    if not is_hourly(window, run_type):
        return window
    back = DAY * settings.pv_reread_daily_days if is_daily(window, run_type) else HOUR * settings.pv_reread_hours
    return Window(min(window.start, window.end - back), window.end)


def is_daily(window: Window, run_type: str) -> bool:
    """Tell whether the run is one of the two of a day that look further back."""
    return is_hourly(window, run_type) and window.start.hour in DAILY_REREAD_HOURS_UTC


def oldest_of_interest(window: Window, settings: Settings) -> datetime:
    """Return the instant before which a newest hour in Bronze counts as none."""
    return window.end - DAY * (settings.pv_max_gap_days + FORGOTTEN_AFTER_DAYS)


def ranges(
    keys: Iterable[str],
    base: Window,
    newest: Mapping[str, datetime],
    max_gap_days: int,
    settled_until: Mapping[str, datetime] = NOTHING_KNOWN,
) -> list[Range]:
    """Return what to ask for: all keys from the start of `base`, those with a gap before it from where they are settled.

    The keys with a gap share one window (the longest of theirs): asking again for what is there is harmless, and a
    request holds thirty. A gap of more than `max_gap_days` is filled in part, logged, and stays open.
    """
    keys = list(keys)
    floor = base.end - DAY * max_gap_days
    behind = {key: newest[key] for key in keys if is_behind(key, base, newest)}
    punctual = tuple(key for key in keys if key not in behind)
    found = [Range(base, punctual)] if punctual else []
    if behind:
        starts = [_resumed_at(behind[key], settled_until.get(key), floor) for key in behind]
        found.append(Range(Window(min(base.start, *starts), base.end), tuple(behind)))
    _log_open_gaps(behind, floor)
    return found


def is_behind(key: str, base: Window, newest: Mapping[str, datetime]) -> bool:
    """Tell whether a key has a gap before `base`; one that has nothing yet has none."""
    return key in newest and newest[key] + HOUR < base.start


def again(wanted: Mapping[str, Window], asked: Iterable[Range]) -> list[Range]:
    """Return the days to ask for once more, in one window for all keys, without those that `asked` covers anyway."""
    asked = list(asked)

    def is_asked(key: str, window: Window) -> bool:
        return any(key in part.keys and part.window.start <= window.start and window.end <= part.window.end for part in asked)

    left = {key: window for key, window in wanted.items() if not is_asked(key, window)}
    if not left:
        return []
    return [Range(Window(min(one.start for one in left.values()), max(one.end for one in left.values())), tuple(sorted(left)))]


def _resumed_at(newest: datetime, settled_until: datetime | None, floor: datetime) -> datetime:
    if newest + HOUR < floor:
        return floor
    return min(max(floor, min(newest, settled_until or newest)), newest - DAY * RESETTLED_DAYS)


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
