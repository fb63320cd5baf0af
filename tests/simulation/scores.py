"""How well the losses of a world are found: F1 by lost MWh, and the bids."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from include.losses.hours import RegionHours
from include.losses.waterfall import Waterfall, waterfall
from tests.simulation.farms import Bools, Floats
from tests.simulation.prices import OFFSET_HOURS
from tests.simulation.world import World

CAUSES = {"economic": "curtailed_economic_mwh", "network": "curtailed_network_mwh", "outage": "unavailable_mwh"}
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


def judged(made: World, expected_mwh: Floats) -> dict[str, Waterfall]:
    """The waterfall of each region."""
    return {
        region: waterfall(region_hours(made, expected_mwh, region), OFFSET_HOURS.get(region, 10)) for region in made.price_aud_mwh
    }


def region_hours(made: World, expected_mwh: Floats, region: str) -> RegionHours:
    """What the library is told of a region."""
    chosen = made.of_region(region)
    capacity_mw = np.array([made.farms[index].capacity_mw for index in chosen])
    by_plant = (values[chosen] for values in (made.energy_mwh, expected_mwh, made.accepted_share))
    return RegionHours(made.start_s, capacity_mw, *by_plant, made.price_aud_mwh[region], made.curtailed_mwh[region])


def scores(made: World, found: dict[str, Waterfall], regions: tuple[str, ...] = ()) -> dict[str, F1]:
    """F1 of each cause over the hours of which the energy is known, in all regions or these."""
    chosen = [region for region in found if not regions or region in regions]
    farms = np.concatenate([made.of_region(region) for region in chosen])
    truth = {cause: getattr(made, f"{cause}_mwh")[farms] for cause in CAUSES}
    others = np.stack([made.part_outage_mwh[farms], np.maximum(made.stored_mwh[farms], 0.0)])
    told = {
        cause: np.nan_to_num(np.concatenate([getattr(found[region], name) for region in chosen]))
        for cause, name in CAUSES.items()
    }
    known = np.isfinite(made.energy_mwh[farms]) & (made.accepted_share[farms] == 1)
    capacity = np.array([made.farms[index].capacity_mw for index in farms])[:, None]
    largest = np.maximum(np.max(list(truth.values()), axis=0), others.max(axis=0))
    return {
        cause: _f1(truth[cause], told[cause], known, (truth[cause] >= largest) & (truth[cause] > LEAST_LOSS_SHARE * capacity))
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
    """Farms that bid, of them those learnt within 4 $/MWh and those not found; bids of farms that never bid."""

    bidding: int
    near: int
    not_found: int
    invented: int


def bids(made: World, found: dict[str, Waterfall]) -> Bids:
    """Compare learnt bids with the truth."""
    true = np.concatenate([[made.farms[index].bid_aud_mwh for index in made.of_region(region)] for region in found])
    told = np.concatenate([each.bid_aud_mwh for each in found.values()])
    is_bidding = np.isfinite(true)
    near = np.abs(true - told) <= 4.0
    return Bids(
        int(is_bidding.sum()),
        int(near.sum()),
        int((is_bidding & np.isnan(told)).sum()),
        int((~is_bidding & np.isfinite(told)).sum()),
    )
