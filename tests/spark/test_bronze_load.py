"""Bronze keeps every change of an answer, whatever the order in which envelopes reach it."""

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from include.sources.landing import Location
from include.windows import HOUR, Window
from spark_jobs.bronze.load import load_family
from spark_jobs.silver.progress import note_progress, pending
from tests.spark.lakehouse import FETCHED, NOON, Lakehouse, facility, hours, unit

GENERATION = "bronze.oe_generation_hourly_raw"


def versions(lakehouse: Lakehouse, table: str = GENERATION) -> list[dict[str, Any]]:
    """Every column of every row, provenance too."""
    frame = lakehouse.spark.table(table)
    return sorted(frame.toArrow().to_pylist(), key=lambda row: (row["unit_code"], str(row.get("ts_utc")), row["_ingest_time"]))


def values(lakehouse: Lakehouse) -> list[float | None]:
    return [row["value"] for row in versions(lakehouse)]


def requests(lakehouse: Lakehouse) -> list[dict[str, Any]]:
    return lakehouse.rows("bronze.api_requests")


def hide(lakehouse: Lakehouse, keys: Sequence[str]) -> None:
    """Take envelopes out of sight, as if they had not arrived yet."""
    for key in keys:
        (lakehouse.root / key).rename(lakehouse.root / key.replace("/", "|"))


def arrive(lakehouse: Lakehouse, key: str) -> None:
    (lakehouse.root / key.replace("/", "|")).rename(lakehouse.root / key)


def test_an_answer_that_changes_and_changes_back_is_three_rows(lakehouse: Lakehouse) -> None:
    for value in (10.0, 10.0, 12.0, 12.0, 10.0):
        lakehouse.generation({"U1": hours(NOON, [value])})

    lakehouse.load()

    assert values(lakehouse) == [10.0, 12.0, 10.0]
    assert [row["changed_rows"] for row in requests(lakehouse)] == [1, 0, 1, 0, 1]
    assert [row["changed_hours"] for row in requests(lakehouse)] == [[NOON], [], [NOON], [], [NOON]]


def test_a_null_is_an_answer_and_absence_is_none(lakehouse: Lakehouse) -> None:
    lakehouse.generation({"U1": hours(NOON, [None, 3.0])})
    lakehouse.generation({"U1": hours(NOON, [7.0])}, window=Window(NOON, NOON + 2 * HOUR))

    lakehouse.load()

    assert [(row["ts_utc"], row["value"]) for row in versions(lakehouse)] == [(NOON, None), (NOON, 7.0), (NOON + HOUR, 3.0)]


@pytest.mark.long
def test_any_order_of_arrival_gives_the_same_rows(lakehouse: Lakehouse) -> None:
    # Given five answers with overlapping windows, of which one only repeats and one revises back
    series = [[1.0, 2.0, 3.0], [1.0, 9.0], [1.0, 2.0, 3.0, 4.0], [5.0], [1.0, 2.0, 8.0]]
    keys = [lakehouse.generation({"U1": hours(NOON, energy)}, power=True) for energy in series]
    lakehouse.load()
    wanted = versions(lakehouse)
    wanted_hours = {hour for row in requests(lakehouse) for hour in row["changed_hours"]}
    assert len(wanted) == 2 * 9

    # When they arrive otherwise, in several loads
    lakehouse.empty_tables()
    hide(lakehouse, keys)
    for arrivals in ([3], [0, 4], [2], [1]):
        for index in arrivals:
            arrive(lakehouse, keys[index])
        lakehouse.load()

    # Then Bronze is the same, provenance too, and no hour that Silver must look at is missing
    assert versions(lakehouse) == wanted
    assert {hour for row in requests(lakehouse) for hour in row["changed_hours"]} >= wanted_hours


def test_an_older_answer_that_comes_late_takes_over_what_it_was_first_to_say(lakehouse: Lakehouse) -> None:
    # Given A, then B an hour later
    lakehouse.generation({"U1": hours(NOON, [1.0]), "U2": hours(NOON, [1.0])})
    lakehouse.generation({"U1": hours(NOON, [2.0]), "U2": hours(NOON, [2.0])}, fetched_at=FETCHED + HOUR)
    lakehouse.load()

    # When an answer fetched between them comes, which had B for one unit already
    late = lakehouse.generation({"U1": hours(NOON, [2.0])}, fetched_at=FETCHED + HOUR / 2)
    lakehouse.load()

    # Then B is said to come from it, and the other unit is as it was
    assert [(row["unit_code"], row["value"], row["_ingest_time"] - FETCHED) for row in versions(lakehouse)] == [
        ("U1", 1.0, timedelta(0)),
        ("U1", 2.0, HOUR / 2),
        ("U2", 1.0, timedelta(0)),
        ("U2", 2.0, HOUR),
    ]
    assert [row["changed_hours"] for row in requests(lakehouse) if row["request_id"] == late] == [[NOON]]


