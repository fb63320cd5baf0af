"""The KPI definitions, each on rows small enough to be summed by eye, through the project's SQL on a real Trino."""

from datetime import date, timedelta

import pytest

from tests.sql.gold_build import BUILT_AT, GoldBuild, Row, day_window, hour_window, nem_day, plant, unit, utc, wem_day

pytestmark = pytest.mark.stack

DAY = nem_day("2025-01-01")
ONE_PLANT_DAY = [0.0] * 6 + [50.0] * 12 + [0.0] * 6
"""600 MWh: a plant of 100 MW at a capacity factor of 0.25."""


NEXT_DAY = nem_day("2025-01-02")
LATENCIES = {
    "THREE": ([10, 20, 400], 20.0, 400.0),
    "FOUR": ([10, 400, 20, 30], 25.0, 400.0),
    "ONE": ([7.5], 7.5, 7.5),
}
"""Plant -> minutes from the end of its scheduled hours to their fetch, their median and maximum."""

Figures = dict[tuple[str, str], Row]
"""KPI rows by plant and day."""


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

    add("GAPS")
    gold.put_generation(DAY, [None, *([50.0] * 22)], "GAPS")  # one null, one absent

    add("HOLES")
    gold.put_generation(DAY, [None] * 3 + [50.0] * 21, "HOLES")

    add("SILENT")
    add("NULLS")
    gold.put_generation(DAY, [None] * 24, "NULLS")

    add("FUTURE", unit("FUTURE", commissioned_from_utc=nem_day("2025-01-03")))
    add("CLOSED", unit("CLOSED", retired_from_utc=DAY))

    add("UNKNOWN")
    gold.put_generation(DAY, [50.0] * 12, "UNKNOWN")
    gold.put_generation(DAY + timedelta(hours=12), [50.0] * 12, "UNKNOWN", accepted_capacity_mw=None)

    new = unit("GROWING", "GROWING2", capacity_mw=50.0, commissioned_from_utc=NEXT_DAY)
    add("GROWING", unit("GROWING"), new)
    gold.put_generation(DAY, [50.0] * 24, "GROWING")
    both = {"accepted_capacity_mw": 150.0, "units_expected": 2, "units_accepted": 2}
    gold.put_generation(NEXT_DAY, [75.0] * 24, "GROWING", **both)

    add("HALF", unit("HALF"), unit("HALF", "HALF2", capacity_mw=50.0))
    gold.put_generation(DAY, [75.0] * 22, "HALF", **both)
    one_of_two = {"accepted_capacity_mw": 100.0, "units_expected": 2, "units_accepted": 1, "quality_flags": ["partial_hour"]}
    gold.put_generation(DAY + timedelta(hours=22), [50.0] * 2, "HALF", **one_of_two)

    add("EARLY", unit("EARLY"), unit("EARLY", "EARLY2", commissioned_from_utc=nem_day("2025-02-01")))
    gold.put_generation(DAY, [50.0] * 12, "EARLY", units_accepted=2)
    gold.put_generation(DAY + timedelta(hours=12), [None] * 12, "EARLY")

    add("NAMELESS", unit("NAMELESS"), unit("NAMELESS", "NAMELESS2", capacity_mw=None))
    gold.put_generation(DAY, [50.0] * 24, "NAMELESS", **both | {"accepted_capacity_mw": None})

    add("MARKED")
    gold.put_generation(DAY, [None], "MARKED", units_rejected=1, quality_flags=["partial_hour"])
    gold.put_generation(DAY + timedelta(hours=1), [-1.0], "MARKED", quality_flags=["negative", "partial_hour"])
    gold.put_generation(DAY + timedelta(hours=2), [5.0, 5.0, 5.0], "MARKED", revision=2)
    gold.put_generation(DAY + timedelta(hours=5), [0.0] * 19, "MARKED")

    for plant_id, (minutes, _, _) in LATENCIES.items():
        add(plant_id)
        for n, latency in enumerate(minutes):
            start = DAY + timedelta(hours=n)
            fetched = start + timedelta(hours=1, minutes=latency)
            gold.put_generation(start, [1.0], plant_id, first_ingest_time=fetched, first_run_type="scheduled")
        gold.put_generation(DAY + timedelta(hours=len(minutes)), [1.0], plant_id, first_run_type="backfill")
        gold.put_generation(DAY + timedelta(hours=len(minutes) + 1), [1.0], plant_id, first_run_type="manual")

    add("CLOUDS")
    gold.put_generation(DAY, [0.0] * 48, "CLOUDS")
    gold.put_weather(DAY, [500.0] * 22 + [None], "CLOUDS")
    gold.put_weather(NEXT_DAY, [500.0] * 21, "CLOUDS")


