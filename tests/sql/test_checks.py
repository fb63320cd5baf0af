"""Every check finds what it is there for in staged rows, and says which plant and when."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.sql.gold_build import GoldBuild, day_window, nem_day, plant, unit

pytestmark = pytest.mark.stack

DAY = nem_day("2025-01-01")
WINDOW = day_window(DAY)


@pytest.fixture(scope="module")
def sound_day(trino_cursor: Any) -> Iterator[GoldBuild]:
    """A sound day of two plants, staged as run `run`."""
    build = GoldBuild(trino_cursor)
    build.create()
    build.put("silver.dim_plant", plant(), plant("SILENT"))
    build.put("silver.dim_unit", unit(), unit("SILENT"))
    build.put_generation(DAY, [50.0] * 24)
    build.put_weather(DAY, [500.0] * 24)
    build.stage(WINDOW)
    assert build.violations(WINDOW) == []
    yield build
    build.drop()


@pytest.fixture
def staged(sound_day: GoldBuild) -> GoldBuild:
    """The same rows, staged as run `broken`, for a test to break."""
    for table in ("rebuild_days", "plant_weather_hourly", "daily_plant_kpi"):
        staging = sound_day.table(f"gold.stg_{table}")
        sound_day.execute(f"CREATE OR REPLACE TABLE {staging}_broken AS SELECT * FROM {staging}_run")
    return sound_day


@pytest.mark.parametrize(
    ("breakage", "violation"),
    [
        ("INSERT INTO {days} SELECT * FROM {days}", "plant NYNGAN, day 2025-01-01: 2 staged rows"),
        ("INSERT INTO {hours} SELECT * FROM {hours}", "plant NYNGAN, hour 2024-12-31T14:00Z[UTC]: 2 staged rows"),
        ("DELETE FROM {days} WHERE plant_id = 'SILENT'", "plant SILENT, day 2025-01-01: in commission, but no staged row"),
        ("UPDATE {days} SET missingness = -0.1e0", "missingness -0.1"),
        ("UPDATE {days} SET weather_missingness = 1.5e0", "weather missingness 1.5"),
        ("UPDATE {days} SET cf = 1.6e0", "cf 1.6"),
        ("UPDATE {days} SET missingness = 0.2e0 WHERE plant_id = 'NYNGAN'", "cf 0.5, 24 of 24 unit-hours accepted"),
        ("UPDATE {days} SET energy_mwh = NULL", "energy null MWh, cf 0.5, 24 of 24 unit-hours accepted"),
        ("UPDATE {days} SET energy_mwh = 1201e0", "1201.0 MWh, but its hours sum up to 1200.0 MWh"),
        ("UPDATE {days} SET insolation_kwh_m2 = 40e0", "plant NYNGAN, day 2025-01-01"),
        ("UPDATE {hours} SET cf = -2e0", "cf -2.0"),
        ("UPDATE {hours} SET ghi_w_m2 = 9999e0", "GHI 9999.0 W/m2"),
        ("UPDATE {hours} SET units_accepted = 0, accepted_capacity_mw = NULL", "energy 50.0 MWh of 0 accepted units"),
        ("UPDATE {hours} SET ts_utc = ts_utc + INTERVAL '30' MINUTE", "hour 2024-12-31T14:30Z"),
    ],
)
def test_what_cannot_be_is_found(staged: GoldBuild, breakage: str, violation: str) -> None:
    staged.execute(
        breakage.format(
            days=staged.table("gold.stg_daily_plant_kpi_broken"), hours=staged.table("gold.stg_plant_weather_hourly_broken")
        )
    )
    assert any(violation in found for found in staged.violations(WINDOW, "broken"))


def test_energy_of_a_unit_out_of_commission_stops_nothing(gold: GoldBuild) -> None:
    gold.put("silver.dim_plant", plant())
    gold.put("silver.dim_unit", unit(), unit(unit_code="CLOSED", retired_from_utc=DAY))
    gold.put_generation(DAY, [1.0] * 24, units_accepted=0)
    gold.stage(WINDOW)
    assert gold.violations(WINDOW) == []
