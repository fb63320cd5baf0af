"""The registry as Silver uses it: both dimension tables, and what a change of them means for hours already built."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

import pyarrow as pa
from pyspark.sql import SparkSession

from include import contracts
from spark_jobs.arrow import table_rows
from spark_jobs.merge import DELETE, OPERATION, UPDATED_AT, UPSERT, merge
from spark_jobs.silver.dim_plant import dim_plant
from spark_jobs.silver.dim_unit import Version, dim_unit, newest_versions

Row = dict[str, Any]

# Columns that hourly rows are made from: when one changes, every hour of the plant is built anew.
_UNIT_MATTERS = ("plant_id", "capacity_mw", "commissioned_from_utc", "retired_from_utc")
_PLANT_MATTERS = ("location_id", "coordinate_check")


@dataclass(frozen=True)
class Registry:
    """Rows of `silver.dim_unit` and `silver.dim_plant`."""

    units: Sequence[Row]
    plants: Sequence[Row]

    @classmethod
    def of_bronze(cls, spark: SparkSession) -> "Registry":
        """Build both tables from the newest version of each unit."""
        rows = newest_versions(spark.table("bronze.oe_facilities_raw")).toArrow().to_pylist()
        versions = [Version(row) for row in rows]
        return cls(dim_unit(versions), dim_plant(versions))

    @classmethod
    def of_silver(cls, spark: SparkSession) -> "Registry":
        """Read both tables as the last run left them."""
        units, plants = (spark.table(name).toArrow().to_pylist() for name in ("silver.dim_unit", "silver.dim_plant"))
        return cls(units, plants)

    @cached_property
    def coordinates(self) -> dict[str, tuple[float, float]]:
        """Latitude and longitude in degrees by location_id."""
        return {p["location_id"]: (p["latitude"], p["longitude"]) for p in self.plants if p["location_id"] is not None}

    def only(self, plants: frozenset[str]) -> "Registry":
        """Return the part of the registry that is about these plants."""
        units = [unit for unit in self.units if unit["plant_id"] in plants]
        return Registry(units, [plant for plant in self.plants if plant["plant_id"] in plants])

    def unit_table(self) -> pa.Table:
        """Return each unit's row of `silver.dim_unit` and all units of its plant."""
        siblings: dict[str, list[Row]] = {}
        for unit in sorted(self.units, key=lambda unit: (unit["unit_code"], unit["network_id"])):
            siblings.setdefault(unit["plant_id"], []).append({name: unit[name] for name in _SIBLING.names})
        rows = [
            unit
            | {
                "unit_capacity_mw": unit["capacity_mw"],
                "plant_units": siblings[unit["plant_id"]],
            }
            for unit in self.units
        ]
        return pa.Table.from_pylist(rows, _UNIT_TABLE)

    def plant_table(self) -> pa.Table:
        """Return plant_id, network_id and location_id of the plants that have a location."""
        placed = [plant for plant in self.plants if plant["location_id"] is not None]
        names = ("plant_id", "network_id", "location_id")
        return pa.Table.from_pylist(placed, pa.schema([(name, pa.string()) for name in names]))


_INSTANT = pa.timestamp("us", tz="UTC")
_SIBLING = pa.schema([("capacity_mw", pa.float64()), ("commissioned_from_utc", _INSTANT), ("retired_from_utc", _INSTANT)])
_UNIT_TABLE = pa.schema(
    [
        ("network_id", pa.string()),
        ("unit_code", pa.string()),
        ("plant_id", pa.string()),
        ("unit_capacity_mw", pa.float64()),
        ("commissioned_from_utc", _INSTANT),
        ("retired_from_utc", _INSTANT),
        ("plant_units", pa.list_(pa.struct(list(_SIBLING)))),
    ]
)


def moved_plants(new: Registry, old: Registry) -> frozenset[str]:
    """Return the plants whose hourly rows the registry's change touches: theirs are new figures, units or coordinates."""
    pairs = [
        (_by_key(new.units, ("network_id", "unit_code")), _by_key(old.units, ("network_id", "unit_code")), _UNIT_MATTERS),
        (_by_key(new.plants, ("plant_id",)), _by_key(old.plants, ("plant_id",)), _PLANT_MATTERS),
    ]
    moved: set[str] = set()
    for now, before, matters in pairs:
        for key in now.keys() | before.keys():
            rows = [row for row in (now.get(key), before.get(key)) if row is not None]
            if len(rows) == 1 or any(rows[0][name] != rows[1][name] for name in matters):
                moved.update(row["plant_id"] for row in rows)
    return frozenset(moved)


def write_registry(spark: SparkSession, new: Registry, old: Registry, now: datetime) -> dict[str, tuple[int, int, int]]:
    """Bring both tables to `new`; return rows, written and deleted by table. Unchanged tables get no snapshot."""
    pairs = {"silver.dim_unit": (new.units, old.units), "silver.dim_plant": (new.plants, old.plants)}
    return {name: write_rows(spark, name, wanted, stored, now) for name, (wanted, stored) in pairs.items()}


def write_rows(
    spark: SparkSession, name: str, wanted: Sequence[Row], stored: Sequence[Row], now: datetime
) -> tuple[int, int, int]:
    """Bring a table of rows held on the driver to `wanted`; return rows, written and deleted."""
    table = contracts.load(name)
    fresh, held = _by_key(wanted, table.key), _by_key(stored, table.key)
    compared = [column for column in table.column_names if column != UPDATED_AT]
    upserts = [row for key, row in fresh.items() if key not in held or any(row[c] != held[key][c] for c in compared)]
    deletes = [row for key, row in held.items() if key not in fresh]
    changes = [row | {UPDATED_AT: now, OPERATION: UPSERT} for row in upserts]
    changes += [row | {OPERATION: DELETE} for row in deletes]
    if changes:
        merge(spark.createDataFrame(table_rows(table, changes, OPERATION)), table)
    return len(wanted), len(upserts), len(deletes)


def _by_key(rows: Iterable[Mapping[str, Any]], key: Sequence[str]) -> dict[tuple[Any, ...], Row]:
    return {tuple(row[name] for name in key): dict(row) for row in rows}
