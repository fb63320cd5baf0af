"""Prices of the regions in $/MWh, by step: what solar does to them in spring, spikes and floors."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from tests.simulation.farms import Floats, Random
from tests.simulation.sky import STEPS, remembering

STRENGTH = {"NSW1": 190.0, "QLD1": 195.0, "VIC1": 220.0, "SA1": 240.0}
DEFAULT_STRENGTH = 170.0
OFFSET_HOURS = {"WEM": 8}
FLOOR, SPIKE = -1000.0, 17500.0
LEVEL, NOISE_SD, NOISE_MEMORY, COMMON = 75.0, 28.0, 0.93, 0.75
WEEKEND, SOLAR = 1.18, 0.62
STEP_SD = 3.0
FLOOR_CHANCE, SPIKE_CHANCE = 0.0003, 0.0008


def prices(random: Random, solar: dict[str, Floats], times_s: npt.NDArray[np.int64]) -> dict[str, Floats]:
    """Prices of each region by step; `solar` is each region's potential as a share of its capacity."""
    common = _noise(random, len(times_s))
    return {
        region: _price(
            random, region, share, np.sqrt(COMMON) * common + np.sqrt(1 - COMMON) * _noise(random, len(times_s)), times_s
        )
        for region, share in solar.items()
    }


def _noise(random: Random, steps: int) -> Floats:
    hours = steps // STEPS + 1
    knots = NOISE_SD * remembering(random.standard_normal(hours), NOISE_MEMORY)
    return np.interp(np.arange(steps) / STEPS, np.arange(hours), knots)


def _price(random: Random, region: str, solar: Floats, noise: Floats, times_s: npt.NDArray[np.int64]) -> Floats:
    local_s = times_s + 3600 * OFFSET_HOURS.get(region, 10)
    hour, day = local_s / 3600 % 24, local_s // 86400
    humps = 70 * np.exp(-(((hour - 18.5) / 1.8) ** 2)) + 35 * np.exp(-(((hour - 7.5) / 1.5) ** 2))
    season = 0.62 + 0.38 * np.cos(2 * np.pi * (times_s / 86400 / 365.25 % 1 - 308 / 365))
    weekend = np.where((day + 3) % 7 >= 5, WEEKEND, 1.0)  # day 0 of 1970 was a Thursday
    pull = STRENGTH.get(region, DEFAULT_STRENGTH) * solar * season * weekend * SOLAR
    price = LEVEL + humps - pull + noise + STEP_SD * random.standard_normal(len(times_s))
    price = np.where(price < 0, np.maximum(-(np.abs(price) ** 0.85), -60.0), price)
    chance = random.random(len(times_s))
    floors = (chance < FLOOR_CHANCE) & (np.abs(hour - 12) < 4)
    spikes = (chance > 1 - SPIKE_CHANCE) & (np.abs(hour - 18.5) < 2)
    return np.where(floors, FLOOR, np.where(spikes, random.uniform(300, SPIKE, len(times_s)), price))
