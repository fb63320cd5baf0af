"""`silver.fact_air_quality_hourly`: air quality of the hour, the mean of the values at both ends."""

from pyspark.sql import DataFrame

from spark_jobs.silver import limits
from spark_jobs.silver.weather import history, mean, newest_labels, placed_hours


def air_quality_labels(versions: DataFrame) -> DataFrame:
    """Return what `newest_labels` makes of rows of `bronze.om_air_quality_hourly_raw`."""
    return newest_labels(versions, limits.AIR_QUALITY, ("air_quality",))


def fact_air_quality_hourly(labels: DataFrame, plants: DataFrame, has_moved: bool = False) -> DataFrame:
    """Return the rows of the table, without `_updated_at`.

    `labels`: of `air_quality_labels`; an hour needs those at its start and end. `plants`: of `Registry.plant_table`; `has_moved`:
    whether it has plants of more than one place.
    """
    placed = placed_hours(labels, plants, next(iter(limits.AIR_QUALITY)), has_moved)
    means = [mean(value).alias(value) for value in limits.AIR_QUALITY]
    return placed.select("plant_id", "ts_utc", *means, "location_id", "is_former_location", *history())