def test_a_load_that_broke_off_before_api_requests_is_done_again_without_a_trace(lakehouse: Lakehouse) -> None:
    # Given a load of which only the table was written
    lakehouse.generation({"U1": hours(NOON, [1.0, 2.0])})
    lakehouse.generation({"U1": hours(NOON, [1.0, 3.0])})
    lakehouse.load()
    before, listed, snapshots = versions(lakehouse), requests(lakehouse), lakehouse.snapshots(GENERATION)
    lakehouse.spark.sql("DELETE FROM bronze.api_requests")

    lakehouse.load()

    assert versions(lakehouse) == before
    assert requests(lakehouse) == listed
    assert lakehouse.snapshots(GENERATION) == snapshots


def test_batches_and_one_load_give_the_same_and_a_rerun_writes_nothing(lakehouse: Lakehouse) -> None:
    for value in (1.0, 1.0, 2.0):
        lakehouse.generation({"U1": hours(NOON, [value])})

    lakehouse.load(batch=1)
    assert values(lakehouse) == [1.0, 2.0]
    loaded_at = [row["loaded_at"] for row in lakehouse.rows("bronze.api_requests", "fetched_at", "loaded_at")]
    assert all(earlier < later for earlier, later in pairwise(loaded_at))

    snapshots = lakehouse.snapshots("bronze.api_requests")
    assert lakehouse.load() == []
    assert lakehouse.snapshots("bronze.api_requests") == snapshots


def test_bad_answers_become_outcomes_and_nothing_else(lakehouse: Lakehouse, caplog: Any) -> None:
    lakehouse.generation({"U1": hours(NOON, [1.0])})
    refused = lakehouse.answer("oe_facilities", {"success": False, "error": "Invalid API key"}, status=401)
    broken = lakehouse.answer("oe_facilities", '{"data": [')
    wrong = lakehouse.answer("oe_facilities", {"success": True, "data": [{"code": "A"}, 7]})
    nothing = lakehouse.generation({"U1": hours(NOON, [2.0])})
    (lakehouse.root / nothing).write_bytes(b"not gzip")
    (lakehouse.root / "landing/oe_generation/20250102T0000Z/readme.json.gz").parent.mkdir()
    (lakehouse.root / "landing/oe_generation/20250102T0000Z/readme.json.gz").write_bytes(b"a stray")

    lakehouse.load()

    outcomes = {row["request_id"]: row for row in requests(lakehouse)}
    assert outcomes[refused]["outcome"] == "unauthorised"
    assert outcomes[broken]["outcome"] == "error"
    assert outcomes[wrong]["outcome"] == "invalid"
    assert outcomes[nothing]["outcome"] == "invalid"
    assert len(outcomes) == 5
    assert values(lakehouse) == [1.0]
    assert all(key in caplog.text for key in (refused, broken, wrong, nothing))


def test_a_record_that_cannot_be_read_is_listed_and_the_others_are_loaded(lakehouse: Lakehouse) -> None:
    good, bad = facility("GOOD", unit("G1")), facility("BAD", unit("B1", -1.0))
    request_id = lakehouse.facilities(good, bad)

    lakehouse.load()
    lakehouse.load()

    assert [row["unit_code"] for row in lakehouse.rows("bronze.oe_facilities_raw")] == ["G1"]
    (request,) = requests(lakehouse)
    assert (request["outcome"], request["rows"]) == ("partial", 1)
    (refused,) = lakehouse.rows("bronze.refused_records")
    assert (refused["request_id"], refused["source"]) == (request_id, "oe_facilities")
    assert refused["json_path"] == "$.data[1].units[0].capacity_maximum"
    assert refused["reason"] == "expected a capacity of 0 MW or more, got -1.0"


def test_a_value_that_a_clock_behind_fetched_before_its_hour_is_taken_from_the_next_answer(lakehouse: Lakehouse) -> None:
    for fetched in (-1, 2, 3):
        lakehouse.generation({"U1": hours(NOON, [10.0])}, fetched_at=NOON + fetched * HOUR)

    lakehouse.load()

    assert [row["_ingest_time"] for row in versions(lakehouse)] == [NOON - HOUR, NOON + 2 * HOUR]


