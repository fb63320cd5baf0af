"""`silver.fact_unit_solution_hourly`: what the market operator's dispatch said of each unit, by the source's hour."""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F  # noqa: N812  the field's name for it

from include.losses.hours import INTERVALS_OF_AN_HOUR

INTERVAL_KEY = ("network_id", "unit_code", "ts_utc", "interval_end_utc")
_TOLD = ("uigf_mw", "availability_mw", "total_cleared_mw")


def fact_unit_solution_hourly(versions: DataFrame) -> DataFrame:
    """Return the rows of the table, without `_updated_at`, from rows of `bronze.aemo_unit_solution_raw`.

    Of an interval in which the operator intervened the physical run counts: it is what the unit was told to do. An interval
    without forecast, availability or target is none.
    """
    at = F.col("_ingest_time")
    row = F.struct(*_TOLD, "is_capped")
    intervals = versions.groupBy(*INTERVAL_KEY).agg(
        F.max_by(row, F.struct("intervention", at)).alias("newest"),
        F.min(at).alias("first_at"),
        F.max(at).alias("last_at"),
    )
    is_told = F.lit(True)
    for name in _TOLD:
        is_told = is_told & F.col(f"newest.{name}").isNotNull()
    uigf, availability, cleared = (F.when(is_told, F.col(f"newest.{name}")) for name in _TOLD)
    return intervals.groupBy("network_id", "unit_code", "ts_utc").agg(
        F.count_if(is_told).cast("int").alias("intervals"),
        _hourly(uigf).alias("uigf_mwh"),
        _hourly(availability).alias("availability_mwh"),
        _hourly(cleared).alias("cleared_mwh"),
        _hourly(F.greatest(uigf - cleared, F.lit(0.0))).alias("curtailed_mwh"),
        F.count_if(is_told & F.col("newest.is_capped")).cast("int").alias("capped_intervals"),
        F.min("first_at").alias("first_ingest_time"),
        F.max("last_at").alias("last_ingest_time"),
    )


def _hourly(power_mw: Column) -> Column:
    """Return MWh of the intervals, rounded so that the order of adding does not show."""
    return F.round(F.sum(power_mw) / INTERVALS_OF_AN_HOUR, 6)
