"""The rules over days in a simulated world that has curtailment, clipping, outages, a battery and a farm at zero for months.

`python -m tests.simulation.findings SEED` measures the same in a year of forty farms.
"""

from __future__ import annotations

import numpy as np
import pytest

from tests.simulation.defects import Told, spoiled
from tests.simulation.findings import KINDS, can_be_doubled, false_runs, found_days, network_days, true_days
from tests.simulation.world import World, world

FIRST_HOUR_S = 1_727_704_800
"""2024-10-01 00:00 +10:00: the months in which most is curtailed."""
LEAST_RECALL = 0.95


@pytest.fixture(scope="module")
def spring() -> World:
    return world(5, count=16, days=80, first_hour_s=FIRST_HOUR_S)


def test_a_world_without_defects_is_silent(spring: World) -> None:
    assert spring.economic_mwh.sum() > 0.05 * spring.potential_mwh.sum()
    assert not any(found.any() for found in found_days(network_days(Told.of(spring), "NEM")).values())


@pytest.mark.parametrize("minutes", [10, 25])
def test_half_hours_of_wem_are_silent(spring: World, minutes: int) -> None:
    # The rules do not look at names: farms of NEM with WEM's half hours
    told = Told.of(spring)
    told.half_hours(told.network("NEM"), minutes)
    found = found_days(network_days(told, "NEM", is_by_half_hours=True))
    assert not any(found[rule].any() for rule in ("late_energy", "shifted", "doubled"))


@pytest.mark.parametrize("rule", KINDS)
def test_each_defect_is_found_and_nothing_beside_it(spring: World, rule: str) -> None:
    told = spoiled(spring, np.random.default_rng(5), (rule,))
    days = network_days(told, "NEM")
    found = found_days(days)
    whole, touched = (true_days(told, "NEM", rule, days, whole=each) for each in (rule != "network_wide_gap", False))
    if found[rule].ndim == 1:
        whole, touched = whole.any(axis=0), touched.any(axis=0)
    if rule == "doubled":
        whole = whole & can_be_doubled(days)
    assert whole.any()
    assert (found[rule] & whole).sum() >= LEAST_RECALL * whole.sum()
    assert (found[rule] & ~touched).sum() <= 1
    plant_years = days.is_reported.size / 365
    assert false_runs(found, rule) <= plant_years