def test_the_registry_grows_only_by_what_changed(lakehouse: Lakehouse) -> None:
    site = facility("STUBSF", unit("STUB1"), unit("STUB2"))
    lakehouse.facilities(site)
    lakehouse.facilities({**site, "updated_at": "2025-07-08T04:11:29Z"})
    lakehouse.facilities(facility("STUBSF", unit("STUB1"), unit("STUB2", 60.0)))

    lakehouse.load()

    rows = [(row["unit_code"], row["capacity_maximum_mw"]) for row in versions(lakehouse, "bronze.oe_facilities_raw")]
    assert rows == [("STUB1", 100.0), ("STUB2", 100.0), ("STUB2", 60.0)]
    assert all(row["changed_hours"] == [] for row in requests(lakehouse))


def test_weather_keeps_its_label_its_dataset_and_its_place(lakehouse: Lakehouse) -> None:
    north = Location(-23.5, 148.1)
    lakehouse.weather({NOON: {"shortwave_radiation": 800.0}, NOON + HOUR: {"shortwave_radiation": None}})
    lakehouse.weather({NOON: {"shortwave_radiation": 810.0}}, dataset="forecast", location=north)
    lakehouse.air_quality({NOON: {"pm10": 4.5}})
    lakehouse.satellite({NOON: {"shortwave_radiation": 790.0}})

    lakehouse.load("om")

    rows = lakehouse.rows("bronze.om_weather_hourly_raw", "location_id", "dataset", "ts_utc", "shortwave_radiation_w_m2")
    assert [tuple(row.values()) for row in rows] == [
        ("-23.500000,148.100000", "forecast", NOON, 810.0),
        ("-34.919115,146.609540", "archive", NOON, 800.0),
        ("-34.919115,146.609540", "archive", NOON + HOUR, None),
    ]
    assert [row["pm10_ug_m3"] for row in lakehouse.rows("bronze.om_air_quality_hourly_raw")] == [4.5]
    assert [row["shortwave_radiation_w_m2"] for row in lakehouse.rows("bronze.om_satellite_hourly_raw")] == [790.0]


def test_a_market_value_that_changes_is_a_row_of_its_own_and_none_of_energy(lakehouse: Lakehouse) -> None:
    # Given answers before market values were asked, with them, with others, and with such that cannot be read
    energy, bad = {"U1": hours(NOON, [10.0])}, {"U1": {NOON: "n/a"}}
    lakehouse.facilities(facility("SITE", unit("U1")))
    lakehouse.generation(energy, codes=["SITE"])
    for value in (500.0, 500.0, 550.0):
        lakehouse.generation(energy, market_value={"U1": {NOON: value}}, codes=["SITE"])
    lakehouse.generation(energy, market_value=bad, codes=["SITE"])
    lakehouse.generation(energy, codes=["SITE"])

    lakehouse.load()

    rows = {(row["metric"], row["value"], row["value_unit"], row["is_absent"]) for row in versions(lakehouse)}
    assert len(versions(lakehouse)) == 3
    assert rows == {("energy", 10.0, "MWh", None), ("market_value", 500.0, "$", None), ("market_value", 550.0, "$", None)}
    outcomes = [row["outcome"] for row in requests(lakehouse) if row["source"] == "oe_generation"]
    assert outcomes == ["ok", "ok", "ok", "ok", "partial", "ok"]
    (refused,) = lakehouse.rows("bronze.refused_records")
    assert refused["json_path"] == "$.data[1].results[0].data[0][1]"


def test_silence_about_energy_counts_also_beside_market_values_that_cannot_be_read(lakehouse: Lakehouse) -> None:
    window = Window(NOON, NOON + 2 * HOUR)
    lakehouse.facilities(facility("SITE", unit("U1")))
    lakehouse.generation({"U1": hours(NOON, [10.0, 11.0])}, codes=["SITE"])
    bad = {"U1": {NOON: "n/a"}}
    for energy, market_value in (([10.0], bad), ([10.0, "n/a"], None)):
        lakehouse.generation({"U1": hours(NOON, energy)}, market_value=market_value, codes=["SITE"], window=window)  # type: ignore[arg-type]

    lakehouse.load()

    # then the first answer takes 13:00 back; the second, of which energy was refused, takes nothing
    told = [(row["ts_utc"], row["value"], row["is_absent"]) for row in versions(lakehouse)]
    assert told == [(NOON, 10.0, None), (NOON + HOUR, 11.0, None), (NOON + HOUR, None, True)]


