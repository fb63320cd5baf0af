"""What a hybrid stores at noon and sells after sunset.

A night's energy must come from the day before it. Judged day by day, so that a battery that charges from the grid, or not at all,
explains no more than it gives back. Cannot see a battery that sells within daylight.
"""

from __future__ import annotations

import numpy as np

from include.losses.hours import HOUR_S, Bools, Floats, RegionHours

LEAST_RELEASE_SHARE = 0.1
"""Of an hour's capacity, over a night: less is late energy, or a meter."""
LEAST_RETURN, MOST_RETURN = 0.35, 2.0
"""Of what was short by day, what a night gives back: less than all under clouds, more where storing hours were nearly normal."""
NIGHT_SHARE = 0.001


def stored_hours(hours: RegionHours, utc_offset_hours: int) -> Bools:
    """Return hours by day whose shortfall came back by night, and the hours of that night, shape (plants, hours).

    A day begins at 04:00 network time: a release after midnight belongs to the day before.
    """
    day = (hours.start_s // HOUR_S + utc_offset_hours - 4) // 24
    day = day - day[0]
    is_night = hours.is_known & (hours.expected_mwh < NIGHT_SHARE * hours.capacity_mw[:, None])
    released = np.where(is_night, np.maximum(np.nan_to_num(hours.energy_mwh), 0.0), 0.0)
    found = np.zeros(released.shape, dtype=bool)
    for plant, capacity_mw in enumerate(hours.capacity_mw):
        back = np.bincount(day, weights=released[plant])
        short = np.bincount(day, weights=np.where(hours.is_short[plant], hours.shortfall_mwh[plant], 0.0))
        is_hybrid_day = (
            (back >= LEAST_RELEASE_SHARE * capacity_mw) & (back >= LEAST_RETURN * short) & (back <= MOST_RETURN * short)
        )
        found[plant] = is_hybrid_day[day] & (hours.is_short[plant] | (released[plant] > 0))
    return found


def stored_mwh(hours: RegionHours, found: Bools) -> Floats:
    """Return what was stored (above 0) and released (below 0) in hours that `stored_hours` found."""
    return np.asarray(np.where(found, np.nan_to_num(hours.expected_mwh - hours.energy_mwh), 0.0))
