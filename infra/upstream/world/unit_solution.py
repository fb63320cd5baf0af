"""What the market operator's dispatch says of the plants of a world, in intervals of five minutes.

Its forecast (UIGF) is wrong by some percent, and half of it is of the interval before. An outage of the whole plant shows as a
forecast of 0, or as an availability of 0 beside a forecast that does not know of it, by the plant. Plants below 30 MW are not in
it, nor are those of the WEM, which has another market.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from infra.upstream.hours import HOURS_OF_DAY, NETWORK_OFFSET_HOURS
from infra.upstream.noise import Floats, remembering, text_seed, uniform
from infra.upstream.world.plants import Bools, Plant
from infra.upstream.world.sun import STEPS_PER_HOUR
from infra.upstream.world.world import REGIONS, World

ERROR_SHARE, ERROR_MEMORY = 0.04, 0.9
"""Standard deviation of the forecast's error, and how much of it lasts into the next interval."""
STALE_SHARE = 0.5
"""Of the forecast: what the plant could in the interval before."""
KNOWS_OUTAGES_CHANCE = 0.6
"""Of a plant: that its forecast falls to 0 in an outage; of the others the availability does."""
IDLE_CAP_CHANCE = 0.02
"""Of an hour: that the cap is set though nothing is taken."""
LEAST_CURTAILED_MW = 0.05
DAY_MISSING_CHANCE = 0.01
DECIMALS = 5


@dataclass(frozen=True)
class Dispatched:
    """MW of the dispatched plants (`positions` in the world's), shape (plants, intervals); an interval is a step of the world."""

    positions: list[int]
    uigf_mw: Floats
    availability_mw: Floats
    cleared_mw: Floats
    is_capped: Bools


def is_dispatched(plant: Plant) -> bool:
    """Whether the unit solution names a plant."""
    return plant.is_scheduled and REGIONS[plant.region] == "NEM"


def dispatched(world: World, first_hour: int, hours: int) -> Dispatched:
    """The unit solution of contiguous hours: the interval that begins with an hour's first step ends at the hour's label."""
    chosen = [at for at, plant in enumerate(world.plants) if is_dispatched(plant)]
    steps = world.dispatch_steps(first_hour, hours)
    could, off, curtailed = (values[chosen] for values in (steps.could_mw, steps.off_mw, steps.curtailed_mw))
    seeds = np.array([[text_seed(f"{world.seed} uigf {world.plants[at].code}")] for at in chosen], dtype=np.uint64)
    first_step = STEPS_PER_HOUR * first_hour
    error = ERROR_SHARE * remembering(seeds, 0, first_step, could.shape[1], ERROR_MEMORY)
    before = np.concatenate([could[:, :1], could[:, :-1]], axis=1)
    capacity = np.array([[world.plants[at].capacity_mw] for at in chosen])
    forecast = np.clip((STALE_SHARE * before + (1 - STALE_SHARE) * could) * (1 + error), 0, capacity)
    is_off = off > 0
    knows = uniform(seeds, 1, np.zeros(1, dtype=np.int64)) < KNOWS_OUTAGES_CHANCE
    uigf = np.where(is_off & knows, 0.0, forecast)
    availability = np.where(is_off, 0.0, uigf)
    is_curtailed = curtailed > LEAST_CURTAILED_MW
    target = np.where(is_curtailed, np.minimum(availability, np.clip(could - off - curtailed, 0, None)), availability)
    hour = (first_step + np.arange(could.shape[1], dtype=np.int64)) // STEPS_PER_HOUR
    is_idle_cap = uniform(seeds, 2, hour) < IDLE_CAP_CHANCE
    uigf, availability, target = np.round(np.stack([uigf, availability, target]), DECIMALS)
    return Dispatched(chosen, uigf, availability, target, np.asarray(is_curtailed | is_idle_cap))


def is_day_missing(world: World, first_hour: int, hours: int) -> Bools:
    """Whether an hour lies in a trading day (from 04:00) that the operator never published, shape (hours,)."""
    day = (first_hour + np.arange(hours, dtype=np.int64) + NETWORK_OFFSET_HOURS["NEM"] - 4) // HOURS_OF_DAY
    drawn = uniform(np.array([text_seed(f"{world.seed} unpublished")], dtype=np.uint64), 0, day)
    return np.asarray(drawn < DAY_MISSING_CHANCE)
