"""The world of a seed: what each farm could make, made and lost to which cause, and the market of its region, by hour.

It is computed by blocks of a day, for all plants at once, as a price depends on the sun of a whole region; blocks are kept. A
block begins at 03:00 of the NEM, which is 01:00 of the WEM: its day's sun and what batteries give back of it lie within.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from infra.upstream.farms import Farm
from infra.upstream.hours import HOURS_OF_DAY, NETWORK_OFFSET_HOURS
from infra.upstream.noise import Floats, text_seed, uniform
from infra.upstream.world.causes import Causes
from infra.upstream.world.clouds import Clouds
from infra.upstream.world.plants import Bools, Plant, drawn_plant, known_farms
from infra.upstream.world.prices import Prices
from infra.upstream.world.sun import STEPS_PER_HOUR, Sun, dc_power_mw, hourly, step_hours, sun_over

REGIONS = {"NSW1": "NEM", "QLD1": "NEM", "SA1": "NEM", "TAS1": "NEM", "VIC1": "NEM", "WEM": "WEM"}
BLOCK_LEAD_HOURS = 7
BLOCKS_AT_ONCE, BLOCKS_KEPT = 8, 120
"""About 8 MB; a day costs 5 ms to compute again."""
STEPS = STEPS_PER_HOUR * HOURS_OF_DAY
ENERGY_DECIMALS, PRICE_DECIMALS = 4, 2
NO_CURTAILMENT = frozenset({"WEM"})
"""Regions of which the source knows no curtailment."""
GAP_CHANCE, LATE_CHANCE, LATE_HOURS = 0.02, 0.03, 24
"""Days of a region's curtailment that stay 0, and that are 0 until so long after their end."""


@dataclass(frozen=True)
class FarmHours:
    """Truth of one farm by hour, MWh: energy = potential less all others but `clipped_mwh`, to the last digit.

    `potential_mwh` is below the AC limit, `clipped_mwh` what the limit took of the modules' power; `stored_mwh` is below 0 when a
    battery gives back. `unavailable_mwh`: outages of the whole plant, `part_unavailable_mwh`: of a part of it.
    """

    potential_mwh: Floats
    energy_mwh: Floats
    curtailed_economic_mwh: Floats
    curtailed_network_mwh: Floats
    unavailable_mwh: Floats
    part_unavailable_mwh: Floats
    stored_mwh: Floats
    clipped_mwh: Floats


@dataclass(frozen=True)
class _Block:
    """A day of all: truth by name in the order of `FarmHours`, shape (names, plants, hours), and prices by region."""

    truth: Floats
    price_aud_mwh: dict[str, Floats]


@dataclass(frozen=True)
class DispatchSteps:
    """MW in steps of five minutes, shape (plants, steps).

    `could_mw` is what a plant could send out but for outages of the whole of it, `off_mw` what these took, `curtailed_mw` what
    its bid and the network took.
    """

    could_mw: Floats
    off_mw: Floats
    curtailed_mw: Floats


@dataclass(frozen=True)
class _Steps:
    """Steps of whole blocks, MW, shape (plants, steps); `lost` by cause in the order of `FarmHours`, prices by region."""

    dc: Floats
    potential: Floats
    lost: list[Floats]
    prices: dict[str, Floats]


