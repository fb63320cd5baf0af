"""The waterfall of a region's hours: expected = energy + economic + network + unavailable + stored + not known + unexplained.

One class an hour, by the first rule that holds. It takes the hour's shortfall; what is left over, the weather's error above all,
is unexplained and may be negative. So days are read, hours are not.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from include.losses.bids import below_bid, learnt_bid
from include.losses.hours import Bools, Floats, RegionHours
from include.losses.network import at_most, network_mwh
from include.losses.outages import outage_hours
from include.losses.storage import stored_hours, stored_mwh

UNKNOWN_ABOVE_MWH = 5.0
"""Estimates above this beside a curtailment of 0 say that the 0 is a null: the source writes one for the other."""
Names = npt.NDArray[np.str_]


class LossClass(StrEnum):
    """Why an hour was low, or that it was not."""

    NO_EXPECTATION = "no_expectation"
    NOT_KNOWN = "not_known"
    NORMAL = "normal"
    CURTAILED_ECONOMIC = "curtailed_economic_est"
    CURTAILED_NETWORK = "curtailed_network_est"
    OUTAGE = "outage"
    STORED = "stored"
    UNDERPERFORMING = "underperforming"


class CurtailedMethod(StrEnum):
    """What curtailment was judged by: price and the region's curtailed energy, the price alone, nothing."""

    REGION = "estimated_by_region"
    PRICE = "estimated_by_price"
    NONE = "not_estimated"


@dataclass(frozen=True)
class Waterfall:
    """Losses in MWh, NaN without an expectation, classes and methods, shape (plants, hours); bids in $/MWh, NaN for none."""

    curtailed_economic_mwh: Floats
    curtailed_network_mwh: Floats
    unavailable_mwh: Floats
    stored_mwh: Floats
    not_known_mwh: Floats
    unexplained_mwh: Floats
    loss_class: Names
    curtailed_method: Names
    bid_aud_mwh: Floats


def waterfall(hours: RegionHours, utc_offset_hours: int) -> Waterfall:
    """Split every hour's shortfall; `utc_offset_hours` is the network's, for the nights of hybrids."""
    bids = learnt_bids(hours)
    below = below_bid(hours, bids)
    known = curtailed_known_mwh(hours, below)
    outages = outage_hours(hours, bids, _left_mwh(hours, below, known))
    economic = below & ~outages
    economic_mwh = _economic_mwh(hours, economic, known)
    stored = stored_hours(hours, utc_offset_hours) & ~outages & ~economic
    open_hours = hours.is_short & ~outages & ~economic & ~stored
    left = known - np.where(hours.is_dispatched[:, None], economic_mwh, 0.0).sum(axis=0)
    network = network_mwh(hours, open_hours, np.maximum(left, 0.0))
    missing = np.isfinite(hours.expected_mwh) & ~hours.is_known
    parts = {
        "curtailed_economic_mwh": economic_mwh,
        "curtailed_network_mwh": network,
        "unavailable_mwh": np.where(outages, hours.shortfall_mwh, 0.0),
        "stored_mwh": stored_mwh(hours, stored),
        "not_known_mwh": np.where(missing, hours.shortfall_mwh, 0.0),
    }
    none = np.isnan(hours.expected_mwh)
    rest = hours.expected_mwh - np.nan_to_num(hours.energy_mwh) - sum(parts.values())
    classes = _classes(
        {
            LossClass.NO_EXPECTATION: none,
            LossClass.NOT_KNOWN: missing,
            LossClass.OUTAGE: outages,
            LossClass.CURTAILED_ECONOMIC: economic,
            LossClass.STORED: stored,
            LossClass.CURTAILED_NETWORK: network > 0,
            LossClass.UNDERPERFORMING: hours.is_short,
        }
    )
    named = {name: np.where(none, np.nan, values) for name, values in parts.items()}
    return Waterfall(**named, unexplained_mwh=rest, loss_class=classes, curtailed_method=_methods(hours, known), bid_aud_mwh=bids)


def learnt_bids(hours: RegionHours) -> Floats:
    """Return each plant's bid in $/MWh, NaN where there is none; plants that are not dispatched do not bid."""
    bids = np.full(len(hours.capacity_mw), np.nan)
    for plant in np.flatnonzero(hours.is_dispatched):
        of_plant = (hours.energy_mwh[plant], hours.expected_mwh[plant], hours.is_lit[plant], float(hours.capacity_mw[plant]))
        bids[plant] = learnt_bid(*of_plant, hours.price_aud_mwh)
    return bids


def curtailed_known_mwh(hours: RegionHours, economic: Bools) -> Floats:
    """Return the region's curtailed energy, NaN where it is not known, or 0 beside economic shortfalls that say otherwise."""
    estimate = np.where(economic & hours.is_dispatched[:, None], hours.shortfall_mwh, 0.0).sum(axis=0)
    is_null = (hours.curtailed_solar_mwh <= 0) & (estimate > UNKNOWN_ABOVE_MWH)
    return np.asarray(np.where(is_null, np.nan, np.maximum(hours.curtailed_solar_mwh, 0.0)))


def _left_mwh(hours: RegionHours, economic: Bools, known_mwh: Floats) -> Floats:
    estimate = np.where(economic & hours.is_dispatched[:, None], hours.shortfall_mwh, 0.0).sum(axis=0)
    return np.asarray(np.maximum(known_mwh - estimate, 0.0))


def _economic_mwh(hours: RegionHours, economic: Bools, known_mwh: Floats) -> Floats:
    """Return the economic shortfalls; those of dispatched plants add up to at most what the region says, if it does."""
    wanted = np.where(economic, hours.shortfall_mwh, 0.0)
    of_dispatched = np.where(hours.is_dispatched[:, None], wanted, 0.0)
    factor = np.where(known_mwh > 0, at_most(np.nan_to_num(known_mwh), of_dispatched.sum(axis=0)), 1.0)
    return np.asarray(wanted - of_dispatched * (1 - factor))


def _classes(by_rank: dict[LossClass, Bools]) -> Names:
    return np.select(list(by_rank.values()), [each.value for each in by_rank], default=LossClass.NORMAL.value)


def _methods(hours: RegionHours, known_mwh: Floats) -> Names:
    has_price = np.isfinite(hours.price_aud_mwh)
    by_hour = np.select(
        [has_price & np.isfinite(known_mwh), has_price],
        [CurtailedMethod.REGION.value, CurtailedMethod.PRICE.value],
        CurtailedMethod.NONE,
    )
    return np.broadcast_to(by_hour, hours.energy_mwh.shape)
