"""`silver.fact_weather_hourly`: weather of the hour it describes, archive before forecast, with the sun's elevation."""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F  # noqa: N812  the field's name for it

from spark_jobs.silver import limits, radiation
from spark_jobs.silver.weather import history, mean, mean_direction, newest_labels, placed_hours

DATASETS = ("archive", "forecast")

OF_THE_HOUR = {
    "ghi_w_m2": "shortwave_radiation_w_m2",
    "dni_w_m2": "direct_normal_irradiance_w_m2",
    "dhi_w_m2": "diffuse_radiation_w_m2",
    "direct_horizontal_w_m2": "direct_radiation_w_m2",
    "extraterrestrial_w_m2": "terrestrial_radiation_w_m2",
    "precipitation_mm": "precipitation_mm",
    "sunshine_s": "sunshine_duration_s",
    "wind_gust_m_s": "wind_gusts_10m_m_s",
}
"""Silver column -> Bronze column of the label that ends the hour. Gusts are the strongest of the preceding hour."""

AT_THE_LABEL = {
    "temperature_c": "temperature_2m_c",
    "dew_point_c": "dew_point_2m_c",
    "cloud_cover_pct": "cloud_cover_pct",
    "wind_speed_m_s": "wind_speed_10m_m_s",
    "pressure_msl_hpa": "pressure_msl_hpa",
}
"""Silver column -> Bronze column whose values at both ends of the hour are averaged."""

RADIATION = (
    "shortwave_radiation_w_m2",
    "direct_radiation_w_m2",
    "diffuse_radiation_w_m2",
    "direct_normal_irradiance_w_m2",
)
"""Bronze columns that a model derives of one another, global irradiance first. Extraterrestrial irradiance is geometry."""

_DIRECTION = "wind_direction_10m_deg"


def weather_labels(versions: DataFrame) -> DataFrame:
    """Return what `newest_labels` makes of rows of `bronze.om_weather_hourly_raw`."""
    return newest_labels(versions, limits.WEATHER, DATASETS, RADIATION)


def fact_weather_hourly(labels: DataFrame, plants: DataFrame, sun: DataFrame, has_moved: bool = False) -> DataFrame:
    """Return the rows of the table, without `_updated_at`.

    `labels`: of `weather_labels`; an hour needs those at its start and end. `plants`: of `Registry.plant_table`; `has_moved`:
    whether it has plants of more than one place. `sun`: location_id, ts_utc, solar_elevation_deg.
    """
    hours = placed_hours(labels, plants, RADIATION[0], has_moved)
    elevation = sun.select(F.col("location_id").alias("sun_location_id"), "ts_utc", "solar_elevation_deg")
    placed = hours.join(F.broadcast(elevation), ["sun_location_id", "ts_utc"], "left")
    ends = [F.col("end.ranks")[value] for value in OF_THE_HOUR.values()]
    pairs = [_worse_rank(value) for value in (*AT_THE_LABEL.values(), _DIRECTION)]
    is_provisional = F.coalesce(F.greatest(*ends, *pairs) == DATASETS.index("forecast"), F.lit(False))
    hourly = placed.select(
        "plant_id",
        "ts_utc",
        *[F.col("end")[value].alias(name) for name, value in OF_THE_HOUR.items()],
        *[mean(value).alias(name) for name, value in AT_THE_LABEL.items()],
        mean_direction(_DIRECTION).alias("wind_direction_deg"),
        "solar_elevation_deg",
        is_provisional.alias("is_provisional"),
        "location_id",
        "is_former_location",
        *history(),
    )
    flagged = hourly.withColumn("weather_flags", radiation.flags())
    return flagged.withColumn("weather_suspect", F.size("weather_flags") > 0)


def _worse_rank(value: str) -> Column:
    """Return the rank of the less trusted end of a mean; null where the mean is null, as nothing was used."""
    first, last = F.col("start.ranks")[value], F.col("end.ranks")[value]
    return F.when(first.isNotNull() & last.isNotNull(), F.greatest(first, last))