class World:
    """The world of a seed and of these farms (default: all)."""

    def __init__(self, seed: int, farms: Iterable[Farm] | None = None) -> None:
        self.seed = seed
        self.plants = tuple(drawn_plant(seed, farm) for farm in (known_farms() if farms is None else farms))
        self.clouds = Clouds(seed)
        self._places = np.array([[plant.latitude_deg, plant.longitude_deg] for plant in self.plants])
        self._causes, self._prices = Causes(seed, self.plants), Prices(seed)
        self._index = {(plant.latitude_deg, plant.longitude_deg): at for at, plant in enumerate(self.plants)}
        self._blocks: OrderedDict[int, _Block] = OrderedDict()

    def farm_hours(self, farm: Farm, first_hour: int, hours: int) -> FarmHours:
        """Truth of the farm that stands at a farm's place, whatever a registry calls it. Raises KeyError where none is."""
        at = self._index[farm.latitude, farm.longitude]
        blocks, skip = self._range(first_hour, hours)
        truth = np.concatenate([block.truth[:, at] for block in blocks], axis=1)[:, skip : skip + hours]
        return FarmHours(*truth.copy())

    def price_aud_mwh(self, region: str, first_hour: int, hours: int) -> Floats:
        """Price of a region by hour."""
        blocks, skip = self._range(first_hour, hours)
        return np.concatenate([block.price_aud_mwh[region] for block in blocks])[skip : skip + hours]

    def curtailed_solar_mwh(self, region: str, first_hour: int, hours: int, now_hour: int | None = None) -> Floats:
        """Curtailed solar of a region as the source tells it at an hour (None: in the end): dispatched plants alone.

        Whole days that it does not know are 0; NaN where it knows none at all.
        """
        if region in NO_CURTAILMENT:
            return np.full(hours, np.nan)
        at = first_hour + np.arange(hours)
        total = np.zeros(hours)
        for plant in self.plants:
            if plant.is_scheduled and plant.region == region:
                truth = self.farm_hours(plant.farm, first_hour, hours)
                is_there = at >= min(plant.farm.first_hour(unit) for unit in plant.farm.units)
                total += np.where(is_there, truth.curtailed_economic_mwh + truth.curtailed_network_mwh, 0.0)
        offset = NETWORK_OFFSET_HOURS[REGIONS[region]]
        day = (at + offset) // HOURS_OF_DAY
        drawn = uniform(np.array([text_seed(f"{self.seed} curtailment {region}")], dtype=np.uint64), 0, day)
        is_gap = drawn < GAP_CHANCE
        if now_hour is not None:
            is_open = now_hour < (day + 1) * HOURS_OF_DAY - offset + LATE_HOURS
            is_gap |= (drawn > 1 - LATE_CHANCE) & is_open
        return np.where(is_gap, 0.0, np.round(total, ENERGY_DECIMALS))

    def _range(self, first_hour: int, hours: int) -> tuple[list[_Block], int]:
        """Blocks of a range, computed where they are missing, and how many hours of the first lie before it."""
        first, skip = divmod(first_hour + BLOCK_LEAD_HOURS, HOURS_OF_DAY)
        wanted = range(first, (first_hour + max(hours, 1) - 1 + BLOCK_LEAD_HOURS) // HOURS_OF_DAY + 1)
        missing = [number for number in wanted if number not in self._blocks]
        while missing:
            length = 1
            while length < min(len(missing), BLOCKS_AT_ONCE) and missing[length] == missing[0] + length:
                length += 1
            self._blocks.update(zip(missing[:length], self._computed(missing[0], length), strict=True))
            del missing[:length]
        for number in wanted:
            self._blocks.move_to_end(number)
        while len(self._blocks) > max(BLOCKS_KEPT, len(wanted)):
            self._blocks.popitem(last=False)
        return [self._blocks[number] for number in wanted], skip

    def dispatch_steps(self, first_hour: int, hours: int) -> DispatchSteps:
        """What the operator's dispatch had of each plant in steps of five minutes, computed anew each time."""
        first, skip = divmod(first_hour + BLOCK_LEAD_HOURS, HOURS_OF_DAY)
        last = (first_hour + hours - 1 + BLOCK_LEAD_HOURS) // HOURS_OF_DAY
        chosen = slice(skip * STEPS_PER_HOUR, (skip + hours) * STEPS_PER_HOUR)
        made = self._steps(first, last - first + 1)
        economic, network, outage, part, stored = (values[:, chosen] for values in made.lost)
        could = made.potential[:, chosen] - part - np.clip(stored, 0, None)
        return DispatchSteps(could, outage, economic + network)

    def _computed(self, first_block: int, blocks: int) -> list[_Block]:
        made = self._steps(first_block, blocks)
        energy = made.potential - sum(made.lost)
        by_hour = [np.round(hourly(values), ENERGY_DECIMALS) for values in (energy, *made.lost, made.dc - made.potential)]
        truth = np.stack([sum(by_hour[:-1]), *by_hour]).reshape(-1, len(self.plants), blocks, HOURS_OF_DAY)
        told = {region: np.round(hourly(price), PRICE_DECIMALS).reshape(blocks, -1) for region, price in made.prices.items()}
        return [
            _Block(truth[:, :, number].copy(), {region: price[number] for region, price in told.items()})
            for number in range(blocks)
        ]

    def _steps(self, first_block: int, blocks: int) -> _Steps:
        first_hour, hours = first_block * HOURS_OF_DAY - BLOCK_LEAD_HOURS, blocks * HOURS_OF_DAY
        times_h = step_hours(first_hour, hours)
        sun = sun_over(self.plants, times_h)
        half_hour = np.floor(2 * times_h).astype(np.int64) - 2 * (first_hour - 1)
        clearness = self.clouds.true(self._places, first_hour - 1, hours + 1)[:, half_hour]
        dc = dc_power_mw(self.plants, sun, clearness, times_h)
        potential = np.minimum(dc, _column(self.plants, "limit_mw"))
        prices = self._region_prices(potential, times_h)
        return _Steps(dc, potential, self._lost(potential, prices, sun, times_h), prices)

    def _region_prices(self, potential: Floats, times_h: Floats) -> dict[str, Floats]:
        made = {}
        for region, network in REGIONS.items():
            chosen = [at for at, plant in enumerate(self.plants) if plant.region == region]
            capacity = sum(self.plants[at].capacity_mw for at in chosen)
            solar = potential[chosen].sum(axis=0) / capacity if chosen else np.zeros(len(times_h))
            made[region] = self._prices.of(region, NETWORK_OFFSET_HOURS[network], solar, times_h)
        return made

    def _lost(self, potential: Floats, prices: dict[str, Floats], sun: Sun, times_h: Floats) -> list[Floats]:
        """MW by cause, in the order of `FarmHours`: what is off is not curtailed, what the bid takes the network need not."""
        outage = np.where(self._causes.is_off(times_h), potential, 0.0)
        part = (potential - outage) * (1 - self._causes.running_share(times_h))
        left = potential - outage - part
        price = np.stack([prices[plant.region] for plant in self.plants])
        gone, down_to_mw = self._causes.below_bid(price, times_h)
        economic = gone * np.clip(left - down_to_mw, 0, None)
        stored = self._stored(left - economic, times_h, sun.is_up)
        limit_mw = self._causes.network_limit_mw(times_h)
        network = np.clip(left - economic - np.clip(stored, 0, None) - limit_mw, 0, None)
        return [economic, network, outage, part, stored]

    def _stored(self, power: Floats, times_h: Floats, is_up: Bools) -> Floats:
        stored = np.zeros_like(power)
        for at, plant in enumerate(self.plants):
            if plant.is_hybrid:
                for start in range(0, len(times_h), STEPS):
                    block = slice(start, start + STEPS)
                    stored[at, block] = self._causes.stored_mw(plant, power[at, block], times_h[block], is_up[at, block])
        return stored


def _column(plants: Sequence[Plant], name: str) -> Floats:
    return np.array([[getattr(plant, name)] for plant in plants])
