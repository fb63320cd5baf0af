"""When an hour counts as answered and as revised, on rows of a local Spark."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pyspark.sql import SparkSession
from pyspark.sql import functions as F  # noqa: N812  the field's name for it

from spark_jobs.silver import answers

pytestmark = pytest.mark.spark

END = datetime(2025, 1, 1, 3, tzinfo=UTC)
CASES: dict[str, tuple[list[float | None], int]] = {
    "SAME": ([100.0], 0),
    "BELOW_SHARE": ([100.0, 100.4], 0),
    "BELOW_MWH": ([1.0, 1.09], 0),
    "ABOVE_BOTH": ([100.0, 100.6], 1),
    "TWICE": ([100.0, 120.0, 100.0], 2),
    "LATE": ([None, 100.0], 0),
    "TAKEN_BACK": ([100.0, None], 1),
    "GIVEN_BACK": ([100.0, None, 100.0], 2),
}
"""Unit -> energies (MWh) in the order of their answers, and how many of these are revisions."""


@pytest.fixture(scope="module")
def revisions(spark: SparkSession) -> dict[str, int]:
    rows = [
        (code, "energy", END + timedelta(minutes=n), value)
        for code, (values, _) in CASES.items()
        for n, value in enumerate(values)
    ]
    frame = spark.createDataFrame(rows, "code string, metric string, _ingest_time timestamp, value double")
    hours = frame.groupBy("code").agg(answers.energy_versions().alias("versions"))
    counted = hours.select("code", F.size(answers.revision_times("versions")).alias("n")).collect()
    return {row["code"]: row["n"] for row in counted}


@pytest.mark.parametrize("code", CASES)
def test_a_revision_is_a_change_worth_the_name(revisions: dict[str, int], code: str) -> None:
    assert revisions[code] == CASES[code][1]


def test_an_hour_is_complete_when_the_last_expected_unit_is_there(spark: SparkSession) -> None:
    at_1, at_2 = (END + timedelta(minutes=1), "scheduled"), (END + timedelta(hours=7), "backfill")
    rows: list[Any] = [("both", [at_1, at_2], [1, 2]), ("one", [at_1], [1, 2]), ("none expected", [at_1], [])]
    kind = "name string, first_values array<struct<at: timestamp, run_type: string>>, expected array<int>"
    found = spark.createDataFrame(rows, kind).select("name", answers.first_complete("first_values", "expected").alias("complete"))

    complete = {row["name"]: row["complete"] for row in found.collect()}
    assert complete["both"]["run_type"] == "backfill"
    assert (complete["one"], complete["none expected"]) == (None, None)
