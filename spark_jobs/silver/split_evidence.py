"""The hours from before a split that the source answered by the new units, read from Bronze."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from pyspark.sql import SparkSession
from pyspark.sql import functions as F  # noqa: N812  the field's name for it

from include.windows import HOUR
from spark_jobs.hours import HourRanges, sql_timestamp
from spark_jobs.silver.asked import service_of
from spark_jobs.silver.sayings import Key, Unit
from spark_jobs.silver.splits import Hours, came_by_split, joined, plant_of, splits_of
from spark_jobs.silver.unit_energy import energy_of, with_units

Row = Mapping[str, Any]


def restated(
    spark: SparkSession, units: Sequence[Unit], stored: Mapping[Key, Sequence[Row]], hours: HourRanges
) -> dict[Key, Hours]:
    """Return the hours with values of the units that came by a split, from before they were first listed.

    Where nothing new was said of a plant the stored spans are widened by the hours that changed; otherwise all hours are looked
    up, once. Hours with values only ever come, so both ways give the same.
    """
    splits = splits_of(units)
    of_split = [unit for unit in units if plant_of(unit) in splits]
    said_more = {plant_of(unit) for unit in of_split if not _is_as_said(unit, stored.get(unit.key, ()))}
    born = [unit for unit in of_split if came_by_split(unit, splits)]
    fresh = [unit for unit in born if plant_of(unit) in said_more]
    followed = [unit for unit in born if unit not in fresh]
    found: dict[Key, Hours] = {
        unit.key: [span for span in service_of(stored[unit.key]) if span[0] < unit.sayings[0].since] for unit in followed
    }
    newest = max((unit.sayings[0].since for unit in followed), default=None)
    if newest is not None and any(window.start < newest for window in hours.windows):
        for key, more in _hours_before(spark, followed, hours.sql("ts_utc")).items():
            found[key] = [*found[key], *more]
    return found | _hours_before(spark, fresh, "true")


def _is_as_said(unit: Unit, rows: Sequence[Row]) -> bool:
    """Tell whether the stored rows of a unit hold all that was said of it, and nothing else."""
    return {row["known_from_utc"] for row in rows} == {saying.since for saying in unit.sayings}


def _hours_before(spark: SparkSession, units: Sequence[Unit], condition: str) -> dict[Key, Hours]:
    """Return by unit the hours with a value from before it was first listed, those of a day (UTC) as one span."""
    if not units:
        return {}
    since = {unit.key: unit.sayings[0].since for unit in units}
    rows = (
        energy_of(spark, units, f"({condition}) AND value IS NOT NULL AND ts_utc < {sql_timestamp(max(since.values()))}")
        .groupBy("network_id", "unit_code", F.to_date("ts_utc").alias("day"))
        .agg(F.min("ts_utc").alias("first"), F.max("ts_utc").alias("last"))
    )
    found: dict[Key, list[tuple[datetime, datetime]]] = {}
    for key, row in with_units(units, rows):
        if row["first"] < since[key]:
            found.setdefault(key, []).append((row["first"], min(row["last"] + HOUR, since[key])))
    return {key: joined(spans) for key, spans in found.items()}
