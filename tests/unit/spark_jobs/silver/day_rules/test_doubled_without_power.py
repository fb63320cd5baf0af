"""Doubled energy of plants of which the source gives no power: an hour above capacity proves a day, and the network helps."""

from __future__ import annotations

import numpy as np
import pytest

from spark_jobs.silver.day_rules.doubled_without_power import doubled_days
from tests.unit.spark_jobs.silver.day_rules.clear_days import ClearDays


def doubled(of: ClearDays, plant: int = 0) -> list[int]:
    return np.flatnonzero(doubled_days(of.days()).without_power[plant]).tolist()


def alone(share: float = 0.9) -> ClearDays:
    of = ClearDays(1, 12, share)
    of.power[:] = np.nan
    return of


@pytest.mark.parametrize(("top_mwh", "is_doubled"), [(101.9, False), (102.1, True), (209.0, True), (211.0, False)])
def test_an_hour_above_capacity_proves_its_day(top_mwh: float, is_doubled: bool) -> None:
    of = alone()
    of.energy[0, 5, 12] = top_mwh
    assert doubled(of) == ([5] if is_doubled else [])


def test_days_between_proven_ones_are_doubled_up_to_three() -> None:
    for last, days in ((7, [3, 4, 5, 6, 7]), (8, [3, 8])):
        of = alone()
        of.energy[0, [3, last]] *= 2
        assert doubled(of) == days


def test_power_that_speaks_decides_alone() -> None:
    # Given a farm that was extended without a word: energy and power are both above capacity
    of = ClearDays(1, 12, 1.3)
    assert doubled(of) == []
    # and a day with power between two that are doubled without it
    of = alone()
    of.energy[0, [3, 5]] *= 2
    of.power[0, 4] = of.energy[0, 4]
    assert doubled(of) == [3, 5]


def test_where_the_source_doubles_a_network_weak_plants_without_power_are_taken_in() -> None:
    # Given eight plants on three days, the first of cloud and without power
    of = ClearDays(8, 12)
    of.energy[0] *= 0.2
    of.power[0] = np.nan
    of.energy[:, 4:7] *= 2
    assert doubled(of) == [4, 5, 6]
    # When only one of the others is doubled, it says nothing about the first
    of.energy[2:, 4:7] /= 2
    assert doubled(of) == []
    # and two of eight say it
    of.energy[2, 4:7] *= 2
    assert doubled(of) == [4, 5, 6]
    # but not of a plant that is silent, nor of one of unknown capacity
    of.energy[0, 5] = np.nan
    of.capacity[0] = np.nan
    assert doubled(of) == []


def test_a_day_is_proven_by_three_hours_of_twice_the_power() -> None:
    of = ClearDays(4, 3)
    of.power[0] = np.nan
    of.energy[2:, 1, [11, 12]] *= 2
    assert not doubled_days(of.days()).of_network.any()
    of.energy[2:, 1, 13] *= 2
    assert doubled_days(of.days()).of_network.tolist() == [False, True, False]
