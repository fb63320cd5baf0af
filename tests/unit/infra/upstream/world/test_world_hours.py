"""The world of a seed: bands measured on recorded farms, the identity, and hours that do not depend on how they are asked for."""

from __future__ import annotations

from dataclasses import asdict
from functools import cache

import numpy as np
import pytest

from infra.upstream.clock import parse_instant
from infra.upstream.farms import listed_farms
from infra.upstream.hours import HOURS_OF_DAY, hour_index
from infra.upstream.noise import Floats
from infra.upstream.world.plants import SCHEDULED_MW
from infra.upstream.world.sun import sun_over
from infra.upstream.world.world import ENERGY_DECIMALS, FarmHours, World

SEED = 7
SPRING = hour_index(parse_instant("2024-10-31T14:00:00Z"))
MONTH = 30 * HOURS_OF_DAY
FARMS = {farm.code: farm for farm in listed_farms()}
LOSSES = ("curtailed_economic_mwh", "curtailed_network_mwh", "unavailable_mwh", "part_unavailable_mwh", "stored_mwh")


@cache
def world() -> World:
    return World(SEED)


def month(code: str) -> FarmHours:
    return world().farm_hours(FARMS[code], SPRING, MONTH)


def capacity_mw() -> Floats:
    return np.array([[farm.capacity_mw] for farm in listed_farms()])


def energy_mwh() -> Floats:
    return np.stack([month(code).energy_mwh for code in FARMS])


def elevation_deg() -> Floats:
    """Of the sun over the listed farms in the middles of the hours."""
    sun = sun_over(world().plants[: len(FARMS)], SPRING + 0.5 + np.arange(MONTH))
    return np.degrees(np.arcsin(sun.cosine))


def local_hour() -> Floats:
    return (SPRING + np.arange(MONTH) + 10) % HOURS_OF_DAY


def test_hours_change_and_stand_at_zero_as_often_as_those_of_recorded_farms() -> None:
    share, elevation = energy_mwh() / capacity_mw(), elevation_deg()
    both = (elevation[:, 1:] > 10) & (elevation[:, :-1] > 10)
    is_zero = (share < 0.005) & (elevation > 20)
    after_zero = is_zero[:, :-1] & (elevation[:, 1:] > 20)

    assert 0.25 < np.quantile(np.abs(np.diff(share))[both], 0.9) < 0.42
    assert 0 < is_zero.sum() / (elevation > 20).sum() < 0.2
    assert 0.7 < is_zero[:, 1:][after_zero].mean() < 0.9
    assert 0.18 < np.median(share.reshape(len(FARMS), -1, HOURS_OF_DAY).mean(axis=2)) < 0.30


def test_energy_and_losses_are_the_potential_to_the_last_digit() -> None:
    for code in FARMS:
        truth = asdict(month(code))
        lost = truth["energy_mwh"] + sum(truth[name] for name in LOSSES)
        assert np.abs(truth["potential_mwh"] - lost).max() < 1e-9
        assert truth["energy_mwh"].min() >= 0
        assert all((truth[name] >= 0).all() for name in LOSSES if name != "stored_mwh")
        plant = next(plant for plant in world().plants if plant.farm.code == code)
        assert (truth["potential_mwh"] <= plant.limit_mw + 1e-3).all()


def test_any_hour_may_be_asked_for_in_any_order() -> None:
    other = World(SEED)
    for hour in (700, 3, 350, 351, 29, 0):
        for code in ("BNGSF1", "NEWENSF", "MERSOLAR", "WRSF1"):
            one, whole = (asdict(hours) for hours in (other.farm_hours(FARMS[code], SPRING + hour, 1), month(code)))
            assert {name: values[0] for name, values in one.items()} == {name: values[hour] for name, values in whole.items()}
        for region in ("SA1", "WEM", "TAS1"):
            (price,) = other.price_aud_mwh(region, SPRING + hour, 1)
            assert price == world().price_aud_mwh(region, SPRING, MONTH)[hour]


def test_worlds_of_other_seeds_are_others() -> None:
    other = World(SEED + 1).farm_hours(FARMS["BNGSF1"], SPRING, HOURS_OF_DAY).potential_mwh
    assert np.abs(other - month("BNGSF1").potential_mwh[:HOURS_OF_DAY]).max() > 5


