"""Prices and curtailed solar of the regions by hour: those of the world, or seeded by region and hour.

Without a world prices fall at midday, on sunny days below zero, and peak in the evening, at times near the market's cap. Where
the price is negative utility solar is curtailed.

Of the recorded week no market was recorded, and made-up prices would explain recorded energy wrongly: the regions of the recorded
farms have none there; without a world all of the NEM has none.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from infra.upstream.clock import parse_instant
from infra.upstream.farms import listed_farms
from infra.upstream.faults import Bitten
from infra.upstream.hours import HOURS_OF_DAY, NETWORK_OFFSET_HOURS, hour_index
from infra.upstream.noise import Floats, Ints, smooth, text_seed, uniform
from infra.upstream.recorded_week import recorded_energy_mwh
from infra.upstream.world.world import World

REGIONS = {"NEM": ("NSW1", "QLD1", "SA1", "TAS1", "VIC1"), "WEM": ("WEM",)}
PRICE_FLOOR, PRICE_CAP = -1000.0, 20300.0
_NOON, _EVENING = 12.5, 18.5
_DEVIATES = {"NSW1": 1.0, "QLD1": 1.1, "SA1": 1.5, "TAS1": 0.3, "VIC1": 1.2, "WEM": 0.9}
"""How far a region's price swings."""
_SOLAR_MW = {"NSW1": 4200.0, "QLD1": 3100.0, "SA1": 600.0, "TAS1": 0.0, "VIC1": 1400.0}
_DEFAULT_SWING = 1.0
_CENT = 2


def price_aud_mwh(
    region: str, network: str, first_hour: int, hours: int, bitten: Bitten | None = None, world: World | None = None
) -> Floats:
    """Price of a region by hour from `first_hour` (UTC) on; NaN where nothing is known."""
    at = first_hour + np.arange(hours)
    price = _price_without_world(region, network, at) if world is None else world.price_aud_mwh(region, first_hour, hours)
    for params in bitten.every("repriced") if bitten is not None else ():
        price = np.where(_between(at, params), np.round(price * params.get("factor", 1.1), _CENT), price)
    return np.where(_is_unknown(region, network, at, world), np.nan, price)


def _price_without_world(region: str, network: str, at: Ints) -> Floats:
    seeds = np.array([text_seed(region)], dtype=np.uint64)
    hour_of_day = (at + NETWORK_OFFSET_HOURS[network]) % HOURS_OF_DAY
    midday = np.exp(-(((hour_of_day - _NOON) / 3.0) ** 2))
    evening = np.exp(-(((hour_of_day - _EVENING) / 1.8) ** 2))
    sunny = smooth(seeds, 1, at, HOURS_OF_DAY)
    swing = _DEVIATES.get(region, _DEFAULT_SWING)
    price = 75.0 + swing * (180.0 * evening * (0.5 + uniform(seeds, 2, at)) - 160.0 * midday * sunny)
    spikes = (evening > 0.7) & (uniform(seeds, 3, at) < 0.004)
    price = np.where(spikes, PRICE_CAP * (0.5 + 0.5 * uniform(seeds, 4, at)), price)
    return np.round(np.clip(price, PRICE_FLOOR, PRICE_CAP), _CENT)


def curtailed_solar_mwh(
    region: str, network: str, first_hour: int, hours: int, now_hour: int, world: World | None = None
) -> Floats:
    """Curtailed utility solar of a region, as it is told at an hour; NaN outside the NEM, and where nothing is known.

    Without a world it is more the lower the price, at times a little below 0.
    """
    if world is not None:
        told = world.curtailed_solar_mwh(region, first_hour, hours, now_hour)
        return np.where(_is_unknown(region, network, first_hour + np.arange(hours), world), np.nan, told)
    price = price_aud_mwh(region, network, first_hour, hours)
    if region not in _SOLAR_MW:
        return np.full(hours, np.nan)
    at = first_hour + np.arange(hours)
    error = 2.0 * (uniform(np.array([text_seed(region)], dtype=np.uint64), 5, at) - 0.5)
    taken_off = np.clip(-price / 80.0, 0.0, 0.8) * _SOLAR_MW[region]
    solar = np.where(taken_off > 0, taken_off, np.where(price < 20.0, error, 0.0))
    return np.where(np.isnan(price), np.nan, np.round(solar, 4))


@cache
def _recorded_span() -> tuple[int, int]:
    hours = [hour for series in recorded_energy_mwh().values() for hour in series]
    return min(hours), max(hours)


@cache
def _recorded_regions() -> frozenset[str]:
    units = recorded_energy_mwh().keys()
    return frozenset(farm.network_region for farm in listed_farms() if units & {unit.code for unit in farm.units})


def _is_unknown(region: str, network: str, at: Ints, world: World | None) -> np.ndarray:
    first, last = _recorded_span()
    inside: np.ndarray = (at >= first) & (at <= last)
    return inside & (network == "NEM" if world is None else region in _recorded_regions())


def _between(at: Ints, params: dict[str, str]) -> np.ndarray:
    first = hour_index(parse_instant(params["from"])) if "from" in params else at[0]
    end = hour_index(parse_instant(params["to"])) if "to" in params else at[-1] + 1
    inside: np.ndarray = (at >= first) & (at < end)
    return inside
