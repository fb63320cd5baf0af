"""What sources get wrong, several kinds at once, through all layers: each stops only itself, and heals when the source does.

Three local days are asked for four times: with defects of the data; with a registry that changed and an hour that is no longer
said; once more, when a row of Silver cannot be published; and, in `make test-long`, when all is right again.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from include import lakehouse
from infra.commands.backfill import backfill
from tests.e2e.conftest import Stack
from tests.e2e.expected import check_day

pytestmark = pytest.mark.stack

DAYS = [date(2025, 5, 5) + timedelta(days=n) for n in range(3)]
START = datetime(2025, 5, 4, 14, tzinfo=UTC)
END = datetime(2025, 5, 7, 16, tzinfo=UTC)
RANGE = (f"{DAYS[0]}", f"{DAYS[-1] + timedelta(days=1)}")
NOON = datetime(2025, 5, 6, 2, tzinfo=UTC)
"""Of the second day in NEM."""
THINNED, DOUBLED, TAKEN_BACK, RENAMED, ABSURD, MOVED, HELD_BACK = (
    ("EMERASF", "EMERASF1"),
    ("YATSF1", "YATSF1"),
    ("DARLSF", "DARLSF1"),
    ("WRSF1", "WRSF1"),
    ("BOMENSF", "BOMENSF1"),
    ("AVLSF", "AVLSF1"),
    ("FINLEYSF", "FINLYSF1"),
)
HOURLY_BUILD = "silver_to_gold"
NEM_PLANTS = ("LIMOSF2", *(plant for plant, _ in (THINNED, DOUBLED, TAKEN_BACK, RENAMED, ABSURD, MOVED, HELD_BACK)))

Days = dict[tuple[str, date], dict[str, Any]]
COLUMNS = (
    "energy_mwh", "energy_raw_mwh", "capacity_mw", "cf", "cf_filled", "energy_completeness", "missingness", "expected_unit_hours",
    "rejected_hours", "suspect_hours", "revised_hours", "weather_missingness", "insolation_kwh_m2",
)  # fmt: skip


def published(stack: Stack) -> Days:
    """Rows of the daily figures by plant and day."""
    where = f"ds BETWEEN DATE '{DAYS[0]}' AND DATE '{DAYS[-1]}'"
    rows = stack.query(f"SELECT plant_id, ds, {', '.join(COLUMNS)} FROM gold.daily_plant_kpi WHERE {where}")
    return {(plant, ds): dict(zip(COLUMNS, figures, strict=True)) for plant, ds, *figures in rows}


def hour_of(stack: Stack, plant: str) -> tuple[float | None, list[str]]:
    """Energy and flags of a plant at noon of the second day."""
    ((energy_mwh, flags),) = stack.query(
        "SELECT energy_mwh, quality_flags FROM gold.plant_weather_hourly "
        f"WHERE plant_id = '{plant}' AND ts_utc = TIMESTAMP '{NOON:%Y-%m-%d %H:%M} UTC'"
    )
    return energy_mwh, flags


def weather_hours(stack: Stack, plant: str, since: date, until: date) -> int:
    return int(
        stack.value(
            "SELECT count(ghi_w_m2) FROM gold.plant_weather_hourly "
            f"WHERE plant_id = '{plant}' AND ds BETWEEN DATE '{since}' AND DATE '{until}'"
        )
    )


@pytest.fixture(scope="module")
def faults_of_module(stack: Stack) -> Any:
    """As `faults`, for as long as this module lasts; without arguments all are switched off."""

    def switch(name: str | None = None, **params: Any) -> None:
        if name is None:
            stack.control("DELETE", "faults")
        else:
            stack.control("POST", "faults", {"name": name, "endpoint": "*", "times": None, "params": params})

    yield switch
    switch()


@pytest.fixture(scope="module")
def wrong_data(recorded_week: Stack, faults_of_module: Any) -> Days:
    """The days as they are published while hours are thin, a unit's rows are double, a network is silent and GHI is absurd."""
    faults_of_module(
        "thinned_hours", unit_codes=[THINNED[1]], **{"from": f"{NOON:%FT%TZ}", "to": f"{NOON + timedelta(hours=1):%FT%TZ}"}
    )
    faults_of_module("doubled_rows", unit_codes=[DOUBLED[1]])
    faults_of_module("silent_network", network="NEM", **{"from": "2025-05-07T03:00:00Z"})
    faults_of_module("ghi_outliers", labels=[f"{NOON + timedelta(hours=1):%FT%TZ}"])
    assert backfill(recorded_week.settings, *RANGE) == 0
    return published(recorded_week)


@pytest.fixture(scope="module")
def wrong_registry(wrong_data: Days, stack: Stack, faults_of_module: Any) -> Days:
    """The same days asked for again: one hour is taken back, and the registry renames, misstates and moves farms."""
    faults_of_module()
    faults_of_module("nulls_after_values", unit_code=TAKEN_BACK[1], hours=[f"{NOON:%FT%TZ}"])
    faults_of_module("renamed_unit", unit_code=RENAMED[1], to="WRSF1N")
    faults_of_module("absurd_capacity", unit_code=ABSURD[1], capacity=3.8)
    faults_of_module("moved_coordinates", facility_code=MOVED[0], north_km=0.001)
    stack.succeed("rebuild_day", START, END)
    return published(stack)


