"""What the market operator's dispatch says of a plant goes before every estimate, and leaves the others as they were."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest

from include.losses.hours import Dispatch
from include.losses.waterfall import Waterfall, waterfall
from tests.unit.include.losses.region_days import OFFSET_HOURS, RegionDays, bidding, lost_mwh
from tests.unit.include.losses.test_waterfall import disturbed

NOON = 12


def held(mwh: float, *, intervals: int = 12, price: float = 80.0) -> RegionDays:
    """A noon at which the operator took some MWh of what the plant could make, by caps in some of the intervals."""
    region = RegionDays()
    told = region.say_dispatch()
    region.energy[0, NOON] -= mwh
    told.curtailed_mwh[0, NOON], told.capped_intervals[0, NOON] = mwh, intervals
    region.price[NOON] = price
    return region


def judged(region: RegionDays, bid: float = np.nan) -> Waterfall:
    return waterfall(region.hours(), np.full(len(region.capacity_mw), bid), OFFSET_HOURS)


def same(one: Waterfall, other: Waterfall, plants: slice = slice(None)) -> bool:
    return all(
        np.array_equal(getattr(one, field.name)[plants], getattr(other, field.name)[plants], equal_nan=field.name.endswith("mwh"))
        for field in fields(Waterfall)
    )


def test_without_a_word_of_the_operator_every_figure_is_as_it_was() -> None:
    region = disturbed()
    without = region.judged()
    nothing = np.full(region.energy.shape, np.nan)
    region.dispatch = Dispatch(nothing, nothing, nothing, nothing)

    assert same(region.judged(), without)


def test_plants_of_which_he_says_nothing_are_judged_as_before() -> None:
    region = bidding(-10.0, 40, (100.0, 60.0, 20.0))
    without = region.judged()
    told = region.say_dispatch()
    for values in (told.uigf_mwh, told.availability_mwh, told.curtailed_mwh, told.capped_intervals):
        values[[0, 2]] = np.nan
    lost = region.expected[1] - region.energy[1]
    told.uigf_mwh[1] = told.availability_mwh[1] = region.expected[1]
    told.curtailed_mwh[1], told.capped_intervals[1] = lost, np.where(lost > 0, 12, 0)

    found = region.judged()

    # The region's curtailment is exactly what its plants lost: what he measured is taken out of it, and the rest fits as before.
    for name in ("curtailed_economic_mwh", "curtailed_network_mwh", "unexplained_mwh"):
        assert np.allclose(getattr(found, name)[[0, 2]], getattr(without, name)[[0, 2]])
    assert (found.loss_class[[0, 2]] == without.loss_class[[0, 2]]).all()
    assert set(found.curtailed_method[1]) == {"measured"}


def test_what_he_took_is_the_networks_where_the_price_pays() -> None:
    found = judged(held(30.0), bid=0.0)

    assert found.loss_class[0, NOON] == "curtailed_network"
    assert found.curtailed_network_mwh[0, NOON] == pytest.approx(30.0)
    assert found.unexplained_mwh[0, NOON] == pytest.approx(0.0)
    assert found.curtailed_method[0, NOON] == "measured"


@pytest.mark.parametrize(
    ("price", "intervals", "bid", "expected"),
    [
        (-5.0, 12, 0.0, "curtailed_economic"),
        (0.0, 12, 0.0, "curtailed_economic"),
        (20.0, 12, 0.0, "curtailed_network"),  # a cap of a whole hour above the bid
        (20.0, 5, 0.0, "curtailed_economic"),  # the price was below it in five intervals
        (60.0, 5, 0.0, "curtailed_network"),
        (-50.0, 12, np.nan, "curtailed_network"),  # a plant of which no bid is known
        (np.nan, 5, 0.0, "curtailed_network"),  # nor the price
    ],
)
def test_a_price_at_or_below_the_bid_makes_it_the_plants_own(price: float, intervals: int, bid: float, expected: str) -> None:
    assert judged(held(30.0, intervals=intervals, price=price), bid).loss_class[0, NOON] == expected


def test_he_took_no_more_than_the_plant_was_short_of() -> None:
    region = held(30.0)
    region.energy[0, NOON] += 20.0

    found = judged(region)

    assert found.curtailed_network_mwh[0, NOON] == pytest.approx(10.0)
    assert lost_mwh(found)[0, NOON] == pytest.approx(10.0)


def test_less_than_a_twentieth_of_the_forecast_is_its_error() -> None:
    region = held(30.0)
    assert region.dispatch is not None
    region.dispatch.curtailed_mwh[0, NOON] = 4.0

    found = judged(region)

    assert found.loss_class[0, NOON] == "underperforming"
    assert found.curtailed_network_mwh[0, NOON] == 0
    assert found.curtailed_method[0, NOON] == "measured"


def test_a_target_below_the_forecast_without_a_cap_is_no_curtailment() -> None:
    assert judged(held(30.0, intervals=0)).loss_class[0, NOON] == "underperforming"


@pytest.mark.parametrize("nothing", ["uigf_mwh", "availability_mwh"])
def test_a_forecast_or_availability_of_nothing_is_unavailable(nothing: str) -> None:
    region = held(90.0)
    assert region.dispatch is not None
    getattr(region.dispatch, nothing)[0, NOON] = 0.3

    found = judged(region)

    assert found.loss_class[0, NOON] == "unavailable"
    assert found.unavailable_mwh[0, NOON] == pytest.approx(region.expected[0, NOON] - region.energy[0, NOON])
    assert found.curtailed_network_mwh[0, NOON] == 0


def test_a_night_without_a_forecast_is_normal() -> None:
    found = judged(held(30.0))

    assert found.loss_class[0, 0] == "normal"
    assert found.unavailable_mwh[0, 0] == 0


def test_zeros_that_he_ordered_are_no_outage() -> None:
    region = RegionDays()
    told = region.say_dispatch()
    day = slice(9, 15)
    region.energy[0, day] = 0.0
    told.curtailed_mwh[0, day], told.capped_intervals[0, day] = region.expected[0, day], 12

    found = judged(region)

    assert set(found.loss_class[0, day]) == {"curtailed_network"}
    assert found.unavailable_mwh[0, day].max() == 0
    region.dispatch = None
    assert set(judged(region).loss_class[0, day]) == {"outage"}


def test_zeros_that_nobody_ordered_are_still_an_outage() -> None:
    region = RegionDays()
    region.say_dispatch()
    region.energy[0, 9:15] = 0.0

    assert set(judged(region).loss_class[0, 9:15]) == {"outage"}


def test_what_he_took_of_a_plant_whose_energy_is_missing_is_not_shared_among_the_others() -> None:
    region = RegionDays(capacities_mw=(100.0, 100.0))
    told = region.say_dispatch()
    told.uigf_mwh[1] = np.nan
    region.energy[:, 11:14] = 40.0
    region.energy[0, 11:14] = np.nan
    told.curtailed_mwh[0, 11:14], told.capped_intervals[0, 11:14] = 50.0, 12
    region.curtailed[11:14] = 70.0

    found = judged(region)

    assert set(found.loss_class[0, 11:14]) == {"not_known"}
    assert found.curtailed_network_mwh[1, 11:14] == pytest.approx(20.0)


def test_an_hour_in_which_the_plant_was_unavailable_proves_the_zeros_beside_it() -> None:
    region = RegionDays()
    told = region.say_dispatch()
    region.price[:] = -50.0  # no price tells these zeros from a bid
    region.energy[0, 9:15] = 0.0
    told.uigf_mwh[0, 9:12] = 0.0
    told.uigf_mwh[0, 12:15] = np.nan

    found = judged(region)

    assert found.loss_class[0, 9:15].tolist() == ["unavailable"] * 3 + ["outage"] * 3
    assert np.allclose(found.unavailable_mwh[0, 9:15], region.expected[0, 9:15])


def test_what_he_measured_is_not_shared_among_the_others() -> None:
    region = RegionDays(capacities_mw=(100.0, 100.0))
    told = region.say_dispatch()
    for values in (told.uigf_mwh, told.availability_mwh, told.curtailed_mwh, told.capped_intervals):
        values[1] = np.nan
    region.energy[:, 11:14] = 40.0
    told.curtailed_mwh[0, 11:14], told.capped_intervals[0, 11:14] = 50.0, 12
    region.curtailed[11:14] = 70.0

    found = judged(region)

    assert found.curtailed_network_mwh[0, 11:14] == pytest.approx(50.0)
    assert found.curtailed_network_mwh[1, 11:14] == pytest.approx(20.0)
    assert set(found.curtailed_method[1, 11:14]) == {"estimated_by_region"}
    assert np.abs(np.nan_to_num(region.energy) + lost_mwh(found) - region.expected).max() < 1e-6
