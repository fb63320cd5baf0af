"""Prices of the regions by step in $/MWh: what solar does to them, most in spring and at weekends; floors and spikes."""

from __future__ import annotations

import numpy as np

from infra.upstream.hours import HOURS_OF_DAY
from infra.upstream.noise import Floats, normal, remembering, text_seed, uniform
from infra.upstream.world.sun import STEPS_PER_HOUR

STRENGTH = {"NSW1": 190.0, "QLD1": 195.0, "VIC1": 220.0, "SA1": 240.0}
DEFAULT_STRENGTH = 170.0
FLOOR_AUD_MWH, SPIKES_AUD_MWH = -1000.0, (300.0, 17_500.0)
FLOOR_CHANCE, SPIKE_CHANCE = 0.0003, 0.0008
LEVEL, NOISE_SD, NOISE_MEMORY, COMMON = 75.0, 28.0, 0.93, 0.75
STEP_SD = 3.0
WEEKEND, SOLAR = 1.18, 0.62
DEEPEST_DAY = 308 / 365
"""Early November: much sun, little demand."""
LEAST_BELOW_ZERO, BELOW_ZERO_POWER = -60.0, 0.85


class Prices:
    """Prices in the world of a seed."""

    def __init__(self, seed: int) -> None:
        self._seed = seed

    def of(self, region: str, utc_offset_hours: int, solar: Floats, times_h: Floats) -> Floats:
        """Price by step; `solar` is what the region's plants could make, as a share of their capacity."""
        local = times_h + utc_offset_hours
        hour, day = local % HOURS_OF_DAY, local // HOURS_OF_DAY
        humps = 70 * np.exp(-(((hour - 18.5) / 1.8) ** 2)) + 35 * np.exp(-(((hour - 7.5) / 1.5) ** 2))
        season = 0.62 + 0.38 * np.cos(2 * np.pi * (times_h / HOURS_OF_DAY / 365.25 % 1 - DEEPEST_DAY))
        weekend = np.where((day + 3) % 7 >= 5, WEEKEND, 1.0)  # day 0 of 1970 was a Thursday
        pull = STRENGTH.get(region, DEFAULT_STRENGTH) * solar * season * weekend * SOLAR
        step = np.round(times_h * STEPS_PER_HOUR).astype(np.int64)
        price = LEVEL + humps - pull + self._noise(region, times_h) + STEP_SD * normal(self._seeds(region), 1, step)[0]
        price = np.where(price < 0, np.maximum(-(np.abs(price) ** BELOW_ZERO_POWER), LEAST_BELOW_ZERO), price)
        chance, (low, high) = uniform(self._seeds(region), 2, step)[0], SPIKES_AUD_MWH
        is_floor = (chance < FLOOR_CHANCE) & (np.abs(hour - 12) < 4)
        is_spike = (chance > 1 - SPIKE_CHANCE) & (np.abs(hour - 18.5) < 2)
        spikes = low + (high - low) * uniform(self._seeds(region), 3, step)[0]
        return np.where(is_floor, FLOOR_AUD_MWH, np.where(is_spike, spikes, price))

    def _noise(self, region: str, times_h: Floats) -> Floats:
        first = int(np.floor(times_h[0]))
        hours = int(np.floor(times_h[-1])) - first + 2
        common, own = (remembering(self._seeds(name), 0, first, hours, NOISE_MEMORY)[0] for name in ("all regions", region))
        knots = NOISE_SD * (np.sqrt(COMMON) * common + np.sqrt(1 - COMMON) * own)
        return np.asarray(np.interp(times_h, np.arange(first, first + hours), knots))

    def _seeds(self, name: str) -> np.ndarray:
        return np.array([[text_seed(f"{self._seed} price {name}")]], dtype=np.uint64)
