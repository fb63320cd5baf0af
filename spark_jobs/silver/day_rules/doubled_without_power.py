"""Doubled energy where no power says so.

Guards against the answers whose five-minute rows are there twice (`run_rules.doubled_runs` has the incident) for units of which
the source gives no power: an hour above capacity proves its day. A cloudy or curtailed day between two proven ones proves nothing
and is doubled all the same, and so is a weak plant beside forty others: when the source doubles, it doubles a network. Cannot see
a single plant that stays below half of its capacity, and takes a registry that is a few per cent too low for doubled: there is
nothing else to hold it against.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from spark_jobs.silver.capacity_shares import NEGLIGIBLE_SHARE_OF_CAPACITY
from spark_jobs.silver.day_rules.network_days import Bools, NetworkDays, are_of_network, stretches
from spark_jobs.silver.run_rules import DOUBLED_PROOFS, DOUBLED_RATIO, DOUBLED_TOLERANCE, POWER_SHARE_OF_CAPACITY

PROOF_SHARE = 1.02
"""Of capacity. Good data tops out at 1.003."""
MOST_SHARE = 2.1
"""Twice what good data tops out at, and a little: what lies above is of another unit, and refused as such."""
FILLED_DAYS = 3
REACH_DAYS = FILLED_DAYS + 2


@dataclass(frozen=True)
class DoubledDays:
    """`without_power`: days refused of each unit, shape (units, days). `of_network`: days of a doubled network, shape (days,)."""

    without_power: Bools
    of_network: Bools


def doubled_days(days: NetworkDays) -> DoubledDays:
    """Return the days of units without usable power that are doubled."""
    known = days.is_known
    has_power = known & (days.power_mw > POWER_SHARE_OF_CAPACITY * days.capacity_mw)
    ratio = np.divide(days.energy_mwh, days.power_mw, out=np.full_like(days.energy_mwh, np.nan), where=has_power)
    by_power = (np.abs(ratio - DOUBLED_RATIO) <= DOUBLED_TOLERANCE + 1e-9).sum(axis=2) >= DOUBLED_PROOFS
    is_without: Bools = ~np.asarray(has_power.any(axis=2))
    by_capacity = is_without & ((days.share > PROOF_SHARE) & (days.share <= MOST_SHARE)).any(axis=2)
    reporting = days.is_reported
    of_network = are_of_network(days.of_plants(by_power | by_capacity), days.of_plants(reporting))
    is_some = (days.share > NEGLIGIBLE_SHARE_OF_CAPACITY).any(axis=2)
    taken_in = is_without & is_some & of_network
    doubled = np.stack([_filled(*of_unit) for of_unit in zip(by_capacity | taken_in, is_without, strict=True)])
    return DoubledDays(doubled, of_network)


def _filled(doubled: Bools, is_without: Bools) -> Bools:
    """Return a unit's days with the short gaps between doubled ones, as long as no power speaks in them."""
    filled = doubled.copy()
    runs = stretches(doubled) if doubled.any() else []
    for (_, end), (start, _) in pairwise(runs):
        if start - end <= FILLED_DAYS and is_without[end:start].all():
            filled[end:start] = True
    return filled
