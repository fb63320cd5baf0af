"""The source's own totals beside the sums of the plants: which days are complete, comparable, and compared again."""

from datetime import timedelta
from typing import Any

import pytest

from tests.sql.gold_build import (
    BUILT_AT,
    FLEET_INCOMPLETE,
    GoldBuild,
    day_window,
    hour_window,
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
SOON = hour_window(nem_day("2025-01-20"))
"""An hour of a later day."""
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

    rows = gold.note_totals("first", (DAY, NEXT_DAY + timedelta(days=1)))

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
    again = gold.note_totals("second", SOON)
    assert again == rows
    assert [is_new for is_new, _ in lines(gold, "second")] == [False, False]
    assert gold.snapshots("gold.control_totals") == before

    # When its figures change and it stays incomplete, then the run that found it first is still the one that did
    gold.put("bronze.oe_control_daily_raw", total("VIC1", "2025-01-01", 251.0, LATER))
    changed = gold.note_totals("revised", SOON)["VIC1", "2025-01-01"]
    assert (changed["energy_mwh"], changed["_run_id"], changed["found_since"]) == (251.0, "first", victoria["found_since"])

    # When the missing plant comes, and the other region's total is corrected, then both are complete
    gold.put("silver.dim_plant", plant("LATE", network_region="VIC1"))
    gold.put_generation(DAY, [20.0], "LATE")
    gold.put("bronze.oe_control_daily_raw", total("NSW1", "2025-01-02", 2400.0, LATER))
    after = gold.note_totals("third", SOON)
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
    if history:
        gold.put("silver.unit_history", *history)
    gold.put("bronze.oe_control_daily_raw", total("NSW1", "2025-01-01", 4800.0))

    row = gold.note_totals("run", WINDOW, **values)["NSW1", "2025-01-01"]

    assert (row["ratio"], row["is_complete"], row["is_comparable"], row["finding"]) == (0.5, False, False, None)


def test_a_day_is_compared_for_forty_days_and_later_by_a_run_that_has_it_in_its_window(gold: GoldBuild) -> None:
    two_plants(gold)
    gold.put("bronze.api_requests", ALL_WHOLE)
    gold.put("bronze.oe_control_daily_raw", total("NSW1", "2025-01-01", 2400.0))
    key, facts = ("NSW1", "2025-01-01"), gold.table("silver.fact_generation_hourly")
    before, soon, late = (hour_window(nem_day(day)) for day in ("2024-12-31", "2025-02-09", "2025-02-10"))

    # A run of earlier hours does not look ahead, a later one of an hour looks back
    assert gold.note_totals("before", before) == {}
    assert gold.note_totals("soon", soon)[key]["is_complete"]

    # When its hours and its total change, then it stays as it was noted until somebody asks for it
    gold.execute(f"UPDATE {facts} SET energy_raw_mwh = 150e0 WHERE plant_id = 'BROKEN' AND ts_utc = {instant(DAY)}")
    gold.put("bronze.oe_control_daily_raw", total("NSW1", "2025-01-01", 2000.0, LATER))
    assert gold.note_totals("late", late)[key]["ratio"] == 1.0
    assert gold.note_totals("rebuilt", (DAY, nem_day("2025-03-03")))[key]["ratio"] == 1.25

    # When nothing is left of the plants' hours, then nothing is known on our side
    gold.execute(f"DELETE FROM {facts} WHERE ts_utc < {instant(NEXT_DAY)}")
    assert gold.note_totals("emptied", WINDOW) == {}
