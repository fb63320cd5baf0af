"""A plant-day in which a check finds something is held back, and it alone, on a real Trino."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

import pytest

from tests.sql.gold_build import BUILT_AT, GoldBuild, Published, Row, day_window, hour_window, instant, nem_day

pytestmark = pytest.mark.stack

PLANTS = ("NYNGAN", "SOUND", "DROPPED", "DOUBLED")
DAY = nem_day("2025-01-01")
NEXT_DAY = nem_day("2025-01-02")
WINDOW = day_window(DAY)
ANOTHER = hour_window(nem_day("2024-06-01"))
"""A window that touches none of the days."""
LATER = BUILT_AT + timedelta(hours=3)


@dataclass(frozen=True)
class Run:
    """What a run found, and what stood in Gold after it."""

    findings: list[str]
    published: Published
    held_back: list[Row]


@dataclass(frozen=True)
class Runs:
    """The run that found something in what NYNGAN's Silver says, in a plant that would drop out and in one that was staged
    twice; one of other hours, when nothing had changed; and one when NYNGAN's reason was gone.
    """

    second: Run
    third: Run
    fourth: Run


@pytest.fixture(scope="module")
def runs(gold_build: GoldBuild) -> Runs:
    """Four plants with two sound days are published first."""
    gold = gold_build
    for plant_id in PLANTS:
        gold.put_plant(plant_id)
        gold.put_generation(DAY, [50.0] * 48, plant_id)
        gold.put_weather(DAY, [500.0] * 48, plant_id)
    gold.run((DAY, NEXT_DAY + timedelta(days=1)), "first")

    say(gold, "NYNGAN", 9999.0, 60.0)
    say(gold, "SOUND", 600.0, 60.0)
    gold.stage(WINDOW, "second")
    days, hours = (f"{gold.table(f'staging.stg_{table}')}_second" for table in ("daily_plant_kpi", "plant_weather_hourly"))
    gold.execute(f"DELETE FROM {days} WHERE plant_id = 'DROPPED'")
    for staged in (days, hours):
        gold.execute(f"INSERT INTO {staged} SELECT * FROM {staged} WHERE plant_id = 'DOUBLED'")
    second = publish(gold, WINDOW, "second")

    gold.stage(ANOTHER, "third")
    third = publish(gold, ANOTHER, "third")

    say(gold, "NYNGAN", 600.0, 60.0)
    gold.stage(ANOTHER, "fourth")
    runs = Runs(second, third, publish(gold, ANOTHER, "fourth"))
    gold.empty()
    return runs


def say(gold: GoldBuild, plant_id: str, ghi_w_m2: float, energy_mwh: float) -> None:
    """Silver's rows of the first day as a later job leaves them."""
    for table, assignment in (("weather", f"ghi_w_m2 = {ghi_w_m2}e0"), ("generation", f"energy_mwh = {energy_mwh}e0")):
        gold.execute(
            f"UPDATE {gold.table(f'silver.fact_{table}_hourly')} SET {assignment}, _updated_at = {instant(LATER)} "
            f"WHERE plant_id = '{plant_id}' AND ts_utc < {instant(NEXT_DAY)}"
        )


def publish(gold: GoldBuild, window: tuple[datetime, datetime], run_id: str) -> Run:
    found = gold.findings(window, run_id)
    gold.publish(window, run_id)
    return Run(found, gold.published(), gold.held_back())


def test_a_finding_holds_its_plant_day_back_and_nothing_else(runs: Runs) -> None:
    gold, held_back = runs.second.published, runs.second.held_back
    assert gold.kpi("SOUND")["energy_mwh"] == 60.0 * 24
    assert gold.kpi("NYNGAN")["energy_mwh"] == 50.0 * 24  # as it was
    assert {row["ghi_w_m2"] for row in gold.hours_of("NYNGAN")} == {500.0}
    assert {(row["plant_id"], row["ds"], row["network_id"]) for row in held_back} == {
        (plant_id, date(2025, 1, 1), "NEM") for plant_id in ("NYNGAN", "DROPPED", "DOUBLED")
    }
    by_check = {row["check_name"]: row for row in held_back if row["plant_id"] == "NYNGAN"}
    hours = by_check["plant_weather_hourly_values"]
    assert (hours["finding_count"], hours["_dag_id"], hours["_run_id"]) == (24, "silver_to_gold", "second")
    assert "GHI 9999.0 W/m2" in hours["finding"]


def test_a_run_of_other_hours_looks_again_and_publishes_when_the_reason_is_gone(runs: Runs) -> None:
    since = {row["held_since"] for row in runs.second.held_back}
    assert runs.third.findings
    assert {(row["plant_id"], row["held_since"], row["_run_id"]) for row in runs.third.held_back} == {
        ("NYNGAN", at, "second") for at in since
    }

    assert runs.fourth.findings == []
    assert runs.fourth.held_back == []
    assert runs.fourth.published.kpi("NYNGAN")["energy_mwh"] == 60.0 * 24


def test_a_plant_that_would_drop_out_keeps_its_rows(runs: Runs) -> None:
    findings = [found for found in runs.second.findings if "DROPPED" in found]
    assert findings[0] == "plant DROPPED, day 2025-01-01: in commission, but no staged row"
    assert runs.second.published.kpi("DROPPED")["energy_mwh"] == 50.0 * 24
    assert len(runs.second.published.hours_of("DROPPED")) == 48


def test_two_staged_rows_of_one_key_stop_no_other_plant(runs: Runs) -> None:
    assert [found for found in runs.second.findings if "plant DOUBLED, " in found]
    assert runs.second.published.kpi("SOUND")["energy_mwh"] == 60.0 * 24
    assert "DOUBLED" in {row["plant_id"] for row in runs.second.held_back}
