"""Outages: whole runs of zeros that neither price nor network explains."""

from __future__ import annotations

import numpy as np
import pytest

from tests.unit.include.losses.region_days import RegionDays, bidding


def test_zeros_at_prices_that_pay_are_an_outage() -> None:
    region = RegionDays()
    region.energy[0, 10:13] = 0.0
    found = region.judged()

    assert set(found.loss_class[0, 10:13]) == {"outage"}
    assert found.unavailable_mwh[0, 10:13] == pytest.approx(region.expected[0, 10:13])
    assert found.unavailable_mwh.sum() == found.unavailable_mwh[0, 10:13].sum()


def test_one_hour_is_no_outage() -> None:
    region = RegionDays()
    region.energy[0, 12] = 0.0

    assert region.judged().loss_class[0, 12] == "underperforming"


def test_an_outage_keeps_its_hours_of_low_prices_and_goes_on_after_a_night() -> None:
    region = bidding(-20.0)
    out = slice(24 * 30 + 10, 24 * 31 + 14)
    region.price[out] = np.where(np.arange(28) % 24 < 3, -50.0, 60.0)
    region.energy[0, out], region.curtailed[out] = 0.0, 0.0
    region.energy[0, 24 * 31 + 8] = np.nan
    found = region.judged()

    lit = (region.expected[0, out] > 5) & np.isfinite(region.energy[0, out])
    assert lit.sum() > 10
    assert set(found.loss_class[0, out][lit]) == {"outage"}
    assert found.curtailed_economic_mwh[0, out].sum() == 0
    assert found.loss_class[0, 24 * 31 + 8] == "not_known"


def test_a_stop_below_the_bid_is_no_outage() -> None:
    region = bidding(-20.0)
    stopped = slice(24 * 30 + 9, 24 * 30 + 15)
    region.price[stopped], region.energy[0, stopped] = -50.0, 0.0
    region.curtailed[stopped] = region.expected[0, stopped]

    assert set(region.judged().loss_class[0, stopped]) == {"curtailed_economic_est"}


def test_zeros_that_the_regions_curtailment_explains_are_the_networks() -> None:
    region = RegionDays(capacities_mw=(100.0, 20.0))
    region.energy[:, 10:14] = 0.0
    region.curtailed[10:14] = region.expected[0, 10:14]
    found = region.judged()

    assert set(found.loss_class[0, 10:14]) == {"curtailed_network_est"}
    assert set(found.loss_class[1, 10:14]) == {"outage"}  # too small to be curtailed by the network


@pytest.mark.parametrize(
    ("capacity_mw", "end", "loss_class"), [(100.0, 14, "underperforming"), (100.0, 38, "outage"), (20.0, 14, "outage")]
)
def test_without_a_price_zeros_of_a_dispatched_plant_are_an_outage_where_they_last(
    capacity_mw: float, end: int, loss_class: str
) -> None:
    region = RegionDays(days=2, capacities_mw=(capacity_mw,))
    region.price[:], region.curtailed[:] = np.nan, np.nan
    region.energy[0, 10:end] = 0.0

    assert region.judged().loss_class[0, 12] == loss_class


def test_zeros_at_a_low_price_are_no_outage_where_no_bid_was_learnt() -> None:
    region = RegionDays()
    region.price[10:14], region.curtailed[:] = -50.0, np.nan
    region.energy[0, 10:14] = 0.0

    assert set(region.judged().loss_class[0, 10:14]) == {"underperforming"}
