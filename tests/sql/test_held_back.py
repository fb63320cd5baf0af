"""A plant-day in which a check finds something is held back, and it alone, on a real Trino."""

from datetime import date, timedelta

import pytest

from tests.sql.gold_build import BUILT_AT, GoldBuild, day_window, hour_window, instant, nem_day, plant, unit

pytestmark = pytest.mark.stack

DAY = nem_day("2025-01-01")
NEXT_DAY = nem_day("2025-01-02")
WINDOW = day_window(DAY)
LATER = BUILT_AT + timedelta(hours=3)


@pytest.fixture
def two_plants(gold: GoldBuild) -> GoldBuild:
    """Two plants with two sound days, published."""
    gold.put("silver.dim_plant", plant(), plant("SOUND"))
    gold.put("silver.dim_unit", unit(), unit("SOUND"))
    for plant_id in ("NYNGAN", "SOUND"):
        gold.put_generation(DAY, [50.0] * 48, plant_id)
        gold.put_weather(DAY, [500.0] * 48, plant_id)
    gold.run((DAY, NEXT_DAY + timedelta(days=1)), "first")
    return gold


def say(gold: GoldBuild, plant_id: str, ghi_w_m2: float, energy_mwh: float) -> None:
    """Silver's rows of the first day as a later job leaves them."""
    for table, assignment in (("weather", f"ghi_w_m2 = {ghi_w_m2}e0"), ("generation", f"energy_mwh = {energy_mwh}e0")):
        gold.execute(
            f"UPDATE {gold.table(f'silver.fact_{table}_hourly')} SET {assignment}, _updated_at = {instant(LATER)} "
            f"WHERE plant_id = '{plant_id}' AND ts_utc < {instant(NEXT_DAY)}"
        )


def build(gold: GoldBuild, run_id: str) -> list[str]:
    gold.stage(WINDOW, run_id)
    found = gold.findings(WINDOW, run_id)
    gold.publish(WINDOW, run_id)
    return found


def test_a_finding_holds_its_plant_day_back_and_nothing_else(two_plants: GoldBuild) -> None:
    gold = two_plants
    say(gold, "NYNGAN", 9999.0, 60.0)
    say(gold, "SOUND", 600.0, 60.0)

    build(gold, "second")

    assert gold.kpi("2025-01-01", "SOUND")["energy_mwh"] == 60.0 * 24
    assert gold.kpi("2025-01-01", "NYNGAN")["energy_mwh"] == 50.0 * 24  # as it was
    assert {row["ghi_w_m2"] for row in gold.hours() if row["plant_id"] == "NYNGAN"} == {500.0}
    assert {(row["plant_id"], row["ds"], row["network_id"]) for row in gold.held_back()} == {("NYNGAN", date(2025, 1, 1), "NEM")}
    by_check = {row["check_name"]: row for row in gold.held_back()}
    hours = by_check["plant_weather_hourly_values"]
    assert (hours["finding_count"], hours["_dag_id"], hours["_run_id"]) == (24, "silver_to_gold", "second")
    assert "GHI 9999.0 W/m2" in hours["finding"]


def test_a_run_of_other_hours_looks_again_and_publishes_when_the_reason_is_gone(two_plants: GoldBuild) -> None:
    gold = two_plants
    say(gold, "NYNGAN", 9999.0, 60.0)
    build(gold, "second")
    since = {row["held_since"] for row in gold.held_back()}
    elsewhere = hour_window(nem_day("2024-06-01"))

    gold.stage(elsewhere, "third")  # nothing has changed
    assert gold.findings(elsewhere, "third")
    gold.publish(elsewhere, "third")
    assert {(row["held_since"], row["_run_id"]) for row in gold.held_back()} == {(at, "second") for at in since}

    say(gold, "NYNGAN", 600.0, 60.0)
    gold.run(elsewhere, "fourth")
    assert gold.held_back() == []
    assert gold.kpi("2025-01-01", "NYNGAN")["energy_mwh"] == 60.0 * 24


def test_a_plant_that_would_drop_out_keeps_its_rows(two_plants: GoldBuild) -> None:
    gold = two_plants
    gold.stage(WINDOW, "second")
    gold.execute(f"DELETE FROM {gold.table('staging.stg_daily_plant_kpi')}_second WHERE plant_id = 'NYNGAN'")

    assert gold.findings(WINDOW, "second")[0] == "plant NYNGAN, day 2025-01-01: in commission, but no staged row"
    gold.publish(WINDOW, "second")

    assert gold.kpi("2025-01-01", "NYNGAN")["energy_mwh"] == 50.0 * 24
    assert len([row for row in gold.hours() if row["plant_id"] == "NYNGAN"]) == 48


def test_two_staged_rows_of_one_key_stop_no_other_plant(two_plants: GoldBuild) -> None:
    gold = two_plants
    say(gold, "SOUND", 600.0, 60.0)
    gold.stage(WINDOW, "second")
    for table in ("daily_plant_kpi", "plant_weather_hourly"):
        staged = f"{gold.table(f'staging.stg_{table}')}_second"
        gold.execute(f"INSERT INTO {staged} SELECT * FROM {staged} WHERE plant_id = 'NYNGAN'")

    assert gold.findings(WINDOW, "second")
    gold.publish(WINDOW, "second")

    assert gold.kpi("2025-01-01", "SOUND")["energy_mwh"] == 60.0 * 24
    assert {row["plant_id"] for row in gold.held_back()} == {"NYNGAN"}
