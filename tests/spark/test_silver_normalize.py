"""Silver is made from Bronze alone: any order of runs gives the same tables."""

from datetime import UTC, datetime
from typing import Any

import pytest

from include.windows import HOUR, Window
from tests.spark.lakehouse import FETCHED, NOON, Lakehouse, facility, hours, unit
from tests.spark.silver_tables import TABLES, everything, generation, made_again, snapshots

COMMISSIONED = datetime(2019, 8, 1, 23, tzinfo=UTC)
"""Since when `unit` is in service."""


def test_a_plant_is_the_sum_of_its_units(lakehouse: Lakehouse) -> None:
    lakehouse.facilities(facility("STUBSF", unit("STUB1", 100.0), unit("STUB2", 50.0)))
    lakehouse.generation({"STUB1": hours(NOON, [60.1]), "STUB2": hours(NOON, [20.2])}, power=True)
    lakehouse.load()
    lakehouse.normalize()
    (row,) = lakehouse.rows("silver.fact_generation_hourly")
    assert row == {
        "plant_id": "STUBSF",
        "ts_utc": NOON,
        "energy_mwh": 60.1 + 20.2,
        "power_mw": 60.1 + 20.2,
        "capacity_mw": 150.0,
        "accepted_capacity_mw": 150.0,
        "units_expected": 2,
        "units_accepted": 2,
        "units_rejected": 0,
        "quality_flags": [],
        "accepted_share": 1.0,
        "energy_raw_mwh": 60.1 + 20.2,
        "market_value_aud": None,
    }


def test_an_hour_is_partial_when_a_unit_in_commission_has_no_value(lakehouse: Lakehouse) -> None:
    # Given units of which one is silent, one says null, and two are not in commission at that hour
    new = unit("NEW", 30.0, commencement_date="2025-01-03")
    old = unit("OLD", 20.0, closure_date="2025-01-01", status_id="retired")
    lakehouse.facilities(
        facility("SILENT", unit("A1", 142.5), unit("A2", 7.5)),
        facility("NULL", unit("B1", 100.0), unit("B2", 50.0)),
        facility("SPAN", unit("C1", 100.0), new, old),
        facility("EARLY", unit("D1", 100.0), unit("D2", 30.0, commencement_date="2025-01-03")),
        facility("UNKNOWN", unit("E1", 100.0), unit("E2", None)),
    )
    lakehouse.generation(
        {code: hours(NOON, [value]) for code, value in
         {"A1": 10.0, "E1": 10.0, "B1": 10.0, "B2": None, "C1": 10.0, "OLD": 0.0, "D1": 10.0, "D2": 1.0}.items()}
    )  # fmt: skip
    lakehouse.load()
    lakehouse.normalize()
    columns = ("plant_id", "energy_mwh", "capacity_mw", "accepted_capacity_mw", "units_expected", "units_accepted")
    assert generation(lakehouse, *columns, "quality_flags", "accepted_share") == [
        # what a unit makes before it is in commission is energy all the same
        ("EARLY", 11.0, 100.0, 130.0, 1, 1, [], 1.0),
        ("NULL", 10.0, 150.0, 100.0, 2, 1, ["partial_hour"], 100 / 150),
        ("SILENT", 10.0, 150.0, 142.5, 2, 1, ["partial_hour"], 0.95),
        ("SPAN", 10.0, 100.0, 100.0, 1, 1, [], 1.0),
        # where a capacity is unknown, units weigh alike
        ("UNKNOWN", 10.0, None, 100.0, 2, 1, ["partial_hour"], 0.5),
    ]


