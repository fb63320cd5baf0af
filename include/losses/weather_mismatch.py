"""A plant whose energy and weather do not belong together.

Guards against a weather source that is wrong at a place for a season, a plant that grew, shrank or lost a part of itself without
the registry's saying so, and one that moved in the registry: energy is then off by the same factor on the best days too. The best
days, not the middle: a part that is out, or curtailment that was not seen, pulls the middle down. Days count by what was expected
of them: on a dull day the weather source is off by a quarter, and the best fifth of a dull month would be its errors.

Cannot see what was wrong before the plant's model was fitted, as the fit takes a constant factor for the plant; nor a plant that
is out of service on most days; nor tell which of the two is wrong.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from include.losses.hours import Floats

WINDOW_DAYS = 30
LEAST_DAYS = 20
"""Of a window with both sums: fewer say nothing."""
BEST_SHARE = 0.8
"""Share of the expected energy on days below the one that a window is judged by: its 80th percentile."""
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
    """Return the 80th percentile of energy by expected of each 30 days, by their first one; NaN where too few are known.

    Days weigh what was expected of them.
    """
    if len(energy_mwh) < WINDOW_DAYS:
        return np.empty(0)
    is_known = np.isfinite(energy_mwh) & (expected_mwh > 0)
    ratios = np.divide(energy_mwh, expected_mwh, out=np.full(len(energy_mwh), np.inf), where=is_known)
    weights = np.where(is_known, expected_mwh, 0.0)
    by_window = [np.lib.stride_tricks.sliding_window_view(each, WINDOW_DAYS) for each in (ratios, weights)]
    order = np.argsort(by_window[0], axis=1)
    ratio, weight = (np.take_along_axis(each, order, axis=1) for each in by_window)
    share = weight.cumsum(axis=1)
    day = (share < BEST_SHARE * share[:, -1:]).sum(axis=1)
    best = ratio[np.arange(len(ratio)), np.minimum(day, WINDOW_DAYS - 1)]
    is_enough = np.isfinite(ratio).sum(axis=1) >= LEAST_DAYS
    return np.asarray(np.where(is_enough, best, np.nan))
