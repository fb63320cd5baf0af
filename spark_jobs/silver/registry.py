"""The registry as Silver uses it: history and both dimension tables, and what a change of them means for hours already built."""

import itertools
import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

import pyarrow as pa
from pyspark.sql import SparkSession

from include import contracts
from include.windows import HOUR, Window
from spark_jobs.arrow import table_rows
from spark_jobs.hours import HourRanges
from spark_jobs.merge import DELETE, OPERATION, UPDATED_AT, UPSERT, merge
from spark_jobs.silver.asked import marked
from spark_jobs.silver.capacity import BEGIN, END
from spark_jobs.silver.dim_plant import dim_plant
from spark_jobs.silver.dim_unit import NEVER, dim_unit
from spark_jobs.silver.places import former_locations, locations_of, with_cells
from spark_jobs.silver.registry_evidence import evidence_for, grid_cells, not_asked
from spark_jobs.silver.sayings import units_of
from spark_jobs.silver.unit_history import unit_history

log = logging.getLogger("silver_registry")

Row = dict[str, Any]

# Columns that hourly rows are made from: when one changes, every hour of the plant is rebuilt. The spans of hours in which
# a unit counts, and with which capacity, are compared hour by hour.
_UNIT_MATTERS = ("plant_id", "aliases")
_PLANT_MATTERS = ("location_id", "coordinate_check", "former_location_ids", "same_cell_location_ids")


