"""The share of network limits: what the region's curtailment leaves, laid over the hours that look like a limit.

A limit holds a plant at a level: its output is flat from hour to hour where the weather moves. Such plateaus come first, then
deep shortfalls. Without the region's curtailment there is no share. Cannot see a limit on a plant that is too small to be
dispatched, nor tell a limit from a cloud that hides among the region's curtailed hours.
"""

from __future__ import annotations

import numpy as np

from include.losses.hours import Bools, Floats, RegionHours

FLAT_SHARE = 0.01
"""Of capacity, by which the output of two hours under one limit differs at most."""
DEEP_RATIO = 0.5
LEAST_LEFT_SHARE = 0.05
"""Of a plant's capacity, below which what is left is the error of the economic share."""


def plateau_hours(hours: RegionHours, open_hours: Bools) -> Bools:
    """Return the open hours whose energy equals that of an open neighbour, shape (plants, hours)."""
    energy = np.where(open_hours, hours.energy_mwh, np.nan)
    flat = np.abs(np.diff(energy, axis=1)) <= FLAT_SHARE * hours.capacity_mw[:, None]
    found = np.zeros(energy.shape, dtype=bool)
    found[:, 1:] |= flat
    found[:, :-1] |= flat
    return found


def network_mwh(hours: RegionHours, open_hours: Bools, left_mwh: Floats) -> Floats:
    """Return each plant's share of what is left of its region's curtailment, shape (plants, hours).

    `open_hours` are short hours without another cause; `left_mwh` is of shape (hours,), at least 0, NaN where it is not known.
    The sum of the shares of an hour is at most `left_mwh`.
    """
    of_dispatched = open_hours & hours.is_dispatched[:, None]
    plateaus = plateau_hours(hours, of_dispatched)
    deep = of_dispatched & ~plateaus & (hours.energy_mwh < DEEP_RATIO * hours.expected_mwh)
    left = np.nan_to_num(left_mwh)
    shares = np.zeros(hours.energy_mwh.shape)
    for candidates in (plateaus, deep):
        wanted = np.where(candidates & (left > LEAST_LEFT_SHARE * hours.capacity_mw[:, None]), hours.shortfall_mwh, 0.0)
        given = wanted * at_most(left, wanted.sum(axis=0))
        shares += given
        left = np.maximum(left - given.sum(axis=0), 0.0)
    return shares


def at_most(available_mwh: Floats, wanted_mwh: Floats) -> Floats:
    """Return the factor that scales what is wanted down to what is available: 1 where it fits."""
    fits = wanted_mwh <= available_mwh
    return np.where(fits, 1.0, available_mwh / np.where(fits, 1.0, wanted_mwh))
