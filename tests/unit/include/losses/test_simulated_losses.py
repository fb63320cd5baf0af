"""The losses in a small simulated world, where the cause of every lost MWh is known."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from tests.simulation.dispatch import dispatch_of
from tests.simulation.scores import Judged, bids, judged, scores
from tests.simulation.world import World, world
from tests.unit.include.losses.region_days import lost_mwh

SEED = 9
OCTOBER_S = 1_727_704_800


@cache
def small() -> tuple[World, Judged]:
    """Sixteen farms, spring and summer: what is network and what is weather needs a few of each."""
    made = world(SEED, count=16, days=120, first_hour_s=OCTOBER_S)
    return made, judged(made, made.assumed_mwh)


@pytest.mark.parametrize(("cause", "least"), [("economic", 0.9), ("outage", 0.9), ("network", 0.6)])
def test_losses_are_found_by_their_cause(cause: str, least: float) -> None:
    score = scores(*small())[cause]

    print(cause, score)
    assert score.true_mwh > 1000
    assert score.by_class >= least


@pytest.mark.parametrize(("cause", "least"), [("economic", 0.95), ("outage", 0.9), ("network", 0.85)])
def test_with_the_operators_word_they_are_found_better(cause: str, least: float) -> None:
    made, without = small()
    score = scores(made, judged(made, made.assumed_mwh, dispatch_of(made, SEED)))[cause]

    print(cause, score)
    assert score.by_class >= max(least, scores(made, without)[cause].by_class)


def test_bids_are_learnt_and_none_is_invented() -> None:
    learnt = bids(*small())

    print(learnt)
    assert learnt.near >= 0.85 * learnt.bidding > 0
    assert learnt.invented == 0


def test_the_identity_holds_in_every_hour() -> None:
    made, found = small()
    for region, losses in found.losses.items():
        chosen = made.of_region(region)
        error = np.nan_to_num(made.energy_mwh[chosen]) + lost_mwh(losses) - made.assumed_mwh[chosen]
        assert np.abs(error).max() < 1e-6


def test_dispatched_plants_are_curtailed_by_no_more_than_their_region() -> None:
    made, found = small()
    for region, losses in found.losses.items():
        told = made.curtailed_mwh[region]
        dispatched = np.array([made.farms[index].is_scheduled for index in made.of_region(region)])
        total = (losses.curtailed_economic_mwh + losses.curtailed_network_mwh)[dispatched].sum(axis=0)
        assert (total - told)[told > 0].max() < 1e-6


def test_the_worlds_losses_are_what_its_energy_lacks() -> None:
    made, _ = small()
    lost = made.economic_mwh + made.network_mwh + made.outage_mwh + made.part_outage_mwh + made.stored_mwh
    whole = np.isfinite(made.energy_mwh) & (made.accepted_share == 1)

    assert np.abs(made.potential_mwh - lost - made.energy_mwh)[whole].max() < 1e-3  # told to 0.0001 MWh


def test_the_weather_that_is_told_is_wrong_by_as_much_as_it_really_is() -> None:
    made, _ = small()
    lit = made.assumed_mwh > 0.05 * np.array([plant.capacity_mw for plant in made.farms])[:, None]
    by_hour = made.potential_mwh[lit] / made.assumed_mwh[lit]
    by_day = np.log(made.potential_mwh.reshape(-1, 24).sum(axis=1) / made.assumed_mwh.reshape(-1, 24).sum(axis=1))

    print((by_hour < 0.85).mean(), (by_hour > 1.15).mean(), by_day.std())
    assert 0.10 < (by_hour < 0.85).mean() < 0.25
    assert 0.08 < (by_hour > 1.15).mean() < 0.20
    assert 0.08 < by_day.std() < 0.20
