"""What a complete answer no longer names: null rows, so that being silent about an hour is said like a null.

The source leaves a unit without data out of its answer, and an hour at the end of a series; nothing in the body tells that from
a unit that was not asked for. So an hour is absent when it had a value in an earlier answer, lies in the window that was
asked for, and the registry has its unit at a facility that was asked for.

Only a complete answer says anything: one of which energy or power was refused in part may have had the hour there. Market values
are never absent: whether they come depends on a setting, and energy that is withdrawn takes its value with it. Blind spots: an
answer without any row (`empty`, the API's 404) takes nothing back, as an outage answers alike; a unit that the registry has never
named is not known to have been asked for.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pyarrow as pa
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F  # noqa: N812  the field's name for it

from include.sources.openelectricity.time_series import UNITS_OF_METRICS
from include.windows import HOUR
from spark_jobs.silences import JUDGED_AFTER

Unit = tuple[str, str]
"""Network and unit code."""

_WITH_ROWS = ("ok", "partial")
_INSTANT = pa.timestamp("us", tz="UTC")
_ANSWER = pa.struct(
    [
        ("request_id", pa.string()),
        ("start", _INSTANT),
        ("last", _INSTANT),
        ("fetched_at", _INSTANT),
        ("run_type", pa.string()),
        ("is_new", pa.bool_()),
    ]
)
_ASKED = pa.schema([("network_id", pa.string()), ("unit_code", pa.string()), ("answers", pa.list_(_ANSWER))])


@dataclass(frozen=True)
class CompleteAnswer:
    """An answer that names every hour it has of what it was asked for; from `start` to `last` its silence counts."""

    request_id: str
    network_id: str
    facility_codes: frozenset[str]
    start: datetime
    last: datetime
    fetched_at: datetime
    run_type: str
    is_new: bool


def complete_answers(heads: Iterable[Mapping[str, Any]], *, is_new: bool) -> list[CompleteAnswer]:
    """Return the answers among heads of generation envelopes that say by silence that hours have no value."""
    answers = []
    for head in heads:
        start, end, codes = head["window_start_utc"], head["window_end_utc"], head["facility_codes"]
        if head["outcome"] not in _WITH_ROWS or not head["is_complete"] or start is None or end is None or not codes:
            continue
        last = min(end - HOUR, head["fetched_at"] - JUDGED_AFTER)
        if start <= last:
            identity = (head["request_id"], head["network_id"], frozenset(codes))
            answers.append(CompleteAnswer(*identity, start, last, head["fetched_at"], head["run_type"], is_new))
    return answers


def facilities_of_units(spark: SparkSession) -> dict[Unit, set[str]]:
    """Return every facility at which the registry has ever had a unit."""
    rows = spark.table("bronze.oe_facilities_raw").select("network_id", "unit_code", "facility_code").distinct()
    facilities: dict[Unit, set[str]] = {}
    for row in rows.toArrow().to_pylist():
        facilities.setdefault((row["network_id"], row["unit_code"]), set()).add(row["facility_code"])
    return facilities


def first_named(spark: SparkSession, request_ids: Iterable[str]) -> list[str]:
    """Return the codes of units that the registry has at a facility by these answers alone, which are loaded already."""
    is_new = F.col("_source").isin(*request_ids)
    pairs = (
        spark.table("bronze.oe_facilities_raw")
        .groupBy("network_id", "unit_code", "facility_code")
        .agg(F.every(is_new).alias("new"))
    )
    return sorted({row["unit_code"] for row in pairs.where("new").select("unit_code").toArrow().to_pylist()})


def asked_units(answers: Sequence[CompleteAnswer], facilities: Mapping[Unit, set[str]]) -> pa.Table:
    """Return network_id, unit_code and `answers`: for each unit the complete answers that were asked for it."""
    asked: dict[Unit, list[dict[str, Any]]] = {}
    for answer in answers:
        shown = {name: getattr(answer, name) for name in ("request_id", "start", "last", "fetched_at", "run_type", "is_new")}
        for unit, codes in facilities.items():
            if unit[0] == answer.network_id and codes & answer.facility_codes:
                asked.setdefault(unit, []).append(shown)
    rows = [{"network_id": network, "unit_code": code, "answers": of_it} for (network, code), of_it in sorted(asked.items())]
    return pa.Table.from_pylist(rows, _ASKED)


def absent_rows(rows: DataFrame, stored: DataFrame, asked: DataFrame) -> DataFrame:
    """Return the rows, in the columns of `rows`, of hours with an earlier value that an answer asked for and did not get.

    `rows`: the columns of `bronze.oe_generation_hourly_raw` and `is_new`, of all answers from some instant on. `stored`: the
    table's rows from before it. `asked`: of `asked_units`, of the same answers as `rows`.
    """
    key = ("network_id", "unit_code", "metric", "ts_utc")
    seen = ("value", "_ingest_time", "_source")
    said = rows.select(*key, *seen).unionByName(stored.select(*key, *seen)).where(F.col("metric").isin(*UNITS_OF_METRICS))
    hours = said.groupBy(*key).agg(
        F.min(F.when(F.col("value").isNotNull(), F.col("_ingest_time"))).alias("first_value_at"),
        F.collect_set("_source").alias("named_by"),
    )
    silent = F.filter(
        "answers",
        lambda answer: (
            (answer["start"] <= F.col("ts_utc"))
            & (F.col("ts_utc") <= answer["last"])
            & (answer["fetched_at"] > F.col("first_value_at"))
            & ~F.array_contains("named_by", answer["request_id"])
        ),
    )
    each = hours.join(F.broadcast(asked), ["network_id", "unit_code"]).select(*key, F.explode(silent).alias("answer"))
    units = F.create_map(*[F.lit(part) for pair in UNITS_OF_METRICS.items() for part in pair])
    columns = {
        "value": F.lit(None).cast("double"),
        "value_unit": units[F.col("metric")],
        "is_absent": F.lit(True),
        "_ingest_time": F.col("answer.fetched_at"),
        "_source": F.col("answer.request_id"),
        "_run_type": F.col("answer.run_type"),
        "is_new": F.col("answer.is_new"),
    }
    null_rows = each.select(*key, *[column.alias(name) for name, column in columns.items()])
    return null_rows.withColumn("_hash", _hash_of_null()).select(*rows.columns)


def _hash_of_null() -> Column:
    """Return the `_hash` that an explicit null has (`envelopes.row_hash`): both say the same."""
    at = F.date_format("ts_utc", "yyyy-MM-dd'T'HH:mm:ss'+00:00'")
    return F.sha2(F.to_json(F.struct("metric", "network_id", at.alias("ts_utc"), "unit_code", "value_unit")), 256)
