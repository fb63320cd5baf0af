"""Silver is made from Bronze alone: any order of runs gives the same tables."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from include.sources.landing import Location
from include.windows import HOUR, Window
from spark_jobs.silver import normalize as normalize_job
from tests.spark.lakehouse import FETCHED, NOON, Lakehouse, facility, hours, unit
from tests.weeks_of_runs import DAYS, START, energy_and_power

COMMISSIONED = datetime(2019, 8, 1, 23, tzinfo=UTC)
"""Since when `unit` is in service."""

TABLES = (
    "silver.dim_unit",
    "silver.dim_plant",
    "silver.unit_history",
    "silver.fact_generation_hourly",
    "silver.rejected_rows",
    "silver.quality_findings",
    "silver.fact_weather_hourly",
    "silver.fact_air_quality_hourly",
    "silver.fact_market_hourly",
)


def everything(lakehouse: Lakehouse) -> dict[str, list[dict[str, Any]]]:
    return {table: lakehouse.rows(table) for table in TABLES}


def snapshots(lakehouse: Lakehouse) -> dict[str, int]:
    return {table: lakehouse.snapshots(table) for table in (*TABLES, "lh.stage_progress")}


def generation(lakehouse: Lakehouse, *columns: str) -> list[tuple[Any, ...]]:
    return [tuple(row.values()) for row in lakehouse.rows("silver.fact_generation_hourly", *columns)]


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


MARKET_VALUES = {
    "BOTH": ({"A": 60.0, "B": 20.0}, {"A": 600.0, "B": -50.5}, 549.5),
    "MISSING": ({"A": 60.0, "B": 20.0}, {"B": 200.0}, None),
    "IDLE": ({"A": 60.0, "B": 0.0}, {"A": 600.0}, 600.0),
    "NEVER": ({"A": 0.0, "B": 0.0}, {}, None),
    "NULL": ({"A": 60.0, "B": 20.0}, {"A": 600.0, "B": None}, None),
    "REFUSED": ({"A": 60.0, "B": 1000.0}, {"A": 600.0, "B": 9000.0}, 600.0),
    "SILENT": ({"A": None, "B": None}, {"A": 5.0}, None),
    "NEGATIVE": ({"A": -0.1, "B": 20.0}, {"A": 0.0, "B": -20000.0}, -20000.0),
}
"""Plant -> energy and market value of its units, and the plant's market value."""


def test_a_plants_market_value_is_that_of_the_units_that_count(lakehouse: Lakehouse) -> None:
    lakehouse.facilities(*[facility(code, unit(f"{code}A"), unit(f"{code}B")) for code in (*MARKET_VALUES, "GHOST")])
    energy, market_value = (
        {f"{code}{name}": {NOON: value} for code, case in MARKET_VALUES.items() for name, value in case[number].items()}  # type: ignore[attr-defined]
        for number in (0, 1)
    )
    lakehouse.generation(energy, power=True, market_value=market_value | {"GHOSTA": {NOON: 1.0}})
    lakehouse.load()
    lakehouse.normalize()
    # a market value without any word on energy or power makes no row: there is none of GHOST
    assert dict(generation(lakehouse, "plant_id", "market_value_aud")) == {c: case[2] for c, case in MARKET_VALUES.items()}
    assert {row["metric"] for row in lakehouse.rows("silver.rejected_rows")} == {"energy", "power"}


def test_a_market_value_that_changes_alone_is_no_revision_of_the_hour(lakehouse: Lakehouse) -> None:
    # Given energy that stays and a market value that is corrected, then lost in an answer, then taken back by two
    lakehouse.facilities(facility("AVLSF", unit("AVLSF1")))
    columns = ("energy_mwh", "market_value_aud", "revision", "material_revision", "quality_flags")
    seen = []
    for value in (600.0, 660.0, "n/a", None, None):
        lakehouse.generation({"AVLSF1": {NOON: 60.0}}, power=True, market_value={"AVLSF1": {NOON: value}}, codes=["AVLSF"])
        lakehouse.load()
        lakehouse.normalize(NOON - 24 * HOUR)  # another hour: what changed is found by itself
        seen += generation(lakehouse, *columns)
    values = (600.0, 660.0, 660.0, 660.0, None)
    assert seen == [(60.0, value, 0, 0, []) for value in values]


