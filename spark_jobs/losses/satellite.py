"""Irradiance that a satellite saw, where that source is on: read from its Bronze table, which Silver does not copy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from pyspark.sql import SparkSession
from pyspark.sql import functions as F  # noqa: N812  the field's name for it

from include.losses.hours import HOUR_S, Floats
from include.windows import HOUR, Window
from spark_jobs.hours import HourRanges
from spark_jobs.silver.findings import hour_of

TABLE = "bronze.om_satellite_hourly_raw"
_COLUMNS = ("shortwave_radiation_w_m2", "diffuse_radiation_w_m2")
_LIMITS_W_M2 = (0.0, 1500.0)


def irradiance(spark: SparkSession, window: Window, plants: Sequence[dict[str, Any]]) -> Floats:
    """Return global and diffuse irradiance in W/m², shape (2, plants, hours), NaN where the satellite says nothing usable.

    `plants`: rows of `silver.dim_plant`. A label is the end of its hour. Of two versions the newest counts.
    """
    found = np.full((len(_COLUMNS), len(plants), window.duration // HOUR), np.nan)
    labels = Window(window.start + HOUR, window.end + HOUR)
    rows = (
        spark.table(TABLE)
        .where(HourRanges((labels,)).sql("ts_utc"))
        .groupBy("location_id", "ts_utc")
        .agg(*[F.max_by(name, "_ingest_time").alias(name) for name in _COLUMNS])
        .toArrow()
    )
    at: dict[str, list[int]] = {}
    for number, plant in enumerate(plants):
        at.setdefault(plant["location_id"] or "", []).append(number)
    hours = rows["ts_utc"].cast(pa.timestamp("s", "UTC")).cast(pa.int64()).to_numpy() // HOUR_S - 1 - hour_of(window.start)
    values = np.stack([rows[name].cast(pa.float64()).to_numpy().astype(np.float64) for name in _COLUMNS])
    low, high = _LIMITS_W_M2
    values[:, ~((values >= low) & (values <= high)).all(axis=0)] = np.nan
    for row, location in enumerate(rows["location_id"].to_pylist()):
        for number in at.get(location, ()):
            found[:, number, hours[row]] = values[:, row]
    return found
