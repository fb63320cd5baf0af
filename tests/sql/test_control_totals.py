"""The source's own totals beside the sums of the plants: which days are complete, comparable, and compared again."""

from datetime import timedelta
from typing import Any

import pytest

from tests.sql.gold_build import (
    BUILT_AT,
    FLEET_INCOMPLETE,
    GoldBuild,
    day_window,
    instant,
    nem_day,
    not_asked,
    plant,
    request,
    total,
    wem_day,
)

pytestmark = pytest.mark.stack

DAY, NEXT_DAY = nem_day("2025-01-01"), nem_day("2025-01-02")
WINDOW = day_window(DAY)
LONG_AGO = nem_day("2024-06-01")
LATER = BUILT_AT + timedelta(hours=3)
ALL_WHOLE = request(DAY - timedelta(days=1), NEXT_DAY + timedelta(days=1))


def two_plants(gold: GoldBuild, region: str = "NSW1", energy_mwh: float = 50.0) -> None:
    """NYNGAN and BROKEN of a region, which made so much in every hour of two days."""
    for plant_id in ("NYNGAN", "BROKEN"):
        gold.put("silver.dim_plant", plant(plant_id, network_region=region))
        gold.put_generation(DAY, [energy_mwh] * 48, plant_id)


def lines(gold: GoldBuild, run_id: str) -> list[tuple[bool, str]]:
    return [(row["is_new"], row["line"]) for row in gold.execute(gold.sql(FLEET_INCOMPLETE, WINDOW, run_id))]


def test_a_region_whose_plants_make_the_total_is_complete_and_one_that_lacks_a_plant_is_a_finding(gold: GoldBuild) -> None:
    # Given two regions of the NEM, the west whose day begins later, a region without any sun and one without any plant
    two_plants(gold)
    gold.put("silver.dim_plant", plant("ALONE", network_region="VIC1"), plant("DARK", network_region="TAS1"))
    gold.put("silver.dim_plant", plant("WESTERN", "WEM", network_region="WEM"))
    # a value that Silver refused counts, an hour of which nothing was said does not
    gold.put_generation(DAY, [10.0] * 23, "ALONE", energy_mwh=None)
    gold.put_generation(DAY + timedelta(hours=23), [None], "ALONE")
    gold.put_generation(DAY, [0.0] * 24, "DARK")
    gold.put_generation(wem_day("2025-01-01"), [1.0] * 24 + [7.0], "WESTERN")
    gold.put("bronze.api_requests", ALL_WHOLE, request(DAY, NEXT_DAY + timedelta(days=1), "WEM"))
    gold.put(
        "bronze.oe_control_daily_raw",
        total("NSW1", "2025-01-01", 9999.0, BUILT_AT - timedelta(days=1)),
        total("NSW1", "2025-01-01", 2400.0 * 1.0049),
        total("NSW1", "2025-01-01", None, LATER),
        total("NSW1", "2025-01-02", 2400.0 * 0.99),
        total("VIC1", "2025-01-01", 250.0),
        total("TAS1", "2025-01-01", 0.0),
        total("SA1", "2025-01-01", 500.0),
        total("WEM", "2025-01-01", 24.0, network_id="WEM"),
    )

    rows = gold.note_totals("first", WINDOW)

    assert {key: (row["is_complete"], row["finding"], row["plants_reporting"]) for key, row in rows.items()} == {
        ("NSW1", "2025-01-01"): (True, None, 2),
        ("NSW1", "2025-01-02"): (False, "fleet_incomplete", 2),
        ("VIC1", "2025-01-01"): (False, "fleet_incomplete", 1),
        ("TAS1", "2025-01-01"): (True, None, 1),
        ("WEM", "2025-01-01"): (True, None, 1),
    }
    victoria, tasmania = rows["VIC1", "2025-01-01"], rows["TAS1", "2025-01-01"]
    assert (victoria["energy_mwh"], victoria["our_energy_raw_mwh"], victoria["ratio"]) == (250.0, 230.0, pytest.approx(0.92))
    assert (tasmania["ratio"], victoria["_run_id"], tasmania["_run_id"]) == (None, "first", None)
    assert lines(gold, "first") == [
        (True, "NSW1: 1 days from 2025-01-02 to 2025-01-02 do not make the source's own total, the newest 1.010 of it"
         " (2400.0 of 2376.0 MWh, 2 plants)"),
        (True, "VIC1: 1 days from 2025-01-01 to 2025-01-01 do not make the source's own total, the newest 0.920 of it"
         " (230.0 of 250.0 MWh, 1 plants)"),
    ]  # fmt: skip

    # When a later run finds the same, then it is not the first to, and nothing is written
    before = gold.snapshots("gold.control_totals")
    again = gold.note_totals("second", day_window(LONG_AGO))
    assert again == rows
    assert [is_new for is_new, _ in lines(gold, "second")] == [False, False]
    assert gold.snapshots("gold.control_totals") <= before + 1

    # When the missing plant comes, and the other region's total is corrected, then both are complete
    gold.put("silver.dim_plant", plant("LATE", network_region="VIC1"))
    gold.put_generation(DAY, [20.0], "LATE")
    gold.put("bronze.oe_control_daily_raw", total("NSW1", "2025-01-02", 2400.0, LATER))
    after = gold.note_totals("third", day_window(LONG_AGO))
    assert {row["finding"] for row in after.values()} == {None}
    assert (after["VIC1", "2025-01-01"]["plants_reporting"], after["VIC1", "2025-01-01"]["found_since"]) == (2, None)
    assert lines(gold, "third") == []