def test_the_market_of_an_hour_is_its_newest_values_and_nobody_elses(lakehouse: Lakehouse) -> None:
    # Given prices that are corrected and then null, curtailment below 0, a region that nobody knows, and one of the West
    later = NOON + HOUR
    lakehouse.facilities(facility("AVLSF", unit("AVLSF1")))
    lakehouse.generation({"AVLSF1": {NOON: 60.0}}, power=True)
    lakehouse.market({"NSW1": {NOON: 80.0, later: -1000.0}, "NSW2": {NOON: 20300.0}}, {"NSW1": {NOON: -0.8, later: 0.0}})
    lakehouse.market({"NSW1": {NOON: 85.0, later: None}})
    lakehouse.market({"WEM": {NOON: 61.5}}, network="WEM")
    lakehouse.market({"NSW1": {FETCHED + 24 * HOUR: 1.0}})  # an hour that had not begun
    lakehouse.load()
    before = snapshots(lakehouse)

    # When another hour is built, then all that waits is there
    lakehouse.normalize(NOON - 24 * HOUR)
    columns = ("network_id", "network_region", "ts_utc", "price_aud_mwh", "curtailed_solar_mwh", "revision")
    rows = [tuple(row.values()) for row in lakehouse.rows("silver.fact_market_hourly", *columns)]
    assert rows == [
        ("NEM", "NSW1", NOON, 85.0, -0.8, 1),
        ("NEM", "NSW1", later, -1000.0, 0.0, 0),
        ("NEM", "NSW2", NOON, 20300.0, None, 0),
        ("WEM", "WEM", NOON, 61.5, None, 0),
    ]
    made = snapshots(lakehouse)
    assert made["silver.fact_market_hourly"] == before["silver.fact_market_hourly"] + 1

    # and when the market alone changes, no other fact is written; when nothing does, nothing is
    lakehouse.market({"NSW1": {NOON: 90.0}})
    lakehouse.load()
    lakehouse.normalize()
    lakehouse.normalize()
    facts = [name for name in TABLES if snapshots(lakehouse)[name] != made[name]]
    assert facts == ["silver.fact_market_hourly"]
    assert lakehouse.rows("silver.fact_market_hourly", "price_aud_mwh")[0]["price_aud_mwh"] == 90.0


def test_a_change_of_one_plants_registry_leaves_the_market_as_it_is(lakehouse: Lakehouse) -> None:
    lakehouse.facilities(facility("AVLSF", unit("AVLSF1")), facility("OTHER", unit("OTHER1")))
    lakehouse.generation({"AVLSF1": {NOON: 60.0}, "OTHER1": {NOON: 60.0}}, power=True)
    lakehouse.market({"NSW1": {NOON: 80.0}})
    lakehouse.load()
    lakehouse.normalize()
    before = lakehouse.rows("silver.fact_market_hourly")
    lakehouse.facilities(facility("AVLSF", unit("AVLSF1", 70.0)), facility("OTHER", unit("OTHER1")))
    lakehouse.load()
    lakehouse.normalize(NOON + 48 * HOUR)
    assert len(before) == 1
    assert lakehouse.rows("silver.fact_market_hourly") == before


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


def test_plants_know_their_clock_their_span_and_whether_their_coordinates_can_be(lakehouse: Lakehouse) -> None:
    wem = {"network_id": "WEM", "network_region": "WEM"}
    girgsf = {"network_region": "VIC1", "location": {"lat": -26.25, "lng": 149.99}}
    closed = unit("C1", closure_date="2024-06-30", status_id="retired", commencement_date="2001-02-03")
    lakehouse.facilities(
        facility("GIRGSF", unit("GIRGSF"), **girgsf),
        facility("WESTSF", unit("W1", None, capacity_registered=40.0), location={"lat": -31.0, "lng": 116.0}, **wem),
        facility("CLOSED", closed, location=None),
        facility("TWO", unit("T1", 30.0), unit("T2", 20.0, commencement_date="2018-05-01")),
    )
    lakehouse.facilities(facility("TWO", unit("T1", 33.0), unit("T2", 20.0, commencement_date="2018-05-01")))
    noon_in_perth = datetime(2025, 1, 2, 4, tzinfo=UTC)
    lakehouse.generation({"W1": hours(noon_in_perth, [5.0])}, network="WEM")
    lakehouse.load()
    lakehouse.normalize(noon_in_perth)
    assert generation(lakehouse, "plant_id", "ts_utc", "energy_mwh") == [("WESTSF", noon_in_perth, 5.0)]

    plants = {row["plant_id"]: row for row in lakehouse.rows("silver.dim_plant")}
    assert {code: row["coordinate_check"] for code, row in plants.items()} == {
        "GIRGSF": "outside_region",
        "WESTSF": "ok",
        "CLOSED": "missing",
        "TWO": "ok",
    }
    west, closed_plant, two = plants["WESTSF"], plants["CLOSED"], plants["TWO"]
    assert (west["utc_offset_hours"], west["time_zone"], west["location_id"]) == (8, "+08:00", "-31.000000,116.000000")
    assert (closed_plant["retired_date"], closed_plant["capacity_mw"]) == (date(2024, 6, 30), None)
    assert (two["capacity_mw"], two["unit_count"], two["commissioned_date"]) == (53.0, 2, date(2018, 5, 1))

    units = {row["unit_code"]: row for row in lakehouse.rows("silver.dim_unit")}
    assert (units["W1"]["capacity_mw"], units["W1"]["capacity_source"]) == (40.0, "capacity_registered")
    assert units["C1"]["commissioned_from_utc"] == datetime(2001, 2, 2, 14, tzinfo=UTC)
    assert units["C1"]["retired_from_utc"] == datetime(2024, 6, 30, 14, tzinfo=UTC)
    assert units["W1"]["commissioned_from_utc"] == datetime(2019, 8, 2, 1, tzinfo=UTC)


