"""Landed envelopes as a DataFrame: one row per envelope, with its outcome and the rows of its body as an array.

What a body means is said in `include.sources.readings`; here it is only carried into columns.
"""

import gzip
import hashlib
import json
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import pyarrow as pa
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F  # noqa: N812  the field's name for it

from include import contracts
from include.contracts.contract import SPARK_TYPES, ColumnType
from include.sources.landing import unpack
from include.sources.readings import Reading, Row, read_envelope
from include.sources.records import REGISTRY
from include.sources.records import source as record_of
from include.sources.strict_json import Unreadable
from spark_jobs.arrow import arrow_type

# What `bronze.api_requests` keeps of an exchange, plus the span of the rows (for pruning).
_HEAD: dict[str, ColumnType] = {
    "request_id": "string",
    "source": "string",
    "url": "string",
    "window_start_utc": "timestamp",
    "window_end_utc": "timestamp",
    "network_id": "string",
    "facility_codes": "array<string>",
    "dataset": "string",
    "run_id": "string",
    "run_type": "string",
    "try_number": "int",
    "fetched_at": "timestamp",
    "duration_ms": "long",
    "http_status": "int",
    "outcome": "string",
    "detail": "string",
    "rows": "long",
    "credits": "double",
    "api_version": "string",
    "first_ts_utc": "timestamp",
    "last_ts_utc": "timestamp",
    "is_complete": "boolean",
    "excused_codes": "array<string>",
}
HEAD_COLUMNS = tuple(_HEAD)
UNIT_KEY = ("network_id", "facility_code", "unit_code")
"""Identifies a unit of a facility in the registry's table."""
_REFUSED: dict[str, ColumnType] = {"json_path": "string", "reason": "string"}
REFUSED_KEPT = 1000
"""Refused records that are listed of one answer; its `detail` says how many there were."""


@dataclass(frozen=True)
class ObjectName:
    """What the name of a landing object tells without opening it: `<source>/<start>/<fetched_at>-<run>-<try>-<n>.json.gz`."""

    request_id: str
    source: str
    fetched_at: datetime
    run_id: str

    @classmethod
    def parse(cls, request_id: str) -> "ObjectName":
        """Read a key inside the bucket. Raises ValueError for an object that is not named as an envelope."""
        try:
            source, _, name = request_id.split("/")[-3:]
            stamp, run_id, _, _ = name.removesuffix(".json.gz").split("-")
            fetched_at = datetime.strptime(stamp, "%Y%m%dT%H%M%S.%fZ").replace(tzinfo=UTC)
        except ValueError:
            raise ValueError(f"{request_id} is not named as an envelope") from None
        return cls(request_id, source, fetched_at, run_id)


