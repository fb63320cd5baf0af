"""Energy that comes late on all plants at once.

Guards against weeks in which the source held each reading for some hours and averaged it with the next: evenings ran on into the
night, mornings rose slowly, and trackers lost 5 % of their day. Plants do not do that together, so it is one finding about the
network; the energy is nearly right and stays. Cannot see fewer than a quarter of the plants, nor lateness that ends by dusk.
"""

from dataclasses import dataclass

import numpy as np

from spark_jobs.silver.day_rules.network_days import Bools, NetworkDays, are_of_network, spanned_days, window_sums

LATE_EVENINGS = 4


@dataclass(frozen=True)
class LateDays:
    """`found`: days on whose evenings the network's energy was late, shape (days,). `windows`: the weeks that prove it."""

    found: Bools
    windows: Bools


def late_days(days: NetworkDays) -> LateDays:
    """Return the days on which energy came late.

    A plant is late in a week of which `LATE_EVENINGS` evenings have output in the first two hours of the night.
    """
    late = days.of_plants(np.asarray(days.early_night.any(axis=2)))
    reporting = days.of_plants(days.is_reported)
    windows = are_of_network(window_sums(late) >= LATE_EVENINGS, window_sums(reporting) > 0)
    return LateDays(spanned_days(windows, are_of_network(late, reporting)), windows)