@pytest.fixture(scope="module")
def closed_days(gold_build: GoldBuild) -> Figures:
    put_closed_days(gold_build)
    gold_build.run((DAY, nem_day("2025-01-03")), run_id="first")
    figures = {(row["plant_id"], str(row["ds"])): row for row in gold_build.kpis()}
    gold_build.empty()
    return figures


def given_one_plant(gold: GoldBuild) -> None:
    gold.put("silver.dim_plant", plant())
    gold.put("silver.dim_unit", unit())


def test_complete_day_has_energy_over_capacity_times_24(closed_days: Figures) -> None:
    assert closed_days["NYNGAN", "2025-01-01"] == {
        "plant_id": "NYNGAN",
        "ds": date(2025, 1, 1),
        "plant_name": "Nyngan",
        "network_id": "NEM",
        "energy_mwh": 600.0,
        "capacity_mw": 100.0,
        "cf": 0.25,
        "missingness": 0.0,
        "expected_unit_hours": 24,
        "accepted_unit_hours": 24,
        "latency_minutes": None,
        "latency_max_minutes": None,
        "weather_missingness": 0.0,
        "insolation_kwh_m2": 6.0,
        "specific_yield_mwh_per_mw": 6.0,
        "partial_hours": 0,
        "suspect_hours": 0,
        "rejected_hours": 0,
        "revised_hours": 0,
        "is_open_day": False,
        "_silver_updated_at": BUILT_AT,
        "_run_id": "first",
    }


def test_plant_that_made_nothing_is_zero_not_null(closed_days: Figures) -> None:
    row = closed_days["STILL", "2025-01-01"]
    assert (row["energy_mwh"], row["cf"], row["missingness"]) == (0.0, 0.0, 0.0)


def test_missing_hours_are_left_out_of_the_capacity_that_divides(closed_days: Figures) -> None:
    row = closed_days["GAPS", "2025-01-01"]
    assert (row["expected_unit_hours"], row["accepted_unit_hours"]) == (24, 22)
    assert row["missingness"] == pytest.approx(2 / 24)
    assert row["energy_mwh"] == 1100.0
    assert row["cf"] == 0.5
    assert row["partial_hours"] == 1


def test_cf_is_null_above_a_tenth_missing(closed_days: Figures) -> None:
    row = closed_days["HOLES", "2025-01-01"]
    assert (row["cf"], row["missingness"], row["energy_mwh"]) == (None, 0.125, 1050.0)


def test_plant_without_any_data_has_a_row_that_says_so(closed_days: Figures) -> None:
    row = closed_days["SILENT", "2025-01-01"]
    assert (row["energy_mwh"], row["cf"], row["specific_yield_mwh_per_mw"]) == (None, None, None)
    assert (row["missingness"], row["weather_missingness"], row["insolation_kwh_m2"]) == (1.0, 1.0, None)
    assert (row["expected_unit_hours"], row["accepted_unit_hours"], row["capacity_mw"]) == (24, 0, 100.0)


def test_day_on_which_the_source_said_nothing_has_no_energy(closed_days: Figures) -> None:
    row = closed_days["NULLS", "2025-01-01"]
    assert (row["energy_mwh"], row["cf"], row["missingness"], row["partial_hours"]) == (None, None, 1.0, 24)


def test_plant_not_in_commission_has_no_row(closed_days: Figures) -> None:
    assert {"FUTURE", "CLOSED"}.isdisjoint({plant_id for plant_id, _ in closed_days})


def test_capacity_that_is_unknown_for_a_part_of_the_day_makes_its_factor_unknown(closed_days: Figures) -> None:
    row = closed_days["UNKNOWN", "2025-01-01"]
    assert (row["energy_mwh"], row["missingness"], row["cf"]) == (1200.0, 0.0, None)


def test_second_unit_counts_from_its_commencement(closed_days: Figures) -> None:
    one, two = closed_days["GROWING", "2025-01-01"], closed_days["GROWING", "2025-01-02"]
    assert (one["expected_unit_hours"], one["capacity_mw"], one["cf"], one["missingness"]) == (24, 100.0, 0.5, 0.0)
    assert (two["expected_unit_hours"], two["capacity_mw"], two["cf"], two["missingness"]) == (48, 150.0, 0.5, 0.0)