@pytest.fixture(scope="module")
def held_back(wrong_registry: Days, stack: Stack) -> dict[str, Any]:
    """The second day asked for once more, after a row of the first day's Silver was made impossible; the run."""
    with without_hourly_builds(stack):
        lakehouse.connect(stack.settings, "pv-lakehouse-tests", lakehouse.ADMIN).cursor().execute(
            "UPDATE silver.fact_generation_hourly SET energy_mwh = 1e3 * capacity_mw, _updated_at = current_timestamp "
            f"WHERE plant_id = '{HELD_BACK[0]}' AND ts_utc = TIMESTAMP '2025-05-05 02:00 UTC'"
        ).fetchall()
        return stack.run("rebuild_day", START + timedelta(days=1), START + timedelta(days=2))


@contextmanager
def without_hourly_builds(stack: Stack) -> Iterator[None]:
    """Keep the schedule's next run away, which would be the first to hold the plant-day back; one that runs is waited for."""
    runs = f"/dags/{HOURLY_BUILD}/dagRuns"
    stack.airflow.call("PATCH", f"/dags/{HOURLY_BUILD}", json={"is_paused": True})
    while list(stack.airflow.pages(runs, "dag_runs", {"state": ["queued", "running"]})):
        stack.airflow.unpause(HOURLY_BUILD)
        time.sleep(5)
        stack.airflow.call("PATCH", f"/dags/{HOURLY_BUILD}", json={"is_paused": True})
    try:
        yield
    finally:
        stack.airflow.unpause(HOURLY_BUILD)


def test_one_absurd_irradiance_is_refused_and_all_else_is_published(wrong_data: Days) -> None:
    assert {plant for plant, _ in wrong_data} == {*NEM_PLANTS, "MERSOLAR"}
    for (plant, ds), row in wrong_data.items():
        is_hit = ds == DAYS[1]
        assert row["weather_missingness"] == pytest.approx(1 / 24 if is_hit else 0), (plant, ds)
        assert (row["insolation_kwh_m2"] is None) == is_hit, (plant, ds)


def test_an_hour_that_came_in_part_is_flagged_and_hides_the_days_ratio(wrong_data: Days, stack: Stack) -> None:
    before, thinned, _ = (wrong_data[THINNED[0], ds] for ds in DAYS)
    assert (before["cf"] is None, thinned["cf"], thinned["suspect_hours"]) == (False, None, 1)
    assert thinned["cf_filled"] == pytest.approx(before["cf"], rel=0.5)
    # Half of that hour is counted; the other half is not made up
    assert 0.93 < thinned["energy_completeness"] < 0.985


def test_rows_that_are_there_twice_are_refused_with_their_whole_run(wrong_data: Days, stack: Stack) -> None:
    rows = [wrong_data[DOUBLED[0], ds] for ds in DAYS[:2]]
    assert all(row["rejected_hours"] >= 9 and row["cf"] is None for row in rows)
    assert all(row["energy_raw_mwh"] > 100 > (row["energy_mwh"] or 0) for row in rows)
    assert stack.value(f"SELECT count(*) FROM silver.quality_findings WHERE unit_code = '{DOUBLED[1]}' AND rule = 'doubled'") >= 1


def test_a_network_that_is_silent_is_missing_and_the_other_is_not(wrong_data: Days) -> None:
    for plant in NEM_PLANTS:
        row = wrong_data[plant, DAYS[2]]
        assert row["cf"] is None, plant
        assert row["missingness"] == pytest.approx(11 / 24) or plant == DOUBLED[0], plant
    assert wrong_data["MERSOLAR", DAYS[2]]["missingness"] == 0
    assert wrong_data["MERSOLAR", DAYS[2]]["cf"] is not None


def test_the_same_backfill_again_does_nothing(wrong_data: Days, stack: Stack, capsys: pytest.CaptureFixture[str]) -> None:
    assert backfill(stack.settings, *RANGE) == 0
    assert "done already" in capsys.readouterr().out


def test_what_the_source_puts_right_is_right_after_the_next_answer(wrong_registry: Days, stack: Stack) -> None:
    # The hour of which half had come has both versions in Bronze
    versions = (
        f"SELECT value FROM bronze.oe_generation_hourly_raw WHERE unit_code = '{THINNED[1]}' AND metric = 'energy' "
        f"AND ts_utc = TIMESTAMP '{NOON:%Y-%m-%d %H:%M} UTC' ORDER BY _ingest_time"
    )
    (first,), (second,) = stack.query(versions)
    assert second == pytest.approx(2 * first, abs=1e-3)
    assert wrong_registry[THINNED[0], DAYS[1]]["revised_hours"] == 1
    for plant, ds in wrong_registry:
        row = wrong_registry[plant, ds]
        assert (row["missingness"], row["rejected_hours"], row["weather_missingness"]) == (0, 0, 0), (plant, ds)
        assert row["cf"] is not None and row["insolation_kwh_m2"] is not None, (plant, ds)


