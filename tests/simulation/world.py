"""The world: what each farm could have made, made, and lost to which cause, by hour."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from include.expected_energy.physics import HourlyWeather
from tests.simulation import causes, sky
from tests.simulation.farms import Bools, Farm, Floats, Random, farms
from tests.simulation.prices import OFFSET_HOURS, prices

FIRST_HOUR_S = 1_719_756_000  # 2024-07-01 00:00 +10:00
MISSING_SHARE, THINNED_SHARE = 0.005, 0.003
GAP_CHANCE = 0.02
NO_CURTAILMENT = ("WEM",)
"""Regions of which the source knows no curtailment."""


@dataclass(frozen=True)
class World:
    """All farms' hours, shapes (farms, hours); energies in MWh.

    `energy_mwh` is what is told (NaN: missing), `potential_mwh` what weather and hardware allowed, `assumed_mwh` the same under
    the reported weather; the losses are the truth, of positive MWh (`stored_mwh` below 0 at night).
    `price_aud_mwh` and `curtailed_mwh` are by region, shape (hours,).
    """

    farms: list[Farm]
    start_s: npt.NDArray[np.int64]
    weather: list[HourlyWeather]
    potential_mwh: Floats
    assumed_mwh: Floats
    energy_mwh: Floats
    accepted_share: Floats
    economic_mwh: Floats
    network_mwh: Floats
    outage_mwh: Floats
    part_outage_mwh: Floats
    stored_mwh: Floats
    price_aud_mwh: dict[str, Floats]
    curtailed_mwh: dict[str, Floats]

    def of_region(self, region: str) -> list[int]:
        """Positions of a region's farms."""
        return [index for index, farm in enumerate(self.farms) if farm.region == region]


def world(seed: int, count: int = 40, days: int = 365, first_hour_s: int = FIRST_HOUR_S) -> World:
    """Simulate `count` farms over `days` days."""
    random = np.random.default_rng(seed)
    made = farms(random, count)
    start_s = first_hour_s + 3600 * np.arange(24 * days)
    times_s = sky.step_times(start_s)
    suns = [sky.sun(farm, times_s) for farm in made]
    drawn = sky.clouds(random, made, days)
    half_hour = np.clip((times_s - first_hour_s) // 1800, 0, None)
    potential = np.stack(
        [
            np.minimum(sky.dc_power(farm, over, true[half_hour], times_s), farm.limit_mw)
            for farm, over, true in zip(made, suns, drawn.true, strict=True)
        ]
    )
    assumed = np.stack(
        [
            np.minimum(sky.dc_power(farm, over, told[half_hour // 2], times_s), farm.limit_mw)
            for farm, over, told in zip(made, suns, drawn.reported, strict=True)
        ]
    )
    price = prices(random, _solar(made, potential), times_s)
    lost = _losses(random, made, potential, price, times_s, np.stack([over.is_up for over in suns]))
    energy = sky.hourly(potential - sum(lost.values()))
    share = np.ones_like(energy)
    thinned = random.random(energy.shape) < THINNED_SHARE
    share[thinned] = random.integers(1, 11, size=int(thinned.sum())) / 12
    energy *= share
    energy[random.random(energy.shape) < MISSING_SHARE] = np.nan
    by_hour = {name: sky.hourly(values) for name, values in lost.items()}
    return World(
        made,
        start_s,
        [sky.reported_weather(start_s, over, told) for over, told in zip(suns, drawn.reported, strict=True)],
        sky.hourly(potential),
        sky.hourly(assumed),
        np.round(energy, 4),
        share,
        **by_hour,
        price_aud_mwh={region: np.round(sky.hourly(values), 2) for region, values in price.items()},
        curtailed_mwh=_curtailed(random, made, by_hour, days),
    )


def _solar(made: list[Farm], potential: Floats) -> dict[str, Floats]:
    capacity = np.array([farm.capacity_mw for farm in made])
    regions = np.array([farm.region for farm in made])
    return {
        region: potential[regions == region].sum(axis=0) / capacity[regions == region].sum()
        for region in dict.fromkeys(regions.tolist())
    }


def _losses(
    random: Random, made: list[Farm], potential: Floats, price: dict[str, Floats], times_s: npt.NDArray[np.int64], is_up: Bools
) -> dict[str, Floats]:
    """MW lost by cause, shape (farms, steps): what is off is not curtailed, what the bid takes the network need not."""
    steps = potential.shape[1]
    capacity = np.array([farm.capacity_mw for farm in made])[:, None]
    off = causes.whole_outages(random, made, steps)
    running = causes.part_outages(random, made, steps)
    limits = causes.network_limits(random, made, steps) * capacity
    outage = np.where(off, potential, 0.0)
    part = (potential - outage) * (1 - running)
    left = potential - outage - part
    stored = np.zeros_like(left)
    economic = np.zeros_like(left)
    for index, farm in enumerate(made):
        local_s = times_s + 3600 * OFFSET_HOURS.get(farm.region, 10)
        if np.isfinite(farm.bid_aud_mwh):
            gone, level = causes.below_bid(random, farm, price[farm.region], local_s // 86400)
            economic[index] = gone * np.clip(left[index] - level * farm.capacity_mw, 0, None)
        if farm.is_hybrid:
            stored[index] = causes.stored(random, farm, left[index] - economic[index], local_s, is_up[index])
    network = np.clip(left - economic - np.clip(stored, 0, None) - limits, 0, None)
    return {"economic_mwh": economic, "network_mwh": network, "outage_mwh": outage, "part_outage_mwh": part, "stored_mwh": stored}


def _curtailed(random: Random, made: list[Farm], lost: dict[str, Floats], days: int) -> dict[str, Floats]:
    """Curtailed MWh of each region as the source tells it: dispatched farms alone, whole days at 0 where it does not know."""
    told = {}
    for region in dict.fromkeys(farm.region for farm in made):
        chosen = [index for index, farm in enumerate(made) if farm.region == region and farm.is_scheduled]
        values = (lost["economic_mwh"] + lost["network_mwh"])[chosen].sum(axis=0)
        values[np.repeat(random.random(days) < GAP_CHANCE, 24)] = 0.0
        told[region] = np.full(len(values), np.nan) if region in NO_CURTAILMENT else np.round(values, 4)
    return told
