"""Clearness of the sky, 0..1 of what a clear one lets through: as it is, by half hour, and as the weather source has it, by hour.

Neighbours have the same clouds, to `CLOUD_KM`; broken clouds flicker, to `FLICKER_KM`. The source sees no flicker and errs, by
day and by hour: a clear day by some 6 %, a broken one by 16, an overcast one by 26.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from infra.upstream.hours import HOURS_OF_DAY
from infra.upstream.noise import Floats, normal, place_seed, remembering, text_seed
from infra.upstream.world.plants import EARTH_KM, random_of

CLOUD_KM, FLICKER_KM = 450.0, 40.0
DAY_SHARE, HOUR_SHARE, DAY_MEMORY, HOUR_MEMORY = 0.8, 0.6, 0.35, 0.75
ERROR_DAY_MEMORY, ERROR_HOUR_MEMORY = 0.3, 0.8
ERROR_SCALE = 1.5
"""With it a day's sun is wrong by about as much as ERA5's is at recorded farms, and a sixth of the hours by more than 15 %."""
LEAST_CLEARNESS, MOST_CLEARNESS = 0.02, 1.05
BEAM_SHARE = 0.86
"""Of a clear sky's irradiance."""
DAY_OFFSET_HOURS = 10
"""Weather changes from day to day at Australia's midnight."""
WAVES = 64
MIDDLE_LATITUDE_DEG = -30.0


class Field:
    """Unit normals over places and steps, whose correlation falls with distance as exp(-km / reach).

    A sum of waves over the map with an amplitude for each step (random Fourier features), so that it is there for any place.
    """

    def __init__(self, seed: int, name: str, reach_km: float) -> None:
        random = random_of(seed, f"field {name}")
        # Waves of this kernel: Cauchy in two dimensions.
        self._per_km = random.standard_normal((WAVES, 2)) / np.abs(random.standard_normal((WAVES, 1))) / reach_km
        # Places are asked for one after another, for the same hours.
        self._amplitudes = lru_cache(maxsize=2)(self._drawn)
        self._seeds = np.array([text_seed(f"{seed} {name} {number}") for number in range(2 * WAVES)], dtype=np.uint64)[:, None]

    def values(self, places: Floats, first_step: int, steps: int, memory: float | None = None) -> Floats:
        """Values at places (degrees north and east, shape (places, 2)), shape (places, steps); AR(1) with a memory."""
        km = np.radians(places) * EARTH_KM * [1.0, np.cos(np.radians(MIDDLE_LATITUDE_DEG))]
        phase = km @ self._per_km.T
        waves = np.concatenate([np.cos(phase), np.sin(phase)], axis=1) / np.sqrt(WAVES)
        # Not by `@`: its threads cost more than they help here, and its last digit depends on the shapes. Each of these is a sum
        # over neighbours in memory, always in the same order.
        return np.asarray(np.einsum("pw,sw->ps", waves, self._amplitudes(first_step, steps, memory)))

    def _drawn(self, first_step: int, steps: int, memory: float | None) -> Floats:
        """Amplitudes by step, shape (steps, waves)."""
        if memory is None:
            drawn = normal(self._seeds, 0, first_step + np.arange(steps, dtype=np.int64))
        else:
            drawn = remembering(self._seeds, 0, first_step, steps, memory)
        return np.ascontiguousarray(drawn.T)


class Clouds:
    """The clouds of the world of a seed. Places are degrees north and east, shape (places, 2)."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._day, self._hour = Field(seed, "clouds of days", CLOUD_KM), Field(seed, "clouds of hours", CLOUD_KM)
        self._flicker = Field(seed, "flicker", FLICKER_KM)

    def true(self, places: Floats, first_hour: int, hours: int) -> Floats:
        """Clearness by half hour, shape (places, 2 x hours)."""
        latent = self._latent(places, first_hour, hours)
        sd = np.repeat(0.03 + 0.38 * np.exp(-(((latent - 0.7) / 0.7) ** 2)), 2, axis=1)
        flicker = np.exp(sd * self._flicker.values(places, 2 * first_hour, 2 * hours) - sd**2 / 2)
        return np.clip(np.repeat(_clearness(latent), 2, axis=1) * flicker, LEAST_CLEARNESS, MOST_CLEARNESS)

    def reported(self, places: Floats, first_hour: int, hours: int) -> Floats:
        """Clearness as the weather source has it, by hour, shape (places, hours)."""
        latent = self._latent(places, first_hour, hours)
        clearness = _clearness(latent)
        sd = ERROR_SCALE * (0.03 + 0.20 * (1 - clearness) + 0.10 * np.exp(-(((latent - 0.9) / 0.7) ** 2)))
        seeds = np.array([[text_seed(f"{self._seed} error {place_seed(*place)}")] for place in places], dtype=np.uint64)
        first_day, day = _days(first_hour, hours)
        by_day = remembering(seeds, 0, first_day, int(day[-1]) + 1, ERROR_DAY_MEMORY)
        by_hour = remembering(seeds, 1, first_hour, hours, ERROR_HOUR_MEMORY)
        error = (by_day[:, day] + by_hour) * np.sqrt(0.5)
        return np.asarray(np.clip(clearness * np.exp(sd * error), LEAST_CLEARNESS, 1.0))

    def _latent(self, places: Floats, first_hour: int, hours: int) -> Floats:
        first_day, day = _days(first_hour, hours)
        by_day = self._day.values(places, first_day, int(day[-1]) + 1, DAY_MEMORY)
        return DAY_SHARE * by_day[:, day] + HOUR_SHARE * self._hour.values(places, first_hour, hours, HOUR_MEMORY)


def beam_of_clear(clearness: Floats) -> Floats:
    """Direct irradiance on the horizontal as a share of a clear sky's global one; the rest of `clearness` is diffuse."""
    return np.minimum(BEAM_SHARE * np.clip((clearness - 0.25) / 0.75, 0, None) ** 1.1, clearness)


def _clearness(latent: Floats) -> Floats:
    return np.asarray(1 - 0.80 / (1 + np.exp(-2.4 * (latent - 0.80))))


def _days(first_hour: int, hours: int) -> tuple[int, NDArray[np.int64]]:
    day = (first_hour + DAY_OFFSET_HOURS + np.arange(hours)) // HOURS_OF_DAY
    return int(day[0]), day - day[0]
