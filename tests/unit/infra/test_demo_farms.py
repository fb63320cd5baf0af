"""The demo's made-up farms show, on the demo's day, each reason that a farm has for making less than it could."""

from __future__ import annotations

from datetime import timedelta
from functools import cache

import numpy as np
from dotenv import dotenv_values

from include.expected_energy.hours import PRIOR, expected
from include.losses.bids import PRIOR_BID_AUD_MWH
from include.losses.hours import RegionHours
from include.losses.waterfall import waterfall
from include.paths import PROJECT_ROOT
from include.settings import Settings
from infra.commands import demo, demo_day
from infra.services.stand_in import STAND_IN
from infra.upstream.farms import listed_farms
from infra.upstream.hours import HOURS_OF_DAY, NETWORK_OFFSET_HOURS, hour_index
from infra.upstream.noise import Floats
from infra.upstream.prices import curtailed_solar_mwh, price_aud_mwh
from infra.upstream.sky import Sky
from infra.upstream.truth import farm_truth
from infra.upstream.world.world import World
from tests.simulation.world import reported_weather

FIRST = hour_index(demo_day.DAY_START)
AFTER = hour_index(demo_day.DAY_START + timedelta(days=8))
FARMS = {farm.code: farm for farm in listed_farms()}


@cache
def world() -> World:
    return World(demo.WORLD)


def share(code: str, name: str) -> Floats:
    """Of the farm's capacity, by hour of the demo's day."""
    return farm_truth(world(), FARMS[code], FIRST, HOURS_OF_DAY)[name] / FARMS[code].capacity_mw


def expected_mwh(code: str) -> Floats:
    """What a new lake expects of the farm by hour of the demo's day; an hour begins with the weather of the one before."""
    (plant,) = (plant for plant in world().plants if plant.code == code)
    weather = reported_weather(Sky(world().clouds), plant, FIRST - 1, HOURS_OF_DAY + 1)
    capacity_mw = np.full(HOURS_OF_DAY + 1, plant.capacity_mw)
    return expected(weather, plant.latitude_deg, plant.longitude_deg, capacity_mw, PRIOR).energy_mwh[1:]


def lost(code: str) -> set[str]:
    """Reasons for which a farm lost more than a hundredth of its day."""
    day = {name: np.abs(share(code, name)).sum() for name in farm_truth(world(), FARMS[code], FIRST, 1)}
    potential = day.pop("potential_mwh")
    return {name for name, total in day.items() if name != "energy_mwh" and total > 0.01 * potential}


def test_one_is_out_over_noon_though_its_price_pays() -> None:
    out = share("BNGSF1", "unavailable_mwh")
    price = price_aud_mwh("SA1", "NEM", FIRST, HOURS_OF_DAY, world=world())

    assert lost("BNGSF1") == {"unavailable_mwh", "clipped_mwh"}
    assert (out > 0.2).sum() >= 4
    assert (price[out > 0.2] > 0).sum() >= 2


def test_one_stops_for_its_price_and_its_region_says_so() -> None:
    stopped = share("BNGSF2", "curtailed_economic_mwh")
    price = price_aud_mwh("SA1", "NEM", FIRST, HOURS_OF_DAY, world=world())

    assert "curtailed_economic_mwh" in lost("BNGSF2") <= {"curtailed_economic_mwh", "clipped_mwh"}
    assert (stopped > 0.5).sum() >= 4
    assert price[stopped > 0.5].max() < 0
    told = curtailed_solar_mwh("SA1", "NEM", FIRST, HOURS_OF_DAY, AFTER, world())
    assert np.allclose(told, stopped * FARMS["BNGSF2"].capacity_mw)


def test_losses_under_the_registrys_prior_name_the_outage_and_the_price() -> None:
    codes = ("BNGSF1", "BNGSF2", "TBSF")
    price = price_aud_mwh("SA1", "NEM", FIRST, HOURS_OF_DAY, world=world())
    hours = RegionHours(
        start_s=3600 * (FIRST + np.arange(HOURS_OF_DAY)),
        capacity_mw=np.array([FARMS[code].capacity_mw for code in codes]),
        energy_mwh=np.stack([farm_truth(world(), FARMS[code], FIRST, HOURS_OF_DAY)["energy_mwh"] for code in codes]),
        expected_mwh=np.stack([expected_mwh(code) for code in codes]),
        accepted_share=np.ones((len(codes), HOURS_OF_DAY)),
        price_aud_mwh=price,
        curtailed_solar_mwh=curtailed_solar_mwh("SA1", "NEM", FIRST, HOURS_OF_DAY, AFTER, world()),
    )

    found = waterfall(hours, np.full(len(codes), PRIOR_BID_AUD_MWH), NETWORK_OFFSET_HOURS["NEM"])
    out, stopped, _ = np.arange(len(codes))

    of_day = hours.expected_mwh.sum(axis=1)
    assert found.unavailable_mwh[out].sum() > 0.4 * of_day[out]
    assert found.unavailable_mwh[stopped].sum() == 0
    assert found.curtailed_economic_mwh[stopped].sum() > 0.3 * of_day[stopped]
    assert found.curtailed_economic_mwh[out].sum() < 0.1 * of_day[out]


def test_one_stands_at_its_limit() -> None:
    energy = share("TBSF", "energy_mwh")

    assert lost("TBSF") == {"clipped_mwh"}
    assert (np.abs(energy - energy.max()) < 1e-3).sum() >= 6


def test_one_stores_by_day_and_sells_at_night_too_little_to_look_frozen() -> None:
    stored = share("NEWENSF", "stored_mwh")

    assert lost("NEWENSF") == {"stored_mwh"}
    assert stored.max() > 0.1
    assert -0.1 < stored.min() < -0.05
    assert not stored[:4].any()


def test_recorded_farms_have_no_market_on_that_day_and_no_truth() -> None:
    for code in demo.RECORDED_FARMS:
        assert np.isnan(share(code, "potential_mwh")).all()
        assert np.isnan(price_aud_mwh(FARMS[code].network_region, "NEM", FIRST, HOURS_OF_DAY, world=world())).all()


def test_the_demo_in_containers_is_the_same() -> None:
    in_containers = dotenv_values(PROJECT_ROOT / "docker/demo.env")
    natively = demo.environment()

    for name in ("PV_FACILITIES", "PV_STAND_IN_WORLD"):
        assert in_containers[name] == natively[name]


def test_the_stand_in_is_started_in_the_world_that_is_set() -> None:
    def command(world: int | None) -> list[str]:
        return STAND_IN.command(Settings(_env_file=None, pv_stand_in_port=18080, pv_stand_in_world=world))  # type: ignore[call-arg]

    assert command(demo.WORLD)[-2:] == ["--world", str(demo.WORLD)]
    assert "--world" not in command(None)
