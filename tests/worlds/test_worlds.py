"""Worlds drawn by seed, with several faults at once: a healthy plant is as if nothing were, and no wrong figure goes unmarked.

All worlds of a run share one lake, beside copies of the same farms that nothing happens to: what a plant should be is what its
clean copy is. The days are asked for twice, first without faults, then with them, so that answers take back what others said.
PV_TEST_WORLDS: how many (20); PV_TEST_FARMS, PV_TEST_DAYS: how large; PV_TEST_SEED: which; PV_TEST_WORLDS_THERE=1: both
passes ran on this stack already.
"""

from __future__ import annotations

import os
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from infra.commands.backfill import backfill
from tests.e2e.conftest import Stack
from tests.worlds.drawing import CLEAN, DAYS, END, START, World, draw_world, drawn_farms
from tests.worlds.judging import DAY_BOUND, DAY_COLUMNS, UNMARKED_DAY, WRONG_DAYS, WRONG_HOUR, compared

pytestmark = [pytest.mark.stack, pytest.mark.long]

SEED, COUNT = int(os.environ.get("PV_TEST_SEED", "1")), int(os.environ.get("PV_TEST_WORLDS", "20"))
RANGE = (f"{START:%F}", f"{END:%F}")
IN_RANGE = f"ds BETWEEN DATE '{START:%F}' AND DATE '{END - timedelta(days=1):%F}'"


def listed(codes: list[str]) -> str:
    return ", ".join(f"'{code}'" for code in codes)


class Drawn:
    """The worlds, and the stack that holds them after both passes."""

    def __init__(self, stack: Stack, worlds: list[World], farms: list[str]) -> None:
        self.stack, self.worlds, self.farms = stack, worlds, farms

    @property
    def healthy(self) -> list[str]:
        return [f"{world.prefix}{farm}" for world in self.worlds for farm in self.farms if farm not in world.kinds]

    def kinds(self) -> dict[str, list[str]]:
        """What hit a plant, by every code it may have."""
        return {plant: kinds for world in self.worlds for farm, kinds in world.kinds.items() for plant in world.plants(farm)}

    def faulty(self, *, but: tuple[str, ...] = ()) -> str:
        """Rows (plant, clean copy) for SQL of the plants that something happened to, without the ones that `but` hit."""
        pairs = [
            (plant, f"{CLEAN}{farm}")
            for world in self.worlds
            for farm, kinds in world.kinds.items()
            if not set(kinds) & set(but)
            for plant in world.plants(farm)
        ]
        return f"(VALUES {', '.join(f'{pair}' for pair in pairs)}) AS copy (plant_id, clean_id)"

    def beside_clean(self, table: str, name: str, key: str, *, but: tuple[str, ...] = ()) -> str:
        """A FROM clause: rows of these plants as `name`, each with `clean`, its clean copy's of the same `key`."""
        return (
            f"FROM {table} AS {name} JOIN {self.faulty(but=but)} ON copy.plant_id = {name}.plant_id "
            f"JOIN {table} AS clean ON clean.plant_id = clean_id AND clean.{key} = {name}.{key} "
        )

    def told(self, rows: list[list[Any]]) -> list[str]:
        """Findings with what hit their plants."""
        kinds = self.kinds()
        return [f"{plant} ({', '.join(kinds[plant])}): {figures}" for plant, *figures in rows]


@pytest.fixture(scope="module")
def drawn(stack: Stack) -> Any:
    farms = drawn_farms(SEED)
    worlds = [draw_world(SEED, number, farms) for number in range(COUNT)]
    codes = [farm.code for farm in farms]
    prefixes = [CLEAN, *(world.prefix for world in worlds)]
    copies = ("copied_farms", {"prefixes": prefixes, "facility_codes": codes})
    print(f"seed {SEED}: {COUNT} worlds of {', '.join(codes)}")
    for faults in [] if "PV_TEST_WORLDS_THERE" in os.environ else [[world.first for world in worlds], [w.second for w in worlds]]:
        stack.control("DELETE", "faults")
        switched = [copies, *(fault for of_world in faults for fault in of_world)]
        stack.control("POST", "faults", [{"name": name, "params": params} for name, params in switched])
        # A run that is the first to hold a plant-day back ends as failed; all else is published.
        assert backfill(stack.settings, *RANGE, resume=False) == 0 or stack.value("SELECT count(*) FROM gold.held_back") > 0
    yield Drawn(stack, worlds, codes)
    stack.control("DELETE", "faults")