def test_weather_is_of_the_hour_it_describes(lakehouse: Lakehouse) -> None:
    # Given labels at both ends of an hour, and a lone one later
    lakehouse.facilities(facility("AVLSF", unit("AVLSF1")), facility("TWIN", unit("TWIN1")))
    noon = {"shortwave_radiation": 1.0, "precipitation": 1.0, "temperature_2m": 20.0, "wind_direction_10m": 350.0}
    one = {"shortwave_radiation": 900.0, "precipitation": 0.4, "temperature_2m": 23.0, "wind_direction_10m": 20.0}
    lakehouse.weather({NOON: noon, NOON + HOUR: one | {"wind_gusts_10m": 12.0}})
    lakehouse.weather({NOON + 5 * HOUR: {"shortwave_radiation": 300.0, "temperature_2m": 30.0}})
    lakehouse.air_quality({NOON: {"pm10": 4.0, "dust": 1.0}, NOON + HOUR: {"pm10": 6.0}})
    lakehouse.load()
    lakehouse.load("om")
    lakehouse.normalize(NOON, 5)

    # Then radiation and sums come from the label at the end, the rest is the mean of both ends
    columns = ("ghi_w_m2", "precipitation_mm", "temperature_c", "wind_direction_deg", "wind_gust_m_s")
    rows = lakehouse.rows("silver.fact_weather_hourly", "plant_id", "ts_utc", *columns)
    of_one = [tuple(row.values())[1:] for row in rows if row["plant_id"] == "AVLSF"]
    assert of_one == [
        (NOON - HOUR, 1.0, 1.0, None, None, None),
        (NOON, 900.0, 0.4, 21.5, 5.0, 12.0),
        (NOON + 4 * HOUR, 300.0, None, None, None, None),
    ]
    # And the plant at the same place has the same
    assert [tuple(row.values())[1:] for row in rows if row["plant_id"] == "TWIN"] == of_one
    elevations = lakehouse.rows("silver.fact_weather_hourly", "solar_elevation_deg", where=f"ts_utc = '{NOON}'")
    assert elevations[0]["solar_elevation_deg"] == pytest.approx(78.0, abs=0.5)
    air = lakehouse.rows("silver.fact_air_quality_hourly", "ts_utc", "pm10_ug_m3", "dust_ug_m3", where="plant_id = 'AVLSF'")
    assert [tuple(row.values()) for row in air] == [(NOON - HOUR, None, None), (NOON, 5.0, None)]


@pytest.mark.parametrize("ghi", [9999.0, *(pytest.param(ghi, marks=pytest.mark.long) for ghi in (-6.0, 1650.0))])
def test_a_weather_value_that_cannot_be_is_refused_alone(lakehouse: Lakehouse, ghi: float) -> None:
    # Given two plants at one place, a GHI that no sky gives, and a forecast that has another
    lakehouse.facilities(facility("AVLSF", unit("AVLSF1")), facility("TWIN", unit("TWIN1")))
    sound = {"shortwave_radiation": 900.0, "temperature_2m": 20.0}
    wrong = lakehouse.weather({NOON: sound, NOON + HOUR: sound | {"shortwave_radiation": ghi}, NOON + 2 * HOUR: sound})
    lakehouse.weather({label: {"shortwave_radiation": 700.0} for label in (NOON, NOON + HOUR)}, dataset="forecast")
    lakehouse.air_quality({NOON: {"pm10": 4.0}, NOON + HOUR: {"pm10": -1.0}})
    lakehouse.load()
    lakehouse.load("om")
    lakehouse.normalize(NOON, 2)

    # Then its hour has none, also not the forecast's; the hour's other values and the hours beside it have theirs
    columns = ("ts_utc", "ghi_w_m2", "temperature_c", "is_provisional")
    rows = lakehouse.rows("silver.fact_weather_hourly", *columns, where="plant_id = 'AVLSF'")
    assert [tuple(row.values()) for row in rows][1:] == [(NOON, None, 20.0, False), (NOON + HOUR, 900.0, 20.0, False)]
    refused = lakehouse.rows("silver.rejected_rows", "unit_code", "plant_id", "network_id", "metric", "ts_utc", "value", "reason")
    of_weather = [tuple(row.values()) for row in refused if row["metric"] == "shortwave_radiation_w_m2"]
    assert of_weather == [
        (plant, plant, "NEM", "shortwave_radiation_w_m2", NOON, ghi, "outside_physical_limits") for plant in ("AVLSF", "TWIN")
    ]
    assert {row["value"] for row in refused if row["metric"] == "pm10_ug_m3"} == {-1.0}
    sources = lakehouse.rows("silver.rejected_rows", "landing_object", where="metric = 'shortwave_radiation_w_m2'")
    assert {row["landing_object"] for row in sources} == {wrong}
    air = lakehouse.rows("silver.fact_air_quality_hourly", "pm10_ug_m3", where=f"plant_id = 'AVLSF' AND ts_utc = '{NOON}'")
    assert air == [{"pm10_ug_m3": None}]

    # And a later answer that can be is taken, and the refusal goes
    lakehouse.weather({NOON + HOUR: sound})
    lakehouse.air_quality({NOON + HOUR: {"pm10": 6.0}})
    lakehouse.load("om")
    lakehouse.normalize(NOON, 2)
    assert lakehouse.rows("silver.rejected_rows") == []


