"""Bids: learnt from what a plant does at a price, and never from what has another reason."""

from __future__ import annotations

import numpy as np
import pytest

from tests.unit.include.losses.region_days import PAYING_AUD_MWH, RegionDays, bidding


def bid_of(region: RegionDays) -> float:
    return float(region.bids()[0])


@pytest.mark.parametrize("bid_aud_mwh", [-45.0, -20.0, 0.0, 15.0])
def test_a_bid_is_learnt_within_four_dollars(bid_aud_mwh: float) -> None:
    region, random = bidding(bid_aud_mwh), np.random.default_rng(9)
    region.energy *= np.exp(0.3 * random.normal(size=region.energy.shape))
    does_not_react = np.repeat(random.random(60) < 0.12, 24)
    region.energy[0, does_not_react] = region.expected[0, does_not_react]

    assert bid_of(region) == pytest.approx(bid_aud_mwh, abs=4)


def test_floor_and_cap_prices_do_not_move_a_bid() -> None:
    region = bidding(-20.0)
    region.price[10::48] = -1000.0  # of minutes: the plant ran
    region.price[15::72] = 20300.0

    assert bid_of(region) == pytest.approx(-20, abs=4)


@pytest.mark.parametrize("days", [10, 60])
def test_clouds_are_no_bid(days: int) -> None:
    for seed in range(100, 150):
        region = bidding(-1000.0, days)
        region.energy *= np.random.default_rng(seed).uniform(0.2, 1.2, region.energy.shape)

        assert np.isnan(bid_of(region))


def test_a_price_at_which_alone_a_plant_was_low_is_no_bid() -> None:
    region = bidding(-1000.0)
    region.energy[0, (region.price > -6) & (region.price < 0)] = 0.0

    assert np.isnan(bid_of(region))


def test_an_outage_of_weeks_is_no_bid_and_does_not_hide_one() -> None:
    region = bidding(-20.0)
    out = np.arange(len(region.price)) < 24 * 40
    region.price[12:960:24] = PAYING_AUD_MWH
    region.energy[0, out] = 0.0

    assert bid_of(region) == pytest.approx(-20, abs=4)
    region.energy[0, :] = 0.0
    assert np.isnan(bid_of(region))


def test_a_plant_that_is_often_low_at_any_price_has_no_bid() -> None:
    region = bidding(-1000.0)
    region.energy[0, np.random.default_rng(2).random(len(region.price)) < 0.55] *= 0.3

    assert np.isnan(bid_of(region))


def test_nothing_is_learnt_without_prices() -> None:
    region = bidding(-20.0)
    region.price[:] = np.nan

    assert np.isnan(bid_of(region))


@pytest.mark.parametrize(("days", "hours_a_day"), [(6, 1), (2, 8)])
def test_nothing_is_learnt_from_a_few_hours_or_days(days: int, hours_a_day: int) -> None:
    region = RegionDays(60)
    for day in range(0, 10 * days, 10):
        cheap = slice(24 * day + 8, 24 * day + 8 + hours_a_day)
        region.price[cheap], region.energy[0, cheap] = -50.0, 0.0

    assert np.isnan(bid_of(region))


def test_a_price_that_pays_is_no_bid() -> None:
    region = RegionDays(60)
    region.price = np.random.default_rng(3).uniform(-60, 200, len(region.price))
    region.energy[0, region.price < 70] *= 0.1

    assert not bid_of(region) > 40


def test_a_plant_too_small_to_be_dispatched_does_not_bid() -> None:
    assert np.isnan(bid_of(bidding(-20.0, capacities_mw=(29.0,))))
