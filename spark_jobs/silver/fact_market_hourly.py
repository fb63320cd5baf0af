"""`silver.fact_market_hourly`: each region's newest price and curtailed solar of the hour."""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F  # noqa: N812  the field's name for it

from include.sources.openelectricity.time_series import CURTAILED_SOLAR, PRICE
from spark_jobs.silver import rules


def fact_market_hourly(versions: DataFrame) -> DataFrame:
    """Return the rows of the table, without `_updated_at`, from rows of `bronze.oe_market_hourly_raw`.

    A null after a value does not take it back: the source leaves gaps in its newest intervals, and publishes a price once.
    """
    at = F.col("_ingest_time")
    said = versions.where(F.col("value").isNotNull() & ~rules.is_impossible_time(F.col("ts_utc"), at))
    return said.groupBy("network_id", "network_region", "ts_utc").agg(
        _newest(PRICE).alias("price_aud_mwh"),
        _newest(CURTAILED_SOLAR).alias("curtailed_solar_mwh"),
        F.min(at).alias("first_ingest_time"),
        F.max(at).alias("last_ingest_time"),
        (F.size(F.collect_set(at)) - 1).alias("revision"),
    )


def _newest(metric: str) -> Column:
    """Return, as an aggregate, the newest value of a metric; null where it has none."""
    is_mine = F.col("metric") == metric
    return F.max_by(F.when(is_mine, F.col("value")), F.when(is_mine, F.col("_ingest_time")))