def test_the_market_of_a_region_is_kept_as_it_was_said(lakehouse: Lakehouse) -> None:
    curtailed = {"NSW1": {NOON: -0.8}, "NSW9": {NOON: 0.0}}
    for price in (80.0, 80.0, -1000.0, 80.0):
        lakehouse.market({"NSW1": {NOON: price}}, curtailed)
    lakehouse.market({"WEM": {NOON: None}}, network="WEM")

    lakehouse.load()

    table = lakehouse.spark.table("bronze.oe_market_hourly_raw").orderBy("network_id", "network_region", "metric", "_ingest_time")
    columns = ("network_id", "network_region", "metric", "ts_utc", "value", "value_unit")
    assert [tuple(row.values()) for row in table.select(*columns).toArrow().to_pylist()] == [
        ("NEM", "NSW1", "curtailment_solar_utility_energy", NOON, -0.8, "MWh"),
        *[("NEM", "NSW1", "price", NOON, price, "$/MWh") for price in (80.0, -1000.0, 80.0)],
        ("NEM", "NSW9", "curtailment_solar_utility_energy", NOON, 0.0, "MWh"),
        ("WEM", "WEM", "price", NOON, None, "$/MWh"),
    ]
    assert [row["changed_hours"] for row in requests(lakehouse)] == [[NOON], [], [NOON], [NOON], [NOON]]


def test_totals_of_regions_are_change_points_of_days_and_no_hour_waits_for_silver_because_of_them(lakehouse: Lakehouse) -> None:
    first, second = date(2025, 1, 2), date(2025, 1, 3)
    lakehouse.control({"NSW1": {first: 8000.0, second: 9000.0}, "TAS1": {first: 0.0}})
    lakehouse.control({"NSW1": {first: 8000.0, second: 9100.0}})
    lakehouse.control({"NSW1": {first: None}})
    lakehouse.control({"WEM": {first: 30.0}}, network="WEM")

    assert [table.upserted for table in lakehouse.load(batch=1) if table.table == "bronze.oe_control_daily_raw"] == [3, 1, 1, 1]

    columns = ("network_id", "network_region", "ds", "energy_mwh")
    assert [tuple(row.values()) for row in lakehouse.rows("bronze.oe_control_daily_raw", *columns)] == [
        ("NEM", "NSW1", first, 8000.0),
        ("NEM", "NSW1", first, None),
        ("NEM", "NSW1", second, 9000.0),
        ("NEM", "NSW1", second, 9100.0),
        ("NEM", "TAS1", first, 0.0),
        ("WEM", "WEM", first, 30.0),
    ]
    assert [(row["credits"], row["changed_rows"], row["changed_hours"]) for row in requests(lakehouse)] == [
        (1.0, changed, []) for changed in (3, 1, 1, 1)
    ]
    assert pending(lakehouse.spark).hours == frozenset()
    assert lakehouse.load() == []


def test_what_is_asked_once_a_day_does_not_hold_back_how_far_silver_has_read(lakehouse: Lakehouse) -> None:
    # Given totals that Silver has read, and generation after them, read as well
    lakehouse.control({"NSW1": {date(2025, 1, 2): 8000.0}})
    lakehouse.load()
    note_progress(lakehouse.spark, pending(lakehouse.spark).loaded_through, FETCHED)
    lakehouse.generation({"U1": {NOON: 1.0}}, codes=["SITE"])
    lakehouse.load()
    waiting = pending(lakehouse.spark)
    assert (waiting.hours, set(waiting.loaded_through)) == ({NOON}, {"oe_generation"})
    note_progress(lakehouse.spark, waiting.loaded_through, FETCHED)
    assert pending(lakehouse.spark).loaded_through == {}

    # When both come again, then they wait, and nothing else
    lakehouse.control({"NSW1": {date(2025, 1, 2): 8001.0}})
    lakehouse.generation({"U1": {NOON + HOUR: 1.0}}, codes=["SITE"])
    lakehouse.load()
    waiting = pending(lakehouse.spark)
    assert (waiting.hours, set(waiting.loaded_through)) == ({NOON + HOUR}, {"oe_control", "oe_generation"})


