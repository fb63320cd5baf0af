"""`lh.stage_progress`: how far a stage has read each of its sources."""

from collections.abc import Mapping
from datetime import UTC, datetime

from pyspark.sql import SparkSession
from pyspark.sql import functions as F  # noqa: N812  the field's name for it

from include import contracts
from spark_jobs.arrow import table_rows
from spark_jobs.merge import OPERATION, UPSERT, merge

TABLE = "lh.stage_progress"
EVER = datetime(1970, 1, 1, tzinfo=UTC)
"""How far a source is read of which nothing was."""


def read_through(spark: SparkSession, stage: str) -> dict[str, datetime]:
    """Return up to which instant a stage has read each source; sources that it never read are left out."""
    progress = spark.table(TABLE).where(F.col("stage") == stage).select("source", "loaded_through")
    return {row["source"]: row["loaded_through"] for row in progress.toArrow().to_pylist()}


def note_read_through(spark: SparkSession, stage: str, through: Mapping[str, datetime], now: datetime) -> None:
    """Write how far a stage has read its sources; comes last, so that a run that broke off is done again."""
    if not through:
        return
    table = contracts.load(TABLE)
    rows = [
        {"stage": stage, "source": source, "loaded_through": at, "updated_at": now, OPERATION: UPSERT}
        for source, at in through.items()
    ]
    merge(spark.createDataFrame(table_rows(table, rows, OPERATION)), table)
