"""Where plants have stood by the registry: a corrected coordinate keeps its weather until the new place has its own. Pure.

`location_id` is made of the coordinates, so a correction by a metre is another location. Open-Meteo answers by grid cells of some
kilometres: two locations whose answers came from the same cells have the same data.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from include.networks import NETWORKS
from include.sources.landing import Location
from spark_jobs.silver.sayings import Unit

Row = Mapping[str, Any]


def former_locations(versions: Iterable[Row], units: Sequence[Unit]) -> dict[str, list[str]]:
    """Return by plant the location ids that the registry gave it, newest first, the present one too.

    `versions`: rows of `bronze.oe_facilities_raw`. Places outside of the plant's region are left out.
    """
    plant_of = {(unit.key[0], code): unit.newest for unit in units for code in unit.codes}
    since: dict[str, dict[str, Any]] = {}
    for row in sorted(versions, key=lambda row: row["_ingest_time"]):
        newest = plant_of.get((row["network_id"], row["unit_code"]))
        if newest is None or row["latitude"] is None or row["longitude"] is None:
            continue
        if NETWORKS[row["network_id"]].is_inside(newest["network_region"], row["latitude"], row["longitude"]):
            location_id = Location(row["latitude"], row["longitude"]).location_id
            since.setdefault(newest["facility_code"], {})[location_id] = row["_ingest_time"]
    return {plant: sorted(found, key=lambda place: (found[place], place), reverse=True) for plant, found in since.items()}


def cell(location_id: str, dataset: str, model: str, latitude: float | None, longitude: float | None) -> str:
    """Return a grid cell that answered for a location, as it stands in `silver.dim_plant`."""
    return f"{location_id} {dataset} {model} {latitude},{longitude}"


def locations_of(plant: Row) -> list[str]:
    """Return all locations of a row of `silver.dim_plant`, the present one first."""
    return [*([plant["location_id"]] if plant["location_id"] is not None else []), *(plant.get("former_location_ids") or ())]


def with_cells(plant: Row, cells: Iterable[str]) -> dict[str, Any]:
    """Return the row of `silver.dim_plant` with the cells of its locations, and which former ones are in the present one's."""
    cells = sorted(cells)
    present = _by_dataset(cells, plant["location_id"])
    same = [place for place in plant["former_location_ids"] or () if _are_same(present, _by_dataset(cells, place))]
    return {**plant, "grid_cells": cells or None, "same_cell_location_ids": same or None}


def _by_dataset(cells: Iterable[str], location_id: str | None) -> dict[tuple[str, str], set[str]]:
    found: dict[tuple[str, str], set[str]] = {}
    for one in cells:
        location, dataset, model, place = one.split(" ")
        if location == location_id:
            found.setdefault((dataset, model), set()).add(place)
    return found


def _are_same(one: Mapping[tuple[str, str], set[str]], other: Mapping[tuple[str, str], set[str]]) -> bool:
    """Tell whether both were answered from the same cells, by each model that both were asked of."""
    common = one.keys() & other.keys()
    return bool(common) and all(one[key] == other[key] for key in common)
