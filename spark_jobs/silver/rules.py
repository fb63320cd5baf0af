"""What Silver refuses and what it doubts in one hour: each rule with the incident it guards against and what it cannot see.

What takes more than one hour to see is in `run_rules.py`. Rules are conditions on one unit's hour (columns of
`fact_generation_hourly.unit_hours`) and are null-safe: where a figure they need is unknown they say nothing. A refused value
goes to `silver.rejected_rows`; a doubted one stays, with a flag.
"""

from pyspark.sql import Column
from pyspark.sql import functions as F  # noqa: N812  the field's name for it

from spark_jobs.silver.capacity_shares import (
    FLAG_ABOVE_CAPACITY,
    LIMIT_WITHOUT_CAPACITY_MWH,
    NEGLIGIBLE_SHARE_OF_CAPACITY,
    REJECT_ABOVE_CAPACITY,
)


def is_impossible_time(ts_utc: Column, fetched_at: Column) -> Column:
    """Refuse a label off the hour, and an hour that had not begun when the answer was fetched.

    Guards against answers in the wrong zone: network time read as UTC puts the newest ten hours into the future. An hour
    still running is let through (its value is low and is replaced by the next re-read). Cannot see a shift into the past,
    nor one by less than the age of the newest hour.
    """
    off_the_hour = ts_utc != F.date_trunc("hour", ts_utc)
    return off_the_hour | (ts_utc > fetched_at)


def is_not_a_number(value: Column) -> Column:
    """Refuse NaN and infinities: one of them makes every sum above it useless. A null is no value, not a refused one."""
    return F.isnan(value) | (F.abs(value) == float("inf"))


def is_above_limit(value: Column, capacity_mw: Column) -> Column:
    """Refuse what no unit can make in an hour, either sign (MWh or mean MW).

    Guards against values of the wrong unit (MW/MWh mix-ups, kWh). Cannot see one that is wrong in a weak hour, and next to
    nothing of a unit without a known capacity.
    """
    return F.abs(value) > limit_mwh(capacity_mw)


def limit_mwh(capacity_mw: Column) -> Column:
    """Return the most, of either sign, that is believed of a unit."""
    return F.coalesce(capacity_mw * REJECT_ABOVE_CAPACITY, F.lit(LIMIT_WITHOUT_CAPACITY_MWH))


def is_above_capacity(energy_mwh: Column, capacity_mw: Column) -> Column:
    """Doubt more than the unit's capacity: its capacity in the registry may be too low, or the value doubled."""
    return energy_mwh > capacity_mw * FLAG_ABOVE_CAPACITY


def is_negative(energy_mwh: Column, capacity_mw: Column) -> Column:
    """Doubt negative energy: consumption of the site metered with it, as the source gave until v4.5.11. It lowers sums.

    Auxiliary load, below half a per cent of capacity, is nothing.
    """
    return energy_mwh < -capacity_mw * NEGLIGIBLE_SHARE_OF_CAPACITY
