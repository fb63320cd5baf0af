"""Radiation: one dataset for what a model derives of one another, and which hours cannot be. All cases on two small frames."""

from typing import Any

from pyspark.sql import SparkSession

from include import contracts
from spark_jobs.arrow import table_rows
from spark_jobs.silver import radiation
from spark_jobs.silver.fact_weather_hourly import weather_labels
from tests.spark.lakehouse import FETCHED, NOON

GHI, DIRECT, DHI, DNI = (
    "shortwave_radiation_w_m2",
    "direct_radiation_w_m2",
    "diffuse_radiation_w_m2",
    "direct_normal_irradiance_w_m2",
)
Values = dict[str, float]

# What archive and forecast say of a label -> the radiation that counts, and its dataset's place.
LABELS: dict[str, tuple[Values, Values, Values, int | None]] = {
    "archive lacks diffuse": ({GHI: 300.0}, {GHI: 500.0, DHI: 450.0, DNI: 90.0}, {GHI: 300.0}, 0),
    "archive is whole": ({GHI: 300.0, DHI: 100.0}, {GHI: 500.0, DHI: 450.0}, {GHI: 300.0, DHI: 100.0}, 0),
    "no archive yet": ({}, {GHI: 500.0, DHI: 450.0}, {GHI: 500.0, DHI: 450.0}, 1),
    "archive lacks global": ({DHI: 100.0}, {GHI: 500.0, DIRECT: 50.0}, {GHI: 500.0, DIRECT: 50.0}, 1),
    "nobody has global": ({DHI: 100.0}, {DHI: 450.0, DIRECT: 50.0}, {DHI: 100.0}, 0),
    "archive cannot be": ({GHI: 9999.0, DHI: 120.0}, {GHI: 500.0, DHI: 450.0, DIRECT: 50.0}, {DHI: 120.0}, None),
}

# GHI, direct on the horizontal, DHI, DNI, extraterrestrial (W/m2), elevation of the sun (degrees) -> flags.
Case = tuple[float | None, float | None, float | None, float | None, float | None, float]
HOURS: dict[str, tuple[Case, list[str]]] = {
    "clear noon": ((900.0, 750.0, 150.0, 870.0, 1200.0, 60.0), []),
    "zero at high sun": ((0.0, 0.0, 0.0, 0.0, 1200.0, 60.0), ["dark_at_high_sun"]),
    "one per cent": ((11.0, 0.0, 11.0, 0.0, 1200.0, 60.0), ["dark_at_high_sun"]),
    "storm": ((13.0, 0.0, 13.0, 0.0, 1200.0, 60.0), []),
    "zero at 20 degrees": ((0.0, 0.0, 0.0, 0.0, 460.0, 20.0), []),
    "night": ((0.0, 0.0, 0.0, 0.0, 0.0, -30.0), []),
    "as much as outside": ((805.0, 600.0, 205.0, 900.0, 800.0, 36.0), []),
    "more than outside": ((805.1, 600.1, 205.0, 900.0, 800.0, 36.0), ["above_extraterrestrial"]),
    "25 of 500 apart": ((500.0, 300.0, 175.0, 400.0, 1200.0, 60.0), []),
    "26 of 500 apart": ((500.0, 300.0, 174.0, 400.0, 1200.0, 60.0), ["not_closed"]),
    "20 of 100 apart": ((100.0, 60.0, 20.0, 80.0, 1200.0, 60.0), []),
    "21 of 100 apart": ((100.0, 60.0, 19.0, 80.0, 1200.0, 60.0), ["not_closed"]),
    "more parts than whole": ((500.0, 300.0, 226.0, 400.0, 1200.0, 60.0), ["not_closed"]),
    "more diffuse than global": ((300.0, None, 450.0, None, 1200.0, 60.0), ["not_closed"]),
    "diffuse alone": ((300.0, None, 200.0, None, 1200.0, 60.0), []),
    "diffuse beyond the sky": ((470.0, 0.0, 470.0, 0.0, 600.0, 20.0), ["beyond_qcrad"]),
    "direct beyond the sun": ((900.0, 750.0, 150.0, 1408.0, 1200.0, 60.0), ["beyond_qcrad"]),
    "two things": ((1300.0, 100.0, 100.0, 100.0, 1200.0, 60.0), ["above_extraterrestrial", "not_closed"]),
    "nothing known": ((None, None, None, None, None, 60.0), []),
    "global alone": ((900.0, None, None, None, None, 60.0), []),
}


def test_radiation_is_one_group_from_one_dataset(spark: SparkSession) -> None:
    meta = {"_source": "landing/x", "_hash": "", "_run_type": "scheduled", "_ingest_time": FETCHED, "model": "m"}
    rows = [
        {"location_id": name, "ts_utc": NOON, "dataset": dataset, **values, **meta}
        for name, (archive, forecast, _, _) in LABELS.items()
        for dataset, values in (
            ("archive", archive | {"cloud_cover_pct": 7.0}),
            ("forecast", forecast | {"temperature_2m_c": 20.0}),
        )
    ]
    versions = spark.createDataFrame(table_rows(contracts.load("bronze.om_weather_hourly_raw"), rows))
    labels = {row["location_id"]: row for row in weather_labels(versions).toArrow().to_pylist()}
    group = (GHI, DIRECT, DHI, DNI)
    assert {name: {value: labels[name][value] for value in group if labels[name][value] is not None} for name in LABELS} == {
        name: wanted for name, (_, _, wanted, _) in LABELS.items()
    }
    assert {name: labels[name]["ranks"][GHI] for name in LABELS if name != "nobody has global"} == {
        name: place for name, (_, _, _, place) in LABELS.items() if name != "nobody has global"
    }
    # everything else is still taken value by value
    others = {(row["cloud_cover_pct"], row["temperature_2m_c"], row["ranks"]["temperature_2m_c"]) for row in labels.values()}
    assert others == {(7.0, 20.0, 1)}
    (refusal,) = labels["archive cannot be"]["refused"]
    assert (refusal["metric"], refusal["value"], refusal["landing_object"]) == (GHI, 9999.0, "landing/x")


def test_hours_that_cannot_be_are_named_and_others_are_not(spark: SparkSession) -> None:
    names = ("ghi_w_m2", "direct_horizontal_w_m2", "dhi_w_m2", "dni_w_m2", "extraterrestrial_w_m2", "solar_elevation_deg")
    schema = "name STRING, " + ", ".join(f"{name} DOUBLE" for name in names)
    hours = spark.createDataFrame([(name, *values) for name, (values, _) in HOURS.items()], schema)
    rows: list[Any] = hours.select("name", radiation.flags().alias("flags")).toArrow().to_pylist()
    assert {row["name"]: row["flags"] for row in rows} == {name: flags for name, (_, flags) in HOURS.items()}
