"""The KPI definitions, each on rows small enough to be summed by eye, through the project's SQL on a real Trino."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import pytest

from tests.sql.gold_build import (
    BUILT_AT,
    GoldBuild,
    Published,
    Row,
    day_window,
    hour_window,
    instant,
    nem_day,
    not_asked,
    plant,
    request,
    unit,
    upgrade,
    wem_day,
)

pytestmark = pytest.mark.stack

DAY = nem_day("2025-01-01")
ONE_PLANT_DAY = [0.0] * 6 + [50.0] * 12 + [0.0] * 6
"""600 MWh: a plant of 100 MW at a capacity factor of 0.25."""
SUNNY_DAY = [0.0] * 6 + [10.0, 25.0, 40.0, 60.0, 75.0, 85.5, 85.5, 75.0, 60.0, 45.0, 29.0, 10.0] + [0.0] * 6
"""The same with its most at noon; MWh."""
SUNNY_GHI = [0.0] * 6 + [100.0, 250.0, 450.0, 650.0, 800.0, 940.0, 940.0, 850.0, 700.0, 450.0, 200.0, 100.0] + [0.0] * 6
"""6.43 kWh/m2; W/m2."""

NEXT_DAY = nem_day("2025-01-02")
GAPS = {"NOON": (11, 12), "NIGHT": (1, 2), "NIGHTS": (1, 2, 3), "ONE_HOUR": (11,)}
"""Plant -> hours of the day that never came."""
EARLY_AND_LATE = [0.0] * 6 + [80.0] + [0.0] * 10 + [80.0] * 2 + [0.0] * 5
"""A plant that is curtailed while the sun is high; MWh."""
LATENCIES = {
    "THREE": ([10, 20, 400], 20.0, 400.0),
    "FOUR": ([10, 400, 20, 30], 25.0, 400.0),
    "ONE": ([7.5], 7.5, 7.5),
}
"""Plant -> minutes from the end of its scheduled hours to their fetch, their median and maximum."""

Figures = dict[tuple[str, str], Row]
"""KPI rows by plant and day."""


def without(values: list[float], *hours: int) -> list[float | None]:
    """A day in which these hours never came."""
    return [None if hour in hours else value for hour, value in enumerate(values)]


def put_closed_days(gold: GoldBuild) -> None:
    """Two days that are over, as the first plant has them whole; a plant for each thing that a day may have."""

    def add(plant_id: str, *units: Row) -> None:
        gold.put("silver.dim_plant", plant(plant_id, unit_count=max(1, len(units))))
        gold.put("silver.dim_unit", *(units or (unit(plant_id),)))

    add("NYNGAN")
    gold.put_generation(DAY, ONE_PLANT_DAY * 2)
    gold.put_weather(DAY, [0.0] * 6 + [500.0] * 12 + [0.0] * 6)

    add("STILL")
    gold.put_generation(DAY, [0.0] * 24, "STILL")

    for plant_id, hours in GAPS.items():
        add(plant_id)
        gold.put_generation(DAY, without(SUNNY_DAY, *hours), plant_id)

    add("HISTORY")
    for days_ago in range(1, 4):
        gold.put_generation(DAY - timedelta(days=days_ago), EARLY_AND_LATE, "HISTORY")
    gold.put_generation(DAY, without(EARLY_AND_LATE, 6), "HISTORY")

    add("CLOUDED")
    gold.put_generation(DAY, SUNNY_DAY, "CLOUDED")
    gold.put_weather(DAY, without(SUNNY_GHI, 11, 12), "CLOUDED")
    add("CLEAR")
    gold.put_generation(DAY, SUNNY_DAY, "CLEAR")
    gold.put_weather(DAY, without(SUNNY_GHI, 1, 2, 3), "CLEAR", is_provisional=True)

    add("DAZZLED")
    gold.put_generation(DAY, SUNNY_DAY, "DAZZLED")
    for hour, ghi in enumerate(SUNNY_GHI):
        gold.put_weather(DAY + timedelta(hours=hour), [ghi], "DAZZLED", weather_suspect=hour in (11, 12))

    add("MOVED")
    gold.put_generation(DAY, SUNNY_DAY, "MOVED")
    for hour, ghi in enumerate(SUNNY_GHI):
        gold.put_weather(DAY + timedelta(hours=hour), [ghi], "MOVED", is_former_location=hour < 9)

    gold.put("silver.dim_plant", plant("ASTRAY", coordinate_check="outside_region"))
    gold.put("silver.dim_unit", unit("ASTRAY"))
    gold.put_generation(DAY, SUNNY_DAY, "ASTRAY")

    add("SMALL", unit("SMALL", capacity_mw=95.0), unit("SMALL", "SMALL2", capacity_mw=5.0))
    of_95 = {"accepted_capacity_mw": 95.0, "units_expected": 2, "units_accepted": 1, "accepted_share": 0.95}
    gold.put_generation(DAY, SUNNY_DAY, "SMALL", **of_95)

    add("THINNED")
    gold.put_generation(DAY, SUNNY_DAY, "THINNED")
    gold.execute(
        f"UPDATE {gold.table('silver.fact_generation_hourly')} SET energy_mwh = 42.75e0, accepted_share = 0.5e0, "
        f"quality_flags = ARRAY['incomplete_hour'] WHERE plant_id = 'THINNED' AND ts_utc = {instant(DAY + timedelta(hours=11))}"
    )

    add("SILENT")
    add("NULLS")
    gold.put_generation(DAY, [None] * 24, "NULLS")

    add("FUTURE", unit("FUTURE", commissioned_from_utc=nem_day("2025-01-03")))
    add("CLOSED", unit("CLOSED", retired_from_utc=DAY))

    new = unit("GROWING", "GROWING2", capacity_mw=50.0, commissioned_from_utc=NEXT_DAY)
    add("GROWING", unit("GROWING"), new)
    gold.put_generation(DAY, [50.0] * 24, "GROWING")
    both = {"accepted_capacity_mw": 150.0, "units_expected": 2, "units_accepted": 2}
    gold.put_generation(NEXT_DAY, [75.0] * 24, "GROWING", **both)

    add("UPGRADED", unit("UPGRADED", capacity_mw=150.0))
    gold.put("silver.unit_history", *upgrade("UPGRADED", 100.0, 150.0, NEXT_DAY))
    gold.put_generation(DAY, [50.0] * 24, "UPGRADED")
    gold.put_generation(NEXT_DAY, [75.0] * 24, "UPGRADED", capacity_mw=150.0, accepted_capacity_mw=150.0)

    add("NARROWED")
    gold.put("silver.unit_history", *not_asked("NARROWED", NEXT_DAY, None))
    gold.put_generation(DAY, SUNNY_DAY, "NARROWED")

    add("SECOND", unit("SECOND"), unit("SECOND", "SECOND2", capacity_mw=50.0))
    gold.put("silver.unit_history", *not_asked("SECOND", None, NEXT_DAY, "SECOND2", 50.0))
    gold.put_generation(DAY, ONE_PLANT_DAY, "SECOND")
    gold.put_generation(NEXT_DAY, [75.0] * 24, "SECOND", **both | {"capacity_mw": 150.0})

    add("LATE", unit("LATE"), unit("LATE", "LATE2", capacity_mw=50.0, commissioned_from_utc=DAY + timedelta(hours=23)))
    gold.put_generation(DAY, SUNNY_DAY, "LATE")

    add("EARLY", unit("EARLY"), unit("EARLY", "EARLY2", commissioned_from_utc=nem_day("2025-02-01")))
    gold.put_generation(DAY, [50.0] * 12, "EARLY", units_accepted=2)
    gold.put_generation(DAY + timedelta(hours=12), [None] * 12, "EARLY")

    add("NAMELESS", unit("NAMELESS"), unit("NAMELESS", "NAMELESS2", capacity_mw=None))
    gold.put_generation(DAY, [50.0] * 24, "NAMELESS", **both | {"accepted_capacity_mw": None})

    add("MARKED")
    gold.put_generation(DAY, [None], "MARKED", units_rejected=1, quality_flags=["partial_hour"])
    gold.put_generation(DAY + timedelta(hours=1), [-1.0], "MARKED", quality_flags=["negative", "partial_hour"])
    gold.put_generation(DAY + timedelta(hours=2), [5.0, 5.0, 5.0], "MARKED", revision=2)
    gold.put_generation(DAY + timedelta(hours=5), [0.0] * 2, "MARKED", revision=2, material_revision=0)
    gold.put_generation(DAY + timedelta(hours=7), [0.0] * 17, "MARKED")

    for plant_id, (minutes, _, _) in LATENCIES.items():
        add(plant_id)
        for n, latency in enumerate(minutes):
            start = DAY + timedelta(hours=n)
            fetched = start + timedelta(hours=1, minutes=latency)
            gold.put_generation(start, [1.0], plant_id, complete_ingest_time=fetched, complete_run_type="scheduled")
        gold.put_generation(DAY + timedelta(hours=len(minutes)), [1.0], plant_id, complete_run_type="backfill")
        gold.put_generation(DAY + timedelta(hours=len(minutes) + 1), [1.0], plant_id, complete_run_type="manual")


def put_days_of_other_networks(gold: GoldBuild) -> None:
    """What depends on the hours of a whole network: each case has one of its own."""
    gold.put_plant("MERREDIN", "WEM")
    gold.put_generation(wem_day("2025-01-01"), [25.0] * 12, "MERREDIN")

    gold.put_plant("FORECAST", "FORECAST")
    gold.put_weather(DAY, [500.0] * 23, "FORECAST")
    gold.put_generation(NEXT_DAY, ONE_PLANT_DAY, "FORECAST")

    gold.put_plant("UNSAID", "UNSAID")
    gold.put_weather(DAY, [500.0] * 24, "UNSAID")
    gold.put_generation(NEXT_DAY, ONE_PLANT_DAY, "UNSAID")
    gold.put_weather(nem_day("2025-01-03"), [500.0] * 24, "UNSAID")  # not due: the network's newest hour is before it

    gold.put_plant("OPEN", "OPEN")
    gold.put_plant("OPENLATE", "OPEN")
    gold.put_generation(DAY, [1098.0 / 18] * 18, "OPEN")
    gold.put_generation(DAY, [50.0] * 8, "OPENLATE")
    gold.put_weather(DAY, [500.0] * 24, "OPEN")  # a forecast reaches further than generation

    gold.put_plant("WEIGHED", "WEIGHED")
    gold.put_generation(DAY, without(EARLY_AND_LATE, 6), "WEIGHED")
    gold.put_generation(nem_day("2025-01-05"), EARLY_AND_LATE, "WEIGHED")


@dataclass(frozen=True)
class Runs:
    """Gold after a run, and after one when more of the open day, and days before the weighed one, had come."""

    first: Published
    second: Published


@pytest.fixture(scope="module")
def runs(gold_build: GoldBuild) -> Runs:
    put_closed_days(gold_build)
    put_days_of_other_networks(gold_build)
    gold_build.run((DAY, nem_day("2025-01-03")), run_id="first")
    first = gold_build.published()

    gold_build.put_generation(DAY + timedelta(hours=18), [7.0] * 6, "OPEN")
    gold_build.put_generation(DAY - timedelta(days=3), EARLY_AND_LATE * 3, "WEIGHED")
    gold_build.run(day_window(DAY - timedelta(days=3)), run_id="second")
    runs = Runs(first, gold_build.published())
    gold_build.empty()
    return runs


@pytest.fixture(scope="module")
def closed_days(runs: Runs) -> Figures:
    return {(row["plant_id"], str(row["ds"])): row for row in runs.first.kpis}


def given_one_plant(gold: GoldBuild) -> None:
    gold.put("silver.dim_plant", plant())
    gold.put("silver.dim_unit", unit())


def test_complete_day_has_energy_over_capacity_times_24(closed_days: Figures) -> None:
    row = closed_days["NYNGAN", "2025-01-01"]
    assert len(row.pop("publication_id")) == 16
    assert row == {
        "plant_id": "NYNGAN",
        "ds": date(2025, 1, 1),
        "plant_name": "Nyngan",
        "network_id": "NEM",
        "energy_mwh": 600.0,
        "energy_raw_mwh": 600.0,
        "capacity_mw": 100.0,
        "cf": 0.25,
        "cf_filled": 0.25,
        "cf_filled_method": "accepted",
        "cf_so_far": None,
        "energy_completeness": 1.0,
        "missingness": 0.0,
        "expected_unit_hours": 24,
        "accepted_unit_hours": 24,
        "latency_minutes": None,
        "latency_max_minutes": None,
        "latency_unknown_hours": 24,
        "weather_missingness": 0.0,
        "weather_completeness": 1.0,
        "weather_provisional_hours": 0,
        "weather_suspect_hours": 0,
        "weather_former_location_hours": 0,
        "coordinate_check": "ok",
        "insolation_kwh_m2": 6.0,
        "specific_yield_mwh_per_mw": 6.0,
        "partial_hours": 0,
        "suspect_hours": 0,
        "rejected_hours": 0,
        "revised_hours": 0,
        "is_open_day": False,
        "rule_version": 3,
        "_history": None,
        "_silver_updated_at": BUILT_AT,
        "_run_id": "first",
    }


def test_plant_that_made_nothing_is_zero_not_null(closed_days: Figures) -> None:
    row = closed_days["STILL", "2025-01-01"]
    assert (row["energy_mwh"], row["cf"], row["missingness"]) == (0.0, 0.0, 0.0)


@pytest.mark.parametrize(("plant_id", "cf", "filled"), [("NOON", None, None), ("NIGHT", 0.25, 0.25), ("NIGHTS", 0.25, 0.25)])
def test_hours_of_the_day_hide_the_capacity_factor_and_hours_of_the_night_do_not(
    closed_days: Figures, plant_id: str, cf: float | None, filled: float | None
) -> None:
    row = closed_days[plant_id, "2025-01-01"]
    assert (row["cf"], row["cf_filled"]) == (pytest.approx(cf), pytest.approx(filled))
    assert row["specific_yield_mwh_per_mw"] == pytest.approx(24 * cf if cf else None)
    assert row["missingness"] == pytest.approx(len(GAPS[plant_id]) / 24)


def test_one_missing_hour_is_filled_by_its_neighbours_and_said_to_be(closed_days: Figures) -> None:
    row = closed_days["ONE_HOUR", "2025-01-01"]
    assert (row["cf"], row["cf_filled_method"], row["energy_mwh"]) == (None, "neighbour_mean", 514.5)
    assert row["cf_filled"] == pytest.approx((514.5 + (75.0 + 85.5) / 2) / 2400)


def test_an_hour_without_sun_in_which_the_plant_makes_much_weighs_by_its_history(closed_days: Figures) -> None:
    """Curtailed at noon, its energy is at the edges: a third of it in an hour that has a thirtieth of the light."""
    row = closed_days["HISTORY", "2025-01-01"]
    assert row["energy_completeness"] == pytest.approx(0.83, abs=0.02)
    assert row["_history"].startswith("72 hours until 2025-02-01T00:00")


def test_units_weigh_by_their_capacity(closed_days: Figures) -> None:
    row = closed_days["SMALL", "2025-01-01"]
    assert row["energy_completeness"] == pytest.approx(0.95)
    assert (row["missingness"], row["cf"]) == (0.5, None)


def test_an_hour_that_came_in_part_counts_in_part(closed_days: Figures) -> None:
    row = closed_days["THINNED", "2025-01-01"]
    assert row["energy_completeness"] == pytest.approx(0.945, abs=0.005)
    assert (row["cf"], row["suspect_hours"]) == (None, 1)


def test_plant_without_any_data_has_a_row_that_says_so(closed_days: Figures) -> None:
    row = closed_days["SILENT", "2025-01-01"]
    assert (row["energy_mwh"], row["cf"], row["specific_yield_mwh_per_mw"]) == (None, None, None)
    assert (row["missingness"], row["weather_missingness"], row["insolation_kwh_m2"]) == (1.0, 1.0, None)
    assert (row["expected_unit_hours"], row["accepted_unit_hours"], row["capacity_mw"]) == (24, 0, 100.0)


def test_day_on_which_the_source_said_nothing_has_no_energy(closed_days: Figures) -> None:
    row = closed_days["NULLS", "2025-01-01"]
    assert (row["energy_mwh"], row["cf"], row["missingness"], row["partial_hours"]) == (None, None, 1.0, 24)


def test_plant_not_in_commission_has_no_row(closed_days: Figures) -> None:
    assert {"FUTURE", "CLOSED"}.isdisjoint({plant_id for plant_id, day in closed_days if day >= "2025-01-01"})


def test_second_unit_counts_from_its_commencement(closed_days: Figures) -> None:
    one, two = closed_days["GROWING", "2025-01-01"], closed_days["GROWING", "2025-01-02"]
    assert (one["expected_unit_hours"], one["capacity_mw"], one["cf"], one["missingness"]) == (24, 100.0, 0.5, 0.0)
    assert (two["expected_unit_hours"], two["capacity_mw"], two["cf"], two["missingness"]) == (48, 150.0, 0.5, 0.0)


def test_an_upgrade_counts_from_its_date(closed_days: Figures) -> None:
    before, after = closed_days["UPGRADED", "2025-01-01"], closed_days["UPGRADED", "2025-01-02"]
    assert (before["capacity_mw"], before["cf"], before["expected_unit_hours"]) == (100.0, 0.5, 24)
    assert (after["capacity_mw"], after["cf"], after["expected_unit_hours"]) == (150.0, 0.5, 24)


def test_a_plant_has_no_row_of_a_day_that_nobody_asked_about(closed_days: Figures) -> None:
    assert closed_days["NARROWED", "2025-01-01"]["cf"] == pytest.approx(0.25)
    assert ("NARROWED", "2025-01-02") not in closed_days


def test_days_before_a_unit_was_asked_for_keep_the_capacity_factor_of_the_others(closed_days: Figures) -> None:
    before, after = closed_days["SECOND", "2025-01-01"], closed_days["SECOND", "2025-01-02"]
    assert (before["capacity_mw"], before["cf"], before["missingness"], before["expected_unit_hours"]) == (100.0, 0.25, 0.0, 24)
    assert (after["capacity_mw"], after["cf"], after["missingness"], after["expected_unit_hours"]) == (150.0, 0.5, 0.0, 48)


def test_weather_of_former_coordinates_counts_and_is_marked(closed_days: Figures) -> None:
    row = closed_days["MOVED", "2025-01-01"]
    assert (row["weather_former_location_hours"], row["insolation_kwh_m2"]) == (9, pytest.approx(6.43))


def test_a_unit_counts_the_hours_that_it_is_in_commission(closed_days: Figures) -> None:
    """Commissioned at 23:00, a unit of 50 MW adds one hour of them, which is at night."""
    row = closed_days["LATE", "2025-01-01"]
    assert (row["capacity_mw"], row["cf"]) == (150.0, pytest.approx(600.0 / 2450.0))
    assert row["specific_yield_mwh_per_mw"] == pytest.approx(24 * 600.0 / 2450.0)


def test_unit_that_reports_before_its_commencement_does_not_fill_gaps(closed_days: Figures) -> None:
    row = closed_days["EARLY", "2025-01-01"]
    assert (row["accepted_unit_hours"], row["expected_unit_hours"], row["missingness"]) == (12, 24, 0.5)


def test_unknown_capacity_makes_yield_unknown(closed_days: Figures) -> None:
    row = closed_days["NAMELESS", "2025-01-01"]
    assert (row["energy_mwh"], row["capacity_mw"], row["cf"], row["specific_yield_mwh_per_mw"]) == (1200.0, None, None, None)


def test_rejected_suspect_and_revised_hours_are_counted(closed_days: Figures) -> None:
    row = closed_days["MARKED", "2025-01-01"]
    assert (row["rejected_hours"], row["suspect_hours"], row["partial_hours"], row["revised_hours"]) == (1, 1, 2, 3)
    assert row["accepted_unit_hours"] == 23


@pytest.mark.parametrize("plant_id", LATENCIES)
def test_latency_is_the_median_over_scheduled_hours(closed_days: Figures, plant_id: str) -> None:
    row = closed_days[plant_id, "2025-01-01"]
    assert (row["latency_minutes"], row["latency_max_minutes"]) == LATENCIES[plant_id][1:]


def test_insolation_is_gated_by_the_light_of_the_missing_hours(closed_days: Figures) -> None:
    noon, night = closed_days["CLOUDED", "2025-01-01"], closed_days["CLEAR", "2025-01-01"]
    assert (noon["insolation_kwh_m2"], noon["weather_missingness"]) == (None, pytest.approx(2 / 24))
    assert noon["weather_completeness"] == pytest.approx(0.77, abs=0.02)
    assert (night["insolation_kwh_m2"], night["weather_completeness"]) == (pytest.approx(6.43), 1.0)
    assert (night["weather_provisional_hours"], noon["weather_provisional_hours"]) == (24, 0)


def test_radiation_that_cannot_be_is_left_out_of_insolation(closed_days: Figures) -> None:
    row = closed_days["DAZZLED", "2025-01-01"]
    assert (row["insolation_kwh_m2"], row["weather_missingness"], row["weather_suspect_hours"]) == (None, 0.0, 2)
    assert row["weather_completeness"] == closed_days["CLOUDED", "2025-01-01"]["weather_completeness"]


def test_a_plant_at_coordinates_of_another_region_says_so(closed_days: Figures) -> None:
    row = closed_days["ASTRAY", "2025-01-01"]
    assert (row["coordinate_check"], row["insolation_kwh_m2"], row["weather_missingness"]) == ("outside_region", None, 1.0)
    assert row["cf"] is not None


def test_day_with_a_part_of_its_weather_alone_has_no_row(runs: Runs) -> None:
    assert [row["ds"] for row in runs.first.days("FORECAST")] == [date(2025, 1, 2)]


def test_day_whose_weather_came_but_no_generation_is_missing(runs: Runs) -> None:
    row = runs.first.kpi("UNSAID")
    assert (row["energy_mwh"], row["cf"], row["missingness"], row["weather_missingness"]) == (None, None, 1.0, 0.0)
    assert (row["expected_unit_hours"], row["accepted_unit_hours"]) == (24, 0)
    assert [row["ds"] for row in runs.first.days("UNSAID")] == [date(2025, 1, 1), date(2025, 1, 2)]


def test_open_day_has_figures_of_its_own(runs: Runs) -> None:
    row, late = runs.first.kpi("OPEN"), runs.first.kpi("OPENLATE")
    assert (row["expected_unit_hours"], row["missingness"], row["is_open_day"]) == (18, 0.0, True)
    assert (row["cf"], row["cf_so_far"], row["insolation_kwh_m2"]) == (None, pytest.approx(0.61), None)
    assert (late["missingness"], late["cf"], late["cf_so_far"]) == (pytest.approx(10 / 18), None, None)
    assert (row["weather_missingness"], row["weather_completeness"]) == (0.0, pytest.approx(1.0))

    row = runs.second.kpi("OPEN")
    assert (row["cf"], row["cf_so_far"], row["is_open_day"]) == (pytest.approx(0.475), None, False)


def test_a_network_that_falls_silent_is_missing(gold: GoldBuild) -> None:
    """Everything of NEM ends at 13:00; a fetch asked up to 23:00, one of the next day up to 11:00. WEM has 3 h to come."""
    given_one_plant(gold)
    gold.put("silver.dim_plant", plant("MERREDIN", "WEM"))
    gold.put("silver.dim_unit", unit("MERREDIN", network_id="WEM"))
    gold.put("silver.dim_plant", plant("NARROWED"))
    gold.put("silver.dim_unit", unit("NARROWED"))
    gold.put_generation(DAY, SUNNY_DAY[:13])
    gold.put("bronze.api_requests", request(DAY - timedelta(hours=49), DAY + timedelta(hours=23), outcome="empty"))
    gold.put("bronze.api_requests", request(wem_day("2025-01-01"), wem_day("2025-01-01") + timedelta(hours=10), "WEM"))
    failed = request(DAY, DAY + timedelta(days=90), outcome="error")
    gold.put("bronze.api_requests", failed)

    gold.run(hour_window(DAY + timedelta(hours=22)), "first")

    row = gold.kpi("2025-01-01")
    assert (row["expected_unit_hours"], row["missingness"], row["cf"]) == (23, pytest.approx(10 / 23), None)
    assert gold.kpi("2025-01-01", "MERREDIN")["expected_unit_hours"] == 7

    assert gold.kpi("2025-01-01", "NARROWED")["missingness"] == 1.0

    gold.put("silver.unit_history", *not_asked("NARROWED", DAY, None))
    gold.put("bronze.api_requests", request(DAY - timedelta(hours=37), DAY + timedelta(hours=35), outcome="empty"))
    gold.run(hour_window(DAY + timedelta(hours=34)), "second")

    closed, silent = gold.kpi("2025-01-01"), gold.kpi("2025-01-02")
    assert (closed["missingness"], closed["is_open_day"]) == (pytest.approx(11 / 24), False)
    assert (silent["expected_unit_hours"], silent["missingness"], silent["energy_mwh"]) == (11, 1.0, None)
    assert [str(row["ds"]) for row in gold.kpis() if row["plant_id"] == "NYNGAN"] == [
        "2024-12-29", "2024-12-30", "2024-12-31", "2025-01-01", "2025-01-02"
    ]  # fmt: skip
    # of the days since when nobody asks about it a plant has no rows any more
    assert [str(row["ds"]) for row in gold.kpis() if row["plant_id"] == "NARROWED"] == ["2024-12-29", "2024-12-30", "2024-12-31"]


def test_what_a_day_was_weighed_by_may_change_and_the_day_is_built_again(runs: Runs) -> None:
    assert runs.first.kpi("WEIGHED")["energy_completeness"] > 0.95
    assert runs.second.kpi("WEIGHED")["energy_completeness"] < 0.85
    assert runs.second.kpi("WEIGHED", "2025-01-05")["_run_id"] == "first"


def test_networks_have_days_and_newest_hours_of_their_own(runs: Runs) -> None:
    nem, wem = runs.first.kpi("GROWING"), runs.first.kpi("MERREDIN")
    assert (nem["energy_mwh"], nem["expected_unit_hours"], nem["is_open_day"]) == (1200.0, 24, False)
    assert (wem["energy_mwh"], wem["expected_unit_hours"], wem["is_open_day"], wem["cf_so_far"]) == (300.0, 12, True, 0.25)
    assert len(runs.first.days("MERREDIN")) == 1


def test_a_network_that_is_silent_is_found_once_and_until_it_speaks_again(gold: GoldBuild) -> None:
    now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    given_one_plant(gold)
    gold.put("silver.dim_plant", plant("MERREDIN", "WEM"))
    gold.put_generation(now - timedelta(hours=30), [0.0] * 27)
    gold.put_generation(now - timedelta(hours=30), [0.0] * 4, "MERREDIN")
    for network in ("NEM", "WEM"):
        gold.put("bronze.api_requests", request(now - timedelta(hours=72), now, network, outcome="empty", fetched_at=now))

    noted = gold.note_freshness("first")
    assert [(row["age_hours"], row["due_hours"], row["silent_since_utc"]) for row in (noted["NEM"], noted["WEM"])] == [
        (3, 3, None),
        (26, 23, None),
    ]

    later = now + timedelta(hours=1)
    for network in ("NEM", "WEM"):
        gold.put("bronze.api_requests", request(now - timedelta(hours=71), later, network, outcome="empty", fetched_at=now))
    for run_id in ("second", "third"):
        noted = gold.note_freshness(run_id)
        assert (noted["NEM"]["silent_since_utc"], noted["NEM"]["_run_id"]) == (now - timedelta(hours=3), "second")
        assert (noted["WEM"]["silent_since_utc"], noted["WEM"]["_run_id"]) == (now - timedelta(hours=26), "second")

    gold.put_generation(now - timedelta(hours=3), [0.0])
    noted = gold.note_freshness("fourth")
    assert (noted["NEM"]["silent_since_utc"], noted["NEM"]["late_since"], noted["NEM"]["_run_id"]) == (None, None, None)
    assert noted["WEM"]["_run_id"] == "second"
