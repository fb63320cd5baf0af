"""Energy after dusk on all plants at once is the source's, on few it is theirs."""

from __future__ import annotations

import numpy as np

from spark_jobs.silver.day_rules.late_energy import late_days
from tests.unit.spark_jobs.silver.day_rules.clear_days import DUSK, ClearDays


def late(plants: int, of: int, evenings: list[int], days: int = 20) -> list[int]:
    network = ClearDays(of, days)
    for evening in evenings:
        network.early_night[:plants, evening, DUSK + 1] = True
    return np.flatnonzero(late_days(network.days()).found).tolist()


def test_four_of_seven_evenings_make_one_run_from_the_first_to_the_last() -> None:
    assert late(8, 8, [8, 9, 12, 14]) == list(range(8, 15))
    assert late(8, 8, [8, 9, 12, 15]) == []
    assert late(8, 8, [8, 9, 12]) == []


def test_a_quarter_of_the_plants_and_two_of_them_are_the_network() -> None:
    evenings = [5, 6, 7, 8, 9, 10, 11, 12]
    assert late(2, 8, evenings) == evenings
    assert late(2, 9, evenings) == []
    assert late(1, 2, evenings) == []


def test_units_of_one_plant_are_one_and_silent_plants_do_not_count() -> None:
    network = ClearDays(8, 20)
    network.early_night[:2, 5:12, DUSK] = True
    network.plant_of = np.array([0, 0, 1, 2, 3, 4, 5, 6])
    assert not late_days(network.days()).found.any()
    network.plant_of = np.arange(8)
    network.energy[4:] = np.nan
    network.early_night[1] = False
    assert not late_days(network.days()).found.any()