def test_an_archive_value_beats_a_forecast_one_value_by_value(lakehouse: Lakehouse) -> None:
    lakehouse.facilities(facility("AVLSF", unit("AVLSF1")))
    both = {"shortwave_radiation": 500.0, "temperature_2m": 20.0, "pressure_msl": 1010.0}
    settled = {"shortwave_radiation": 600.0, "temperature_2m": 22.0, "pressure_msl": None}
    labels = [NOON + HOUR * n for n in range(4)]
    # The forecast of the last label comes after the archive; the archive's last pressure is missing.
    lakehouse.weather(dict.fromkeys(labels[1:3], settled) | {labels[0]: {**settled, "pressure_msl": 1000.0}})
    lakehouse.weather(dict.fromkeys(labels, both), dataset="forecast")
    lakehouse.load()
    lakehouse.load("om")
    lakehouse.normalize(NOON, 3)

    columns = ("ts_utc", "ghi_w_m2", "temperature_c", "pressure_msl_hpa", "is_provisional")
    rows = [tuple(row.values()) for row in lakehouse.rows("silver.fact_weather_hourly", *columns)]
    assert rows == [
        (NOON - HOUR, 600.0, None, None, False),
        (NOON, 600.0, 22.0, 1005.0, True),
        (NOON + HOUR, 600.0, 22.0, 1010.0, True),
        (NOON + 2 * HOUR, 500.0, 21.0, 1010.0, True),
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


def test_a_doubted_capacity_is_found_with_its_cause_in_every_run(lakehouse: Lakehouse) -> None:
    # Given eight hours of two units, and a registry that moves the decimal point of one to the left and of the other to the
    # right, and of a third whose hours are doubled, so that its right capacity is contradicted too
    lakehouse.facilities(facility("STUBSF", unit("STUB1", 100.0), unit("STUB2", 50.0)), facility("TWICESF", unit("TWICE1", 53.0)))
    made = {"STUB1": 90.0, "STUB2": 45.0, "TWICE1": 106.0}
    lakehouse.generation({code: hours(NOON - 7 * HOUR, [mwh] * 8) for code, mwh in made.items()}, power=True)
    slip = FETCHED + HOUR
    slips = facility("STUBSF", unit("STUB1", 10.0), unit("STUB2", 500.0)), facility("TWICESF", unit("TWICE1", 5.3))
    lakehouse.facilities(*slips, fetched_at=slip)
    lakehouse.load()

    # When hours are built, and again by a run that reads no history
    lakehouse.normalize()
    columns = ("unit_code", "rule", "from_utc", "value", "bound", "cause")
    found = [tuple(row.values()) for row in lakehouse.rows("silver.quality_findings", *columns)]
    lakehouse.generation({"STUB1": hours(NOON + HOUR, [80.0])}, power=True, fetched_at=slip + HOUR)
    lakehouse.load()
    lakehouse.normalize(NOON + HOUR)

    # Then both runs say which it is, and what is above the right capacity is refused
    assert found == [
        ("STUB1", "capacity_suspect", slip, 10.0, 100.0, "registry_contradicted"),
        ("STUB2", "capacity_suspect", slip, 500.0, 50.0, "absurd_rise"),
        ("TWICE1", "capacity_suspect", slip, 5.3, 53.0, "registry_contradicted"),
    ]
    assert [tuple(row.values()) for row in lakehouse.rows("silver.quality_findings", *columns)] == found
    refused = lakehouse.rows("silver.rejected_rows", "unit_code", "metric", "reason")
    assert [tuple(row.values()) for row in refused if row["metric"] == "energy"] == [
        ("TWICE1", "energy", "above_capacity_limit")
    ] * 8


def test_what_did_not_come_is_one_finding_of_its_network_or_unit(lakehouse: Lakehouse) -> None:
    # Given three plants over three days, an hour that no answer has, and one plant that says nothing on the second day
    start = datetime(2025, 1, 1, 14, tzinfo=UTC)
    lakehouse.facilities(*[facility(code, unit(f"{code}1")) for code in ("A", "B", "C")])
    said = {start + number * HOUR: 5.0 for number in range(72) if number != 60}
    silent = {hour: value for hour, value in said.items() if not 24 <= (hour - start) // HOUR < 48}
    lakehouse.generation({"A1": silent, "B1": said, "C1": said}, power=True, window=Window(start, start + 72 * HOUR))
    lakehouse.load()

    # When they are built, the hour is found 30 hours after it
    columns = ("plant_id", "unit_code", "rule", "from_utc", "to_utc", "severity", "value")
    stopped = ("A", "A1", "stopped_reporting", start + 24 * HOUR, start + 48 * HOUR, "warning", 1.0)
    gap = ("NEM", "*", "network_wide_gap", start + 60 * HOUR, start + 61 * HOUR, "error", 1.0)
    for age, found in ((29, [stopped]), (31, [stopped, gap])):
        lakehouse.normalize(start, 72, now=start + (60 + age) * HOUR)
        rows = lakehouse.rows("silver.quality_findings", *columns, where="rule IN ('network_wide_gap', 'stopped_reporting')")
        assert [tuple(row.values()) for row in rows] == found


@pytest.mark.long
def test_runs_of_weeks_are_the_same_whatever_order_their_pieces_come_in(lakehouse: Lakehouse) -> None:
    # Given 64 days with a run of every kind
    start, days = START, DAYS
    energy, power = energy_and_power()
    lakehouse.facilities(*[facility(name, unit(name, None if name == "OPEN" else 101.0)) for name in power])
    landed = {}
    for first, last in ((0, 18), (18, 33), (33, days)):
        at = start + first * 24 * HOUR
        piece = [{name: hours(at, series[first * 24 : last * 24]) for name, series in of.items()} for of in (energy, power)]
        key = lakehouse.generation(piece[0], power=piece[1], fetched_at=datetime(2025, 8, 1, tzinfo=UTC))
        landed[key] = (lakehouse.root / key).read_bytes()

    # When they are built at once
    lakehouse.load()
    lakehouse.normalize(start)
    at_once = everything(lakehouse)

    # Then each is one finding
    day = 24 * HOUR
    found = [
        tuple(row.values())
        for row in lakehouse.rows("silver.quality_findings", "plant_id", "rule", "from_utc", "to_utc", "value")
    ]
    assert found == [
        ("FROZEN", "frozen", start + 30 * day + 14 * HOUR, start + 33 * day + 4 * HOUR, 60.76),
        ("OPEN", "learnt_limit", start + 60 * day, datetime(2025, 7, 1, tzinfo=UTC), 70.0),
        ("OPEN", "learnt_limit", datetime(2025, 7, 1, tzinfo=UTC), datetime(2025, 8, 1, tzinfo=UTC), 70.0),
        ("STILL", "down", start + 12 * day, start + 16 * day, 96.0),
        ("STILL", "idle", start + 16 * day, start + 50 * day, 816.0),
        ("STORED", "night_rule_off", start + day + 12 * HOUR, start + 51 * day + 12 * HOUR, 50.0),
        ("THINNED", "incomplete_hour", start + 30 * day + 11 * HOUR, start + 30 * day + 12 * HOUR, 0.5),
        ("TWICE", "doubled", start + 15 * day + 10 * HOUR, start + 40 * day + 12 * HOUR, 2.0),
    ]
    refused = lakehouse.spark.table("silver.rejected_rows").groupBy("unit_code", "reason").count().collect()
    assert {tuple(row) for row in refused} == {
        ("FROZEN", "frozen", 62),
        ("TWICE", "doubled", 25 * 24 + 2),
        ("OPEN", "above_capacity_limit", 1),
    }

    # And on empty tables, the middle first, the end, the start
    for key in landed:
        (lakehouse.root / key).unlink()
    lakehouse.empty_tables()
    for key in [list(landed)[number] for number in (1, 2, 0)]:
        (lakehouse.root / key).write_bytes(landed[key])
        lakehouse.load()
        lakehouse.normalize(start)
    assert everything(lakehouse) == at_once


def test_a_change_of_the_registry_reaches_every_hour_of_its_plant_even_after_a_crash(
    lakehouse: Lakehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a unit that the registry does not know, one whose plant will move, and the weather of both places
    north = {"location": {"lat": -23.5, "lng": 148.1}, "network_region": "QLD1"}
    lakehouse.facilities(facility("MOVED", unit("M1")), facility("STILL", unit("S1")))
    lakehouse.generation({"M1": hours(NOON, [50.0]), "S1": hours(NOON, [40.0]), "U1": hours(NOON, [60.0])})
    lakehouse.weather({NOON: {"temperature_2m": 1.0}, NOON + HOUR: {"temperature_2m": 3.0}})
    lakehouse.weather({NOON: {"temperature_2m": 30.0}, NOON + HOUR: {"temperature_2m": 32.0}}, location=Location(-23.5, 148.1))
    lakehouse.load()
    lakehouse.load("om")
    first, second = datetime(2025, 2, 1, tzinfo=UTC), datetime(2025, 2, 2, tzinfo=UTC)
    lakehouse.normalize(now=first)
    assert [(row["unit_code"], row["reason"]) for row in lakehouse.rows("silver.rejected_rows")] == [("U1", "no_plant")]

    # When the registry knows better, and the next window, far away, breaks off before the dimensions are written
    lakehouse.facilities(
        facility("MOVED", unit("M1"), **north), facility("STILL", unit("S1")), facility("NOVEL", unit("U1", 80.0))
    )
    lakehouse.load()
    with monkeypatch.context() as broken:
        broken.setattr(normalize_job, "write_registry", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            lakehouse.normalize(NOON + 500 * HOUR, now=second)
    lakehouse.normalize(NOON + 500 * HOUR, now=second)

    # Then the unit's hour is there and no longer refused, the weather is that of the new place, and the rest was not touched
    assert generation(lakehouse, "plant_id", "energy_mwh", "_updated_at") == [
        ("MOVED", 50.0, first),
        ("NOVEL", 60.0, second),
        ("STILL", 40.0, first),
    ]
    assert lakehouse.rows("silver.rejected_rows") == []
    weather = lakehouse.rows("silver.fact_weather_hourly", "plant_id", "temperature_c", where=f"ts_utc = '{NOON}'")
    assert [tuple(row.values()) for row in weather] == [("MOVED", 31.0), ("NOVEL", 2.0), ("STILL", 2.0)]
    assert [row["plant_id"] for row in lakehouse.rows("silver.dim_plant")] == ["MOVED", "NOVEL", "STILL"]


def test_the_registry_lives_and_hours_are_judged_by_what_it_said_for_them(lakehouse: Lakehouse) -> None:
    # Given a day of sun, a unit that is called otherwise later, one that is extended, one whose capacity will slip, one that
    # is split, one with a year for a date, one that is only planned, and a Victorian plant in Queensland
    year = {"commencement_date": "2025-01-01", "commencement_date_specificity": "year", "data_first_seen": None}
    planned = {"status_id": "committed", "data_first_seen": None}
    stray = facility("GIRGSF", unit("GIRGSF"), network_region="VIC1", location={"lat": -26.25, "lng": 149.99})
    steady = (facility("COARSE", unit("C1", **year)), facility("PLANNED", unit("P1", **planned)), stray)
    lakehouse.facilities(
        facility("WNSF", unit("0WNSF1")), facility("UPSF", unit("UP1")), facility("SLIP", unit("S1", 145.0)),
        facility("SPLIT", unit("X1", 300.0)), *steady,
    )  # fmt: skip
    sun = {"0WNSF1": 80.0, "UP1": 90.0, "S1": 140.0, "X1": 290.0, "C1": 70.0, "GIRGSF": 50.0}
    lakehouse.generation({code: hours(NOON, [mwh] * 3 + [0.9 * mwh] * 4) for code, mwh in sun.items()})
    lakehouse.weather({NOON + HOUR * n: {"shortwave_radiation": 500.0} for n in range(3)}, location=Location(-26.25, 149.99))
    lakehouse.load()
    lakehouse.load("om")
    first, second = datetime(2025, 2, 1, tzinfo=UTC), datetime(2025, 2, 2, tzinfo=UTC)
    lakehouse.normalize(NOON, 7, now=first)
    assert lakehouse.rows("silver.fact_weather_hourly") == []
    before = {row[0]: row[1:] for row in generation(lakehouse, "plant_id", "ts_utc", "capacity_mw", "units_expected")}

    # When the registry says all that, the next day's hours come, and two hours of the renamed unit come under its new code
    changed = FETCHED + 24 * HOUR
    lakehouse.facilities(
        facility("WNSF", unit("WNSF1")), facility("UPSF", unit("UP1", 150.0)), facility("SLIP", unit("S1", 3.8)),
        facility("SPLIT", unit("X1", 150.0), unit("X2", 150.0)), *steady, fetched_at=changed,
    )  # fmt: skip
    noon = NOON + 240 * HOUR
    sun = {"WNSF1": 80.0, "UP1": 140.0, "S1": 140.0, "X1": 140.0, "X2": 140.0, "C1": 70.0, "GIRGSF": 50.0, "P1": 1.0}
    fetched = {"fetched_at": noon + 24 * HOUR}
    lakehouse.generation({code: hours(noon, [mwh]) for code, mwh in sun.items()}, **fetched)
    lakehouse.generation({"WNSF1": hours(NOON, [81.0, 82.0])}, **fetched)
    lakehouse.load()
    lakehouse.normalize(noon, now=second)

    # Then nothing is refused, the renamed unit's hours are counted once, and each hour has the capacity of its time
    assert lakehouse.rows("silver.rejected_rows") == []
    columns = ("plant_id", "ts_utc", "energy_mwh", "capacity_mw", "units_expected", "units_accepted")
    rows = {(row[0], row[1]): row[2:] for row in generation(lakehouse, *columns)}
    assert rows["WNSF", NOON] == (81.0, 100.0, 1, 1)
    assert rows["WNSF", NOON + 2 * HOUR] == rows["WNSF", noon] == (80.0, 100.0, 1, 1)
    assert [rows[plant, NOON][1:] for plant in ("UPSF", "SLIP", "SPLIT")] == [(100.0, 1, 1), (145.0, 1, 1), (300.0, 1, 1)]
    assert [rows[plant, noon][1:] for plant in ("UPSF", "SLIP", "SPLIT")] == [(150.0, 1, 1), (145.0, 1, 1), (300.0, 2, 2)]
    assert rows["PLANNED", noon] == (1.0, 100.0, 1, 1)
    # a year is no start: its first value is
    assert {row["unit_code"]: row["commissioned_from_utc"] for row in lakehouse.rows("silver.dim_unit")}["C1"] == NOON
    assert before["COARSE"] == (NOON + 6 * HOUR, 100.0, 1)
    # and of the hours from before only those of the renamed plant were rebuilt
    touched = lakehouse.rows("silver.fact_generation_hourly", "plant_id", where=f"_updated_at > '{first}' AND ts_utc < '{noon}'")
    assert {row["plant_id"] for row in touched} == {"WNSF"}

    # And one rebuild of everything gives the same
    built = everything(lakehouse)
    for table in (*TABLES, "lh.stage_progress"):
        lakehouse.spark.sql(f"DELETE FROM {table}")
    lakehouse.normalize(noon, now=second)
    assert everything(lakehouse) == built


def test_hours_that_the_source_gives_again_by_the_parts_of_a_unit_are_judged_by_these(lakehouse: Lakehouse) -> None:
    # Given hours of a unit of 300 MW, and a registry that the day after says it is two of 150
    lakehouse.facilities(facility("SPLIT", unit("X1", 300.0)))
    lakehouse.generation({"X1": hours(NOON, [200.0] * 6)})
    split = facility("SPLIT", unit("X1", 150.0), unit("X2", 150.0))
    lakehouse.facilities(split, fetched_at=FETCHED + 24 * HOUR)
    lakehouse.load()
    now = datetime(2025, 2, 1, tzinfo=UTC)
    lakehouse.normalize(NOON, 6, now=now)
    columns = ("energy_mwh", "capacity_mw", "accepted_capacity_mw", "units_expected", "units_accepted", "quality_flags")
    whole = (200.0, 300.0, 300.0, 1, 1, [])
    assert generation(lakehouse, *columns) == [whole] * 6

    # When hours from before it come by both parts: in one X2 has no value, in another one that it cannot make, also not twice
    again = {"X1": hours(NOON + 2 * HOUR, [100.0] * 4), "X2": hours(NOON + 2 * HOUR, [100.0, None, 330.0, 100.0])}
    lakehouse.generation(again, fetched_at=FETCHED + 48 * HOUR)
    lakehouse.load()
    lakehouse.normalize(NOON + 2 * HOUR, 4, now=now)

    # Then these hours have two units, and show what they lack; the others are as they were
    both, one = (200.0, 300.0, 300.0, 2, 2, []), (100.0, 300.0, 150.0, 2, 1, ["partial_hour"])
    assert generation(lakehouse, *columns) == [whole, whole, both, one, one, both]
    (refused,) = lakehouse.rows("silver.rejected_rows", "unit_code", "reason", "value")
    assert tuple(refused.values()) == ("X2", "above_capacity_limit", 330.0)

    # And one rebuild of everything gives the same
    built = everything(lakehouse)
    for table in (*TABLES, "lh.stage_progress"):
        lakehouse.spark.sql(f"DELETE FROM {table}")
    lakehouse.normalize(NOON, 6, now=now)
    assert everything(lakehouse) == built


@pytest.mark.long
def test_a_plant_whose_coordinates_are_corrected_keeps_its_weather_until_the_new_place_has_its_own(lakehouse: Lakehouse) -> None:
    # Given the weather of four plants, of which one stands in another region by the registry
    def land(place: Location, first: int, last: int, ghi: float, **options: Any) -> None:
        labels = [NOON + HOUR * n for n in range(first, last)]
        lakehouse.weather({at: {"shortwave_radiation": ghi, "temperature_2m": 20.0} for at in labels}, location=place, **options)
        lakehouse.air_quality({at: {"pm10": ghi / 100} for at in labels}, location=place, **options)

    old, metre, far, fixed = (Location(*at) for at in ((-34.9, 146.6), (-34.90001, 146.6), (-32.2, 146.6), (-34.5, 146.1)))
    astray = Location(-26.25, 149.99)

    def registry(near: Location, away: Location, lost: Location, victoria: Location, **options: Any) -> None:
        at = {"NEAR": near, "FAR": away, "LOST": lost, "GIRGSF": victoria}
        regions = {"GIRGSF": {"network_region": "VIC1"}}
        lakehouse.facilities(
            *[facility(name, unit(f"{name}1"), location={"lat": place.latitude, "lng": place.longitude}, **regions.get(name, {}))
              for name, place in at.items()],
            **options,
        )  # fmt: skip

    registry(old, old, old, astray)
    land(old, 0, 6, 500.0)
    land(astray, 0, 6, 900.0, cell=(-26.25, 150.0))
    lakehouse.load()
    lakehouse.load("om")
    lakehouse.normalize(NOON, 5)
    before = lakehouse.rows("silver.fact_weather_hourly", where="plant_id = 'NEAR'")
    assert [row["ghi_w_m2"] for row in before if row["ts_utc"] >= NOON] == [500.0] * 5
    assert not any(row["is_former_location"] for row in before)

    # When one is moved by a metre, one by 300 km, one out of its region, and the one that stood there into it
    later = {"fetched_at": FETCHED + 24 * HOUR}
    registry(metre, far, astray, fixed, **later)
    lakehouse.load()
    lakehouse.normalize(NOON + 500 * HOUR)

    # Then the three have all the weather they had, marked; what was of another region comes back for nobody
    def weather(table: str = "silver.fact_weather_hourly", value: str = "ghi_w_m2") -> dict[str, list[tuple[Any, ...]]]:
        rows = lakehouse.rows(table, "plant_id", value, "location_id", "is_former_location", where=f"ts_utc >= '{NOON}'")
        found: dict[str, list[tuple[Any, ...]]] = {}
        for row in rows:
            found.setdefault(row["plant_id"], []).append(tuple(row.values())[1:])
        return found

    was = (500.0, old.location_id, True)
    assert weather() == {"NEAR": [was] * 5, "FAR": [was] * 5, "LOST": [was] * 5}
    assert weather("silver.fact_air_quality_hourly", "pm10_ug_m3")["NEAR"] == [(5.0, old.location_id, True)] * 5
    elevations = {row["solar_elevation_deg"] for row in lakehouse.rows("silver.fact_weather_hourly", where=f"ts_utc = '{NOON}'")}
    assert len(elevations) == 2  # the sun stands over the present place of the one that went far

    # And when the newest hours of the new places come, one from the cell that answered for the old place, theirs are taken
    land(metre, 3, 6, 510.0, **later)
    land(far, 3, 6, 700.0, **later, cell=(-32.2, 146.6))
    lakehouse.load("om")
    lakehouse.normalize(NOON + 500 * HOUR)
    same, now_near, now_far = (500.0, old.location_id, False), (510.0, metre.location_id, False), (700.0, far.location_id, False)
    assert weather() == {"NEAR": [same] * 3 + [now_near] * 2, "FAR": [was] * 3 + [now_far] * 2, "LOST": [was] * 5}
    plants = lakehouse.rows("silver.dim_plant", "plant_id", "former_location_ids", "same_cell_location_ids")
    assert [tuple(row.values()) for row in plants] == [
        ("FAR", [old.location_id], None),
        ("GIRGSF", None, None),
        ("LOST", [old.location_id], None),
        ("NEAR", [old.location_id], [old.location_id]),
    ]

    # And one rebuild of everything gives the same
    built = everything(lakehouse)
    for table in (*TABLES, "lh.stage_progress"):
        lakehouse.spark.sql(f"DELETE FROM {table}")
    lakehouse.normalize(NOON)
    assert everything(lakehouse) == built


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
    for table in (*TABLES, "lh.stage_progress"):
        lakehouse.spark.sql(f"DELETE FROM {table}")
    lakehouse.normalize(NOON)
    assert everything(lakehouse) == built
    assert [tuple(row.values())[:3] for row in lakehouse.rows("silver.unit_history", *columns)] == spans
