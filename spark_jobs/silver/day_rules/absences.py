"""Hours that did not come at all: of a whole network, or of a unit while the others report.

Guards against an hour that the source has lost for everybody being forty findings, and against a farm that falls silent being
none: what is missing has no row to be flagged. Only absence counts: a zero is a report. Cannot tell a farm that has stopped
reporting from one that nobody could ask about, as when its part of the requests fails for a day.
"""

import numpy as np

from spark_jobs.silver.day_rules.network_days import Bools, NetworkDays

MOST_REPORTING_SHARE = 0.1
"""Of the units that report on that day: a straggler makes no report of a network."""
LEAST_UNITS = 2
REPORTED_HOURS = 20
"""Of a day, that others must have reported: a day that runs is not judged yet."""


def silent_hours(days: NetworkDays) -> Bools:
    """Return the hours of which the network said nothing, shape (days, 24); whether anybody asked is not looked at here."""
    known = days.is_known
    reporting = (known.any(axis=2) & days.in_service.any(axis=2)).sum(axis=0)
    return np.asarray(
        (days.in_service.sum(axis=0) >= LEAST_UNITS) & (known.sum(axis=0) <= MOST_REPORTING_SHARE * reporting[:, None])
    )


def stopped_days(days: NetworkDays) -> Bools:
    """Return the days on which a unit in service said nothing while at least half of the others did, shape (units, days)."""
    known = days.is_known & days.in_service
    others = known.sum(axis=0) - known
    expected = days.in_service.sum(axis=0) - days.in_service
    reported = ((others > 0) & (2 * others >= expected)).sum(axis=2) >= REPORTED_HOURS
    return np.asarray(reported & days.in_service.all(axis=2) & ~days.is_known.any(axis=2))
