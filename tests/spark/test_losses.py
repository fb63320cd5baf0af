"""Losses are made from Silver: any order of windows gives the same table, and each hour adds up."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from include.windows import HOUR, Window
from spark_jobs.losses.explain import explain
from tests.spark.lakehouse import FETCHED, Lakehouse, facility, hours, unit

DAYS = 4
START = datetime(2025, 1, 1, 14, tzinfo=UTC)
"""Midnight in network time of NEM."""
LOSSES = (
    "curtailed_economic_mwh",
    "curtailed_network_mwh",
    "unavailable_mwh",
    "stored_mwh",
    "not_known_mwh",
    "unexplained_mwh",
)
SUN = [0.0] * 6 + [150.0, 400.0, 620.0, 800.0, 930.0, 1000.0, 1000.0, 930.0, 800.0, 620.0, 400.0, 150.0] + [0.0] * 6
"""Global irradiance of a day's hours, W/m²."""


def weather_labels(days: int = DAYS) -> dict[datetime, dict[str, float | None]]:
    """A clear day again and again; radiation is of the hour before its label."""
    found: dict[datetime, dict[str, float | None]] = {}
    for number in range(24 * days + 2):
        sun = SUN[(number - 1) % 24]
        radiation = {"shortwave_radiation": sun, "diffuse_radiation": 0.2 * sun, "direct_radiation": 0.8 * sun}
        found[START + HOUR * number] = radiation | {"temperature_2m": 25.0, "wind_speed_10m": 3.0}
    return found


@pytest.fixture
def filled(lakehouse: Lakehouse) -> Lakehouse:
    """One plant that makes what its sun gives, nothing on the second day, no noon on the third; prices of the first two days."""
    lakehouse.facilities(facility("STUBSF", unit("STUB1", 100.0)))
    energy: list[float | None] = [0.09 * sun for sun in SUN * DAYS]
    energy[24:48] = [0.0] * 24
    noon = 48 + 12
    energy[noon : noon + 2] = [0.0, 0.0]
    lakehouse.generation({"STUB1": hours(START, energy)}, power=True)
    prices: list[float | None] = [60.0] * 48 + [-40.0] * 24
    lakehouse.market({"NSW1": hours(START, prices)}, {"NSW1": hours(START, [0.0] * 60 + [150.0] * 2 + [0.0] * 10)})
    lakehouse.weather(weather_labels())
    lakehouse.load()
    lakehouse.load("om")
    lakehouse.normalize(START, 24 * DAYS)
    return lakehouse


def by_day(lakehouse: Lakehouse, column: str) -> list[float]:
    """Sums of the days of January from the second on."""
    rows = lakehouse.rows("gold.plant_loss_hourly", "ds", column)
    return [round(sum(row[column] or 0.0 for row in rows if row["ds"].day == 2 + number), 3) for number in range(DAYS)]


def window(first: int, hours: int) -> Window:
    return Window(START + HOUR * first, START + HOUR * (first + hours))


WHOLE = window(0, 24 * DAYS)
LAST = window(24 * DAYS - 1, 1)


def everything(lakehouse: Lakehouse) -> list[dict[str, Any]]:
    return lakehouse.rows("gold.plant_loss_hourly", where=f"ts_utc >= '{START}' AND ts_utc < '{WHOLE.end}'")


def test_every_hour_adds_up_and_reasons_follow_what_changes(filled: Lakehouse) -> None:
    explain(filled.spark, WHOLE)
    rows = everything(filled)
    assert len(rows) == 24 * DAYS
    for row in rows:
        parts = (row["energy_mwh"] or 0.0) + sum(row[name] for name in LOSSES)
        assert row["expected_mwh"] == pytest.approx(parts, abs=1e-6)
    assert {row["expected_method"] for row in rows} == {"prior"}
    assert {row["irradiance_source"] for row in rows} == {"reanalysis"}
    unavailable, economic = by_day(filled, "unavailable_mwh"), by_day(filled, "curtailed_economic_mwh")
    assert unavailable[1] > 500
    assert [unavailable[0], unavailable[2], unavailable[3]] == [0, 0, 0]
    assert economic[2] > 100
    assert [economic[0], economic[1], economic[3]] == [0, 0, 0]
    methods = {row["ds"].day: row["curtailed_method"] for row in rows}
    assert methods == {2: "estimated_by_region", 3: "estimated_by_region", 4: "estimated_by_region", 5: "no_market_data"}
    assert {row["ds"].day for row in rows if row["is_provisional"]} == {5}
    before = by_day(filled, "expected_mwh")

    # An hour that is restated and irradiance that a satellite saw are read by a run of another window.
    filled.generation({"STUB1": hours(START + HOUR * 36, [90.0])}, power=True, fetched_at=FETCHED + timedelta(days=1))
    filled.satellite(
        {START + HOUR * (label + 1): {"shortwave_radiation": 100.0, "diffuse_radiation": 90.0} for label in range(9, 15)}
    )
    filled.load()
    filled.load("om")
    filled.normalize(LAST.start, 1)
    explain(filled.spark, LAST)
    rows = everything(filled)
    assert (rows[36]["energy_mwh"], rows[36]["loss_class"]) == (90.0, "normal")
    assert [number for number, row in enumerate(rows) if row["irradiance_source"] == "satellite"] == list(range(9, 15))
    after = by_day(filled, "expected_mwh")
    assert after[0] < before[0] - 200
    assert after[1:] == before[1:]


def test_any_order_of_windows_gives_the_same_table_and_a_second_run_changes_nothing(filled: Lakehouse) -> None:
    for first, length in ((72, 24), (0, 8), (8, 1), (9, 39), (60, 12), (48, 12)):
        explain(filled.spark, window(first, length))
    in_pieces = everything(filled)
    snapshots = filled.snapshots("gold.plant_loss_hourly")
    explain(filled.spark, WHOLE)
    assert everything(filled) == in_pieces
    assert filled.snapshots("gold.plant_loss_hourly") == snapshots