@pytest.mark.long
def test_any_order_of_loads_and_windows_gives_the_same_tables(lakehouse: Lakehouse) -> None:
    # Given the answers of three hours, each with a look back; the last revises the first hour and makes a doubled run whole
    lakehouse.facilities(facility("AVLSF", unit("AVLSF1"), unit("AVLSF2")))
    series = [[5.0, 14.0, 14.0], [5.0, 14.0, 14.0, 14.0], [6.0, 14.0, 14.0, 14.0, 7.0]]
    power = {"AVLSF1": hours(NOON, [6.0, 7.0, 7.0, 7.0, 7.0])}
    energy = [
        lakehouse.generation({"AVLSF1": hours(NOON, values), "AVLSF2": hours(NOON, [200.0, *values[1:]])}, power=power)
        for values in series
    ]
    weather = [
        lakehouse.weather({NOON + HOUR * n: {"shortwave_radiation": 100.0 * n, "temperature_2m": 20.0 + n} for n in range(last)})
        for last in (3, 4, 6)
    ]
    landed = {key: (lakehouse.root / key).read_bytes() for key in (*energy, *weather)}

    # When they are loaded at once and built by one window
    lakehouse.load()
    lakehouse.load("om")
    lakehouse.normalize(NOON, 5)
    at_once = everything(lakehouse)
    assert [row["from_utc"] for row in at_once["silver.quality_findings"]] == [NOON + HOUR]

    # And on empty tables hour by hour in another order, each with a window of its own
    for key in landed:
        (lakehouse.root / key).unlink()
    lakehouse.empty_tables()
    for index in (2, 0, 1):
        for key in (energy[index], weather[index]):
            (lakehouse.root / key).write_bytes(landed[key])
        lakehouse.load()
        lakehouse.load("om")
        lakehouse.normalize(NOON + (2 + index) * HOUR)

    # Then nothing differs; and a rerun, also of a window that covers all, writes nothing
    assert everything(lakehouse) == at_once
    before = snapshots(lakehouse)
    lakehouse.normalize(NOON - 24 * HOUR, 72)
    assert snapshots(lakehouse) == before


@pytest.mark.long
def test_a_revision_of_an_old_hour_is_taken_up_by_any_window_and_moves_nothing_else(lakehouse: Lakehouse) -> None:
    # Given three doubled hours three days ago, and an hour now
    lakehouse.facilities(facility("AVLSF", unit("AVLSF1")))
    now = NOON + 72 * HOUR
    power = {"AVLSF1": hours(NOON, [7.0, 7.0, 7.0, 7.0])}
    lakehouse.generation({"AVLSF1": hours(NOON, [14.0, 14.0, 14.0, 7.0]) | hours(now, [1.0])}, power=power)
    lakehouse.load()
    first = datetime(2025, 2, 1, tzinfo=UTC)
    lakehouse.normalize(now, now=first)
    columns = ("ts_utc", "energy_mwh", "units_rejected", "revision", "_updated_at")
    assert generation(lakehouse, *columns)[0] == (NOON, None, 1, 0, first)
    assert [row["rule"] for row in lakehouse.rows("silver.quality_findings")] == ["doubled"]

    # When the first of them is revised, and the window is now's
    lakehouse.generation({"AVLSF1": hours(NOON, [8.0, 14.0, 14.0, 7.0])}, power=power)
    lakehouse.load()
    second = datetime(2025, 2, 2, tzinfo=UTC)
    lakehouse.normalize(now, now=second)

    # Then that hour has its value, two doubled hours prove nothing, and no other hour was touched
    assert generation(lakehouse, *columns) == [
        (NOON, 8.0, 0, 1, second),
        *[(NOON + HOUR * n, 14.0, 0, 0, second) for n in (1, 2)],
        (NOON + 3 * HOUR, 7.0, 0, 0, first),
        (now, 1.0, 0, 0, first),
    ]
    assert lakehouse.rows("silver.quality_findings") == []
    row = lakehouse.rows("silver.fact_generation_hourly", "first_ingest_time", "first_run_type", "last_ingest_time")[0]
    assert row["first_ingest_time"] < row["last_ingest_time"]
    assert row["first_run_type"] == "scheduled"


