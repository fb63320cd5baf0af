"""`silver.fact_air_quality_hourly`: air quality of the hour, the mean of the values at both ends."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F  # noqa: N812  the field's name for it

from spark_jobs.silver import limits
from spark_jobs.silver.weather import history, hours_of, mean, newest_labels


def air_quality_labels(versions: DataFrame) -> DataFrame:
    """Return what `newest_labels` makes of rows of `bronze.om_air_quality_hourly_raw`."""
    return newest_labels(versions, limits.AIR_QUALITY, ("air_quality",))


def fact_air_quality_hourly(labels: DataFrame, plants: DataFrame) -> DataFrame:
    """Return the rows of the table, without `_updated_at`.

    `labels`: of `air_quality_labels`; an hour needs those at its start and end. `plants`: plant_id, location_id.
    """
    hours = hours_of(labels.drop("refused"))
    placed = hours.join(F.broadcast(plants.select("plant_id", "location_id")), "location_id")
    return placed.select("plant_id", "ts_utc", *[mean(value).alias(value) for value in limits.AIR_QUALITY], *history())