def test_half_of_two_units_missing_divides_by_the_half_that_was_there(closed_days: Figures) -> None:
    row = closed_days["HALF", "2025-01-01"]
    assert (row["accepted_unit_hours"], row["expected_unit_hours"], row["partial_hours"]) == (46, 48, 2)
    assert row["cf"] == pytest.approx((22 * 75 + 2 * 50) / (22 * 150 + 2 * 100))


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


def test_insolation_is_null_when_more_than_a_tenth_of_the_weather_is_missing(closed_days: Figures) -> None:
    enough, too_few = closed_days["CLOUDS", "2025-01-01"], closed_days["CLOUDS", "2025-01-02"]
    assert enough["weather_missingness"] == pytest.approx(2 / 24)
    assert enough["insolation_kwh_m2"] == 11.0
    assert (too_few["weather_missingness"], too_few["insolation_kwh_m2"]) == (0.125, None)


def test_cf_is_there_at_a_tenth_missing(gold: GoldBuild) -> None:
    given_one_plant(gold)
    gold.put_generation(DAY, [None] * 2 + [50.0] * 18)  # open day of 20 hours: exactly 0.1

    gold.run(day_window(DAY))

    row = gold.kpi("2025-01-01")
    assert (row["cf"], row["missingness"]) == (0.5, 0.1)


def test_day_with_a_part_of_its_weather_alone_has_no_row(gold: GoldBuild) -> None:
    given_one_plant(gold)
    gold.put_weather(DAY, [500.0] * 23)
    gold.put_generation(nem_day("2025-01-02"), ONE_PLANT_DAY)

    gold.run(day_window(DAY))

    assert [row["ds"] for row in gold.kpis()] == [date(2025, 1, 2)]


def test_day_whose_weather_came_but_no_generation_is_missing(gold: GoldBuild) -> None:
    given_one_plant(gold)
    gold.put_weather(DAY, [500.0] * 24)
    gold.put_generation(nem_day("2025-01-02"), ONE_PLANT_DAY)
    gold.put_weather(nem_day("2025-01-03"), [500.0] * 24)  # not due: the network's newest hour is before it

    gold.run(day_window(DAY))

    row = gold.kpi("2025-01-01")
    assert (row["energy_mwh"], row["cf"], row["missingness"], row["weather_missingness"]) == (None, None, 1.0, 0.0)
    assert (row["expected_unit_hours"], row["accepted_unit_hours"]) == (24, 0)
    assert [row["ds"] for row in gold.kpis()] == [date(2025, 1, 1), date(2025, 1, 2)]


def test_open_day_expects_only_the_hours_that_the_network_has_reached(gold: GoldBuild) -> None:
    given_one_plant(gold)
    gold.put("silver.dim_plant", plant("LATE"))
    gold.put("silver.dim_unit", unit("LATE"))
    gold.put_generation(DAY, [50.0] * 10)
    gold.put_generation(DAY, [50.0] * 8, "LATE")
    gold.put_weather(DAY, [500.0] * 24)  # a forecast reaches further than generation

    gold.run(hour_window(DAY + timedelta(hours=9)))

    row, late = gold.kpi("2025-01-01"), gold.kpi("2025-01-01", "LATE")
    assert (row["expected_unit_hours"], row["missingness"], row["cf"], row["is_open_day"]) == (10, 0.0, 0.5, True)
    assert (late["expected_unit_hours"], late["missingness"], late["cf"]) == (10, 0.2, None)
    assert (row["weather_missingness"], row["insolation_kwh_m2"]) == (0.0, 5.0)


def test_networks_have_days_and_newest_hours_of_their_own(gold: GoldBuild) -> None:
    given_one_plant(gold)
    gold.put("silver.dim_plant", plant("MERREDIN", "WEM"))
    gold.put("silver.dim_unit", unit("MERREDIN", network_id="WEM"))
    gold.put_generation(nem_day("2025-01-01"), [50.0] * 24)
    gold.put_generation(wem_day("2025-01-01"), [25.0] * 12, "MERREDIN")

    gold.run(day_window(utc("2024-12-31T14")))

    nem, wem = gold.kpi("2025-01-01"), gold.kpi("2025-01-01", "MERREDIN")
    assert (nem["energy_mwh"], nem["expected_unit_hours"], nem["is_open_day"]) == (1200.0, 24, False)
    assert (wem["energy_mwh"], wem["expected_unit_hours"], wem["is_open_day"], wem["cf"]) == (300.0, 12, True, 0.25)
    assert len(gold.kpis()) == 2
