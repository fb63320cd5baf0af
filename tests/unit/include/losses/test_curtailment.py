"""Curtailment: below the bid it is economic, of what the region has left the network's; never more than the region says."""

from __future__ import annotations

import numpy as np
import pytest

from include.losses.bids import EDGE_AUD_MWH
from tests.unit.include.losses.region_days import RegionDays, bidding, lost_mwh

NOON = 12


def test_a_low_hour_below_the_bid_is_economic() -> None:
    region = bidding(-20.0)
    region.energy[0, :24] = region.expected[0, :24]  # a day on which it did not react
    found = region.judged()
    stopped = (region.price < -20) & (region.expected[0] > 5) & (np.arange(len(region.price)) >= 24)

    assert set(found.loss_class[0, stopped]) == {"curtailed_economic_est"}
    assert found.curtailed_economic_mwh[0, stopped] == pytest.approx((region.expected - region.energy)[0, stopped])
    assert set(found.loss_class[0, ~stopped]) == {"normal"}


@pytest.mark.parametrize("step", [1, -1])
def test_an_hour_at_the_edge_of_a_stop_belongs_to_it(step: int) -> None:
    region = bidding(-20.0)
    bid = region.bids()[0]
    region.price[-24:] = 30.0
    region.energy[0, -24:] = region.expected[0, -24:]
    region.price[-13] = -50.0
    region.price[-14:-11:2][::step] = bid + EDGE_AUD_MWH + 1, bid + EDGE_AUD_MWH - 1
    region.energy[0, -14:-11] = [60.0, 0.0, 60.0]

    far, stopped, near = region.judged().loss_class[0, -14:-11][::step]
    assert far == "underperforming"
    assert stopped == near == "curtailed_economic_est"


def test_a_region_that_says_less_takes_from_each_plant_alike() -> None:
    region = bidding(-20.0, capacities_mw=(100.0, 50.0))
    region.curtailed *= 0.5
    found = region.judged()
    stopped = (region.price < -20) & (region.expected[0] > 10)

    assert found.curtailed_economic_mwh[:, stopped].sum(axis=0) == pytest.approx(region.curtailed[stopped])
    assert found.curtailed_economic_mwh[:, stopped] == pytest.approx(0.5 * (region.expected - region.energy)[:, stopped])
    assert set(found.curtailed_method[0]) == {"estimated_by_region"}


def test_a_zero_beside_estimates_is_a_gap() -> None:
    region = bidding(-20.0)
    stopped = (region.price < -20) & (region.expected[0] > 10)
    region.curtailed[:] = 0.0
    found = region.judged()

    assert found.curtailed_economic_mwh[0, stopped] == pytest.approx((region.expected - region.energy)[0, stopped])
    assert set(found.curtailed_method[0, stopped]) == {"estimated_by_price"}
    assert set(found.curtailed_method[0, region.price >= -20]) == {"estimated_by_region"}


def test_a_zero_beside_a_small_estimate_takes_nothing_from_it() -> None:
    region = bidding(-20.0)
    region.price[12], region.curtailed[12] = -50.0, 0.0
    region.expected[0, 12], region.energy[0, 12] = 6.0, 2.0
    found = region.judged()

    assert found.curtailed_economic_mwh[0, 12] == pytest.approx(4.0)
    assert found.curtailed_method[0, 12] == "estimated_by_region"


def test_without_market_data_there_is_no_curtailment() -> None:
    region = bidding(-20.0)
    region.price[:], region.curtailed[:] = np.nan, np.nan
    region.energy[0, NOON] = 0.4 * region.expected[0, NOON]
    found = region.judged()

    assert set(found.curtailed_method[0]) == {"no_market_data"}
    assert found.curtailed_economic_mwh.sum() == found.curtailed_network_mwh.sum() == 0
    assert found.loss_class[0, NOON] == "underperforming"
    assert np.abs(region.energy + lost_mwh(found) - region.expected).max() < 1e-6


def test_curtailment_without_a_price_is_nobodys() -> None:
    region = RegionDays()
    region.price[:], region.curtailed[:] = np.nan, 200.0
    region.energy[0, 9:15] = 40.0
    found = region.judged()

    assert set(found.loss_class[0, 9:15]) == {"underperforming"}
    assert set(found.curtailed_method[0]) == {"no_market_data"}


def test_a_price_alone_finds_no_network_limit() -> None:
    region = RegionDays()
    region.curtailed[:] = np.nan
    region.energy[0, 9:15] = 40.0
    found = region.judged()

    assert set(found.loss_class[0, 9:15]) == {"underperforming"}
    assert set(found.curtailed_method[0]) == {"estimated_by_price"}


def test_plateaus_are_the_networks_before_deep_hours_are() -> None:
    region = RegionDays(capacities_mw=(100.0, 100.0, 100.0))
    region.energy[0, 11:14] = 40.0  # held at a level
    region.energy[1, 11:14] = [20.0, 45.0, 10.0]  # deep, and moving
    region.energy[2, 11:14] = [70.0, 75.0, 80.0]  # a haze
    region.curtailed[11:14] = 80.0
    found = region.judged()

    assert found.curtailed_network_mwh[0, 11:14] == pytest.approx((region.expected - region.energy)[0, 11:14])
    assert found.curtailed_network_mwh[:, 11:14].sum(axis=0) == pytest.approx(np.full(3, 80.0))
    assert set(found.loss_class[1, 11:14]) == {"curtailed_network_est"}
    assert found.loss_class[2, 11] == "underperforming"


def test_plateaus_share_what_is_left_by_what_they_lost() -> None:
    region = RegionDays(capacities_mw=(100.0, 50.0, 20.0))
    region.energy[:, 11:14] = np.array([[40.0], [20.0], [8.0]])
    region.curtailed[11:14] = 30.0
    found = region.judged()

    lost = (region.expected - region.energy)[:2, 11:14]
    assert found.curtailed_network_mwh[:2, 11:14] == pytest.approx(30 * lost / lost.sum(axis=0))
    assert found.curtailed_network_mwh[2].sum() == 0  # too small to be in the region's
