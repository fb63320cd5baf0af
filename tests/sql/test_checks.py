"""Every check finds what it is there for in staged rows, and says which plant and when."""

import pytest

from tests.sql.gold_build import GoldBuild, day_window, nem_day, plant, unit

pytestmark = pytest.mark.stack

DAY = nem_day("2025-01-01")
WINDOW = day_window(DAY)


HOUR = "2024-12-31T16:00Z"
BREAKAGES = {
    "TWICE": ("INSERT INTO {days} SELECT * FROM {days} WHERE {is_mine}", "day 2025-01-01: 2 staged rows"),
    "HOURTWICE": (
        "INSERT INTO {hours} SELECT * FROM {hours} WHERE {is_mine} AND {is_hour}",
        "hour 2024-12-31T16:00Z[UTC]: 2 staged rows",
    ),
    "GONE": ("DELETE FROM {days} WHERE {is_mine}", "day 2025-01-01: in commission, but no staged row"),
    "NEGATIVE": ("UPDATE {days} SET missingness = -0.1e0 WHERE {is_mine}", "missingness -0.1"),
    "ABOVEONE": ("UPDATE {days} SET weather_missingness = 1.5e0 WHERE {is_mine}", "weather missingness 1.5"),
    "HIGH": ("UPDATE {days} SET cf = 1.6e0 WHERE {is_mine}", "cf 1.6"),
    "UNGATED": ("UPDATE {days} SET energy_completeness = 0.9e0 WHERE {is_mine}", "cf 0.5, 24 of 24 unit-hours accepted"),
    "NOENERGY": ("UPDATE {days} SET energy_mwh = NULL WHERE {is_mine}", "energy null MWh, cf 0.5, 24 of 24 unit-hours accepted"),
    "OTHERSUM": ("UPDATE {days} SET energy_mwh = 1201e0 WHERE {is_mine}", "1201.0 MWh, but its hours sum up to 1200.0 MWh"),
    "SUNNY": ("UPDATE {days} SET insolation_kwh_m2 = 40e0 WHERE {is_mine}", "insolation 40.0"),
    "HOURLOW": ("UPDATE {hours} SET cf = -2e0 WHERE {is_mine} AND {is_hour}", "cf -2.0"),
    "HOURSUNNY": ("UPDATE {hours} SET ghi_w_m2 = 9999e0 WHERE {is_mine} AND {is_hour}", "GHI 9999.0 W/m2"),
    "UNCOUNTED": (
        "UPDATE {hours} SET units_accepted = 0, accepted_capacity_mw = NULL WHERE {is_mine} AND {is_hour}",
        "energy 50.0 MWh of 0 accepted units",
    ),
    "SLANTED": (
        "UPDATE {hours} SET ts_utc = ts_utc + INTERVAL '30' MINUTE WHERE {is_mine} AND {is_hour}",
        "hour 2024-12-31T16:30Z",
    ),
}
"""Plant -> what is broken in its staged rows, and what a check says of it."""


@pytest.fixture(scope="module")
def findings(gold_build: GoldBuild) -> list[str]:
    """What the checks say of a sound day of many plants in which each breakage was done to one of them."""
    plants = ["SOUND", *BREAKAGES]
    gold_build.put("silver.dim_plant", *map(plant, plants))
    gold_build.put("silver.dim_unit", *map(unit, plants))
    for plant_id in plants:
        gold_build.put_generation(DAY, [50.0] * 24, plant_id)
        gold_build.put_weather(DAY, [500.0] * 24, plant_id)
    gold_build.stage(WINDOW)
    assert gold_build.findings(WINDOW) == []
    days, hours = (f"{gold_build.table(f'staging.stg_{table}')}_run" for table in ("daily_plant_kpi", "plant_weather_hourly"))
    for plant_id, (statement, _) in BREAKAGES.items():
        is_mine, is_hour = f"plant_id = '{plant_id}'", f"ts_utc = from_iso8601_timestamp('{HOUR}')"
        gold_build.execute(statement.format(days=days, hours=hours, is_mine=is_mine, is_hour=is_hour))
    found = gold_build.findings(WINDOW)
    gold_build.empty()
    return found


@pytest.mark.parametrize("plant_id", BREAKAGES)
def test_what_cannot_be_is_found(findings: list[str], plant_id: str) -> None:
    assert any(f"plant {plant_id}, " in found and BREAKAGES[plant_id][1] in found for found in findings)


def test_what_is_sound_is_not_found(findings: list[str]) -> None:
    assert not [found for found in findings if "plant SOUND, " in found]


def test_energy_of_a_unit_out_of_commission_stops_nothing(gold: GoldBuild) -> None:
    gold.put("silver.dim_plant", plant())
    gold.put("silver.dim_unit", unit(), unit(unit_code="CLOSED", retired_from_utc=DAY))
    gold.put_generation(DAY, [1.0] * 24, units_accepted=0)
    gold.stage(WINDOW)
    assert gold.findings(WINDOW) == []
