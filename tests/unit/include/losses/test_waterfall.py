"""The waterfall of hand-made days: the identity, and the classes that need no market."""

from __future__ import annotations

import numpy as np
import pytest

from include.losses.hours import RegionHours
from include.losses.waterfall import LossClass
from tests.unit.include.losses.region_days import RegionDays, bidding, lost_mwh


def disturbed() -> RegionDays:
    """Everything at once: bids, zeros, gaps in all that can be missing."""
    region, random = bidding(-10.0, 40, (100.0, 60.0, 20.0)), np.random.default_rng(5)
    region.energy *= random.uniform(0.5, 1.3, region.energy.shape)
    region.energy[0, 24 * 10 + 5 : 24 * 11] = 0.0
    for hour in (19, 20, 21):
        region.energy[1, hour::24] = 30.0
    held = slice(24 * 20 + 9, 24 * 20 + 15)
    region.energy[0, held], region.price[held], region.curtailed[held] = 30.0, 80.0, 200.0
    region.curtailed += random.uniform(-40, 60, len(region.curtailed))
    for values in (region.energy, region.expected, region.price, region.curtailed):
        values[random.random(values.shape) < 0.05] = np.nan
    region.accepted[random.random(region.accepted.shape) < 0.05] = 0.6
    return region


def test_expected_is_energy_and_all_losses_in_every_hour() -> None:
    region = disturbed()
    found = region.judged()

    has_expectation = np.isfinite(region.expected)
    error = np.abs(np.nan_to_num(region.energy) + lost_mwh(found) - region.expected)[has_expectation]
    assert error.max() < 1e-6
    assert np.isnan(lost_mwh(found)[~has_expectation]).all()
    measured = {LossClass.CURTAILED_ECONOMIC_MEASURED, LossClass.CURTAILED_NETWORK_MEASURED, LossClass.UNAVAILABLE}
    assert set(np.unique(found.loss_class)) == {each.value for each in LossClass} - measured


def test_only_storage_and_what_is_unexplained_may_be_negative() -> None:
    found = disturbed().judged()

    for losses in (found.curtailed_economic_mwh, found.curtailed_network_mwh, found.unavailable_mwh, found.not_known_mwh):
        assert np.nanmin(losses) == 0
        assert np.nanmax(losses) > 0


def test_a_plant_without_expectation_has_no_losses_and_takes_no_share() -> None:
    region = RegionDays(capacities_mw=(100.0, 100.0))
    region.energy[:] = 0.3 * region.expected
    region.curtailed[:] = 500.0
    region.expected[0] = np.nan

    found = region.judged()

    assert set(found.loss_class[0]) == {"no_expectation"}
    assert np.isnan(found.curtailed_network_mwh[0]).all()
    assert found.loss_class[1, 12] == "curtailed_network_est"


@pytest.mark.parametrize(("energy", "accepted_share", "lost"), [(np.nan, 0.0, 99.1), (60.0, 0.6, 39.1), (60.0, 0.9, 0.0)])
def test_what_did_not_come_is_not_known(energy: float, accepted_share: float, lost: float) -> None:
    region = RegionDays()
    region.energy[0, 12], region.accepted[0, 12] = energy, accepted_share

    found = region.judged()

    assert found.not_known_mwh[0, 12] == pytest.approx(lost, abs=0.1)
    assert found.loss_class[0, 12] == ("not_known" if lost else "underperforming")


@pytest.mark.parametrize(("ratio", "loss_class"), [(0.86, "normal"), (1.2, "normal"), (0.84, "underperforming")])
def test_an_hour_is_low_below_a_ratio_and_its_rest_unexplained(ratio: float, loss_class: str) -> None:
    region = RegionDays()
    region.energy[0, 12] *= ratio

    found = region.judged()

    assert found.loss_class[0, 12] == loss_class
    assert found.unexplained_mwh[0, 12] == pytest.approx((1 - ratio) * region.expected[0, 12])


def test_dawn_is_normal_whatever_it_made() -> None:
    region = RegionDays()
    region.expected[0, 6], region.energy[0, 6] = 4.0, 0.0

    assert region.judged().loss_class[0, 6] == "normal"


@pytest.mark.parametrize(("name", "said"), [("price", "market values"), ("accepted", "plants, hours"), ("gap", "contiguous")])
def test_arrays_that_do_not_fit_are_refused(name: str, said: str) -> None:
    region = RegionDays()
    region.price = region.price[:-1] if name == "price" else region.price
    region.accepted = region.accepted[:, :-1] if name == "accepted" else region.accepted
    if name == "gap":
        region.start_s[-1] += 3600

    with pytest.raises(ValueError, match=said):
        RegionHours(
            region.start_s, region.capacity_mw, region.energy, region.expected, region.accepted, region.price, region.curtailed
        )
