"""What Silver refuses and what it doubts, on one small frame: one unit for each case."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest
from pyspark.sql import SparkSession

from include import contracts
from include.windows import HOUR
from spark_jobs.arrow import table_rows
from spark_jobs.silver.dim_plant import dim_plant
from spark_jobs.silver.dim_unit import Known, Version, dim_unit
from spark_jobs.silver.fact_generation_hourly import fact_generation_hourly, rejected_rows, unit_hours
from spark_jobs.silver.judgement import VERDICTS as VERDICT_SCHEMA
from spark_jobs.silver.registry import Registry
from tests.spark.lakehouse import FETCHED, NOON

MIDNIGHT = NOON + 12 * HOUR
NEW_DAY = MIDNIGHT  # the first hour of NEM's day
NAN, INFINITY = float("nan"), float("inf")

# Unit -> its energies from an hour on; every unit is a plant of 100 MW at Avonlie, NSW.
CASES: dict[str, tuple[datetime, list[float | None]]] = {
    "GOOD": (NOON, [80.0, 81.0]),
    "FULL": (NOON, [104.9]),
    "OVER": (NOON, [105.1]),
    "LOAD": (MIDNIGHT, [-0.05, -0.4, -0.5]),  # auxiliary load
    "METERED": (NEW_DAY, [-60.0, -50.0, -51.0, -149.0, -151.0]),  # consumption of the site metered with it
    "ZERO": (NOON, [0.0]),
    "FLAT": (NOON, [50.5, 50.5, 50.5, 50.5, 8.0]),
    "DOUBLE": (NOON, [150.1, 80.0]),
    "SUNK": (NOON, [-150.1]),
    "THINNED": (NOON, [30.0, 70.0, 30.0]),
    "RUNS": (NOON, [160.0, 60.0, 12.0, 20.0]),
    "NAN": (NOON, [NAN]),
    "ENDLESS": (NOON, [INFINITY]),
    "EARLY": (FETCHED, [1.0, 2.0]),  # the hour that runs, and one that has not begun
    "SLANTED": (NOON + timedelta(minutes=30), [1.0]),
    "SILENT": (NOON, [None]),
    "STRANGER": (NOON, [1.0]),  # not in the registry
    "UNKNOWN": (NOON, [170.0, 1000.0, 1000.1]),  # without a capacity
}
POWER = {"THINNED": [60.0, 60.0, 0.0]}
"""Where it is not as energy."""
VERDICTS = [
    *[("THINNED", hour, None, True) for hour in (0, 1, 2)],
    *[("RUNS", hour, reason, False) for hour, reason in enumerate(("doubled", "frozen", "night_generation"))],
]
"""Unit, hour after noon, reason, whether it is incomplete."""


def version(code: str) -> Version:
    """A unit and plant of one code."""
    row: dict[str, Any] = dict.fromkeys(contracts.load("bronze.oe_facilities_raw").column_names)
    site = {"network_id": "NEM", "network_region": "NSW1", "facility_code": code, "unit_code": code, "_ingest_time": FETCHED}
    place = {"latitude": -34.919115, "longitude": 146.60954, "data_first_seen_utc": NOON - timedelta(days=365)}
    return Version(row | site | place, Known(capacity_mw=None if code == "UNKNOWN" else 100.0))


def bronze_rows(metric: str = "energy") -> list[Mapping[str, Any]]:
    meta = {"_source": "landing/x", "_hash": "", "_run_type": "scheduled", "_ingest_time": FETCHED}
    return [
        {"network_id": "NEM", "unit_code": code, "metric": metric, "ts_utc": start + HOUR * n, "value": value, **meta}
        for code, (start, energies) in CASES.items()
        for n, value in enumerate(POWER.get(code, energies) if metric == "power" else energies)
    ]


@pytest.fixture(scope="module")
def judged(spark: SparkSession) -> tuple[dict[tuple[str, datetime], dict[str, Any]], list[dict[str, Any]]]:
    """Rows of both tables: plant hours by plant and hour, rejected rows."""
    versions = [version(code) for code in CASES if code != "STRANGER"]
    registry = Registry(dim_unit(versions), dim_plant(versions))
    table = contracts.load("bronze.oe_generation_hourly_raw")
    bronze = spark.createDataFrame(table_rows(table, [*bronze_rows(), *bronze_rows("power")]))
    verdicts = [
        {"network_id": "NEM", "unit_code": code, "ts_utc": NOON + HOUR * hour, "run_reason": reason, "is_incomplete": incomplete}
        for code, hour, reason, incomplete in VERDICTS
    ]
    by_runs = spark.createDataFrame(pa.Table.from_pylist(verdicts, VERDICT_SCHEMA))
    units = unit_hours(bronze, spark.createDataFrame(registry.unit_table()), by_runs).persist()
    hours = fact_generation_hourly(units).toArrow().to_pylist()
    refused = rejected_rows(units).toArrow().to_pylist()
    units.unpersist()
    return {(row["plant_id"], row["ts_utc"]): row for row in hours}, refused


def test_every_doubt_is_raised_where_it_belongs_and_nowhere_else(judged: Any) -> None:
    hours, _ = judged
    found = {key: row["quality_flags"] for key, row in hours.items() if row["quality_flags"]}
    assert found == {
        ("OVER", NOON): ["above_capacity"],
        **{("METERED", NEW_DAY + HOUR * n): ["negative"] for n in range(4)},
        ("METERED", NEW_DAY + 4 * HOUR): ["partial_hour"],
        **{("THINNED", NOON + HOUR * n): ["incomplete_hour"] for n in range(3)},
        **{("RUNS", NOON + HOUR * n): ["partial_hour"] for n in range(3)},
        ("UNKNOWN", NOON + 2 * HOUR): ["partial_hour"],
        **{(code, NOON): ["partial_hour"] for code in ("DOUBLE", "SUNK", "NAN", "ENDLESS", "SILENT")},
    }


def test_every_refused_value_has_one_reason(judged: Any) -> None:
    _, refused = judged
    reasons = {(row["unit_code"], row["metric"], row["reason"]) for row in refused}
    wanted = {
        "STRANGER": "no_plant",
        "EARLY": "impossible_time",
        "SLANTED": "impossible_time",
        "NAN": "not_a_number",
        "ENDLESS": "not_a_number",
        "DOUBLE": "above_capacity_limit",
        "SUNK": "above_capacity_limit",
        "METERED": "above_capacity_limit",
        "UNKNOWN": "above_capacity_limit",
    }
    of_runs = {("RUNS", "energy", reason) for reason in ("doubled", "frozen", "night_generation")}
    # A doubled value may be more than the unit can make; the run is the better reason. Its power is judged by itself.
    of_runs.add(("RUNS", "power", "above_capacity_limit"))
    assert reasons == of_runs | {(code, metric, reason) for code, reason in wanted.items() for metric in ("energy", "power")}
    assert len(refused) == len(reasons)
    double = next(row for row in refused if row["unit_code"] == "DOUBLE" and row["metric"] == "energy")
    assert double["detail"] == "150.1000 MWh; limit 1.5 x 100.000 MW"
    details = {row["unit_code"]: row["detail"] for row in refused if row["metric"] == "energy"}
    assert details["UNKNOWN"] == "1000.1000 MWh; capacity unknown, limit 1000 MWh or less: see silver.quality_findings"
    assert details["RUNS"].startswith("12.0000 MWh at a power of 12.0000 MW")
    assert (double["plant_id"], double["landing_object"], double["ingest_time"]) == ("DOUBLE", "landing/x", FETCHED)


def test_a_refused_value_is_no_value_and_the_hour_after_it_is_untouched(judged: Any) -> None:
    hours, _ = judged
    refused, next_hour = hours["DOUBLE", NOON], hours["DOUBLE", NOON + HOUR]
    assert (refused["energy_mwh"], refused["power_mw"], refused["accepted_capacity_mw"]) == (None, None, None)
    assert (refused["units_expected"], refused["units_accepted"], refused["units_rejected"]) == (1, 0, 1)
    assert (next_hour["energy_mwh"], next_hour["units_accepted"], next_hour["units_rejected"]) == (80.0, 1, 0)


def test_an_impossible_hour_makes_no_row_so_that_no_later_hour_is_expected(judged: Any) -> None:
    hours, _ = judged
    assert ("EARLY", FETCHED) in hours
    assert ("EARLY", FETCHED + HOUR) not in hours
    assert not [key for key in hours if key[0] == "SLANTED"]


def test_null_makes_a_row_without_a_value_and_zero_is_a_value(judged: Any) -> None:
    hours, _ = judged
    assert (hours["SILENT", NOON]["energy_mwh"], hours["SILENT", NOON]["units_accepted"]) == (None, 0)
    assert (hours["ZERO", NOON]["energy_mwh"], hours["ZERO", NOON]["units_accepted"]) == (0.0, 1)


def test_the_accepted_share_is_energy_by_power_in_incomplete_hours_and_else_all_or_nothing(judged: Any) -> None:
    hours, _ = judged
    # 30 MWh at 60 MW; more energy than power; power near 0 says nothing
    assert [hours["THINNED", NOON + HOUR * n]["accepted_share"] for n in range(3)] == [0.5, 1.0, 1.0]
    assert [hours["RUNS", NOON + HOUR * n]["accepted_share"] for n in range(4)] == [0.0, 0.0, 0.0, 1.0]
    assert [hours[code, NOON]["accepted_share"] for code in ("GOOD", "SILENT", "NAN", "UNKNOWN")] == [1.0, 0.0, 0.0, 1.0]


def test_what_was_said_is_summed_with_what_was_refused(judged: Any) -> None:
    hours, _ = judged
    said = [
        hours[key]["energy_raw_mwh"]
        for key in (("DOUBLE", NOON), ("RUNS", NOON), ("GOOD", NOON), ("SILENT", NOON), ("NAN", NOON))
    ]
    assert said == [150.1, 160.0, 80.0, None, None]


def test_an_unknown_capacity_stays_unknown_and_1000_mwh_are_the_limit(judged: Any) -> None:
    hours, _ = judged
    row = hours["UNKNOWN", NOON]
    assert (row["energy_mwh"], row["capacity_mw"], row["accepted_capacity_mw"]) == (170.0, None, None)
    energies = [hours["UNKNOWN", NOON + HOUR * n]["energy_mwh"] for n in (1, 2)]
    assert energies == [1000.0, None]


def test_a_consuming_plant_is_counted_down_to_one_and_a_half_times_its_capacity(judged: Any) -> None:
    hours, _ = judged
    energies = [hours["METERED", NEW_DAY + HOUR * n]["energy_mwh"] for n in range(5)]
    assert energies == [-60.0, -50.0, -51.0, -149.0, None]
