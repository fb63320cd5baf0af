"""The price below which a plant stops, learnt from its own hours.

Guards against the rule "price at or below 0": plants bid anything from -60 to +15 $/MWh, and some never. What a plant does at a
price is compared with what it does above it, as an outage makes zeros at any price. It cannot see a bid that changes within the
hours it is given, nor one that the price fell below in a few hours only; there is little to lose in those.
"""

from __future__ import annotations

import numpy as np

from include.losses.hours import ZERO_SHARE, Bools, Floats, Integers, RegionHours, runs

LOW_RATIO = 0.5
"""Energy by expected, below which an hour is taken for a stopped one: clouds that no weather source saw seldom do that."""
LEAST_SHARE = 0.5
"""Of hours below a bid, above which they are low: plants do not react on every day, nor in every minute of an hour."""
NEAR_AUD_MWH = 4.0
LEAST_HOURS_BELOW, LEAST_HOURS_NEAR = 10, 4
LEAST_DAYS = 3
"""A limit of the network or an outage of a day that happened to be cheap is no bid."""
LEAST_SIGMAS = 4.0
"""By which the share of low hours below a bid is above that of the others: of a year's candidates one is always three off."""
MOST_BID_AUD_MWH = 40.0
"""No solar farm stops at a price that pays: zeros that last into such a price are an outage, and teach nothing."""
PRIOR_BID_AUD_MWH = 0.0
"""Of a plant of which nothing is learnt yet: nearly all that bid stop at or below it, and few above."""
EDGE_AUD_MWH = 10.0
"""Above the bid by the mean of an hour in whose first or last minutes the price was still below it."""


def below_bid(hours: RegionHours, bid_aud_mwh: Floats) -> Bools:
    """Return short hours whose price is at or below the plant's bid, with the hours at the edge of such; shape (plants, hours).

    `bid_aud_mwh` is NaN where none was learnt, shape (plants,).
    """
    above_aud_mwh = hours.price_aud_mwh - bid_aud_mwh[:, None]
    below = hours.is_short & (above_aud_mwh <= 0)  # nothing is below what is not known
    beside = np.zeros_like(below)
    beside[:, 1:] |= below[:, :-1]
    beside[:, :-1] |= below[:, 1:]
    return np.asarray(below | (hours.is_short & beside & (above_aud_mwh <= EDGE_AUD_MWH)))


def learnt_bid(energy_mwh: Floats, expected_mwh: Floats, is_lit: Bools, capacity_mw: float, price_aud_mwh: Floats) -> float:
    """Return the largest price in $/MWh below which a plant stops, NaN where none is found; arrays are of shape (hours,).

    Below it energy is under half of what is expected in most hours, also in those of the last 4 $, and far more often than above.
    """
    usable = is_lit & np.isfinite(price_aud_mwh)
    usable &= ~_in_outages(energy_mwh, is_lit, capacity_mw, price_aud_mwh)
    order = np.flatnonzero(usable)[np.argsort(price_aud_mwh[usable], kind="stable")]
    if len(order) <= LEAST_HOURS_BELOW:
        return float("nan")
    price = price_aud_mwh[order]
    is_low = energy_mwh[order] < LOW_RATIO * expected_mwh[order]
    # A candidate is the price of a low hour; with it, the hours below it in the order of prices.
    low, hours = np.concatenate([[0], np.cumsum(is_low)]), np.arange(1, len(price) + 1)
    near_first = np.searchsorted(price, price - NEAR_AUD_MWH)
    near_hours = hours - near_first
    holds = is_low & (price <= MOST_BID_AUD_MWH) & (hours >= LEAST_HOURS_BELOW) & (near_hours >= LEAST_HOURS_NEAR)
    holds &= _days_so_far(order // 24, is_low) >= LEAST_DAYS
    holds &= (low[1:] > LEAST_SHARE * hours) & (low[1:] - low[near_first] > LEAST_SHARE * near_hours)
    holds &= _sigmas(low[1:], hours) > LEAST_SIGMAS
    return float(price[np.flatnonzero(holds)[-1]]) if holds.any() else float("nan")


def _sigmas(low: Integers, hours: Integers) -> Floats:
    """By how many standard errors the share of low hours so far is above that of all that follow; 0 where none does."""
    all_low, all_hours = low[-1], hours[-1]
    rest = all_hours - hours
    share = all_low / all_hours
    gap = low / hours - (all_low - low) / np.maximum(rest, 1)
    error = np.sqrt(max(share * (1 - share), 1e-9) * (1 / hours + 1 / np.maximum(rest, 1)))
    return np.asarray(np.where(rest > 0, gap / error, 0.0))


def _days_so_far(day: Integers, is_low: Bools) -> Integers:
    """Count the days that had a low hour so far."""
    is_first = np.zeros(len(day), dtype=np.int64)
    at_low = np.flatnonzero(is_low)
    is_first[at_low[np.unique(day[at_low], return_index=True)[1]]] = 1
    return np.asarray(np.cumsum(is_first))


def _in_outages(energy_mwh: Floats, is_lit: Bools, capacity_mw: float, price_aud_mwh: Floats) -> Bools:
    """Whether an hour is in zeros that last into a price which pays; nights between them do not end them."""
    found = np.zeros(len(energy_mwh), dtype=bool)
    lit = np.flatnonzero(is_lit)
    for first, end in runs(energy_mwh[lit] < ZERO_SHARE * capacity_mw):
        of_run = lit[first:end]
        if np.any(price_aud_mwh[of_run] > MOST_BID_AUD_MWH):
            found[of_run] = True
    return found
