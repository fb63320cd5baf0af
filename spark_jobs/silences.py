"""When an answer says that an hour has no value: one rule for a null and for an hour that a complete answer no longer names."""

from datetime import timedelta

from pyspark.sql import Column
from pyspark.sql import functions as F  # noqa: N812  the field's name for it

from include.windows import HOUR

UNSETTLED = timedelta(hours=2)
"""After the end of an hour. The newest intervals come and go at the source: 5-minute rows arrive within minutes, and its newest
hours were missing for up to two (opennem#444, openelectricity-python#12)."""

CONFIRMED_BY = 2
"""Answers in a row that have no value: one may be an accident of the source, as the hours that it once left out for every farm."""

JUDGED_AFTER = HOUR + UNSETTLED
"""From the start of an hour on, until an answer without a value counts."""


def is_silence(value: Column, ts_utc: Column, fetched_at: Column) -> Column:
    """Whether a row (a null, or what a complete answer did not name) counts against the value said before."""
    return value.isNull() & (ts_utc + F.expr(f"INTERVAL {int(JUDGED_AFTER.total_seconds())} SECONDS") <= fetched_at)
