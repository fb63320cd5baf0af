"""A plant whose energy and weather do not belong together.

Guards against a plant that stands elsewhere than the registry says, a capacity that is not its own, and a weather source that is
wrong at a place for a season: expected energy is then off by the same factor on the best days too. The best days, not the middle:
a healthy plant that is often curtailed has a median of 0.6 to 0.95 of what is expected, its 80th percentile is near 1. Cannot see
a plant that is curtailed on four days of five, nor tell which of the two is wrong. Nothing calls it yet.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from include.losses.hours import Floats

WINDOW_DAYS = 30
LEAST_DAYS = 20
"""Of a window with both sums: the percentile is the fifth best day then."""
PERCENTILE = 80
LEAST_RATIO, MOST_RATIO = 0.8, 1.2


@dataclass(frozen=True)
class Mismatch:
    """Days `[first, last)` that lie in windows outside of the bounds, and the ratio of the window that is furthest outside."""

    first: int
    last: int
    ratio: float


def weather_mismatches(energy_mwh: Floats, expected_mwh: Floats) -> list[Mismatch]:
    """Return the stretches in which a plant's energy does not fit its weather.

    `energy_mwh`, `expected_mwh`: sums of consecutive days, shape (days,), over the hours that have both; NaN for a day without.
    """
    ratio = best_ratios(energy_mwh, expected_mwh)
    found: list[Mismatch] = []
    for window in np.flatnonzero((ratio < LEAST_RATIO) | (ratio > MOST_RATIO)).tolist():
        value, last = float(ratio[window]), found[-1] if found else None
        if last is not None and window < last.last:
            worst = max(last.ratio, value, key=lambda each: abs(np.log(max(each, 1e-3))))
            found[-1] = Mismatch(last.first, window + WINDOW_DAYS, worst)
        else:
            found.append(Mismatch(window, window + WINDOW_DAYS, value))
    return found


def best_ratios(energy_mwh: Floats, expected_mwh: Floats) -> Floats:
    """Return the 80th percentile of energy by expected of each 30 days, by their first one; NaN where too few are known."""
    days = np.divide(energy_mwh, expected_mwh, out=np.full(len(energy_mwh), np.nan), where=expected_mwh > 0)
    if len(days) < WINDOW_DAYS:
        return np.empty(0)
    windows = np.lib.stride_tricks.sliding_window_view(days, WINDOW_DAYS)
    best = np.full(len(windows), np.nan)
    enough = np.isfinite(windows).sum(axis=1) >= LEAST_DAYS
    best[enough] = np.nanpercentile(windows[enough], PERCENTILE, axis=1)
    return best
