"""What Silver refuses and what it doubts, on one small frame: one unit for each case."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest
from pyspark.sql import SparkSession

from include import contracts
from include.windows import HOUR
from spark_jobs.arrow import table_rows
from spark_jobs.silver.dim_plant import dim_plant
from spark_jobs.silver.dim_unit import Version, dim_unit
from spark_jobs.silver.fact_generation_hourly import fact_generation_hourly, rejected_rows, unit_hours
from spark_jobs.silver.registry import Registry
from spark_jobs.silver.sun import sun_hours
from tests.spark.lakehouse import FETCHED, NOON

MIDNIGHT = NOON + 12 * HOUR
NAN, INFINITY = float("nan"), float("inf")

# Unit -> its energies from an hour on; every unit is a plant of 100 MW at Avonlie, NSW.
CASES: dict[str, tuple[datetime, list[float | None]]] = {
    "GOOD": (NOON, [80.0, 81.0]),
    "DARK": (MIDNIGHT, [0.0, 0.4]),  # night consumption's noise
    "FULL": (NOON, [104.9]),
    "OVER": (NOON, [105.1]),
    "NEGATIVE": (NOON, [-0.1]),
    "NIGHT": (MIDNIGHT, [0.6]),
    "ZERO": (NOON, [0.0]),
    "STUCK": (NOON, [7.0, 50.5, 50.5, 50.5, 50.5, 8.0]),
    "HELD": (NOON, [50.5, 50.5, 50.5, 8.0]),
    "OUTAGE": (MIDNIGHT, [0.0, 0.0, 0.0, 0.0, 0.0]),
    "DOUBLE": (NOON, [150.1, 80.0]),
    "SUNK": (NOON, [-150.1]),
    "NAN": (NOON, [NAN]),
    "ENDLESS": (NOON, [INFINITY]),
    "EARLY": (FETCHED, [1.0, 2.0]),  # the hour that runs, and one that has not begun
    "SLANTED": (NOON + timedelta(minutes=30), [1.0]),
    "SILENT": (NOON, [None]),
    "STRANGER": (NOON, [1.0]),  # not in the registry
    "UNKNOWN": (NOON, [170.0]),  # without a capacity
    "ASTRAY": (MIDNIGHT, [5.0]),  # its coordinates are in another state
}


def version(code: str) -> Version:
    """A unit and plant of one code."""
    row: dict[str, Any] = dict.fromkeys(contracts.load("bronze.oe_facilities_raw").column_names)
    site = {"network_id": "NEM", "network_region": "NSW1", "facility_code": code, "unit_code": code, "_ingest_time": FETCHED}
    place = {"latitude": -26.25 if code == "ASTRAY" else -34.919115, "longitude": 146.60954}
    return Version(row | site | place | {"capacity_maximum_mw": None if code == "UNKNOWN" else 100.0})


def bronze_rows(metric: str = "energy") -> list[Mapping[str, Any]]:
    meta = {"_source": "landing/x", "_hash": "", "_run_type": "scheduled", "_ingest_time": FETCHED}
    return [
        {"network_id": "NEM", "unit_code": code, "metric": metric, "ts_utc": start + HOUR * n, "value": value, **meta}
        for code, (start, energies) in CASES.items()
        for n, value in enumerate(energies)
    ]


@pytest.fixture(scope="module")
def judged(spark: SparkSession) -> tuple[dict[tuple[str, datetime], dict[str, Any]], list[dict[str, Any]]]:
    """Rows of both tables: plant hours by plant and hour, rejected rows."""
    versions = [version(code) for code in CASES if code != "STRANGER"]
    registry = Registry(dim_unit(versions), dim_plant(versions))
    table = contracts.load("bronze.oe_generation_hourly_raw")
    bronze = spark.createDataFrame(table_rows(table, [*bronze_rows(), *bronze_rows("power")]))
    span = [NOON + HOUR * n for n in range(24 * 9)]
    sun = spark.createDataFrame(sun_hours(registry.coordinates, span))
    units = unit_hours(bronze, spark.createDataFrame(registry.unit_table()), sun).persist()
    hours = fact_generation_hourly(units).toArrow().to_pylist()
    refused = rejected_rows(units).toArrow().to_pylist()
    units.unpersist()
    return {(row["plant_id"], row["ts_utc"]): row for row in hours}, refused


def test_every_doubt_is_raised_where_it_belongs_and_nowhere_else(judged: Any) -> None:
    hours, _ = judged
    found = {key: row["quality_flags"] for key, row in hours.items() if row["quality_flags"]}
    assert found == {
        ("OVER", NOON): ["above_capacity"],
        ("NEGATIVE", NOON): ["negative"],
        ("NIGHT", MIDNIGHT): ["night_generation"],
        ("ZERO", NOON): ["zero_in_daylight"],
        **{("STUCK", NOON + HOUR * n): ["frozen"] for n in (1, 2, 3, 4)},
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
    }
    assert reasons == {(code, metric, reason) for code, reason in wanted.items() for metric in ("energy", "power")}
    assert len(refused) == len(reasons)
    double = next(row for row in refused if row["unit_code"] == "DOUBLE" and row["metric"] == "energy")
    assert double["detail"] == "150.1000 MWh; limit 1.5 x 100.000 MW"
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


def test_an_unknown_capacity_stays_unknown_and_nothing_is_refused_by_it(judged: Any) -> None:
    hours, _ = judged
    row = hours["UNKNOWN", NOON]
    assert (row["energy_mwh"], row["capacity_mw"], row["accepted_capacity_mw"]) == (170.0, None, None)


def test_the_sun_is_judged_at_network_hours(spark: SparkSession) -> None:
    """The sun set at Avonlie at 19:28 in network time (09:28 UTC) on 2 January 2025."""
    hours = [datetime(2025, 1, 2, hour, tzinfo=UTC) for hour in (8, 9, 10, 11)]
    sun = sun_hours({"a": (-34.919115, 146.60954)}, hours)
    assert isinstance(sun, pa.Table)
    assert sun["is_night"].to_pylist() == [False, False, True, True]