@pytest.mark.parametrize(
    ("asked", "history", "values"),
    [
        ([ALL_WHOLE], [], {"has_all_facilities": False}),
        ([request(DAY + timedelta(hours=5), NEXT_DAY + timedelta(days=1))], [], {}),
        ([request(DAY, NEXT_DAY, outcome="error"), request(DAY, NEXT_DAY, source="oe_market")], [], {}),
        ([ALL_WHOLE], not_asked("BROKEN", None, NEXT_DAY), {}),
    ],
    ids=["chosen plants", "a part of the day", "no answer of generation", "a unit that was left out"],
)
def test_a_day_of_which_not_all_was_asked_for_is_shown_and_no_finding(
    gold: GoldBuild, asked: list[Any], history: list[Any], values: dict[str, Any]
) -> None:
    two_plants(gold)
    gold.put("bronze.api_requests", *asked)
    gold.put("silver.unit_history", *history)
    gold.put("bronze.oe_control_daily_raw", total("NSW1", "2025-01-01", 4800.0))

    row = gold.note_totals("run", WINDOW, **values)["NSW1", "2025-01-01"]

    assert (row["ratio"], row["is_complete"], row["is_comparable"], row["finding"]) == (0.5, False, False, None)


def test_an_old_day_is_compared_again_when_its_total_or_its_days_figures_are_newer_or_a_window_names_it(gold: GoldBuild) -> None:
    # Given a day that lies further back than totals are asked for again, compared once
    two_plants(gold)
    gold.put("bronze.api_requests", ALL_WHOLE)
    gold.put("bronze.oe_control_daily_raw", total("NSW1", "2025-01-01", 2400.0), total("NSW1", "2025-06-01", 1.0))
    elsewhere, key = day_window(LONG_AGO), ("NSW1", "2025-01-01")
    assert gold.note_totals("first", elsewhere)[key]["is_complete"]

    # When its hours change and nobody names it, then it stays; and is compared again by a window, its figures, its total
    facts, kpis = gold.table("silver.fact_generation_hourly"), gold.table("gold.daily_plant_kpi")
    day = f"plant_id = 'BROKEN' AND ts_utc = {instant(DAY)}"
    gold.execute(f"UPDATE {facts} SET energy_raw_mwh = 150e0 WHERE {day}")
    assert gold.note_totals("second", elsewhere)[key]["is_complete"]
    assert gold.note_totals("third", WINDOW)[key]["our_energy_raw_mwh"] == 2500.0

    gold.execute(f"UPDATE {facts} SET energy_raw_mwh = 50e0 WHERE {day}")
    gold.execute(
        f"INSERT INTO {kpis} (plant_id, ds, missingness, expected_unit_hours, accepted_unit_hours, partial_hours, suspect_hours,"
        " rejected_hours, revised_hours, is_open_day, _silver_updated_at, _run_id)"
        f" VALUES ('BROKEN', DATE '2025-01-01', 0e0, 24, 24, 0, 0, 0, 0, FALSE, {instant(LATER)}, 'fourth')"
    )
    assert gold.note_totals("fourth", elsewhere)[key]["is_complete"]

    gold.put("bronze.oe_control_daily_raw", total("NSW1", "2025-01-01", 2000.0, LATER))
    assert gold.note_totals("fifth", elsewhere)[key]["ratio"] == 1.2

    # When nothing is left of the plants' hours, then nothing is known on our side
    gold.execute(f"DELETE FROM {facts} WHERE ts_utc < {instant(NEXT_DAY)}")
    assert gold.note_totals("sixth", WINDOW) == {}