def read_envelopes(spark: SparkSession, uris: Sequence[str], prefix: str, sources: Sequence[str]) -> DataFrame:
    """Return one row per object: the columns of `HEAD_COLUMNS`, `refused`, and for each source its rows as an array of structs.

    `prefix` is the landing folder's key inside the bucket, with which every request_id begins. An object that cannot be
    opened gives outcome `invalid`; a fault of the parser itself ends the job naming the object.
    """
    objects = spark.read.format("binaryFile").load(list(uris)).select("path", "content")

    def parse(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            for path, content in zip(batch["path"].to_pylist(), batch["content"].to_pylist(), strict=True):
                yield _record(request_id_of(path, prefix), content, sources)

    return objects.mapInArrow(parse, _spark_schema(sources))


def rows_of(envelopes: DataFrame, source: str) -> DataFrame:
    """Return the rows of a source's bodies in the columns of its Bronze table."""
    table = contracts.load(record_of(source).table)
    exploded = envelopes.where(F.col("source") == source).select(
        "request_id", "fetched_at", "run_type", F.explode(source).alias("row")
    )
    meta: dict[str, Column] = {
        "_ingest_time": F.col("fetched_at"),
        "_source": F.col("request_id"),
        "_run_type": F.col("run_type"),
    }
    return exploded.select(*[meta.get(name, F.col(f"row.{name}")).alias(name) for name in table.column_names])


def unlisted_units(envelopes: DataFrame, known: DataFrame) -> DataFrame:
    """Return a row in the columns of the registry's Bronze table for each known unit that an answer could have named and did not.

    `known`: network_id, facility_code, unit_code, each once. An answer about some facilities says nothing of others, and one
    in which a unit's record could not be read nothing of that unit; one that was asked for units in some states says nothing.
    """
    table = contracts.load(REGISTRY.table)
    named = F.transform(REGISTRY.name, lambda unit: F.struct(*[unit[name].alias(name) for name in UNIT_KEY]))
    answers = envelopes.where((F.col("source") == REGISTRY.name) & F.col("is_complete") & F.col(REGISTRY.name).isNotNull())
    pairs = answers.select(
        "request_id", "fetched_at", "run_type", "facility_codes", "excused_codes", named.alias("named")
    ).crossJoin(F.broadcast(known.select(*UNIT_KEY)))
    is_asked = (F.size("facility_codes") == 0) | F.array_contains("facility_codes", F.col("facility_code"))
    is_excused = F.arrays_overlap("excused_codes", F.array("facility_code", "unit_code"))
    is_named = F.exists("named", lambda unit: unit == F.struct(*UNIT_KEY))
    unlisted: dict[str, Column] = {name: F.col(name) for name in UNIT_KEY} | {
        "is_listed": F.lit(False),
        "_ingest_time": F.col("fetched_at"),
        "_source": F.col("request_id"),
        "_hash": F.lit(row_hash({"is_listed": False})),
        "_run_type": F.col("run_type"),
    }
    types = {column.name: SPARK_TYPES[column.type] for column in table.columns}
    return pairs.where(is_asked & ~is_excused & ~is_named).select(
        *[unlisted.get(name, F.lit(None).cast(types[name])).alias(name) for name in table.column_names]
    )


def refused_records(envelopes: DataFrame) -> DataFrame:
    """Return the rows of `bronze.refused_records`, each once."""
    each = envelopes.select("request_id", "source", "fetched_at", F.explode("refused").alias("record"))
    names = contracts.load("bronze.refused_records").column_names
    columns = {name: F.col(f"record.{name}") for name in _REFUSED}
    return each.select(*[columns.get(name, F.col(name)).alias(name) for name in names]).distinct()


def request_id_of(path: str, prefix: str) -> str:
    """Return the key inside the bucket of a path in any file system."""
    return "/".join([*([prefix] if prefix else []), *path.split("/")[-3:]])


def row_hash(row: Row) -> str:
    """Return the SHA-256 (hex) of key and values.

    Over JSON with names and without nulls: Python's shortest float text is the same on every machine (the JVM's changed
    with release 19), and a column added later does not make every stored row look revised. -0.0 is 0.0.
    """
    present = {name: _plain(value) for name, value in row.items() if value is not None}
    return hashlib.sha256(json.dumps(present, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return value + 0.0 if isinstance(value, float) else value


def _record(request_id: str, packed: bytes, sources: Sequence[str]) -> pa.RecordBatch:
    head, rows, refused = _read(request_id, packed)
    arrays = [pa.array([head[name]], arrow_type(type_)) for name, type_ in _HEAD.items()]
    arrays.append(pa.array([[{"json_path": one.path, "reason": one.reason} for one in refused[:REFUSED_KEPT]]], _arrow_refused()))
    for source in sources:
        mine = [row | {"_hash": row_hash(row)} for row in rows] if source == head["source"] else None
        arrays.append(pa.array([mine], pa.list_(_arrow_struct(source))))
    return pa.RecordBatch.from_arrays(arrays, names=[*_HEAD, "refused", *sources])


def _read(request_id: str, packed: bytes) -> tuple[dict[str, Any], list[Row], list[Unreadable]]:
    try:
        envelope = unpack(packed)
    except (OSError, EOFError, zlib.error, gzip.BadGzipFile, ValueError) as fault:
        return _broken_head(request_id, f"the landing object cannot be opened: {fault}"), [], []
    try:
        reading = read_envelope(envelope)
        return _head(request_id, envelope, reading), reading.rows, reading.refused
    except ValueError as fault:
        return _broken_head(request_id, str(fault)), [], []
    except Exception as fault:
        # Only a defect of the parser comes here. Recorded as an outcome it would look settled; it must be fixed.
        fix = "fix include/sources/readings.py and run the load again"
        raise RuntimeError(f"{request_id} cannot be read: {fault!r}; {fix}") from fault


def _head(request_id: str, envelope: Mapping[str, Any], reading: Reading) -> dict[str, Any]:
    context, run = envelope["context"], envelope["run"]
    labels = [row["ts_utc"] for row in reading.rows if "ts_utc" in row]
    return {
        "request_id": request_id,
        "source": envelope["source"],
        "url": envelope["request"]["url"],
        "window_start_utc": _instant(context["window_start"]),
        "window_end_utc": _instant(context["window_end"]),
        "network_id": context["network_id"],
        "dataset": context["dataset"],
        "run_id": run["run_id"],
        "run_type": run["run_type"],
        "try_number": run["try_number"],
        "fetched_at": _instant(envelope["fetched_at"]),
        "duration_ms": envelope["duration_ms"],
        "http_status": envelope["response"]["status"],
        "outcome": reading.outcome,
        "detail": reading.detail,
        "rows": len(reading.rows),
        "credits": reading.credits,
        "api_version": reading.api_version,
        "first_ts_utc": min(labels, default=None),
        "last_ts_utc": max(labels, default=None),
        "facility_codes": context.get("facility_codes") or [],
        "is_complete": reading.coverage.is_complete if reading.coverage else None,
        "excused_codes": list(reading.coverage.excused) if reading.coverage else None,
    }


def _broken_head(request_id: str, detail: str) -> dict[str, Any]:
    name = ObjectName.parse(request_id)
    return dict.fromkeys(_HEAD) | {
        "request_id": request_id,
        "source": name.source,
        "url": "",
        "run_id": name.run_id,
        "run_type": "unknown",
        "fetched_at": name.fetched_at,
        "outcome": "invalid",
        "detail": detail,
        "rows": 0,
        "credits": 0.0,
    }


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text).astimezone(UTC) if text else None


def _row_columns(source: str) -> dict[str, ColumnType]:
    table = contracts.load(record_of(source).table)
    return {c.name: c.type for c in table.columns if not c.name.startswith("_")} | {"_hash": "string"}


def _arrow_struct(source: str) -> pa.DataType:
    return pa.struct([(name, arrow_type(type_)) for name, type_ in _row_columns(source).items()])


def _arrow_refused() -> pa.DataType:
    return pa.list_(pa.struct([(name, arrow_type(type_)) for name, type_ in _REFUSED.items()]))


def _spark_schema(sources: Sequence[str]) -> str:
    heads = [f"{name} {SPARK_TYPES[type_]}" for name, type_ in _HEAD.items()]
    arrays = [
        f"{source} ARRAY<STRUCT<{', '.join(f'{n}: {SPARK_TYPES[t]}' for n, t in _row_columns(source).items())}>>"
        for source in sources
    ]
    refused = f"refused ARRAY<STRUCT<{', '.join(f'{name}: {SPARK_TYPES[type_]}' for name, type_ in _REFUSED.items())}>>"
    return ", ".join([*heads, refused, *arrays])