@dataclass(frozen=True)
class Registry:
    """Rows of `silver.dim_unit`, `silver.dim_plant` and `silver.unit_history`; `findings` are about doubted capacities."""

    units: Sequence[Row]
    plants: Sequence[Row]
    history: Sequence[Row] = ()
    findings: Sequence[Row] = field(default=(), compare=False)

    @classmethod
    def of_bronze(
        cls, spark: SparkSession, old: "Registry", hours: HourRanges, loaded_after: datetime | None, now: datetime
    ) -> "Registry":
        """Build the tables from all versions of each unit.

        `old`, the hours that changed since and the requests loaded after an instant spare reading Bronze again.
        """
        versions = spark.table("bronze.oe_facilities_raw").toArrow().to_pylist()
        units = units_of(versions)
        history = unit_history(units, evidence_for(spark, units, old.history, hours, now))
        rows = marked(history.rows, not_asked(spark, units, history.rows, old.history, loaded_after))
        plants = dim_plant(history.versions, former_locations(versions, units))
        cells = grid_cells(spark, plants, old.plants, hours)
        plants = [with_cells(plant, cells[plant["plant_id"]]) if plant["plant_id"] in cells else plant for plant in plants]
        return cls(dim_unit(history.versions), plants, rows, history.findings)

    @classmethod
    def of_silver(cls, spark: SparkSession) -> "Registry":
        """Read the tables as the last run left them."""
        names = ("silver.dim_unit", "silver.dim_plant", "silver.unit_history")
        return cls(*(spark.table(name).toArrow().to_pylist() for name in names))

    @cached_property
    def coordinates(self) -> dict[str, tuple[float, float]]:
        """Latitude and longitude in degrees by location_id, of present and former places."""
        former = {place: _degrees(place) for plant in self.plants for place in plant.get("former_location_ids") or ()}
        present = {p["location_id"]: (p["latitude"], p["longitude"]) for p in self.plants if p["location_id"] is not None}
        return former | present

    @cached_property
    def has_moved(self) -> bool:
        """Whether any plant has more than one place."""
        return any(plant.get("former_location_ids") for plant in self.plants)

    @cached_property
    def codes(self) -> list[str]:
        """Every unit code, former ones too."""
        return sorted({code for unit in self.units for code in codes_of(unit)})

    def only(self, plants: frozenset[str]) -> "Registry":
        """Return the part of the registry that is about these plants."""
        units, places, history = (
            [row for row in rows if row["plant_id"] in plants] for rows in (self.units, self.plants, self.history)
        )
        return Registry(units, places, history)

    @cached_property
    def spans(self) -> dict[tuple[str, str], list["Span"]]:
        """Return by network and unit code the spans of hours in which the unit counts, in order.

        Days for which nobody asked about it are left out.
        """
        found: dict[tuple[str, str], list[Span]] = {(unit["network_id"], unit["unit_code"]): [] for unit in self.units}
        told = {(row["network_id"], row["unit_code"]) for row in self.history}
        for row in self.history:
            key = (row["network_id"], row["unit_code"])
            if key in found and row.get("is_asked") is not False:
                found[key].append(Span(row["valid_from_utc"] or BEGIN, row["valid_to_utc"] or END, row["capacity_mw"]))
        # A lake of a former version has no history yet.
        for unit in self.units:
            key = (unit["network_id"], unit["unit_code"])
            if key not in told:
                bounds = (unit["commissioned_from_utc"] or BEGIN, unit["retired_from_utc"] or END)
                found[key].append(Span(*bounds, unit["capacity_mw"]))
        return {key: sorted(span for span in spans if span.start < min(span.end, NEVER)) for key, spans in found.items()}

    def unit_table(self) -> pa.Table:
        """Return for each code of a unit its row of `silver.dim_unit`, its spans and those of all units of its plant.

        `counts_as` is the unit's code today.
        """
        own = {key: [_span_row(span) for span in spans] for key, spans in self.spans.items()}
        of_plants: dict[str, list[Row]] = {}
        for unit in sorted(self.units, key=lambda unit: (unit["unit_code"], unit["network_id"])):
            of_plants.setdefault(unit["plant_id"], []).extend(own[unit["network_id"], unit["unit_code"]])
        rows = [
            unit
            | {
                "unit_code": code,
                "counts_as": unit["unit_code"],
                "unit_capacity_mw": unit["capacity_mw"],
                "unit_spans": own[unit["network_id"], unit["unit_code"]],
                "plant_units": of_plants[unit["plant_id"]],
            }
            for unit in self.units
            for code in codes_of(unit)
        ]
        return pa.Table.from_pylist(rows, _UNIT_TABLE)

    def plant_table(self) -> pa.Table:
        """Return the places of which each plant has weather, with their order (`place`, the present one first).

        `is_former_location`: former ones of another grid cell. `sun_location_id`: where the sun is computed for. Coordinates
        in another region are no place: the weather of another state looks like weather and is not the plant's.
        """
        rows = []
        for plant in self.plants:
            is_usable = plant["location_id"] is not None and plant["coordinate_check"] != "outside_region"
            same = plant.get("same_cell_location_ids") or ()
            for place, location in enumerate(locations_of(plant)):
                is_present = location == plant["location_id"]
                if is_present and not is_usable:
                    continue
                rows.append(
                    {
                        "plant_id": plant["plant_id"],
                        "network_id": plant["network_id"],
                        "location_id": location,
                        "place": place,
                        "is_former_location": not is_present and not (is_usable and location in same),
                        "sun_location_id": plant["location_id"] if is_usable else location,
                    }
                )
        return pa.Table.from_pylist(rows, _PLANT_TABLE)


@dataclass(frozen=True, order=True)
class Span:
    """Hours `[start, end)` in which a unit counts with a capacity (MW)."""

    start: datetime
    end: datetime
    capacity_mw: float | None = field(compare=False)


_INSTANT = pa.timestamp("us", tz="UTC")
_SPAN = pa.schema([("capacity_mw", pa.float64()), ("commissioned_from_utc", _INSTANT), ("retired_from_utc", _INSTANT)])
_PLANT_TABLE = pa.schema(
    [
        ("plant_id", pa.string()),
        ("network_id", pa.string()),
        ("location_id", pa.string()),
        ("place", pa.int32()),
        ("is_former_location", pa.bool_()),
        ("sun_location_id", pa.string()),
    ]
)
_UNIT_TABLE = pa.schema(
    [
        ("network_id", pa.string()),
        ("unit_code", pa.string()),
        ("counts_as", pa.string()),
        ("plant_id", pa.string()),
        ("unit_capacity_mw", pa.float64()),
        ("commissioned_from_utc", _INSTANT),
        ("retired_from_utc", _INSTANT),
        ("unit_spans", pa.list_(pa.struct(list(_SPAN)))),
        ("plant_units", pa.list_(pa.struct(list(_SPAN)))),
    ]
)


