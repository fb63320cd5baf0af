"""Which hours say that a plant does not fit its weather or its capacity, and that a second run changes nothing."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from include import contracts
from spark_jobs.arrow import table_rows
from spark_jobs.losses.judge_months import judge_months
from tests.spark.lakehouse import Lakehouse

Row = dict[str, Any]
START = datetime(2025, 1, 1, tzinfo=UTC)
NOW = datetime(2025, 3, 1, tzinfo=UTC)


def put(lakehouse: Lakehouse, table: str, rows: list[Row]) -> None:
    contract = contracts.load(table)
    lakehouse.spark.createDataFrame(table_rows(contract, rows)).writeTo(table).append()


def hour(plant_id: str, day: int, number: int, expected_mwh: float, energy_mwh: float | None, **more: Any) -> Row:
    """An hour of service under a fitted expectation."""
    said: Row = {"loss_class": "underperforming", "curtailed_method": "estimated_by_region", "expected_method": "fitted"}
    marks: Row = {"model_version": 1, "is_provisional": False, "_updated_at": START}
    at: Row = {"ts_utc": START + timedelta(days=day, hours=number), "ds": date(2025, 1, 1) + timedelta(days=day)}
    return said | marks | at | {"plant_id": plant_id, "expected_mwh": expected_mwh, "energy_mwh": energy_mwh} | more


def above(plant_id: str, **more: Any) -> list[Row]:
    """The last hour of four network-local days and the first of the next ones, five days in all: 55 MWh by 50 MW."""
    counts: Row = {
        "units_expected": 1,
        "units_accepted": 1,
        "units_rejected": 0,
        "quality_flags": [],
        "revision": 0,
        "_updated_at": START,
    }
    marks: Row = {"first_ingest_time": START, "first_run_type": "manual", "last_ingest_time": START}
    said: Row = counts | {"energy_mwh": 55.0, "energy_raw_mwh": 55.0, "capacity_mw": 50.0} | marks
    instants = (START + timedelta(days=day, hours=number) for day in range(4) for number in (13, 14))
    return [said | {"plant_id": plant_id, "ts_utc": instant} | more for instant in instants]


def noons(plant_id: str, ratio: float, days: int = 31, **more: Any) -> list[Row]:
    """Two hours of each day."""
    return [hour(plant_id, day, number, 50.0, 50.0 * ratio, **more) for day in range(days) for number in (2, 3)]


@pytest.fixture
def plants(lakehouse: Lakehouse) -> Lakehouse:
    names = ("LOW", "PRIOR", "YOUNG", "FORECAST", "HYBRID", "STOPPED", "NEW", "GREW", "PARTLY")
    rows = [{"plant_id": name, "plant_name": name, "network_id": "NEM"} for name in names]
    defaults = {"unit_count": 1, "utc_offset_hours": 10, "time_zone": "+10:00", "coordinate_check": "ok", "_updated_at": START}
    put(lakehouse, "silver.dim_plant", [row | defaults for row in rows])
    hours = [
        *noons("LOW", 0.6),
        *noons("PRIOR", 0.6, expected_method="prior"),
        *noons("NEW", 0.6, expected_method="provisional"),
        *noons("YOUNG", 0.6, days=20),
        *noons("FORECAST", 0.6, is_provisional=True),
        # Its evenings are of a battery, of which the weather says nothing.
        *noons("HYBRID", 1.0),
        *[hour("HYBRID", day, 9, 4.0, 60.0, loss_class="normal") for day in range(31)],
        # What is left of a day that was mostly lost says nothing either.
        *[hour("STOPPED", day, 2, 30.0, 10.0) for day in range(31)],
        *[hour("STOPPED", day, 3, 50.0, 0.0, loss_class="outage") for day in range(31)],
    ]
    put(lakehouse, "gold.plant_loss_hourly", hours)
    partly = above("PARTLY", units_expected=2)
    put(lakehouse, "silver.fact_generation_hourly", [*above("GREW"), *partly, *above("STRANGER")])
    return lakehouse


def test_hours_in_service_and_whole_plants_are_judged_and_a_second_run_changes_nothing(plants: Lakehouse) -> None:
    assert judge_months(plants.spark, NOW) == (2, 2, 0)
    columns = ("plant_id", "rule", "value", "bound", "cause", "from_utc", "to_utc")
    grew, low = (tuple(row.values()) for row in plants.rows("gold.loss_findings", *columns))
    start = START - timedelta(hours=10)
    assert grew == ("GREW", "capacity_suspect", 1.1, 1.02, "hours_contradict", start, None)
    assert low == ("LOW", "weather_mismatch", 0.6, 0.8, None, start, START + timedelta(days=31, hours=-10))

    snapshots = plants.snapshots("gold.loss_findings")
    assert judge_months(plants.spark, NOW + timedelta(days=7)) == (2, 0, 0)
    assert plants.snapshots("gold.loss_findings") == snapshots

    # What a backfill or another model made of the hours is judged by the next run.
    plants.spark.sql("UPDATE gold.plant_loss_hourly SET energy_mwh = 50 WHERE plant_id = 'LOW'")
    assert judge_months(plants.spark, NOW) == (1, 0, 1)
