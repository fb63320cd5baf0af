"""`silver.fact_air_quality_hourly`: air quality of the hour, the mean of the values at both ends."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F  # noqa: N812  the field's name for it

from include.openmeteo.bodies import AIR_QUALITY_VARIABLES
from spark_jobs.silver.weather import history, hours_of, mean, newest_labels

VALUES = tuple(column for column, _ in AIR_QUALITY_VARIABLES.values())


def fact_air_quality_hourly(versions: DataFrame, plants: DataFrame) -> DataFrame:
    """Return the rows of the table, without `_updated_at`.

    `versions`: rows of `bronze.om_air_quality_hourly_raw`; an hour needs the labels at its start and end. `plants`:
    plant_id, location_id.
    """
    hours = hours_of(newest_labels(versions, VALUES, ("air_quality",)))
    placed = hours.join(F.broadcast(plants), "location_id")
    return placed.select("plant_id", "ts_utc", *[mean(value).alias(value) for value in VALUES], *history())
