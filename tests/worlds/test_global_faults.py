"""Worlds drawn by seed in which a fault hits every plant at once: what it does not touch stays, what it touches is marked.

Each world has days of its own, which are asked for twice: with its faults and without them, in the order that it draws. What
a plant should be is what the other pass made of it, at the snapshots of that pass.
PV_TEST_SEED: which; PV_TEST_GLOBAL_WORLDS: how many (2).
"""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from include.contracts import load
from infra.commands.backfill import backfill
from tests.e2e.conftest import Stack
from tests.worlds.global_faults import DAYS, PREFIX, GlobalWorld, Hit, copies, draw_global_world, global_farms
from tests.worlds.judging import DAY_COLUMNS, UNMARKED_DAY, WRONG_DAYS, WRONG_HOUR, compared

pytestmark = [pytest.mark.stack, pytest.mark.long]

SEED, COUNT = int(os.environ.get("PV_TEST_SEED", "1")), int(os.environ.get("PV_TEST_GLOBAL_WORLDS", "2"))
KPI, HOURLY, GENERATION = "gold.daily_plant_kpi", "gold.plant_weather_hourly", "silver.fact_generation_hourly"
UNTOUCHED = ("silver.fact_weather_hourly", "silver.dim_plant")
"""No fault of these worlds is one of weather or of the registry."""
TABLES = (KPI, HOURLY, GENERATION, *UNTOUCHED, "gold.held_back")

Snapshots = dict[str, str]


def hours(start: datetime, end: datetime) -> str:
    return f"ts_utc >= TIMESTAMP '{start:%Y-%m-%d %H:%M} UTC' AND ts_utc < TIMESTAMP '{end:%Y-%m-%d %H:%M} UTC'"


def days(first: date, last: date) -> str:
    return f"ds BETWEEN DATE '{first}' AND DATE '{last}'"


class Passed:
    """A world, and its tables as both passes left them: `faulty` and `clean` name a table at the snapshot of that pass."""

    def __init__(self, stack: Stack, world: GlobalWorld, networks: dict[str, str], faulty: Snapshots, clean: Snapshots) -> None:
        self.stack, self.world, self.networks, self.faulty, self.clean = stack, world, networks, faulty, clean

    @property
    def in_range(self) -> str:
        """Its days."""
        return days(self.world.start.date(), self.world.end.date() - timedelta(days=1))

    def within(self, table: str) -> str:
        """A condition on its plants' rows of its days, on all of them in a table that has no days.

        The hourly run at the stack's start may have met the stand-in's own farms, before the first world replaced them.
        """
        columns, mine = load(table).column_names, f"plant_id LIKE '{PREFIX}%'"
        if "ds" in columns:
            return f"{mine} AND {self.in_range}"
        return f"{mine} AND {hours(self.world.start, self.world.end - timedelta(days=1))}" if "ts_utc" in columns else mine

    def hit(self, table: str, hit: Hit) -> str:
        """A condition on the rows that a fault may change."""
        plants = ", ".join(f"'{code}'" for code, network in self.networks.items() if network == hit.network)
        return f"(plant_id IN ({plants}) AND {days(*hit.days) if table == KPI else hours(*hit.hours)})"

    def is_hit(self, table: str) -> str:
        """The same of all its faults."""
        return f"({' OR '.join(['false', *(self.hit(table, hit) for hit in self.world.hits)])})"

    def beside_clean(self, table: str, name: str, key: str) -> str:
        """A FROM clause: the world's rows as `name`, each with `clean`, that of the clean pass."""
        return (
            f"FROM {self.faulty[table]} AS {name} JOIN {self.clean[table]} AS clean "
            f"ON clean.plant_id = {name}.plant_id AND clean.{key} = {name}.{key} AND {name}.{self.in_range} "
        )


@pytest.fixture(scope="module", params=range(COUNT))
def passed(request: pytest.FixtureRequest, stack: Stack) -> Any:
    farms = global_farms(SEED)
    world = draw_global_world(SEED, request.param, farms)
    print(f"seed {SEED}: {world}")
    snapshots = []
    for switched in (world.switched, []) if world.comes_first else ([], world.switched):
        stack.control("DELETE", "faults")
        stack.control("POST", "faults", [copies(farms), *switched])
        # A run that is the first to hold a plant-day back ends as failed; all else is published.
        finished = backfill(stack.settings, f"{world.start:%F}", f"{world.end:%F}", resume=False) == 0
        assert finished or stack.value("SELECT count(*) FROM gold.held_back") > 0
        left = [fault["name"] for fault in stack.control("GET", "faults")["active"]]
        assert "wrong_date" not in left, "every wrong date was met"
        snapshots.append({table: f"{table} FOR VERSION AS OF {newest(stack, table)}" for table in TABLES})
    if not world.comes_first:
        snapshots.reverse()
    networks = {f"{PREFIX}{farm.code}": farm.network_id for farm in farms}
    yield Passed(stack, world, networks, *snapshots)
    stack.control("DELETE", "faults")


