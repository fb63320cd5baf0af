"""Whose energy does not fit the weather, from the hours of `gold.plant_loss_hourly`.

Judged are hours in service under a fitted expectation: the registry's prior is a guess that may be off by more than the bounds,
and a provisional fit is of the very days that it would judge.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import numpy as np
from pyspark.sql import SparkSession
from pyspark.sql import functions as F  # noqa: N812  the field's name for it
from pyspark.sql.window import Window

from include.expected_energy.model import Method
from include.losses.waterfall import LossClass
from include.losses.weather_mismatch import LEAST_RATIO, MOST_RATIO, Mismatch, weather_mismatches
from spark_jobs.losses.expectations import TABLE as HOURS
from spark_jobs.losses.finding_rows import Row, finding_row

RULE = "weather_mismatch"
IN_SERVICE = (LossClass.NORMAL.value, LossClass.UNDERPERFORMING.value)
LIT_SHARE = 0.1
"""Of the day's largest expected hour, from which an hour is judged: a battery's evening is no error of the weather."""
LEAST_DAY_SHARE = 0.5
"""Of what was expected of the day, from which a day is judged: the rest of an outage or a curtailed noon is a few odd hours."""

Day = tuple[float, float]
"""Energy and expected energy in MWh."""


def weather_findings(spark: SparkSession, networks: Mapping[str, str]) -> list[Row]:
    """Return the rows of the table about weather, without `_updated_at`; `networks` by plant."""
    return findings(judged_days(spark), networks)


def judged_days(spark: SparkSession) -> dict[str, dict[date, Day]]:
    """Return by plant and network-local day energy and expected energy of the hours that are judged, where they suffice."""
    of_day = Window.partitionBy("plant_id", "ds")
    is_judged = (
        F.col("loss_class").isin(*IN_SERVICE)
        & (F.col("expected_method") == Method.FITTED.value)
        & ~F.col("is_provisional")
        & (F.col("expected_mwh") >= LIT_SHARE * F.col("largest_mwh"))
    )
    judged_mwh = F.sum(F.when(is_judged, F.col("expected_mwh")))
    days = (
        spark.table(HOURS)
        .withColumn("largest_mwh", F.max("expected_mwh").over(of_day))
        .groupBy("plant_id", "ds")
        .agg(
            F.sum(F.when(is_judged, F.col("energy_mwh"))).alias("energy_mwh"),
            judged_mwh.alias("judged_mwh"),
            F.sum("expected_mwh").alias("expected_mwh"),
        )
        .where((F.col("judged_mwh") > 0) & (F.col("judged_mwh") >= LEAST_DAY_SHARE * F.col("expected_mwh")))
    )
    found: dict[str, dict[date, Day]] = {}
    for row in days.toArrow().to_pylist():
        found.setdefault(row["plant_id"], {})[row["ds"]] = (row["energy_mwh"], row["judged_mwh"])
    return found


def findings(days: Mapping[str, Mapping[date, Day]], networks: Mapping[str, str]) -> list[Row]:
    """Return the rows of the table, without `_updated_at`; plants that the registry does not name have no clock and none."""
    rows: list[Row] = []
    for plant_id, of_plant in sorted(days.items()):
        if plant_id not in networks or not of_plant:
            continue
        first = min(of_plant).toordinal()
        sums = np.full((2, max(of_plant).toordinal() - first + 1), np.nan)
        for day, both in of_plant.items():
            sums[:, day.toordinal() - first] = both
        rows += [_row(plant_id, networks[plant_id], first, found) for found in weather_mismatches(*sums)]
    return rows


def _row(plant_id: str, network_id: str, first: int, found: Mismatch) -> Row:
    days = date.fromordinal(first + found.first), date.fromordinal(first + found.last)
    bound = LEAST_RATIO if found.ratio < 1 else MOST_RATIO
    return finding_row(plant_id, RULE, network_id, days, (found.ratio, bound), None)
