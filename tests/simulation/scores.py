"""How well the losses of a world are found: F1 by lost MWh, and the bids."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from include.losses.hours import NEGLIGIBLE_SHARE, Dispatch, RegionHours
from include.losses.waterfall import Waterfall, learnt_bids, waterfall
from infra.upstream.hours import NETWORK_OFFSET_HOURS
from infra.upstream.noise import Floats
from infra.upstream.world.plants import Bools
from infra.upstream.world.world import REGIONS
from tests.simulation.world import World

CAUSES = {"economic": "curtailed_economic_mwh", "network": "curtailed_network_mwh", "outage": "unavailable_mwh"}
NEAR_AUD_MWH, SELDOM_HOURS = 4.0, 20
LEAST_LOSS_SHARE = 0.01
"""Of capacity, from which an hour of the truth has a cause."""


@dataclass(frozen=True)
class F1:
    """By cause: `by_class` weighs hours by what they lost, `by_amount` compares MWh hour by hour, weather's error included."""

    precision: float
    recall: float
    by_class: float
    by_amount: float
    true_mwh: float
    found_mwh: float


@dataclass(frozen=True)
class Judged:
    """What the library found, by region."""

    bid_aud_mwh: dict[str, Floats]
    losses: dict[str, Waterfall]


def judged(made: World, expected_mwh: Floats, dispatch: Dispatch | None = None) -> Judged:
    """Learn the bids of each region's plants from all hours, and judge the same; `dispatch` of all plants, None without it."""
    hours = {region: region_hours(made, expected_mwh, region, dispatch) for region in made.price_aud_mwh}
    bids = {region: learnt_bids(of_region) for region, of_region in hours.items()}
    return Judged(
        bids, {region: waterfall(hours[region], bids[region], NETWORK_OFFSET_HOURS[REGIONS[region]]) for region in hours}
    )


def region_hours(made: World, expected_mwh: Floats, region: str, dispatch: Dispatch | None = None) -> RegionHours:
    """What the library is told of a region."""
    chosen = made.of_region(region)
    return RegionHours(
        start_s=made.start_s,
        capacity_mw=np.array([made.farms[index].capacity_mw for index in chosen]),
        energy_mwh=made.energy_mwh[chosen],
        expected_mwh=expected_mwh[chosen],
        accepted_share=made.accepted_share[chosen],
        price_aud_mwh=made.price_aud_mwh[region],
        curtailed_solar_mwh=made.curtailed_mwh[region],
        dispatch=None if dispatch is None else dispatch.of(np.array(chosen)),
    )


def scores(made: World, found: Judged) -> dict[str, F1]:
    """F1 of each cause over the hours of which the energy is known."""
    farms = np.concatenate([made.of_region(region) for region in found.losses])
    told = {cause: np.concatenate([getattr(each, name) for each in found.losses.values()]) for cause, name in CAUSES.items()}
    return scores_of(
        {cause: getattr(made, f"{cause}_mwh")[farms] for cause in CAUSES},
        np.stack([made.part_outage_mwh[farms], made.stored_mwh[farms]]),
        told,
        np.isfinite(made.energy_mwh[farms]) & (made.accepted_share[farms] == 1),
        np.array([made.farms[index].capacity_mw for index in farms])[:, None],
    )


def scores_of(
    truth: dict[str, Floats], others: Floats, told: dict[str, Floats], is_known: Bools, capacity_mw: Floats
) -> dict[str, F1]:
    """F1 by cause over the hours that are known, from MWh of shape (plants, hours).

    `others`: MWh that went where no cause is looked for, shape (causes, plants, hours), above 0 where lost. What was told may be
    NaN: nothing. `capacity_mw`: shape (plants, 1).
    """
    largest = np.maximum(np.max(list(truth.values()), axis=0), others.max(axis=0))
    return {
        cause: _f1(
            truth[cause],
            np.nan_to_num(told[cause]),
            is_known,
            (truth[cause] >= largest) & (truth[cause] > LEAST_LOSS_SHARE * capacity_mw),
        )
        for cause in CAUSES
    }


def _f1(truth: Floats, told: Floats, known: Bools, is_true: Bools) -> F1:
    is_told = told > 0
    hit = np.where(known & is_true & is_told, truth, 0.0).sum()
    missed = np.where(known & is_true & ~is_told, truth, 0.0).sum()
    false = np.where(known & ~is_true & is_told, told, 0.0).sum()
    common = np.where(known, np.minimum(truth, told), 0.0).sum()
    both = np.where(known, truth + told, 0.0).sum()
    return F1(
        hit / max(hit + false, 1e-9),
        hit / max(hit + missed, 1e-9),
        2 * hit / max(2 * hit + missed + false, 1e-9),
        2 * common / max(both, 1e-9),
        float(np.where(known, truth, 0.0).sum()),
        float(np.where(known, told, 0.0).sum()),
    )


@dataclass(frozen=True)
class Bids:
    """Farms that bid, of them those learnt within 4 $/MWh and those not found; bids of farms that never bid.

    `seldom` of those not found had a price below their bid in at most `SELDOM_HOURS` of daylight.
    """

    bidding: int
    near: int
    not_found: int
    seldom: int
    invented: int


def bids(made: World, found: Judged) -> Bids:
    """Compare learnt bids with the truth."""
    farms = [index for region in found.bid_aud_mwh for index in made.of_region(region)]
    true = np.array([made.farms[index].bid_aud_mwh for index in farms])
    told = np.concatenate(list(found.bid_aud_mwh.values()))
    is_bidding, is_found = np.isfinite(true), np.isfinite(told)
    not_found = is_bidding & ~is_found
    seldom = sum(_hours_below_bid(made, farms[position]) <= SELDOM_HOURS for position in np.flatnonzero(not_found))
    near = np.abs(true - told) <= NEAR_AUD_MWH
    return Bids(int(is_bidding.sum()), int(near.sum()), int(not_found.sum()), seldom, int((~is_bidding & is_found).sum()))


def _hours_below_bid(made: World, index: int) -> int:
    plant = made.farms[index]
    is_lit = made.potential_mwh[index] > NEGLIGIBLE_SHARE * plant.capacity_mw
    return int((is_lit & (made.price_aud_mwh[plant.region] < plant.bid_aud_mwh)).sum())