def test_what_bronze_no_longer_holds_leaves_silver(lakehouse: Lakehouse) -> None:
    lakehouse.facilities(facility("AVLSF", unit("AVLSF1")))
    lakehouse.generation({"AVLSF1": hours(NOON, [1.0, 2.0])})
    lakehouse.load()
    lakehouse.normalize()
    lakehouse.spark.sql(f"DELETE FROM bronze.oe_generation_hourly_raw WHERE ts_utc > '{NOON}'")
    lakehouse.normalize(NOON + HOUR)
    assert generation(lakehouse, "ts_utc", "energy_mwh") == [(NOON, 1.0)]


def test_an_empty_lakehouse_gives_empty_tables(lakehouse: Lakehouse) -> None:
    assert [table.read for table in lakehouse.normalize()] == [0] * 9
    assert everything(lakehouse) == {table: [] for table in TABLES}
    assert sum(snapshots(lakehouse).values()) == 0


@pytest.mark.long
def test_hours_that_nobody_asked_for_are_not_expected(lakehouse: Lakehouse) -> None:
    # Given two farms that are asked for on 2 and 3 January, and only one of them on 4 and 5 January (days of NEM)
    day = 24 * HOUR
    midnight = NOON - 12 * HOUR
    both, a1 = ("AVLSF", "BSF"), unit("A1", 100.0)
    lakehouse.facilities(facility("AVLSF", a1), facility("BSF", unit("B1", 40.0)))

    def asked(codes: tuple[str, ...], first: int, last: int, energy: dict[str, float], **options: Any) -> None:
        start = midnight + first * day
        window = Window(start, midnight + last * day)
        series = {code: hours(start + 12 * HOUR, [value]) for code, value in energy.items()}
        lakehouse.generation(series, window=window, codes=codes, **options)

    asked(both, 0, 2, {"A1": 50.0, "B1": 20.0})
    asked(("AVLSF",), 2, 4, {"A1": 50.0})
    lakehouse.load()
    lakehouse.normalize()
    columns = ("unit_code", "is_asked", "valid_from_utc", "valid_to_utc")
    narrowed = [tuple(row.values())[1:] for row in lakehouse.rows("silver.unit_history", *columns, where="unit_code = 'B1'")]
    assert narrowed == [(True, COMMISSIONED, midnight + 2 * day), (False, midnight + 2 * day, None)]

    # When a second unit of the first farm is listed, in service for years, and the newest of the days are asked for again
    lakehouse.facilities(facility("AVLSF", a1, unit("A2", 50.0)), facility("BSF", unit("B1", 40.0)), fetched_at=FETCHED + day)
    asked(("AVLSF",), 3, 5, {"A1": 50.0, "A2": 25.0}, fetched_at=FETCHED + 2 * day)
    lakehouse.load()
    lakehouse.normalize(NOON + 100 * day)

    # Then it is expected on these, and the days before are as they were
    expected = ("ts_utc", "energy_mwh", "capacity_mw", "units_expected", "quality_flags")
    of_a = [row[1:] for row in generation(lakehouse, *expected, "plant_id") if row[-1] == "AVLSF"]
    assert of_a == [(50.0, 100.0, 1, [], "AVLSF"), (50.0, 100.0, 1, [], "AVLSF"), (75.0, 150.0, 2, [], "AVLSF")]

    # And a backfill brings one of the older days for both farms
    asked(both, 2, 3, {"A1": 50.0, "A2": 24.0, "B1": 20.0}, fetched_at=FETCHED + 3 * day, run_type="backfill")
    lakehouse.load()
    lakehouse.normalize(NOON + 100 * day)
    of_a = [row[1:4] for row in generation(lakehouse, *expected, "plant_id") if row[-1] == "AVLSF"]
    assert of_a == [(50.0, 100.0, 1), (74.0, 150.0, 2), (75.0, 150.0, 2)]
    spans = [tuple(row.values())[:3] for row in lakehouse.rows("silver.unit_history", *columns)]
    assert [span for span in spans if span[1] is False] == [
        ("A2", False, midnight),
        ("B1", False, midnight + 3 * day),
    ]

    # And one rebuild of everything gives the same
    built = everything(lakehouse)
    assert made_again(lakehouse, NOON) == built
    assert [tuple(row.values())[:3] for row in lakehouse.rows("silver.unit_history", *columns)] == spans