@pytest.mark.parametrize("region", ["NSW1", "QLD1", "SA1", "VIC1"])
def test_a_regions_curtailment_is_that_of_its_dispatched_farms_but_for_whole_days_of_zeros(region: str) -> None:
    farms = [farm for farm in listed_farms() if farm.network_region == region and farm.capacity_mw >= SCHEDULED_MW]
    true = np.zeros(MONTH)
    for farm in farms:
        is_there = SPRING + np.arange(MONTH) >= farm.first_hour(farm.units[0])
        of_farm = month(farm.code)
        true += np.where(is_there, of_farm.curtailed_economic_mwh + of_farm.curtailed_network_mwh, 0.0)
    told = world().curtailed_solar_mwh(region, SPRING, MONTH)

    is_gap = np.repeat((np.abs(told - true).reshape(-1, HOURS_OF_DAY) > 1e-6).any(axis=1), HOURS_OF_DAY)
    assert told.sum() > 1000
    assert is_gap.mean() < 0.2
    assert not told[is_gap].any()
    assert np.abs(told - true)[~is_gap].max() < 10**-ENERGY_DECIMALS


def test_of_the_west_no_curtailment_is_known() -> None:
    assert np.isnan(world().curtailed_solar_mwh("WEM", SPRING, HOURS_OF_DAY)).all()


def test_some_days_of_curtailment_come_a_day_late() -> None:
    span = 120 * HOURS_OF_DAY
    small = World(SEED, [FARMS["BNGSF1"]])
    settled = small.curtailed_solar_mwh("SA1", SPRING, span)
    days = range(0, span, HOURS_OF_DAY)
    at_their_end = np.concatenate([small.curtailed_solar_mwh("SA1", SPRING + day, 24, SPRING + day + 24) for day in days])
    later = np.concatenate([small.curtailed_solar_mwh("SA1", SPRING + day, 24, SPRING + day + 48) for day in days])

    is_late = (at_their_end != settled).reshape(-1, HOURS_OF_DAY).any(axis=1)
    assert 1 <= is_late.sum() <= 10
    assert not at_their_end.reshape(-1, HOURS_OF_DAY)[is_late].any()
    assert (later == settled).all()


def test_sun_makes_spring_middays_cheap_and_autumn_ones_seldom() -> None:
    autumn = hour_index(parse_instant("2025-04-30T14:00:00Z"))
    is_midday = (local_hour() >= 9) & (local_hour() < 15)
    for region in ("NSW1", "QLD1", "SA1", "VIC1"):
        spring_prices, autumn_prices = (world().price_aud_mwh(region, first, MONTH)[is_midday] for first in (SPRING, autumn))
        assert 0.45 < (spring_prices <= 0).mean() < 0.95
        assert (autumn_prices <= 0).mean() < 0.1


def test_nobody_stops_for_a_price_above_the_bid_and_small_farms_for_none() -> None:
    for plant in world().plants[: len(FARMS)]:
        economic = month(plant.farm.code).curtailed_economic_mwh
        if np.isnan(plant.bid_aud_mwh):
            assert not economic.any()
            continue
        price = world().price_aud_mwh(plant.farm.network_region, SPRING, MONTH)
        # An hour's price is a mean: a floor lies in a few, and a ramp reaches into the next hour.
        assert economic[price > plant.bid_aud_mwh + 30].sum() <= 0.02 * economic.sum()
    assert all(np.isnan(plant.bid_aud_mwh) for plant in world().plants if plant.capacity_mw < SCHEDULED_MW)


@pytest.mark.parametrize("code", ["NEWENSF", "MERSOLAR"])
def test_a_hybrid_stores_by_day_and_gives_back_by_night(code: str) -> None:
    stored = month(code).stored_mwh
    local = (SPRING + np.arange(MONTH) + FARMS[code].utc_offset_hours) % HOURS_OF_DAY
    given = stored < 0

    assert stored[~given].sum() > 1000
    assert set(local[given]) <= {17, 18, 19, 20, 21, 22, 23, 0, 1}
    assert (stored[given] >= -0.4 * FARMS[code].capacity_mw - 1e-3).all()
    assert (month(code).energy_mwh[given] >= -stored[given] - 1e-9).all()
    assert not month("BNGSF1").stored_mwh.any()
