"""Views on plant-days and their roll-ups: a few hours by hand in, every figure out."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from include.contracts import load_views
from include.contracts.contract import column_comment
from include.contracts.live import comment_views
from tests.sql.gold_build import GoldBuild, Row
from tests.sql.loss_days import put_all

pytestmark = pytest.mark.stack


@pytest.fixture(scope="module")
def lake(gold_build: GoldBuild) -> Iterator[GoldBuild]:
    put_all(gold_build)
    gold_build.create_views()
    yield gold_build
    gold_build.empty()


@pytest.fixture(scope="module")
def days(lake: GoldBuild) -> dict[tuple[str, str], Row]:
    rows = lake.execute(f"SELECT * FROM {lake.table('gold.plant_loss_daily')}")
    return {(row["plant_id"], f"{row['ds']}"): row for row in rows}


def approx(row: Row, **figures: Any) -> None:
    assert {name: row[name] for name in figures} == pytest.approx(figures)


def test_the_waterfall_of_a_day_is_the_sum_of_its_hours_with_an_expectation(days: dict[tuple[str, str], Row]) -> None:
    row = days["NYNGAN", "2025-01-01"]
    approx(row, expected_mwh=340.0, energy_mwh=180.0, curtailed_economic_mwh=80.0, not_known_mwh=40.0, unexplained_mwh=40.0)
    losses = ("curtailed_economic", "curtailed_network", "unavailable", "stored", "not_known", "unexplained")
    assert row["energy_mwh"] + sum(row[f"{name}_mwh"] for name in losses) == pytest.approx(row["expected_mwh"])


def test_ratios_are_of_sums_over_hours_that_are_known(days: dict[tuple[str, str], Row]) -> None:
    approx(
        days["NYNGAN", "2025-01-01"], performance_index=180 / 300, performance_index_in_service=160 / 200, energy_availability=1.0
    )
    approx(
        days["NYNGAN", "2025-01-02"],
        performance_index=60 / 150,
        performance_index_in_service=60 / 50,
        energy_availability=50 / 150,
    )


def test_every_hour_has_its_class(days: dict[tuple[str, str], Row]) -> None:
    classes = (
        "normal",
        "underperforming",
        "curtailed_economic",
        "curtailed_network",
        "outage",
        "stored",
        "not_known",
        "no_expectation",
    )
    assert [days["NYNGAN", "2025-01-01"][f"{name}_hours"] for name in classes] == [1, 1, 1, 0, 0, 0, 1, 1]
    assert days["NYNGAN", "2025-01-02"]["outage_hours"] == 1


def test_value_is_of_the_energy_that_has_one(days: dict[tuple[str, str], Row]) -> None:
    approx(
        days["NYNGAN", "2025-01-01"],
        market_value_aud=7100.0,
        valued_energy_mwh=180.0,
        capture_price_aud_mwh=7100 / 180,
        price_aud_mwh=40.0,
        price_hours=5,
        value_at_mean_price_aud=7200.0,
        capture_rate=7100 / 7200,
        energy_at_negative_price_mwh=20.0,
        curtailed_value_aud=-800.0,
    )


def test_missing_energy_is_filled_with_what_was_expected(days: dict[tuple[str, str], Row]) -> None:
    approx(
        days["NYNGAN", "2025-01-01"], energy_accepted_mwh=185.0, energy_filled_mwh=225.0, filled_mwh=40.0, filled_share=40 / 225
    )


def test_irradiations_stand_beside_each_other_or_not_at_all(days: dict[tuple[str, str], Row]) -> None:
    assert days["NYNGAN", "2025-01-01"]["poa_kwh_m2"] is None  # two of its hours have none
    approx(days["NYNGAN", "2025-01-02"], poa_kwh_m2=1.5, ghi_kwh_m2=6.0, specific_yield_ac=2.4)


def test_capacity_factor_keeps_numerator_and_denominator(days: dict[tuple[str, str], Row]) -> None:
    approx(days["NYNGAN", "2025-01-01"], cf_energy_mwh=185 / 0.99, cf_capacity_mwh=185 / 0.99 / 0.2, cf=0.2)
    approx(days["NYNGAN", "2025-01-05"], cf_capacity_mwh=2400.0)


@pytest.mark.parametrize(
    ("plant_id", "day", "loss"),
    [
        ("NYNGAN", "2025-01-01", "curtailed_economic"),
        ("NYNGAN", "2025-01-02", "unavailable"),
        ("BROKEN", "2025-01-01", "none"),
        ("NYNGAN", "2025-01-03", None),
    ],
)
def test_the_main_loss_is_the_largest_that_can_be_told(
    days: dict[tuple[str, str], Row], plant_id: str, day: str, loss: str | None
) -> None:
    assert days[plant_id, day]["main_loss"] == loss


@pytest.mark.parametrize(
    ("day", "status"),
    [
        ("2025-01-01", "settled"),  # an earlier figure was gone before the third day after
        ("2025-01-02", "restated"),
        ("2025-01-03", "open"),
        ("2025-01-04", "provisional"),  # of a forecast
        ("2025-01-05", "settled"),  # by 0.05 MWh it is no other figure
        ("2025-01-06", "settled"),  # by the time at which its values came
        ("2025-01-07", "provisional"),
    ],
)
def test_status_says_whether_a_day_may_change(days: dict[tuple[str, str], Row], day: str, status: str) -> None:
    assert days["NYNGAN", day]["data_status"] == status


def test_a_day_that_was_never_published_is_there_with_its_reason(days: dict[tuple[str, str], Row]) -> None:
    row = days["BROKEN", "2025-01-01"]
    assert (row["is_held_back"], row["data_status"], row["capacity_mw"]) == (True, None, None)
    assert (row["curtailed_method"], row["expected_method"]) == ("no_market_data", "fitted")


def test_a_day_without_a_loss_is_unknown_and_not_zero(days: dict[tuple[str, str], Row]) -> None:
    row = days["MERREDIN", "2025-01-01"]
    assert {row[name] for name in ("expected_mwh", "unexplained_mwh", "performance_index", "market_value_aud", "main_loss")} == {
        None
    }


def test_findings_touch_the_days_they_reach_into(days: dict[tuple[str, str], Row]) -> None:
    rules = {day: days["NYNGAN", f"2025-01-0{day}"]["finding_rules"] for day in range(1, 7)}
    assert rules == {
        1: [],
        2: ["doubled", "frozen"],
        3: ["frozen", "weather_mismatch"],
        4: ["network_wide_gap", "weather_mismatch"],
        5: ["capacity_suspect"],
        6: ["capacity_suspect"],
    }


def test_a_month_sums_again_and_does_not_average(lake: GoldBuild) -> None:
    rows = lake.execute(f"SELECT * FROM {lake.table('gold.monthly_plant_kpi')} WHERE plant_id = 'NYNGAN' ORDER BY month_start")
    january, february = rows
    assert (january["month_start"], february["month_start"]) == (date(2025, 1, 1), date(2025, 2, 1))
    price = (5 * 40 + 2 * 30) / 7
    approx(
        january,
        expected_mwh=490.0,
        performance_index=240 / 450,
        energy_availability=1 - 100 / 450,
        market_value_aud=8900.0,
        capture_price_aud_mwh=8900 / 240,
        price_aud_mwh=price,
        capture_rate=8900 / (240 * price),
        cf_energy_mwh=185 / 0.99 + 60 + 100.05,
        ghi_kwh_m2=6.0,
        irradiation_days=1,
        plant_days=7,
        cf_days=3,
    )
    assert [january[f"{name}_days"] for name in ("open", "provisional", "settled", "restated")] == [1, 2, 3, 1]
    assert (january["main_loss"], february["performance_index"]) == ("unavailable", None)


def test_a_region_has_one_price_and_counts_who_reports(lake: GoldBuild) -> None:
    (row,) = lake.execute(
        f"SELECT * FROM {lake.table('gold.region_daily')} WHERE network_region = 'NSW1' AND ds = DATE '2025-01-01'"
    )
    approx(row, performance_index=190 / 310, price_aud_mwh=40.0, market_value_aud=7600.0, capture_rate=7600 / 7700)
    approx(row, plants=2, plants_reporting=1, capacity_mw=100.0, capacity_reporting_mw=100.0, held_back_plants=1)


def test_the_fleet_is_all_of_them(lake: GoldBuild) -> None:
    (row,) = lake.execute(f"SELECT * FROM {lake.table('gold.fleet_daily')} WHERE ds = DATE '2025-01-01'")
    approx(row, plants=3, plants_reporting=2, capacity_mw=120.0, expected_mwh=350.0, performance_index=190 / 310)


def test_control_ratio_is_of_sums_and_of_regions_with_a_total_alone(lake: GoldBuild) -> None:
    columns = ("control_ratio", "control_energy_mwh", "control_our_energy_raw_mwh", "is_control_comparable")

    def said(view: str, where: str, *more: str) -> list[Any]:
        (row,) = lake.execute(f"SELECT * FROM {lake.table(view)} WHERE {where}")
        return [row[name] for name in (*columns, *more)]

    first, second, third = (f"ds = DATE '2025-01-0{day}'" for day in (1, 2, 3))
    assert said("gold.region_daily", f"{first} AND network_region = 'NSW1'") == [0.95, 200.0, 190.0, True]
    assert said("gold.region_daily", f"{first} AND network_region = 'WEM'") == [None] * 4
    assert said("gold.fleet_daily", first, "control_regions") == [490 / 500, 500.0, 490.0, False, 2]
    assert said("gold.fleet_daily", second, "control_regions") == [None, 0.0, 60.0, True, 1]
    assert said("gold.fleet_daily", third, "control_regions") == [None, None, None, None, 0]


def test_plants_say_whether_they_run_store_and_stand_where_they_should(lake: GoldBuild) -> None:
    rows = {row["plant_id"]: row for row in lake.execute(f"SELECT * FROM {lake.table('gold.dim_plant')}")}
    columns = ("status", "capacity_source", "is_hybrid", "is_capacity_suspect", "coordinate_check")
    said = {plant_id: tuple(row[name] for name in columns) for plant_id, row in rows.items()}
    assert said == {
        "NYNGAN": ("operating", "capacity_maximum, capacity_registered", True, True, "ok"),
        "BROKEN": ("commissioning", "capacity_maximum", False, False, "outside_region"),
        "MERREDIN": ("retired", "capacity_maximum", False, False, "ok"),
    }


def test_columns_are_those_of_the_contracts_and_say_what_they_mean(lake: GoldBuild, trino_cursor: Any) -> None:
    schema = f"gold_{lake.name}"
    comment_views(trino_cursor.connection, load_views(), f"iceberg.{schema}")
    assert comment_views(trino_cursor.connection, load_views(), f"iceberg.{schema}") == []

    for view in load_views():
        name = view.name.removeprefix("gold.")
        rows = lake.execute(
            "SELECT column_name, data_type, comment FROM iceberg.information_schema.columns "
            f"WHERE table_schema = '{schema}' AND table_name = '{name}' ORDER BY ordinal_position"
        )
        live = [(row["column_name"], row["data_type"], row["comment"]) for row in rows]
        assert live == [(c.name, view.trino_columns[c.name], column_comment(c)) for c in view.columns]