def newest(stack: Stack, table: str) -> int:
    schema, name = table.split(".")
    found = stack.value(f'SELECT max_by(snapshot_id, committed_at) FROM {schema}."{name}$snapshots"')
    return int(found)


def test_without_its_faults_the_world_is_clean(passed: Passed) -> None:
    """Also where they were there before: what the source puts right leaves no mark."""
    assert passed.stack.query(
        "SELECT count(*), count(cf), count(if(coordinate_check = 'outside_region', 0, insolation_kwh_m2)), "
        f"sum(suspect_hours), sum(rejected_hours), max(missingness) FROM {passed.clean[KPI]} "
        f"WHERE plant_id LIKE '{PREFIX}%' AND {passed.in_range}"
    ) == [[n := DAYS * len(passed.networks), n, n, 0, 0, 0]]


def test_no_plant_day_is_held_back_but_those_of_the_fault(passed: Passed) -> None:
    held = f"FROM {passed.faulty['gold.held_back']} WHERE {passed.in_range} AND NOT {passed.is_hit(KPI)}"
    assert passed.stack.query(f"SELECT plant_id, ds, check_name, finding {held}") == []


@pytest.mark.parametrize("table", [KPI, HOURLY, GENERATION, *UNTOUCHED])
def test_what_a_fault_does_not_touch_is_in_every_cell_what_it_is_in_the_clean_world(passed: Passed, table: str) -> None:
    within = passed.within(table) + ("" if table in UNTOUCHED else f" AND NOT {passed.is_hit(table)}")
    faulty, clean = (
        f"SELECT plant_id, {compared(table)} FROM {tables[table]} WHERE {within}" for tables in (passed.faulty, passed.clean)
    )
    assert passed.stack.query(f"{faulty} EXCEPT {clean} LIMIT 20") == []
    assert passed.stack.query(f"{clean} EXCEPT {faulty} LIMIT 20") == []


def test_an_hour_that_is_wrong_is_refused_or_flagged(passed: Passed) -> None:
    wrong = f"{passed.beside_clean(HOURLY, 'hour', 'ts_utc')} WHERE {WRONG_HOUR}"
    assert passed.stack.query(f"SELECT hour.plant_id, hour.ts_utc, hour.energy_mwh, clean.energy_mwh {wrong}") == []


def test_every_hour_of_a_silent_network_is_not_known_or_flagged(passed: Passed) -> None:
    for hit in (hit for hit in passed.world.hits if hit.kind == "silent_network"):
        inside = f"{passed.within(HOURLY)} AND {passed.hit(HOURLY, hit)}"
        known = f"SELECT plant_id, ts_utc, energy_mwh FROM {passed.faulty[HOURLY]} WHERE {inside}"
        assert passed.stack.query(f"{known} AND energy_mwh IS NOT NULL AND cardinality(quality_flags) = 0") == []
        unseen = f"SELECT plant_id, ds FROM {passed.faulty[KPI]} WHERE {passed.within(KPI)} AND {passed.hit(KPI, hit)}"
        assert passed.stack.query(f"{unseen} AND missingness = 0 AND suspect_hours = 0 AND rejected_hours = 0") == []


def test_every_hour_of_doubled_rows_is_refused(passed: Passed) -> None:
    for hit in (replace(hit, reach=timedelta(0)) for hit in passed.world.hits if hit.kind == "doubled_rows"):
        inside = f"{passed.within(HOURLY)} AND {passed.hit(HOURLY, hit)}"
        assert passed.stack.query(f"SELECT plant_id, ts_utc FROM {passed.faulty[HOURLY]} WHERE {inside} AND energy_mwh > 0") == []


def test_an_answer_with_a_wrong_date_is_refused(passed: Passed) -> None:
    logs = passed.stack.settings.pv_data_dir / "airflow" / "logs" / "dag_id=rebuild_range"
    texts = [path.read_text(encoding="utf-8") for path in logs.glob(f"run_id={passed.world.start:%F}_*/task_id=fetch_*/*.log")]
    assert any("the clock is wrong" in text for text in texts) == ("wrong_date" in passed.world.kinds)


@pytest.mark.parametrize("wrong", WRONG_DAYS.values(), ids=WRONG_DAYS)
def test_a_published_day_is_right_or_marked(passed: Passed, wrong: str) -> None:
    rows = passed.stack.query(
        f"SELECT {DAY_COLUMNS} {passed.beside_clean(KPI, 'day', 'ds')}"
        f"LEFT JOIN {passed.faulty['gold.held_back']} AS held ON held.plant_id = day.plant_id AND held.ds = day.ds "
        f"WHERE {UNMARKED_DAY} AND {wrong}"
    )
    assert rows == []
