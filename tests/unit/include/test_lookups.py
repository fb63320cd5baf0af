"""What fetching learns from Bronze, asked of a real Trino: the newest registry, how far each key came, credits spent."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from include import lakehouse
from include.contracts import load_all
from include.contracts.live import apply_contracts
from include.errors import TrinoUnavailable
from include.lakehouse import select
from include.registry import (
    Facility,
    control_asked_until,
    former_locations,
    known_facilities,
    newest_generation_hours,
    newest_labels,
    newest_market_hours,
)
from include.settings import Settings, read_settings
from include.sources.budget import BACKFILL_SHARE, credits_spent, open_budget
from include.sources.fetch.history import (
    FirstLabel,
    asked_days,
    first_labels,
    generation_told,
    labels_told,
)
from include.sources.records import AIR_QUALITY, SATELLITE, WEATHER
from include.windows import day_window

pytestmark = pytest.mark.stack

# A UTC day no real run can have: what stands there is this test's alone.
NOW = datetime(1990, 11, 24, 20, 5, tzinfo=UTC)
LONG_AGO = NOW - timedelta(days=400)
META = "timestamp '1990-11-24 01:00:00 UTC', 's', 'h', 'manual'"
ROWS = {
    "oe_facilities_raw (network_id, facility_code, unit_code, latitude, longitude, status_id, is_listed, _ingest_time, _source,"
    " _hash, _run_type)": f"""
        ('NEM', 'ZZTEST', 'ZZTEST1', -30e0, 140e0, 'operating', NULL, {META}),
        ('NEM', 'ZZTEST', 'ZZTEST2', -30e0, 140e0, 'retired', NULL, {META}),
        ('NEM', 'ZZTEST', 'ZZTEST1', -31e0, 141e0, 'operating', NULL, {META.replace("01:00", "02:00")}),
        ('NEM', 'ZZTESTGONE', 'ZZTEST3', -30e0, 140e0, 'operating', NULL, {META}),
        ('NEM', 'ZZTESTGONE', 'ZZTEST3', NULL, NULL, NULL, FALSE, {META.replace("01:00", "02:00")}),
        ('NEM', 'ZZTESTPLAN', 'ZZTEST4', -30e0, 140e0, 'committed', NULL, {META})""",
    "oe_generation_hourly_raw (network_id, unit_code, metric, ts_utc, value, _ingest_time, _source, _hash, _run_type)": f"""
        ('NEM', 'ZZTEST1', 'energy', timestamp '1990-11-20 05:00:00 UTC', NULL, {META}),
        ('NEM', 'ZZTEST2', 'energy', timestamp '1990-11-20 15:00:00 UTC', 1e0, {META}),
        ('NEM', 'ZZTEST2', 'energy', timestamp '1990-11-21 05:00:00 UTC', 1e0, {META}),
        ('NEM', 'ZZTEST2', 'energy', timestamp '1990-11-21 05:00:00 UTC', 2e0, {META.replace("01:00", "02:00")}),
        ('NEM', 'ZZTEST2', 'power', timestamp '1990-11-21 04:00:00 UTC', 1e0, {META}),
        ('WEM', 'ZZTEST2', 'energy', timestamp '1990-11-22 05:00:00 UTC', 1e0, {META})""",
    "oe_market_hourly_raw (network_id, network_region, metric, ts_utc, value, _ingest_time, _source, _hash, _run_type)": f"""
        ('ZZTEST', 'ZZ1', 'price', timestamp '1990-11-20 05:00:00 UTC', -1000e0, {META}),
        ('ZZTEST', 'ZZ1', 'price', timestamp '1990-11-20 06:00:00 UTC', NULL, {META}),
        ('ZZTEST', 'ZZ1', 'curtailment_solar_utility_energy', timestamp '1990-11-20 07:00:00 UTC', 0e0, {META})""",
    "om_weather_hourly_raw (location_id, dataset, model, ts_utc, grid_latitude, grid_longitude, shortwave_radiation_w_m2,"
    " _ingest_time, _source, _hash, _run_type)": f"""
        ('ZZTEST', 'archive', 'm', timestamp '1990-11-19 05:00:00 UTC', -30.5e0, 140.25e0, 1e0, {META}),
        ('ZZTEST', 'archive', 'm', timestamp '1990-11-19 04:00:00 UTC', -30.5e0, 140.25e0, NULL, {META}),
        ('ZZTEST', 'forecast', 'm', timestamp '1990-11-19 05:00:00 UTC', NULL, NULL, 1e0, {META}),
        ('ZZTEST', 'forecast', 'm', timestamp '1990-11-19 04:00:00 UTC', NULL, NULL, 1e0, {META})""",
    "api_requests (request_id, source, url, network_id, facility_codes, window_start_utc, window_end_utc, run_id, run_type,"
    " try_number, fetched_at, outcome, rows, changed_rows, changed_hours, credits, loaded_at)": ", ".join(
        f"('ZZTESTasked{number}', 'oe_generation', 'u', '{network}', ARRAY['{code}'], timestamp '1990-11-{start}:00:00 UTC',"
        f" timestamp '1990-11-{end}:00:00 UTC', 'r', 'manual', 1, timestamp '1990-11-24 {at}:00:00 UTC', '{outcome}', 0, 0,"
        " ARRAY[], 0e0, timestamp '1990-11-24 23:00:00 UTC')"
        for number, (network, code, start, end, at, outcome) in enumerate(
            [("NEM", "ZZEAST", "20 14", "22 14", 21, "ok"), ("NEM", "ZZEAST", "21 14", "22 20", 22, "empty"),
             ("NEM", "ZZEAST", "20 14", "22 14", 23, "error"), ("WEM", "ZZWEST", "20 20", "22 16", 22, "partial")]
        )
    ),
    "api_requests (request_id, source, url, network_id, window_start_utc, window_end_utc, run_id, run_type, try_number,"
    " fetched_at, outcome, rows, changed_rows, changed_hours, credits, loaded_at)": ", ".join(
        f"('ZZTESTtotals{number}', 'oe_control', 'u', 'ZZTEST', timestamp '1990-10-20 14:00:00 UTC',"
        f" timestamp '1990-11-{end} UTC', 'r', '{run_type}', 1, timestamp '1990-11-{at} UTC', '{outcome}', 0, 0, ARRAY[], 0e0,"
        " timestamp '1990-11-24 23:00:00 UTC')"
        for number, (end, at, outcome, run_type) in enumerate(
            [("20 14:00:00", "22 19:00:00", "ok", "scheduled"), ("21 14:00:00", "23 19:00:00", "empty", "manual"),
             ("22 14:00:00", "24 19:00:00", "error", "scheduled"), ("23 14:00:00", "24 20:00:00", "ok", "backfill")]
        )
    ),
    "api_requests (request_id, source, url, run_id, run_type, try_number, fetched_at, outcome, rows, changed_rows,"
    " changed_hours, credits, loaded_at)": ", ".join(
        f"('ZZTEST{number}', '{source}', 'u', 'r', 'manual', 1, timestamp '1990-11-{at} UTC', 'ok', 0, 0, ARRAY[], {credits}e0,"
        " timestamp '1990-11-24 20:00:00 UTC')"
        for number, (source, at, credits) in enumerate(
            [("oe_facilities", "24 00:00:00", 1), ("oe_generation", "24 10:00:00", 2), ("oe_market", "24 11:00:00", 16),
             ("oe_generation", "23 23:59:59", 4), ("om_weather", "24 10:00:00", 8)]
        )
    ),
}  # fmt: skip
KEYS = {
    "oe_facilities_raw": "facility_code",
    "oe_generation_hourly_raw": "unit_code",
    "oe_market_hourly_raw": "network_id",
    "om_weather_hourly_raw": "location_id",
}
NO_LANDING: Any = SimpleNamespace(keys=lambda _source: [])


@pytest.fixture(scope="module")
def bronze() -> Iterator[Settings]:
    settings = read_settings()
    cursor = lakehouse.connect(settings, "pv-lakehouse-tests", lakehouse.ADMIN).cursor()

    def run(statement: str) -> None:
        cursor.execute(statement)
        cursor.fetchall()

    apply_contracts(cursor, load_all())
    try:
        for table, rows in ROWS.items():
            run(f"INSERT INTO bronze.{table} VALUES {rows}")
        yield settings
    finally:
        for table, key in (KEYS | {"api_requests": "request_id"}).items():
            run(f"DELETE FROM bronze.{table} WHERE {key} LIKE 'ZZTEST%'")


def test_the_registry_is_each_facilitys_newest_version(bronze: Settings) -> None:
    known = known_facilities(bronze, NO_LANDING)
    assert Facility("ZZTEST", "NEM", -31.0, 141.0) in known
    assert Facility("ZZTESTGONE", "NEM", -30.0, 140.0, "ended") in known
    assert Facility("ZZTESTPLAN", "NEM", -30.0, 140.0, "planned") in known


def test_a_plant_that_was_moved_has_former_places(bronze: Settings) -> None:
    moved, still = Facility("ZZTEST", "NEM", -31.0, 141.0), Facility("ZZTESTPLAN", "NEM", -30.0, 140.0)
    assert former_locations(bronze, [moved, still, Facility("NOWHERE", "NEM", None, None)]) == {
        "-31.000000,141.000000": {"-30.000000,140.000000"}
    }
    firsts = first_labels(bronze, WEATHER.table, {"ZZTEST", "ZZELSE"})
    assert firsts == {"ZZTEST": FirstLabel(datetime(1990, 11, 19, 4, tzinfo=UTC), frozenset({"archive -30.5 140.25"}))}


def test_the_newest_hour_of_a_facility_is_that_of_its_units_in_its_network(bronze: Settings) -> None:
    assert newest_generation_hours(bronze, LONG_AGO)["ZZTEST"] == datetime(1990, 11, 21, 5, tzinfo=UTC)
    assert "ZZTEST" not in newest_generation_hours(bronze, NOW)


def test_the_newest_hour_of_a_market_is_that_of_a_price(bronze: Settings) -> None:
    assert newest_market_hours(bronze, LONG_AGO)["ZZTEST"] == datetime(1990, 11, 20, 5, tzinfo=UTC)
    assert "ZZTEST" not in newest_market_hours(bronze, NOW)


def test_a_network_was_asked_for_its_totals_by_hourly_runs_that_were_answered(bronze: Settings) -> None:
    assert control_asked_until(bronze, LONG_AGO)["ZZTEST"] == datetime(1990, 11, 21, 14, tzinfo=UTC)
    assert "ZZTEST" not in control_asked_until(bronze, datetime(1990, 11, 24, tzinfo=UTC))


def test_the_newest_label_of_a_location_is_found(bronze: Settings) -> None:
    assert newest_labels(bronze, WEATHER.table, LONG_AGO)["ZZTEST"] == datetime(1990, 11, 19, 5, tzinfo=UTC)
    for source in (AIR_QUALITY, SATELLITE):
        assert "ZZTEST" not in newest_labels(bronze, source.table, LONG_AGO)


def test_the_days_that_were_asked_for_are_whole_ones_on_each_networks_clock(bronze: Settings) -> None:
    asked = asked_days(bronze, NOW)
    since = {code: {f"{day_window(day).start:%Y-%m-%d}": at for day, at in days.items()} for code, days in asked.items()}
    # A day in the east begins at 14:00 UTC, in the west at 16:00. The newest answer counts, a failure does not.
    in_the_evening = [datetime(1990, 11, 24, hour, tzinfo=UTC) for hour in (21, 22)]
    assert since["ZZEAST"] == dict(zip(("1990-11-21", "1990-11-22"), in_the_evening, strict=True))
    assert since["ZZWEST"] == {"1990-11-22": datetime(1990, 11, 24, 22, tzinfo=UTC)}


def test_the_hours_that_bronze_has_of_a_day_are_counted(bronze: Settings) -> None:
    generation = [row for row in generation_told(bronze, LONG_AGO) if row.key == "ZZTEST"]
    assert [(row.part, day_window(row.day).start.day, row.hours) for row in generation] == [("ZZTEST2", 21, 2)]
    (weather,) = [row for row in labels_told(bronze, WEATHER.table, "shortwave_radiation_w_m2", LONG_AGO) if row.key == "ZZTEST"]
    assert (day_window(weather.day).start.day, weather.hours, weather.settled_hours) == (19, 2, 1)
    assert [row for row in labels_told(bronze, AIR_QUALITY.table, "location_id", LONG_AGO) if row.key == "ZZTEST"] == []


def test_credits_are_those_of_openelectricity_since_midnight_utc(bronze: Settings) -> None:
    day_after = NOW + timedelta(days=1)
    assert credits_spent(bronze, NOW) - credits_spent(bronze, day_after) == 19.0


def test_a_backfill_stops_at_its_share(bronze: Settings) -> None:
    scheduled, backfill = (open_budget(bronze, 500, run_type, NOW) for run_type in ("scheduled", "backfill"))
    assert (scheduled.limit, backfill.limit) == (500, 500 * BACKFILL_SHARE)
    assert scheduled.spent == backfill.spent >= 19.0


def test_a_table_that_is_not_there_yet_has_no_rows_and_any_other_fault_is_one(bronze: Settings) -> None:
    assert select(bronze, "SELECT 1 FROM bronze.never_made") == []
    assert select(bronze, "SELECT 1 FROM never_made.at_all") == []
    with pytest.raises(TrinoUnavailable, match="SYNTAX_ERROR"):
        select(bronze, "SELEC 1")
    with pytest.raises(TrinoUnavailable, match="COLUMN_NOT_FOUND"):
        select(bronze, "SELECT never_made FROM bronze.api_requests")
