"""Where plants have stood, and which of the places answer from the same grid cells."""

from typing import Any

import pytest

from spark_jobs.silver.dim_plant import dim_plant
from spark_jobs.silver.places import cell, former_locations, with_cells
from spark_jobs.silver.registry import Registry, moved_hours
from spark_jobs.silver.sayings import units_of
from tests.unit.spark_jobs.silver.test_unit_history import DAY, T0, gone, history
from tests.unit.spark_jobs.silver.test_unit_history import listed as said

OLD, NEW = "-34.900000,146.600000", "-34.900010,146.600000"


def places(*rows: dict[str, Any]) -> dict[str, list[str]]:
    return former_locations(rows, units_of(rows))


def at(location_id: str) -> dict[str, float]:
    latitude, longitude = location_id.split(",")
    return {"latitude": float(latitude), "longitude": float(longitude)}


def registry(*rows: dict[str, Any], cells: tuple[str, ...] = ()) -> Registry:
    plants = dim_plant(history(*rows).versions, places(*rows))
    return Registry([], [with_cells(plant, cells) for plant in plants])


def test_places_are_those_of_all_codes_of_the_plants_units_newest_first() -> None:
    # a renamed unit, a correction, a way back, and an answer that does not list it
    first = said("0A1", **at(OLD))
    rows = [first, said("A1", at=T0 + DAY, **at(NEW)), gone("0A1", T0 + DAY), said("A1", at=T0 + 2 * DAY, **at(OLD))]
    assert places(*rows) == {"PLANT": [OLD, NEW]}
    assert places(first, said("B1", plant="ELSE", **at(NEW))) == {"PLANT": [OLD], "ELSE": [NEW]}


def test_a_place_outside_of_the_plants_region_is_none() -> None:
    assert places(said("A1", latitude=-23.5, longitude=148.1), said("A1", at=T0 + DAY, **at(OLD))) == {"PLANT": [OLD]}
    lost = registry(said("A1", **at(OLD)), said("A1", at=T0 + DAY, latitude=-23.5, longitude=148.1))
    (row,) = lost.plant_table().to_pylist()
    assert (row["location_id"], row["is_former_location"], row["sun_location_id"]) == (OLD, True, OLD)


@pytest.mark.parametrize(
    ("cells", "is_same"),
    [
        ((), False),  # the new place has no answer yet
        ((cell(OLD, "archive", "m", 1.0, 1.0), cell(NEW, "archive", "m", 1.0, 1.0)), True),
        ((cell(OLD, "archive", "m", 1.0, 1.0), cell(NEW, "forecast", "m", 1.0, 1.0)), False),
        ((cell(OLD, "archive", "m", 1.0, 1.0), cell(NEW, "archive", "m", 1.0, 1.25)), False),
        (tuple(cell(place, data, "m", x, x) for place in (OLD, NEW) for data, x in (("archive", 1.0), ("forecast", 2.0))), True),
        ((*(cell(place, "archive", "m", 1.0, 1.0) for place in (OLD, NEW)), cell(OLD, "forecast", "m", 2.0, 2.0),
          cell(NEW, "forecast", "m", 2.1, 2.0)), False),
    ],
)  # fmt: skip
def test_two_places_that_one_cell_answered_for_are_one(cells: tuple[str, ...], is_same: bool) -> None:
    moved = registry(said("A1", **at(OLD)), said("A1", at=T0 + DAY, **at(NEW)), cells=cells)
    rows = [(row["location_id"], row["place"], row["is_former_location"]) for row in moved.plant_table().to_pylist()]
    assert rows == [(NEW, 0, False), (OLD, 1, not is_same)]
    assert {row["sun_location_id"] for row in moved.plant_table().to_pylist()} == {NEW}
    assert moved.has_moved
    # and all hours of the plant are rebuilt when that becomes known
    before = registry(said("A1", **at(OLD)), said("A1", at=T0 + DAY, **at(NEW)))
    assert moved_hours(moved, before) == ({"PLANT": None} if is_same else {})


def test_a_plant_that_never_moved_has_one_place() -> None:
    still = registry(said("A1", **at(OLD)))
    assert (still.has_moved, still.plant_table().num_rows) == (False, 1)
    assert still.plants[0]["former_location_ids"] is None
