"""When an answer says that an hour has no value: one rule for a null and for an hour that a complete answer no longer names."""

from datetime import timedelta

from pyspark.sql import Column
from pyspark.sql import functions as F  # noqa: N812  the field's name for it

from include.windows import HOUR

UNSETTLED = timedelta(hours=2)
"""After the end of an hour. The newest intervals come and go at the source (opennem#444, #479): what it leaves out while they are
still arriving is late, not taken back."""

CONFIRMED_BY = 2
"""Answers in a row without a value. One may be an accident of the source, which once left out an hour of every farm."""

JUDGED_AFTER = HOUR + UNSETTLED
"""From the start of an hour on, until an answer without a value counts."""


def is_silence(value: Column, ts_utc: Column, fetched_at: Column) -> Column:
    """Whether a row (a null, or what an answer left out) counts against the value said before."""
    return value.isNull() & (ts_utc + F.expr(f"INTERVAL {int(JUDGED_AFTER.total_seconds())} SECONDS") <= fetched_at)