def test_what_an_older_reader_read_is_read_again_where_a_run_asks_for_it(lakehouse: Lakehouse) -> None:
    # Given two registry answers and hours of two days, loaded by a reader that took no specificities and noted no facilities
    year = {"commencement_date": "2025-01-01", "commencement_date_specificity": "year"}
    lakehouse.facilities(facility("SITE", unit("U1", **year)))
    lakehouse.facilities(facility("SITE", unit("U1", 150.0, **year)))
    lakehouse.generation({"U1": hours(NOON, [1.0, 2.0])}, codes=["SITE"])
    lakehouse.generation({"U1": hours(NOON + 48 * HOUR, [3.0])}, codes=["SITE"])
    lakehouse.load()
    tables = ("bronze.oe_facilities_raw", "bronze.oe_generation_hourly_raw", "bronze.api_requests")
    newest = {table: lakehouse.rows(table) for table in tables}
    lakehouse.spark.sql("UPDATE bronze.oe_facilities_raw SET commencement_specificity = NULL, _hash = concat('old', _hash)")
    lakehouse.spark.sql("UPDATE bronze.api_requests SET reader_version = NULL, facility_codes = NULL")
    older = {table: lakehouse.rows(table) for table in tables}

    # When a load asks for no hours, then nothing is read again
    assert lakehouse.load() == []
    assert {table: lakehouse.rows(table) for table in tables} == older

    # When one asks for the first day, then Bronze has of it, and of the registry, what it would have today
    lakehouse.load(read_again=Window(NOON, NOON + HOUR), batch=1)
    now = {table: lakehouse.rows(table) for table in tables}
    assert now["bronze.oe_facilities_raw"] == newest["bronze.oe_facilities_raw"]
    assert now["bronze.oe_generation_hourly_raw"] == newest["bronze.oe_generation_hourly_raw"]
    noted = [row["facility_codes"] for row in now["bronze.api_requests"] if row["source"] == "oe_generation"]
    assert sorted(noted, key=str) == [None, ["SITE"]]
    # and the same again reads nothing
    assert lakehouse.load(read_again=Window(NOON, NOON + HOUR)) == []


def test_the_other_familys_envelopes_are_left_alone(lakehouse: Lakehouse, tmp_path: Path) -> None:
    lakehouse.air_quality({NOON: {"pm10": 4.5}})
    assert load_family(lakehouse.spark, lakehouse.landing, "oe") == []


def test_a_unit_that_an_answer_leaves_out_is_unlisted_until_it_returns(lakehouse: Lakehouse) -> None:
    # Given answers that leave U2 out, and others that could not name it or could not be read about it
    one, both = facility("SITE", unit("U1")), facility("SITE", unit("U1"), unit("U2"))
    other = facility("OTHER", unit("O1"))
    lakehouse.facilities(both, other)
    lakehouse.facilities(other, asked=("OTHER",))
    lakehouse.facilities(one, other, status_id="operating")
    lakehouse.facilities(facility("SITE", unit("U1"), unit("U2", -1.0)), other)
    late = lakehouse.facilities(one, other)
    lakehouse.facilities(one, asked=("SITE",))
    lakehouse.facilities(both, other)

    # When one of them comes late
    hide(lakehouse, [late])
    lakehouse.load()
    early = [(row["is_listed"], row["capacity_maximum_mw"]) for row in _of_unit(lakehouse, "U2")]
    arrive(lakehouse, late)
    lakehouse.load()

    # Then U2 is listed, not listed from the first answer on that shows it, and listed again; nothing is said of O1
    rows = _of_unit(lakehouse, "U2")
    assert (
        early == [(row["is_listed"], row["capacity_maximum_mw"]) for row in rows] == [(None, 100.0), (False, None), (None, 100.0)]
    )
    assert rows[1]["_source"] == late
    assert [row["is_listed"] for code in ("U1", "O1") for row in _of_unit(lakehouse, code)] == [None, None]
    told = [(row["facility_codes"], row["is_complete"], row["excused_codes"]) for row in requests(lakehouse)]
    assert told == [
        ([], True, []), (["OTHER"], True, []), ([], False, []), ([], True, ["SITE", "U1", "U2"]), ([], True, []),
        (["SITE"], True, []), ([], True, []),
    ]  # fmt: skip


def _of_unit(lakehouse: Lakehouse, code: str) -> list[dict[str, Any]]:
    return [row for row in versions(lakehouse, "bronze.oe_facilities_raw") if row["unit_code"] == code]
