"""The market operator's next-day unit solution of a simulated year, by hour as Silver has it."""

from __future__ import annotations

import numpy as np

from include.losses.hours import Dispatch
from infra.upstream.farms import listed_farms
from infra.upstream.noise import Floats
from infra.upstream.world import world as stand_in
from infra.upstream.world.sun import STEPS_PER_HOUR, hourly
from infra.upstream.world.unit_solution import dispatched, is_day_missing
from tests.simulation.world import World

DAYS_AT_ONCE = 8


def dispatch_of(made: World, seed: int) -> Dispatch:
    """What Silver has of all plants; NaN for those that are not dispatched, and on days that were never published."""
    world = stand_in.World(seed, listed_farms()[: len(made.farms)])
    first, hours = int(made.start_s[0]) // 3600, len(made.start_s)
    sums = {name: np.full((len(made.farms), hours), np.nan) for name in ("uigf", "availability", "curtailed", "capped")}
    for start in range(0, hours, 24 * DAYS_AT_ONCE):
        length = min(24 * DAYS_AT_ONCE, hours - start)
        told = dispatched(world, first + start, length)
        values: dict[str, Floats] = {
            "uigf": told.uigf_mw,
            "availability": told.availability_mw,
            "curtailed": np.maximum(told.uigf_mw - told.cleared_mw, 0.0),
            "capped": STEPS_PER_HOUR * told.is_capped,
        }
        for name, of_interval in values.items():
            sums[name][told.positions, start : start + length] = hourly(of_interval)
    missing = is_day_missing(world, first, hours)
    for each in sums.values():
        each[:, missing] = np.nan
    return Dispatch(sums["uigf"], sums["availability"], sums["curtailed"], sums["capped"])
