"""The one way in which these jobs write: MERGE by key, and only what differs.

A merge that fails fails the job; nothing falls back to appending. Two jobs that write the same rows at once conflict in
Iceberg (serializable isolation): the later one fails and its task tries again.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F  # noqa: N812  the field's name for it

from include.contracts import TableContract

OPERATION = "_operation"
UPSERT, KEEP, DELETE = "upsert", "keep", "delete"
UPDATED_AT = "_updated_at"


@dataclass(frozen=True)
class Written:
    """What a job did to one table; `line` is what it prints."""

    table: str
    read: int
    upserted: int
    deleted: int
    seconds: float

    @classmethod
    def of(cls, table: str, counts: Mapping[str, int], seconds: float) -> "Written":
        """Return what was done, from the rows of `differences` counted by operation: those kept were read too."""
        upserted = counts.get(UPSERT, 0)
        return cls(table, upserted + counts.get(KEEP, 0), upserted, counts.get(DELETE, 0), seconds)

    def plus(self, other: "Written") -> "Written":
        """Return what was done to the table in two steps."""
        figures = (self.read + other.read, self.upserted + other.upserted, self.deleted + other.deleted)
        return Written(self.table, *figures, self.seconds + other.seconds)

    def line(self) -> str:
        """Return the job's line for this table."""
        return (
            f"{self.table}: {self.read} rows read, {self.upserted + self.deleted} changed"
            f" ({self.upserted} written, {self.deleted} deleted), {self.seconds:.1f} s"
        )


def merge(changes: DataFrame, table: TableContract, bounds: str | None = None) -> None:
    """Write the rows of `changes` by key: those with `_operation` upsert or delete.

    `bounds` is an SQL condition on the columns of the table (by its full name, as `silver.dim_plant.plant_id`), true for
    every row that may be touched. It keeps Iceberg to the partitions concerned, for reading and for telling whether
    another writer was in the way.
    """
    on_key = [f"{table.name}.{name} = changes.{name}" for name in table.key]
    condition = F.expr(" AND ".join([*on_key, *([f"({bounds})"] if bounds else [])]))
    source = changes.where(F.col(OPERATION).isin(UPSERT, DELETE)).alias("changes")
    operation = F.col(f"changes.{OPERATION}")
    (
        source.mergeInto(table.name, condition)
        .whenMatched(operation == DELETE)
        .delete()
        .whenMatched(operation == UPSERT)
        .updateAll()
        .whenNotMatched(operation == UPSERT)
        .insertAll()
        .merge()
    )


def differences(wanted: DataFrame, stored: DataFrame, table: TableContract, updated_at: Column) -> DataFrame:
    """Return what turns `stored` (the table's rows of a scope) into `wanted` (what the scope must hold).

    `wanted` has the table's columns without `_updated_at`. Rows that are equal in every column but `_updated_at` are `keep`;
    rows that are no longer wanted are `delete`.
    """
    names = [name for name in table.column_names if name != UPDATED_AT]
    row, nothing = F.struct(*names), F.lit(None)
    new = wanted.select(*table.key, row.alias("new"), nothing.alias("old"))
    old = stored.select(*table.key, nothing.alias("new"), row.alias("old"))
    # Grouping a union costs one shuffle where a full join costs two; a key has one row on either side.
    pairs = new.union(old).groupBy(*table.key).agg(F.max("new").alias("new"), F.max("old").alias("old"))
    is_equal = F.col("new").eqNullSafe(F.col("old"))
    operation = F.when(F.col("new").isNull(), DELETE).when(is_equal, KEEP).otherwise(UPSERT)
    kept = pairs.select(F.coalesce("new", "old").alias("row"), operation.alias(OPERATION))
    return kept.select("row.*", updated_at.alias(UPDATED_AT), OPERATION)


def changed(counts: Mapping[str, int]) -> bool:
    """Tell from counts by operation whether there is anything to write; without it no snapshot is made."""
    return bool(counts.get(UPSERT, 0) or counts.get(DELETE, 0))
