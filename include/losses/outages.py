"""Outages of a whole plant, judged over whole runs of zeros.

An hour of zero says nothing, as curtailment looks the same. A run does: an outage goes on at prices above the plant's bid, and
the region's curtailment does not hold what the plant lost. So its hours of low prices are found too. Cannot see the outage of a
part of a plant (`underperforming`), nor one that lies within hours below the bid.
"""

from __future__ import annotations

import numpy as np

from include.losses.hours import ZERO_SHARE, Bools, Floats, Integers, RegionHours, runs
from include.losses.measured import Measured

LEAST_HOURS = 2
LEAST_HOURS_WITHOUT_PRICE = 12
"""Lit hours, more than there are in most days: what a price stops starts again in the evening or the morning after."""
ABOVE_BID_AUD_MWH = 5.0
"""Above the learnt bid by its error: within it an hour may be either."""
MOST_UNKNOWN_BID_AUD_MWH = 0.0
"""Where none was learnt: a plant that seldom stops may still have a low one."""
EXPLAINED_SHARE = 0.5
"""Of what a run lost above the bid, from which the region's curtailment explains it."""


def outage_hours(hours: RegionHours, bid_aud_mwh: Floats, left_mwh: Floats, told: Measured) -> Bools:
    """Return which hours are outages of the whole plant, shape (plants, hours).

    `bid_aud_mwh` is NaN where none was learnt, shape (plants,). `left_mwh` is what the economic shortfalls leave of the region's
    curtailment, shape (hours,), at least 0, NaN where it is not known. `told`: what is measured; curtailed hours neither end a
    run nor are part of one, and one in which the plant was unavailable proves it.
    """
    found = np.zeros(hours.energy_mwh.shape, dtype=bool)
    for plant, capacity_mw in enumerate(hours.capacity_mw):
        lit = np.flatnonzero(hours.is_lit[plant] & ~told.is_curtailed[plant])
        # Nights and hours that did not come lie between zeros, and do not end a run.
        for first, end in runs(hours.energy_mwh[plant, lit] < ZERO_SHARE * capacity_mw):
            of_run = lit[first:end]
            is_proven = told.is_unavailable[plant, of_run].any()
            if is_proven or _is_outage(hours, plant, of_run, float(bid_aud_mwh[plant]), left_mwh):
                found[plant, of_run] = True
    return found


def _is_outage(hours: RegionHours, plant: int, of_run: Integers, bid_aud_mwh: float, left_mwh: Floats) -> bool:
    if not hours.is_dispatched[plant]:
        return len(of_run) >= LEAST_HOURS
    telling = _telling_hours(hours.price_aud_mwh[of_run], of_run, bid_aud_mwh)
    lost = hours.shortfall_mwh[plant, telling]
    explained = np.minimum(np.nan_to_num(left_mwh[telling]), lost)
    return len(telling) > 0 and bool(explained.sum() < EXPLAINED_SHARE * lost.sum())


def _telling_hours(price_aud_mwh: Floats, of_run: Integers, bid_aud_mwh: float) -> Integers:
    """Return the hours of a run in which no price can have stopped the plant, none if they are too few."""
    bid = MOST_UNKNOWN_BID_AUD_MWH if np.isnan(bid_aud_mwh) else bid_aud_mwh
    paying = of_run[price_aud_mwh > bid + ABOVE_BID_AUD_MWH]
    if len(paying) >= LEAST_HOURS:
        return paying
    unknown = of_run[np.isnan(price_aud_mwh)]
    return unknown if len(unknown) >= LEAST_HOURS_WITHOUT_PRICE else of_run[:0]
