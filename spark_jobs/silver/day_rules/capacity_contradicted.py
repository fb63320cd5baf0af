"""A capacity that a year of the unit's own hours contradicts.

Guards against what `capacity.contradicted` cannot see: a registry that was wrong from its first answer on, or by less than half
(a farm that was extended without a word, a figure of modules in place of inverters). Too high a capacity makes every ratio of the
plant too low; too low a one puts its best hours above what can be. Cannot see a capacity that is too high by less than the
inverters' own margin (limits of 0.80 of it are common), nor one of a plant that is held back all year.
"""

from dataclasses import dataclass

import numpy as np

from spark_jobs.silver.capacity_shares import REJECT_ABOVE_CAPACITY
from spark_jobs.silver.day_rules.network_days import HOURS, Bools, Floats

CAUSE = "hours_contradict"
YEAR_DAYS = 365
LEAST_KNOWN_SHARE = 0.9
"""Of the year's hours: a plant of one winter has not shown what it can."""
PERCENTILE, LOW_SHARE = 99.9, 0.7
STILL_SHARE = 0.05
"""Below this the plant has hardly run, which says nothing about its size."""
ABOVE_SHARE, ABOVE_DAYS = 1.02, 5


@dataclass(frozen=True)
class Contradiction:
    """`best_share`: what the unit makes in its best hours, as a share of the capacity given."""

    best_share: float
    is_too_low: bool


def contradiction(share: Floats, is_doubled: Bools) -> Contradiction | None:
    """Hold a year of hours against the capacity; arrays of whole local days, shape (365 x 24,).

    `share`: energy as a share of capacity, NaN where it is not known. `is_doubled`: hours that are refused as doubled.
    """
    accepted = np.where(is_doubled | ~(np.abs(share) <= REJECT_ABOVE_CAPACITY), np.nan, share)
    known = accepted[np.isfinite(accepted)]
    if not len(known):
        return None
    best = float(np.percentile(known, PERCENTILE, method="lower"))
    above = (np.nan_to_num(accepted) > ABOVE_SHARE).reshape(-1, HOURS).any(axis=1).sum()
    if above >= ABOVE_DAYS:
        return Contradiction(best, is_too_low=True)
    is_year = len(known) >= LEAST_KNOWN_SHARE * YEAR_DAYS * HOURS
    return Contradiction(best, is_too_low=False) if is_year and STILL_SHARE <= best < LOW_SHARE else None
