"""Which hours' losses wait to be judged again, and how far their sources have been read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import reduce

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F  # noqa: N812  the field's name for it

from include.sources.records import SATELLITE
from spark_jobs.hours import sql_timestamp
from spark_jobs.losses.dispatch import TABLE as DISPATCH
from spark_jobs.merge import UPDATED_AT
from spark_jobs.stage_progress import EVER, note_read_through, read_through

STAGE = "losses"
FACTS = ("silver.fact_generation_hourly", "silver.fact_weather_hourly", "silver.fact_market_hourly", DISPATCH)


@dataclass(frozen=True)
class Waiting:
    """Hours whose energy, weather, market or dispatch have changed since they were read, and up to when each source was read.

    `sources`: of which anything was ever there.
    """

    hours: frozenset[datetime]
    read_through: dict[str, datetime]
    sources: frozenset[str]


def waiting(spark: SparkSession) -> Waiting:
    """Return what waits, by each source's own progress: everything where it was never read.

    What carries the very instant that was read through is read once more: a run of Silver writes a table in several commits
    under one instant, and may be between two of them.
    """
    known = read_through(spark, STAGE)
    groups = _changes(spark, known).groupBy("source").agg(F.max("at").alias("at"), F.collect_set("ts_utc").alias("hours"))
    rows = groups.toArrow().to_pylist()
    through = {row["source"]: row["at"] for row in rows}
    return Waiting(frozenset(hour for row in rows for hour in row["hours"]), through, frozenset({*known, *through}))


def _changes(spark: SparkSession, known: dict[str, datetime]) -> DataFrame:
    """Return the changed hours of each source with the instant of the change: `source`, `ts_utc`, `at`."""

    def since(source: str, column: str) -> str:
        return f"{column} >= {sql_timestamp(known.get(source, EVER))}"

    facts = [
        spark.table(table)
        .where(since(table, UPDATED_AT))
        .select(F.lit(table).alias("source"), "ts_utc", F.col(UPDATED_AT).alias("at"))
        for table in FACTS
    ]
    requests = spark.table("bronze.api_requests").where(f"source = '{SATELLITE.name}'").where(since(SATELLITE.name, "loaded_at"))
    labels = requests.select("source", F.explode("changed_hours").alias("label"), F.col("loaded_at").alias("at"))
    # A label is the end of its hour.
    return reduce(DataFrame.union, [*facts, labels.select("source", F.expr("label - INTERVAL 1 HOUR"), "at")])


def note_progress(spark: SparkSession, through: dict[str, datetime], now: datetime) -> None:
    """Write how far each source was read; comes last, so that a run that broke off is done again."""
    note_read_through(spark, STAGE, through, now)
