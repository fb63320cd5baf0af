"""What of the landed answers is new: the change points of each key in the order in which the answers were fetched.

A key's answers A, A, B, A become the rows A, B, A. The result depends on the envelopes alone, not on the order in which
jobs saw them: an envelope that comes late puts its keys' rows right from its own instant on.

Where answers may take a value back, the second answer in a row without one is a change too (A, none, none, none is three rows):
what was said once may be an accident, and Silver must see that it was said again.
"""

from collections.abc import Sequence
from datetime import datetime

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F  # noqa: N812  the field's name for it
from pyspark.sql.window import WindowSpec

from spark_jobs.merge import DELETE, KEEP, OPERATION, UPSERT
from spark_jobs.silences import CONFIRMED_BY


def change_points(
    rows: DataFrame,
    stored: DataFrame,
    key: Sequence[str],
    since: datetime,
    is_doubtful: Column | None = None,
    is_silence: Column | None = None,
    is_absence: Column | None = None,
) -> DataFrame:
    """Return the rows that the table must hold from `since` on, for the keys that a new envelope touches.

    `rows`: the table's columns and `is_new`, of every envelope fetched at or after `since` that holds these keys; those
    loaded before have `is_new` false. `stored`: the table's rows of these keys. `key` is without `_ingest_time`.
    `is_doubtful`: whether an answer is impossible at its instant; the same answer later, when it is not, is a change.
    `is_silence`: whether an answer has no value and counts against one said before (a condition on a table with `value`).
    `is_absence`: whether a row says that its key is not there; before the key's first other row that is no change.
    The result has the columns of `rows` and `_operation`: `upsert` (not stored yet), `keep` (stored already, as after a
    crash), `delete` (stored, but no change point any more).
    """
    everything = rows.withColumn("is_stored", F.lit(False)).unionByName(
        stored.withColumns({"is_new": F.lit(False), "is_stored": F.lit(True)})
    )
    # Stored rows from `since` on are what the chain is held against; they are no part of it.
    is_held_against = F.col("is_stored") & (F.col("_ingest_time") >= F.lit(since))
    of_key = Window.partitionBy(*key)
    in_order = of_key.orderBy("_ingest_time", "_source", "_hash").rowsBetween(Window.unboundedPreceding, -1)
    previous_said = F.last(F.when(~F.col("is_held_against"), F.col("said")), ignorenulls=True).over(in_order)
    doubt = F.lit(False) if is_doubtful is None else is_doubtful
    held_apart = everything.withColumn("is_held_against", is_held_against)
    counted = (
        held_apart.withColumn("silence", F.lit(None)) if is_silence is None else _with_silences(held_apart, is_silence, in_order)
    )
    said: Column = F.struct("_hash", doubt.alias("is_doubtful"), "silence")
    if is_absence is not None:
        was_there = F.max(~F.col("is_held_against") & ~is_absence).over(in_order)
        said = F.when(~is_absence | F.col("was_there"), said)
        counted = counted.withColumn("was_there", was_there)
    chained = (
        counted.withColumn("said", said)
        .withColumn("previous_said", previous_said)
        .withColumn("is_touched", F.max("is_new").over(of_key))
        .where("is_touched")
    )
    columns = [*rows.columns]
    is_change = ~F.col("is_stored") & F.col("said").isNotNull() & ~F.col("said").eqNullSafe(F.col("previous_said"))
    row = F.struct(*columns)
    # Two answers of one key within a microsecond would share a key; the greater name stays.
    versions = chained.groupBy(*key, "_ingest_time").agg(
        F.max_by(F.when(is_change, row), F.when(is_change, F.struct("_source", "_hash"))).alias("wanted"),
        F.max(F.when(F.col("is_held_against"), row)).alias("held"),
    )
    wanted, held = F.col("wanted"), F.col("held")
    is_same = wanted["_hash"].eqNullSafe(held["_hash"]) & wanted["_source"].eqNullSafe(held["_source"])
    operation = F.when(wanted.isNull(), DELETE).when(is_same, KEEP).otherwise(UPSERT)
    return (
        versions.where(wanted.isNotNull() | held.isNotNull())
        .select(F.coalesce(wanted, held).alias("row"), operation.alias(OPERATION))
        .select("row.*", OPERATION)
    )


def _with_silences(rows: DataFrame, is_silence: Column, earlier: WindowSpec) -> DataFrame:
    """Add `silence`: the place, up to `CONFIRMED_BY`, of an answer among those without a value after a value; else null."""
    counts = is_silence & ~F.col("is_held_against")
    is_value = F.col("value").isNotNull() & ~F.col("is_held_against")
    numbered = rows.withColumn("silences_before", F.coalesce(F.count_if(counts).over(earlier), F.lit(0)))
    at_value = F.last(F.when(is_value, F.col("silences_before")), ignorenulls=True).over(earlier)
    place = F.when(at_value.isNotNull(), F.least(F.col("silences_before") - at_value + 1, F.lit(CONFIRMED_BY)))
    return numbered.withColumn("silence", F.when(counts, place)).drop("silences_before")