def test_every_kind_was_drawn_and_the_clean_copies_are_clean(drawn: Drawn) -> None:
    kinds = Counter(kind for world in drawn.worlds for each in world.kinds.values() for kind in each)
    print(f"{len(drawn.healthy)} healthy plants of {COUNT * len(drawn.farms)}; hit: {dict(kinds.most_common())}")
    assert len(kinds) == 17 or COUNT < 10
    assert drawn.stack.query(
        "SELECT count(*), count(cf), count(if(coordinate_check = 'outside_region', 0, insolation_kwh_m2)), "
        "sum(suspect_hours), sum(rejected_hours), sum(revised_hours) "
        f"FROM gold.daily_plant_kpi WHERE plant_id LIKE '{CLEAN}%' AND {IN_RANGE}"
    ) == [[n := DAYS * len(drawn.farms), n, n, 0, 0, 0]]


@pytest.mark.parametrize(
    ("table", "within"),
    [
        ("gold.daily_plant_kpi", IN_RANGE),
        ("gold.plant_weather_hourly", IN_RANGE),
        ("silver.fact_weather_hourly", "true"),
        ("silver.dim_plant", "true"),
    ],
)
def test_a_healthy_plant_is_in_every_cell_what_it_is_in_the_clean_world(drawn: Drawn, table: str, within: str) -> None:
    columns = f"substr(plant_id, {len(CLEAN) + 1}), {compared(table)}"
    clean = f"SELECT {columns} FROM {table} WHERE plant_id LIKE '{CLEAN}%' AND {within}"
    healthy = f"FROM {table} WHERE plant_id IN ({listed(drawn.healthy)}) AND {within}"
    assert drawn.stack.query(f"SELECT {columns} {healthy} EXCEPT {clean} LIMIT 20") == []
    by_plant = f"SELECT plant_id, count(*) FROM {table} WHERE {within} GROUP BY plant_id"
    rows = {plant: count for plant, count in drawn.stack.query(by_plant)}
    assert {plant: rows.get(plant) for plant in drawn.healthy} == {
        plant: rows.get(CLEAN + plant[len(CLEAN) :]) for plant in drawn.healthy
    }


def test_only_plants_that_something_happened_to_are_held_back(drawn: Drawn) -> None:
    rows = drawn.stack.query("SELECT plant_id, ds, check_name, finding FROM gold.held_back ORDER BY plant_id, ds")
    assert {plant for plant, *_ in rows} <= drawn.kinds().keys()
    print(f"{len(rows)} findings hold plant-days back: {drawn.told(rows)[:3]}")


def test_an_hour_that_is_wrong_is_refused_or_flagged(drawn: Drawn) -> None:
    rows = drawn.stack.query(
        "SELECT hour.plant_id, hour.ts_utc, hour.energy_mwh, clean.energy_mwh, hour.units_accepted, hour.units_expected "
        f"{drawn.beside_clean('gold.plant_weather_hourly', 'hour', 'ts_utc')}"
        f"WHERE hour.{IN_RANGE} AND {WRONG_HOUR}"
    )
    assert drawn.told(rows) == []


@pytest.mark.parametrize("wrong", WRONG_DAYS.values(), ids=WRONG_DAYS)
def test_a_published_day_is_right_or_marked(drawn: Drawn, wrong: str) -> None:
    rows = drawn.stack.query(
        f"SELECT {DAY_COLUMNS} {drawn.beside_clean('gold.daily_plant_kpi', 'day', 'ds')}"
        "LEFT JOIN gold.held_back AS held ON held.plant_id = day.plant_id AND held.ds = day.ds "
        f"WHERE day.{IN_RANGE} AND {UNMARKED_DAY} AND {wrong}"
    )
    assert drawn.told(rows) == []


def test_sun_that_cannot_be_is_left_out(drawn: Drawn) -> None:
    rows = drawn.stack.query(
        "SELECT day.plant_id, day.ds, day.insolation_kwh_m2, clean.insolation_kwh_m2, day.weather_missingness "
        f"{drawn.beside_clean('gold.daily_plant_kpi', 'day', 'ds', but=('moved_coordinates',))}"
        f"WHERE day.{IN_RANGE} "
        f"AND abs(day.insolation_kwh_m2 - clean.insolation_kwh_m2) > {DAY_BOUND} * clean.insolation_kwh_m2 "
    )
    assert drawn.told(rows) == []


def test_no_plant_day_is_there_twice(drawn: Drawn) -> None:
    rows = drawn.stack.query(
        f"SELECT min(day.plant_id), day.ds, count(*) FROM gold.daily_plant_kpi AS day JOIN {drawn.faulty()} "
        f"ON copy.plant_id = day.plant_id WHERE day.{IN_RANGE} AND energy_mwh IS NOT NULL "
        "GROUP BY clean_id, substr(day.plant_id, 1, 5), day.ds HAVING count(*) > 1"
    )
    assert drawn.told(rows) == []
