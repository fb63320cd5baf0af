"""How far Silver has read each source, and which hours wait for it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from pyspark.sql import SparkSession
from pyspark.sql import functions as F  # noqa: N812  the field's name for it

from include import contracts
from spark_jobs.arrow import table_rows
from spark_jobs.hours import sql_timestamp
from spark_jobs.merge import OPERATION, UPSERT, merge

STAGE = "silver"
_SOURCES = ("oe_facilities", "oe_generation", "om_weather", "om_air_quality")


@dataclass(frozen=True)
class Pending:
    """What Bronze has loaded since Silver last read: the hours it changed, and up to which instant, for each source.

    `loaded_after`: up to which instant requests for generation had been read; None where they never were.
    """

    hours: frozenset[datetime]
    loaded_through: Mapping[str, datetime]
    loaded_after: datetime | None = None


def pending(spark: SparkSession) -> Pending:
    """Return what waits; everything that was ever loaded where Silver has read nothing of a source yet."""
    progress = spark.table("lh.stage_progress").where(F.col("stage") == STAGE).select("source", "loaded_through")
    known = {row["source"]: row["loaded_through"] for row in progress.toArrow().to_pylist()}
    requests = spark.table("bronze.api_requests")
    if known:
        read = [f"(source = '{source}' AND loaded_at <= {sql_timestamp(through)})" for source, through in known.items()]
        # The plain bound lets Iceberg skip the files of older loads.
        oldest = sql_timestamp(min(known.values())) if len(known) == len(_SOURCES) else "TIMESTAMP '1970-01-01 00:00:00+00:00'"
        requests = requests.where(f"loaded_at > {oldest} AND NOT ({' OR '.join(read)})")
    groups = requests.groupBy("source").agg(
        F.max("loaded_at").alias("through"),
        F.array_distinct(F.flatten(F.collect_list("changed_hours"))).alias("hours"),
    )
    rows = groups.toArrow().to_pylist()
    hours = frozenset(hour for row in rows for hour in row["hours"])
    return Pending(hours, {row["source"]: row["through"] for row in rows}, known.get("oe_generation"))


def note_progress(spark: SparkSession, loaded_through: Mapping[str, datetime], now: datetime) -> None:
    """Write how far each source has been read; comes last, so that a run that broke off is done again."""
    if not loaded_through:
        return
    table = contracts.load("lh.stage_progress")
    rows = [
        {"stage": STAGE, "source": source, "loaded_through": through, "updated_at": now, OPERATION: UPSERT}
        for source, through in loaded_through.items()
    ]
    merge(spark.createDataFrame(table_rows(table, rows, OPERATION)), table)
