"""When an hour was answered: the first time by all its units, and the changes worth the name after that.

Columns of `silver.fact_generation_hourly`, from the versions that Bronze holds of each unit's hour.
"""

from pyspark.sql import Column
from pyspark.sql import functions as F  # noqa: N812  the field's name for it

REVISED_SHARE = 0.005
REVISED_MWH = 0.1
"""A revision is a change above both: the source rounds to 0.0001 MWh and settles the last digits of an hour for weeks."""


def energy_versions() -> Column:
    """Return, as an aggregate over the versions of a unit's hour, its energies in the order in which they were fetched."""
    version = F.struct(F.col("_ingest_time").alias("at"), "value")
    return F.array_sort(F.collect_list(F.when(F.col("metric") == "energy", version)))


def revision_times(versions: str) -> Column:
    """Return when a unit's energy was changed, taken back or given back; a first value is no revision."""

    def is_revision(version: Column, place: Column) -> Column:
        before = F.get(versions, place - 1)["value"]
        was_said = F.exists(F.slice(versions, 1, place), lambda earlier: earlier["value"].isNotNull())
        gap = F.abs(version["value"] - before)
        changed = (gap > REVISED_MWH) & (gap > F.abs(before) * REVISED_SHARE)
        return F.when(version["value"].isNull() | before.isNull(), was_said & ~version["value"].eqNullSafe(before)).otherwise(
            changed
        )

    return F.transform(F.filter(versions, is_revision), lambda version: version["at"])


def first_complete(first_values: str, expected: str) -> Column:
    """Return when (`at`) and by which kind of run (`run_type`) the last of the expected units had its first value.

    `first_values`: those of the units in service. Null while a unit has none, and where none is expected.
    """
    return F.when(F.size(first_values) == F.size(expected), F.array_max(first_values))
