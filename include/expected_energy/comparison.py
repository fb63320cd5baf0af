"""Whether a new fit is better than the champion: paired by day over days that neither has seen. Pure.

Both are judged by the same weather, whose error of a day hits both: the difference of a day says more than two means would.
Plants of a day share their weather too, so a day counts once, however many plants it has.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from include.expected_energy.physics import Floats

LEAST_DAYS = 14
LEAST_GAIN = 0.02
"""Of the champion's error: a change of less is not worth losses that are explained differently from one week to the next."""
LEAST_STANDARD_ERRORS = 2.0
"""One lucky day may make up the whole gain; then the standard error is as large."""


@dataclass(frozen=True)
class Comparison:
    """Errors are mean absolute errors as a share of capacity; figures are None without a day that both could be judged for.

    `gain` is 1 - `mae_share` / `champion_mae_share`; `standard_errors` is the mean of the daily differences by their standard
    error, above 0 where the challenger is better, infinite where all days differ by the same.
    """

    plants: int
    days: int
    mae_share: float | None
    champion_mae_share: float | None
    gain: float | None
    standard_errors: float | None
    is_better: bool
    reason: str


def compare(challenger: Floats, champion: Floats) -> Comparison:
    """Compare daily mean absolute errors as shares of capacity, both of shape (plants, days), NaN where a day was not judged.

    A plant-day counts where both have it. Raises ValueError for shapes that differ.
    """
    if challenger.shape != champion.shape:
        raise ValueError(f"the challenger has errors of {challenger.shape} plants and days, the champion of {champion.shape}")
    judged = np.isfinite(challenger) & np.isfinite(champion)
    plants, days = int(judged.any(axis=1).sum()), int(judged.any(axis=0).sum())
    if not days:
        return Comparison(plants, days, None, None, None, None, False, "no held-out day has errors of both")
    of_challenger, of_champion = _by_day(challenger, judged), _by_day(champion, judged)
    mae, champion_mae = float(of_challenger.mean()), float(of_champion.mean())
    gain = 1 - mae / champion_mae if champion_mae > 0 else 0.0
    standard_errors = _standard_errors(of_champion - of_challenger)
    is_better, reason = _judge(days, gain, standard_errors or 0.0)
    return Comparison(plants, days, mae, champion_mae, gain, standard_errors, is_better, reason)


def _by_day(errors: Floats, judged: npt.NDArray[np.bool_]) -> Floats:
    """Mean over the plants of each day that has any."""
    counts = judged.sum(axis=0)
    sums = np.where(judged, errors, 0.0).sum(axis=0)
    return np.asarray(sums[counts > 0] / counts[counts > 0])


def _standard_errors(differences: Floats) -> float | None:
    """Mean of daily differences by its standard error; None of a single day."""
    if len(differences) < 2:
        return None
    mean, error = float(differences.mean()), float(differences.std(ddof=1)) / math.sqrt(len(differences))
    if error > 0:
        return mean / error
    return math.copysign(math.inf, mean) if mean else 0.0


def _judge(days: int, gain: float, standard_errors: float) -> tuple[bool, str]:
    if days < LEAST_DAYS:
        return False, f"{days} held-out days, at least {LEAST_DAYS} are needed"
    if gain <= LEAST_GAIN:
        what = f"{gain:.1%} smaller" if gain >= 0 else f"{-gain:.1%} larger"
        return False, f"its error is {what}, more than {LEAST_GAIN:.0%} smaller is needed"
    if standard_errors <= LEAST_STANDARD_ERRORS:
        return False, (
            f"its error is {gain:.1%} smaller, but by {standard_errors:.1f} standard errors of the days: "
            f"more than {LEAST_STANDARD_ERRORS:.0f} are needed"
        )
    return True, f"its error is {gain:.1%} smaller, by {standard_errors:.1f} standard errors over {days} held-out days"
