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
from include.losses.measured import Measured, measured
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
    CURTAILED_ECONOMIC_MEASURED = "curtailed_economic"
    CURTAILED_NETWORK_MEASURED = "curtailed_network"
    UNAVAILABLE = "unavailable"
    OUTAGE = "outage"
    STORED = "stored"
    UNDERPERFORMING = "underperforming"


class CurtailedMethod(StrEnum):
    """What curtailment was judged by: the operator's dispatch, price and the region's curtailment, the price alone, nothing."""

    MEASURED = "measured"
    REGION = "estimated_by_region"
    PRICE = "estimated_by_price"
    NONE = "no_market_data"


@dataclass(frozen=True)
class Waterfall:
    """Losses in MWh, NaN without an expectation, classes and methods; all of shape (plants, hours)."""

    curtailed_economic_mwh: Floats
    curtailed_network_mwh: Floats
    unavailable_mwh: Floats
    stored_mwh: Floats
    not_known_mwh: Floats
    unexplained_mwh: Floats
    loss_class: Names
    curtailed_method: Names


def waterfall(hours: RegionHours, bid_aud_mwh: Floats, utc_offset_hours: int) -> Waterfall:
    """Split every hour's shortfall.

    `bid_aud_mwh`, shape (plants,), is `learnt_bids` of a longer stretch, best a year: NaN for plants without one and for those
    that are not dispatched. `utc_offset_hours` is the network's, for the nights of hybrids. What lasts beyond the hours is judged
    by what is inside: give some days on either side.
    """
    told = measured(hours, bid_aud_mwh)
    below = below_bid(hours, bid_aud_mwh) & ~told.is_measured
    wanted_mwh = np.where(below, hours.shortfall_mwh, 0.0)
    curtailed = known_curtailed_mwh(hours, wanted_mwh, told)
    outages = outage_hours(hours, bid_aud_mwh, _left_mwh(curtailed, wanted_mwh), told)
    economic = below & ~outages
    economic_mwh = _economic_mwh(hours, economic, curtailed)
    stored = stored_hours(hours, utc_offset_hours) & ~outages & ~economic & ~told.is_settled
    unsettled = hours.is_short & ~outages & ~economic & ~stored & ~told.is_measured
    network = network_mwh(hours, unsettled, _left_mwh(curtailed, economic_mwh))
    missing = np.isfinite(hours.expected_mwh) & ~hours.is_known
    parts = {
        "curtailed_economic_mwh": economic_mwh,
        "curtailed_network_mwh": network,
        "unavailable_mwh": np.where(outages, hours.shortfall_mwh, 0.0),
        "stored_mwh": stored_mwh(hours, stored),
        "not_known_mwh": np.where(missing, hours.shortfall_mwh, 0.0),
    }
    none = np.isnan(hours.expected_mwh)
    by_rank = {
        LossClass.NO_EXPECTATION: none,
        LossClass.NOT_KNOWN: missing,
        LossClass.OUTAGE: outages,
        LossClass.CURTAILED_ECONOMIC: economic,
        LossClass.STORED: stored,
        LossClass.CURTAILED_NETWORK: network > 0,
        LossClass.UNDERPERFORMING: hours.is_short,
    }
    parts, ranks = _with_measured(hours, told, parts)
    methods = np.where(told.is_measured, CurtailedMethod.MEASURED.value, _methods(hours, curtailed))
    rest = hours.expected_mwh - np.nan_to_num(hours.energy_mwh) - sum(parts.values())
    named = {name: np.where(none, np.nan, values) for name, values in parts.items()}
    return Waterfall(**named, unexplained_mwh=rest, loss_class=_classes(ranks | by_rank), curtailed_method=methods)


def learnt_bids(hours: RegionHours) -> Floats:
    """Return each plant's bid in $/MWh, NaN where there is none; plants that are not dispatched do not bid."""
    bids = np.full(len(hours.capacity_mw), np.nan)
    for plant in np.flatnonzero(hours.is_dispatched):
        of_plant = (hours.energy_mwh[plant], hours.expected_mwh[plant], hours.is_lit[plant], float(hours.capacity_mw[plant]))
        bids[plant] = learnt_bid(*of_plant, hours.price_aud_mwh)
    return bids


def known_curtailed_mwh(hours: RegionHours, economic_mwh: Floats, told: Measured) -> Floats:
    """Return the region's curtailed energy that is not measured (`told`), NaN where it says nothing, shape (hours,).

    So it is where a 0 stands beside economic shortfalls (`economic_mwh`, shape (plants, hours)) or beside what was measured, and
    where no price is known: then nobody can say which part is the network's.
    """
    taken = told.taken_mwh.sum(axis=0)
    is_null = (hours.curtailed_solar_mwh <= 0) & (economic_mwh.sum(axis=0) + taken > UNKNOWN_ABOVE_MWH)
    return np.where(is_null | np.isnan(hours.price_aud_mwh), np.nan, np.maximum(hours.curtailed_solar_mwh - taken, 0.0))


def _with_measured(
    hours: RegionHours, told: Measured, parts: dict[str, Floats]
) -> tuple[dict[str, Floats], dict[LossClass, Bools]]:
    """Return the parts with what was measured, and the classes of these hours, which come before all others."""
    more = {
        "curtailed_economic_mwh": np.where(told.is_economic, told.curtailed_mwh, 0.0),
        "curtailed_network_mwh": np.where(told.is_network, told.curtailed_mwh, 0.0),
        "unavailable_mwh": np.where(told.is_unavailable & (parts["unavailable_mwh"] == 0), hours.shortfall_mwh, 0.0),
    }
    ranks = {
        LossClass.UNAVAILABLE: told.is_unavailable,
        LossClass.CURTAILED_ECONOMIC_MEASURED: told.is_economic,
        LossClass.CURTAILED_NETWORK_MEASURED: told.is_network,
    }
    return {name: values + more[name] if name in more else values for name, values in parts.items()}, ranks


def _economic_mwh(hours: RegionHours, economic: Bools, curtailed_mwh: Floats) -> Floats:
    """Return the economic shortfalls; they add up to at most what the region says, where it says something above 0."""
    wanted = np.where(economic, hours.shortfall_mwh, 0.0)
    return wanted * np.where(curtailed_mwh > 0, at_most(np.nan_to_num(curtailed_mwh), wanted.sum(axis=0)), 1.0)


def _left_mwh(curtailed_mwh: Floats, economic_mwh: Floats) -> Floats:
    """Return what economic shortfalls leave of the region's curtailed energy, at least 0, NaN where that is not known."""
    return np.asarray(np.maximum(curtailed_mwh - economic_mwh.sum(axis=0), 0.0))


def _classes(by_rank: dict[LossClass, Bools]) -> Names:
    return np.select(list(by_rank.values()), [each.value for each in by_rank], default=LossClass.NORMAL.value)


def _methods(hours: RegionHours, curtailed_mwh: Floats) -> Names:
    by_price = np.where(np.isfinite(hours.price_aud_mwh), CurtailedMethod.PRICE.value, CurtailedMethod.NONE.value)
    by_hour = np.where(np.isfinite(curtailed_mwh), CurtailedMethod.REGION.value, by_price)
    return np.broadcast_to(by_hour, hours.energy_mwh.shape)
