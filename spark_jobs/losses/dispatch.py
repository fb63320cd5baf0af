"""What the market operator's dispatch says of plants, where that source is on: sums over the units of each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from pyspark.sql import SparkSession

from include.losses.hours import INTERVALS_OF_AN_HOUR, Dispatch, Floats, Integers
from include.windows import HOUR, Window
from spark_jobs.hours import HourRanges
from spark_jobs.losses.grids import grids, unit_spans
from spark_jobs.silver.findings import hour_of
from spark_jobs.silver.registry import Registry

TABLE = "silver.fact_unit_solution_hourly"
_SUMS = ("uigf_mwh", "availability_mwh", "curtailed_mwh")


def read_dispatch(spark: SparkSession, window: Window, registry: Registry, plants: Sequence[dict[str, Any]]) -> Dispatch | None:
    """Return what was said of the plants (rows of `silver.dim_plant`) over a window; None where nothing was.

    A plant's hour needs all twelve intervals of each of its units in commission. Of several units the most intervals count that
    any was capped in.
    """
    rows = spark.table(TABLE).where(HourRanges((window,)).sql("ts_utc")).where(f"intervals = {INTERVALS_OF_AN_HOUR}")
    found = rows.select("unit_code", "ts_utc", *_SUMS, "capped_intervals").toArrow()
    if not found.num_rows:
        return None
    shape = len(plants), window.duration // HOUR
    told: Integers = np.zeros(shape, dtype=np.int64)
    wanted: Integers = np.zeros(shape, dtype=np.int64)
    sums = [np.zeros(shape) for _ in _SUMS]
    capped = np.zeros(shape)
    numbers = {plant["plant_id"]: number for number, plant in enumerate(plants)}
    codes = {code: number for number, code in enumerate(sorted(set(found["unit_code"].to_pylist())))}
    of_units: list[Floats] = list(
        grids(found, "unit_code", codes.get, (*_SUMS, "capped_intervals"), (hour_of(window.start), len(codes), shape[1]))
    )
    for unit, _, inside in unit_spans(registry, numbers, window):
        plant, code = numbers[unit["plant_id"]], codes.get(unit["unit_code"])
        wanted[plant, inside] += 1
        if code is None:
            continue
        is_told = np.isfinite(of_units[0][code, inside])
        told[plant, inside] += is_told
        for total, values in zip(sums, of_units, strict=False):
            total[plant, inside] += np.where(is_told, values[code, inside], 0.0)
        capped[plant, inside] = np.maximum(capped[plant, inside], np.nan_to_num(of_units[-1][code, inside]))
    whole = (wanted > 0) & (told == wanted)
    return Dispatch(*(np.where(whole, values, np.nan) for values in (*sums, capped)))
