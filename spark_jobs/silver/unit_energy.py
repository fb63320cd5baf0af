"""What Bronze holds of units' energy, under any of their codes."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F  # noqa: N812  the field's name for it

from include.sources.records import GENERATION
from spark_jobs.silver.sayings import Key, Unit


def energy_of(spark: SparkSession, units: Sequence[Unit], condition: str = "true") -> DataFrame:
    """Return the versions of these units' energy that meet an SQL condition on the columns of Bronze."""
    codes = sorted({code for unit in units for code in unit.codes})
    rows = spark.table(GENERATION.table).where(f"({condition}) AND metric = 'energy'")
    return rows.where(F.col("unit_code").isin(*codes))


def with_units(units: Sequence[Unit], rows: DataFrame) -> Iterator[tuple[Key, Mapping[str, Any]]]:
    """Yield rows that have network_id and unit_code, each with the unit that it is of; other networks' have none."""
    keys = {(unit.key[0], code): unit.key for unit in units for code in unit.codes}
    for row in rows.toArrow().to_pylist():
        key = keys.get((row["network_id"], row["unit_code"]))
        if key is not None:
            yield key, row
