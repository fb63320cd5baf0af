"""Global faults drawn by seed: what hits every plant of a network, or of both, at once. Each world has days of its own."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from infra.upstream.farms import Farm, listed_farms
from infra.upstream.hours import NETWORK_OFFSET_HOURS
from tests.worlds.drawing import drawn_farms

PREFIX = "ALL__"
"""Of the farms' copies, which both passes ask for and nothing else happens to."""
FIRST_DAY = datetime(2025, 6, 1)  # noqa: DTZ001
"""Of the first world, network-local."""
DAYS, APART_DAYS = 31, 62
"""How many days a world has, and from its first to that of the next one: no rule that learns from 30 nights reaches across."""
KINDS = ("silent_network", "thinned_hours", "doubled_rows", "wrong_date")
SLOT_DAYS = 6
"""A world's two faults lie in the last two stretches of so many days: no run of the one reaches the other."""
RUN_OVER_NIGHT = timedelta(days=1)
"""A doubled run takes in the hours that say nothing at both of its ends: the nights beside it."""
ENDPOINTS = ("oe_data", "oe_facilities", "om_archive")


@dataclass(frozen=True)
class Hit:
    """Hours `[start, end)` (UTC) in which a fault hits the plants of a network, and how far its marks reach beyond them."""

    kind: str
    network: str
    start: datetime
    end: datetime
    reach: timedelta = timedelta(0)

    @property
    def hours(self) -> tuple[datetime, datetime]:
        """The hours that may differ."""
        return self.start - self.reach, self.end + self.reach

    @property
    def days(self) -> tuple[date, date]:
        """First and last network-local day of these hours."""
        offset = timedelta(hours=NETWORK_OFFSET_HOURS[self.network])
        start, end = self.hours
        return (start + offset).date(), (end + offset - timedelta(hours=1)).date()


@dataclass
class GlobalWorld:
    """One drawn world. `switched`: bodies for the stand-in's control path; `comes_first`: its faults are on in the first pass."""

    number: int
    comes_first: bool
    kinds: tuple[str, ...] = ()
    switched: list[dict[str, Any]] = field(default_factory=list)
    hits: list[Hit] = field(default_factory=list)

    @property
    def start(self) -> datetime:
        """First network-local day."""
        return FIRST_DAY + timedelta(days=APART_DAYS * self.number)

    @property
    def end(self) -> datetime:
        """Day behind the last one."""
        return self.start + timedelta(days=DAYS)

    def __str__(self) -> str:
        """What it is, for the test's output."""
        hits = ", ".join(f"{hit.kind} {hit.network} {hit.start:%FT%H} to {hit.end:%FT%H}" for hit in self.hits)
        wrong = ", ".join(f"wrong_date {fault['endpoint']} {fault['params']['seconds']} s" for fault in self.switched if
                          fault["name"] == "wrong_date")  # fmt: skip
        return f"global world {self.number}, {'then healed' if self.comes_first else 'after clean answers'}: {hits} {wrong}"


def global_farms(seed: int) -> list[Farm]:
    """The farms of a seed's worlds, and those of WEM."""
    drawn = drawn_farms(seed)
    return drawn + [farm for farm in listed_farms() if farm.network_id == "WEM" and farm not in drawn]


def copies(farms: list[Farm]) -> dict[str, Any]:
    """Body for the stand-in's control path: these farms under their codes of the worlds, and no others."""
    return {"name": "copied_farms", "params": {"prefixes": [PREFIX], "facility_codes": [farm.code for farm in farms]}}


def draw_global_world(seed: int, number: int, farms: list[Farm]) -> GlobalWorld:
    """World number `number` of a seed; two that follow one another have every kind, and both orders of the passes."""
    pair = random.Random(f"pair of global worlds {seed} {number // 2}")
    is_second = number % 2 == 1
    kinds = pair.sample(KINDS, len(KINDS))[2 * is_second :][:2]
    world = GlobalWorld(number, (pair.random() < 0.5) != is_second, tuple(kinds))
    drawer = random.Random(f"global world {seed} {number}")
    for slot, kind in enumerate(kinds):
        day = world.end - timedelta(days=SLOT_DAYS * (2 - slot) - drawer.randint(0, 2))
        _DRAWN[kind](world, farms, drawer, day.replace(tzinfo=UTC))
    return world


def _silent_network(world: GlobalWorld, farms: list[Farm], drawer: random.Random, day: datetime) -> None:
    network = drawer.choice(sorted(NETWORK_OFFSET_HOURS))
    hit = _hit("silent_network", network, day + timedelta(hours=drawer.randint(0, 23)), drawer.randint(3, 40))
    world.hits.append(hit)
    _switch(world, "silent_network", "oe_data", network=network, **_span(hit))


def _thinned_hours(world: GlobalWorld, farms: list[Farm], drawer: random.Random, day: datetime) -> None:
    network = drawer.choice(sorted(NETWORK_OFFSET_HOURS))
    hit = _hit("thinned_hours", network, day + timedelta(hours=drawer.randint(7, 15)), drawer.randint(1, 8))
    world.hits.append(hit)
    units = [f"{PREFIX}{unit.code}" for farm in farms if farm.network_id == network for unit in farm.units]
    _switch(world, "thinned_hours", "oe_data", unit_codes=units, factor=1 - drawer.randint(1, 11) / 12, **_span(hit))


def _doubled_rows(world: GlobalWorld, farms: list[Farm], drawer: random.Random, day: datetime) -> None:
    """From one instant on and to another, as the answer is that has rows twice: days of NEM."""
    days = drawer.randint(1, 3)
    hit = _hit("doubled_rows", "NEM", day, 24 * days)
    world.hits += [Hit("doubled_rows", network, hit.start, hit.end, RUN_OVER_NIGHT) for network in NETWORK_OFFSET_HOURS]
    _switch(world, "doubled_rows", "oe_data", share=1, **_span(hit))


def _wrong_date(world: GlobalWorld, farms: list[Farm], drawer: random.Random, day: datetime) -> None:
    """Nothing of it may be landed, so there is no hour that may differ."""
    seconds = drawer.choice([-1, 1]) * drawer.choice([310, 3600, 90_000])
    _switch(world, "wrong_date", drawer.choice(ENDPOINTS), times=drawer.randint(1, 2), seconds=seconds)


_DRAWN = {
    "silent_network": _silent_network,
    "thinned_hours": _thinned_hours,
    "doubled_rows": _doubled_rows,
    "wrong_date": _wrong_date,
}


def _hit(kind: str, network: str, local: datetime, hours: int) -> Hit:
    start = local - timedelta(hours=NETWORK_OFFSET_HOURS[network])
    return Hit(kind, network, start, start + timedelta(hours=hours))


def _span(hit: Hit) -> dict[str, str]:
    return {"from": f"{hit.start:%FT%TZ}", "to": f"{hit.end:%FT%TZ}"}


def _switch(world: GlobalWorld, name: str, endpoint: str, times: int | None = None, **params: Any) -> None:
    world.switched.append({"name": name, "endpoint": endpoint, "times": times, "params": params})
