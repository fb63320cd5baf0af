"""What the server remembers between requests; the control routes change it."""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections import Counter, defaultdict, deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from fastapi import Request

from infra.upstream.clock import Clock
from infra.upstream.farms import Farm, listed_farms, new_farm
from infra.upstream.faults import Bitten, Faults
from infra.upstream.hours import NETWORK_OFFSET_HOURS
from infra.upstream.registry_faults import spoiled_farms
from infra.upstream.sky import Sky
from infra.upstream.world.world import World

KEY_MINIMUM_CHARACTERS = 10
DEMO_KEY_PREFIX = "oe_"
LOG_LENGTH = 1_000


@dataclass
class Revision:
    """A changed unit-hour: the value is replaced (None: no data) or multiplied."""

    value_mwh: float | None = None
    factor: float | None = None


@dataclass
class State:
    """All of it; `reset` makes it as new except for the clock. `first_world`: seed of the world at the start, None: none."""

    clock: Clock = field(default_factory=Clock)
    keys: frozenset[str] = frozenset()
    first_world: int | None = None
    world: World | None = field(init=False, default=None)
    sky: Sky = field(init=False, default_factory=Sky)
    faults: Faults = field(default_factory=Faults)
    revisions: dict[tuple[str, int], Revision] = field(default_factory=dict)
    registry_changes: dict[str, dict[str, Any]] = field(default_factory=dict)
    counts: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    log: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=LOG_LENGTH))
    credits_used: Counter[tuple[str, str]] = field(default_factory=Counter)
    weights: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    fetches: Counter[str] = field(default_factory=Counter)
    alerts: list[Any] = field(default_factory=list)
    running: int = 0
    queue: asyncio.Lock = field(default_factory=asyncio.Lock)

    def __post_init__(self) -> None:
        self.enter(self.first_world)

    def enter(self, seed: int | None) -> None:
        """Go to the world of a seed, or to where nothing happens to farms."""
        if seed != (self.world.seed if self.world else None):
            self.world = None if seed is None else World(seed)
            self.sky = Sky(self.world.clouds if self.world else None)

    def reset(self) -> None:
        """Forget faults, revisions, counts, credits and alerts, and be in the first world."""
        self.enter(self.first_world)
        self.faults = Faults()
        self.revisions.clear()
        self.registry_changes.clear()
        for memory in (self.counts, self.log, self.credits_used, self.weights, self.fetches, self.alerts):
            memory.clear()

    def accepts(self, key: str) -> bool:
        """Whether a key is known: one of UPSTREAM_KEYS, or any that looks like a key when none are listed."""
        if len(key) < KEY_MINIMUM_CHARACTERS:
            return False
        return key in self.keys if self.keys else key.startswith(DEMO_KEY_PREFIX)

    def farms(self, bitten: Bitten) -> tuple[Farm, ...]:
        """The listed farms, and the new one when its defect bites."""
        params = bitten.params("new_commissioning_unit")
        if params is None:
            return spoiled_farms(listed_farms(), bitten, self.clock.now())
        local_now = (self.clock.now() + timedelta(hours=NETWORK_OFFSET_HOURS["NEM"])).replace(tzinfo=None)
        first_seen = local_now.replace(minute=0, second=0, microsecond=0) - timedelta(days=10)
        if "from" in params:
            first_seen = datetime.fromisoformat(params["from"]).replace(tzinfo=None)
        return spoiled_farms((*listed_farms(), new_farm(first_seen)), bitten, self.clock.now())


def keys_of_environment() -> frozenset[str]:
    """UPSTREAM_KEYS, comma-separated; empty: any key that looks like one."""
    return frozenset(key.strip() for key in os.environ.get("UPSTREAM_KEYS", "").split(",") if key.strip())


def fingerprint(key: str | None) -> str | None:
    """Tells keys apart in the log without showing them: first 8 hex digits of SHA-256."""
    return None if key is None else hashlib.sha256(key.encode()).hexdigest()[:8]


def state_of(request: Request) -> State:
    """The server's state."""
    state: State = request.app.state.upstream
    return state


def bitten_of(request: Request) -> Bitten:
    """Faults of this request, as the outer layer found them."""
    bitten: Bitten = request.scope["upstream_bitten"]
    return bitten