MovedHours = Mapping[str, Sequence[tuple[datetime, datetime]] | None]
"""Plant -> spans of hours; None: all hours."""


def codes_of(unit: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the code of a unit and those that it had before."""
    return (unit["unit_code"], *(unit.get("aliases") or ()))


def moved_hours(new: Registry, old: Registry) -> MovedHours:
    """Return the plants whose hourly rows the registry's change touches, and the hours in which it does (None: all).

    All are touched by another location, another set of units or other codes of them; a span or a capacity that changes
    touches the hours for which it does.
    """
    moved: dict[str, list[tuple[datetime, datetime]] | None] = {}
    pairs = [
        (_by_key(new.units, ("network_id", "unit_code")), _by_key(old.units, ("network_id", "unit_code")), _UNIT_MATTERS),
        (_by_key(new.plants, ("plant_id",)), _by_key(old.plants, ("plant_id",)), _PLANT_MATTERS),
    ]
    for now, before, matters in pairs:
        for key in now.keys() | before.keys():
            rows = [row for row in (now.get(key), before.get(key)) if row is not None]
            if len(rows) == 1 or any((rows[0][name] or None) != (rows[1][name] or None) for name in matters):
                moved.update({row["plant_id"]: None for row in rows})
    for unit in new.units:
        key = (unit["network_id"], unit["unit_code"])
        hours = _different(new.spans[key], old.spans.get(key, []))
        if hours and moved.get(unit["plant_id"], []) is not None:
            moved[unit["plant_id"]] = [*(moved.get(unit["plant_id"]) or []), *hours]
    return moved


def overlap(ranges: HourRanges, spans: Iterable[tuple[datetime, datetime]]) -> HourRanges | None:
    """Return the hours of the ranges that lie in any of the spans (whole hours, rounded outwards); None for none."""
    windows = []
    for window in ranges.windows:
        for start, end in spans:
            first = max(window.start, start.replace(minute=0, second=0, microsecond=0))
            last = min(window.end, end)
            if first < last:
                windows += [Window(first, last if last == window.end else _next_hour(last))]
    return HourRanges.covering(windows) if windows else None


def write_registry(spark: SparkSession, new: Registry, old: Registry, now: datetime) -> dict[str, tuple[int, int, int]]:
    """Bring the tables to `new`; return rows, written and deleted by table. Unchanged tables get no snapshot."""
    pairs = {
        "silver.dim_unit": (new.units, old.units),
        "silver.dim_plant": (new.plants, old.plants),
        "silver.unit_history": (new.history, old.history),
    }
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


def _different(new: Sequence[Span], old: Sequence[Span]) -> list[tuple[datetime, datetime]]:
    """Return the spans of hours for which two timelines of one unit differ."""
    bounds = sorted({BEGIN, END, *(bound for span in (*new, *old) for bound in (span.start, span.end))})
    pairs = itertools.pairwise(bounds)
    return [(start, end) for start, end in pairs if _state(new, start) != _state(old, start)]


def _state(spans: Sequence[Span], at: datetime) -> tuple[bool, float | None]:
    """Return whether a unit counts at an instant, and the capacity that its values are judged by: see `unit_hours`."""
    nearest = next((span for span in spans if at < span.end), spans[-1] if spans else None)
    return nearest is not None and nearest.start <= at < nearest.end, nearest.capacity_mw if nearest else None


def _span_row(span: Span) -> Row:
    return {
        "capacity_mw": span.capacity_mw,
        "commissioned_from_utc": None if span.start == BEGIN else span.start,
        "retired_from_utc": None if span.end == END else span.end,
    }


def _degrees(location_id: str) -> tuple[float, float]:
    latitude, longitude = location_id.split(",")
    return float(latitude), float(longitude)


def _next_hour(instant: datetime) -> datetime:
    whole = instant.replace(minute=0, second=0, microsecond=0)
    return whole if whole == instant else whole + HOUR


def _by_key(rows: Iterable[Mapping[str, Any]], key: Sequence[str]) -> dict[tuple[Any, ...], Row]:
    return {tuple(row[name] for name in key): dict(row) for row in rows}