def test_a_value_that_one_answer_no_longer_gives_stands_and_is_doubted(
    wrong_data: Days, wrong_registry: Days, stack: Stack
) -> None:
    before, after = wrong_data[TAKEN_BACK[0], DAYS[1]], wrong_registry[TAKEN_BACK[0], DAYS[1]]
    assert after["energy_mwh"] == before["energy_mwh"]
    assert (after["suspect_hours"], after["revised_hours"]) == (1, 1)


def test_a_renamed_unit_is_one_unit_and_its_hours_count_once(wrong_data: Days, wrong_registry: Days, stack: Stack) -> None:
    for ds in DAYS[:2]:
        before, after = wrong_data[RENAMED[0], ds], wrong_registry[RENAMED[0], ds]
        for name in ("energy_mwh", "capacity_mw", "cf", "expected_unit_hours"):
            assert after[name] == pytest.approx(before[name]), (ds, name)
    assert stack.query(f"SELECT unit_code, aliases FROM silver.dim_unit WHERE plant_id = '{RENAMED[0]}'") == [
        ["WRSF1N", [RENAMED[1]]]
    ]


def test_a_capacity_that_the_history_contradicts_is_doubted_and_refuses_nothing(
    wrong_data: Days, wrong_registry: Days, stack: Stack
) -> None:
    for ds in DAYS[:2]:
        assert wrong_registry[ABSURD[0], ds]["capacity_mw"] == wrong_data[ABSURD[0], ds]["capacity_mw"] == 100.0
    assert stack.query(
        "SELECT rule, severity, value, bound, cause FROM silver.quality_findings "
        f"WHERE unit_code = '{ABSURD[1]}' AND to_utc IS NULL"
    ) == [["capacity_suspect", "warning", 3.8, 100.0, "registry_contradicted"]]


def test_a_coordinate_that_is_corrected_by_a_metre_keeps_its_weather(wrong_registry: Days, stack: Stack) -> None:
    assert weather_hours(stack, MOVED[0], date(2025, 1, 1), date(2025, 1, 7)) == 7 * 24
    assert weather_hours(stack, MOVED[0], DAYS[0], DAYS[-1]) == 3 * 24


def test_a_row_that_cannot_be_holds_its_plant_day_back_and_the_run_says_which(
    held_back: dict[str, Any], wrong_registry: Days, stack: Stack
) -> None:
    assert held_back["state"] == "failed"
    assert {task for task, state in stack.states(held_back).items() if state != "success"} == {"report_findings"}
    assert f"{HELD_BACK[0]}, day {DAYS[0]}" in stack.log("rebuild_day", held_back["dag_run_id"], "report_findings")
    listed = stack.query(
        f"SELECT DISTINCT plant_id, ds, _run_id FROM gold.held_back WHERE ds BETWEEN DATE '{DAYS[0]}' AND DATE '{DAYS[-1]}'"
    )
    assert listed == [[HELD_BACK[0], DAYS[0], held_back["dag_run_id"]]]
    # Its last good row stays, and what else the run brought is published
    assert published(stack)[HELD_BACK[0], DAYS[0]] == wrong_registry[HELD_BACK[0], DAYS[0]]


def test_a_value_that_two_answers_no_longer_give_is_withdrawn(
    held_back: dict[str, Any], wrong_registry: Days, stack: Stack
) -> None:
    row = published(stack)[TAKEN_BACK[0], DAYS[1]]
    assert hour_of(stack, TAKEN_BACK[0])[0] is None
    assert (row["cf"], row["rejected_hours"], row["missingness"]) == (None, 1, pytest.approx(1 / 24))
    assert row["energy_mwh"] < wrong_registry[TAKEN_BACK[0], DAYS[1]]["energy_mwh"]


@pytest.mark.long
def test_one_backfill_puts_all_of_it_right_when_the_sources_are(
    held_back: dict[str, Any], stack: Stack, faults_of_module: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    faults_of_module()

    assert backfill(stack.settings, *RANGE, resume=False) == 0

    assert "1 of 1 windows done, 0 failed" in capsys.readouterr().out
    for day in DAYS:
        check_day(stack, day)
    assert stack.query(f"SELECT * FROM gold.held_back WHERE ds BETWEEN DATE '{DAYS[0]}' AND DATE '{DAYS[-1]}'") == []
    assert {row["suspect_hours"] for row in published(stack).values()} == {0}
    units = stack.query(f"SELECT unit_code, capacity_mw FROM silver.dim_unit WHERE plant_id IN ('{RENAMED[0]}', '{ABSURD[0]}')")
    assert sorted(units) == [[ABSURD[1], 100.0], [RENAMED[1], 20.0]]
