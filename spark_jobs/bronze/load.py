"""Load landed envelopes into Bronze: `load.py --family oe|om --run-id ID --from-layer L --start ISO --end ISO`.

Takes every envelope of the family's sources that `bronze.api_requests` does not list, the registry's first and each source's
oldest first, and writes what each answer changed; `bronze.api_requests` is written last, so that a load that broke off is
simply done again. Only one load of a family may run at a time (its task has a pool of one). At 3 am: the log names every envelope
that is not `ok`, with its request_id = object key in the bucket; it stays in landing whatever happens here.

From the layer `landing`, envelopes with hours of `[start, end)` that an older version of the reader read are read again, and the
registry's: Bronze then has what that version did not take from them.
"""

import logging
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import reduce
from typing import Any

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F  # noqa: N812  the field's name for it

from include import contracts
from include.settings import read_settings
from include.sources.readings import READER_VERSION
from include.sources.records import FAMILIES, GENERATION, MARKET, REGISTRY, family_named, of_family
from include.sources.records import names as names_of
from include.sources.records import source as record_of
from include.windows import HOUR, Window
from spark_jobs.arguments import parsed, window_parser
from spark_jobs.bronze.absences import (
    CompleteAnswer,
    absent_rows,
    asked_units,
    complete_answers,
    facilities_of_units,
    first_named,
)
from spark_jobs.bronze.api_requests import Change, Request, loaded_requests, request_rows
from spark_jobs.bronze.change_points import change_points
from spark_jobs.bronze.envelopes import (
    HEAD_COLUMNS,
    UNIT_KEY,
    ObjectName,
    read_envelopes,
    refused_records,
    rows_of,
    unlisted_units,
)
from spark_jobs.bronze.landing_objects import LandingObjects, S3Landing
from spark_jobs.hours import HourRanges, sql_timestamp
from spark_jobs.merge import DELETE, OPERATION, UPSERT, Written, changed, merge
from spark_jobs.session import expect_rows, open_session
from spark_jobs.silences import is_silence

log = logging.getLogger("bronze_load")

_WITH_ROWS = frozenset({"ok", "partial"})
_SILENCE = ("value", "ts_utc", "_ingest_time")

# A registry answer has a row for each unit, a hundredth of a month of hours.
REGISTRY_BATCHES = 20


def load_family(
    spark: SparkSession, landing: LandingObjects, family: str, batch: int | None = None, read_again: Window | None = None
) -> list[Written]:
    """Load what is new in landing, batch by batch in the order of fetching; return what was written.

    `batch`: envelopes of one commit, by default the family's. `read_again`: hours of which the envelopes are loaded once more
    that an older version of the reader read.
    """
    sources = names_of(*of_family(family))
    loaded = loaded_requests(spark, sources)
    known = {request.request_id for request in loaded}
    if read_again is not None:
        known -= {r.request_id for r in loaded if r.is_of_older_reader and r.shares_hours(read_again.start, read_again.end)}
    waiting = unloaded(landing, sources, known)
    written: list[Written] = []
    for names in batches(waiting, batch or family_named(family).envelopes):
        print(f"{len(names)} of {len(waiting)} envelopes, fetched from {names[0].fetched_at:%Y-%m-%dT%H:%M:%SZ} on", flush=True)
        written += _load_batch(spark, landing, sources, names, loaded)
    return written


def batches(names: Sequence[ObjectName], size: int) -> Iterator[Sequence[ObjectName]]:
    """Yield the names in pieces of one commit each: the registry's are small, and each piece of them reads all later ones."""
    registry = [name for name in names if name.source == REGISTRY.name]
    others = [name for name in names if name.source != REGISTRY.name]
    for some, most in ((registry, size * REGISTRY_BATCHES), (others, size)):
        for start in range(0, len(some), most):
            yield some[start : start + most]


def unloaded(landing: LandingObjects, sources: Sequence[str], known: set[str]) -> list[ObjectName]:
    """Return the names of envelopes that are not loaded yet, in the order of fetching, the registry's before all others.

    Which unit belongs to which facility decides what an answer was silent about: it must be known before generation is loaded.
    """
    names: list[ObjectName] = []
    for key in (key for source in sources for key in landing.keys(source) if key not in known):
        try:
            names.append(ObjectName.parse(key))
        except ValueError as fault:
            log.warning("left alone: %s", fault)
    return sorted(names, key=lambda name: (name.source != REGISTRY.name, name.fetched_at, name.request_id))


def _load_batch(
    spark: SparkSession, landing: LandingObjects, sources: Sequence[str], names: Sequence[ObjectName], loaded: list[Request]
) -> list[Written]:
    uris = [landing.uri(name.request_id) for name in names]
    envelopes = read_envelopes(spark, uris, landing.prefix, sources).persist()
    expect_rows(spark, len(names))
    heads: list[dict[str, Any]] = envelopes.select(*HEAD_COLUMNS).toArrow().to_pylist()
    expect_rows(spark, sum(head["rows"] for head in heads))
    for head in heads:
        if head["outcome"] not in {"ok", "empty"}:
            log.warning("%s: %s: %s", head["outcome"], head["request_id"], head["detail"])
    changes: dict[str, Change] = {}
    written: list[Written] = []
    for source in sources:
        mine = [head for head in heads if head["source"] == source and head["rows"]]
        if mine:
            load = _SourceLoad(spark, landing, source, mine, loaded)
            written.append(load.write(envelopes))
            changes |= load.changes
            once = {request.request_id for request in loaded}
            first_read = {request_id: change for request_id, change in load.changes.items() if request_id not in once}
            if source == REGISTRY.name and first_read:
                written += _reconsider(spark, landing, first_read, loaded)
    if any(head["outcome"] == "partial" for head in heads):
        written.append(_write_refused(envelopes, heads))
    written.append(_write_requests(spark, heads, changes, loaded))
    envelopes.unpersist()
    return written


def _reconsider(
    spark: SparkSession, landing: LandingObjects, registry: Mapping[str, Change], loaded: Sequence[Request]
) -> list[Written]:
    """Load answers once more for units that these registry answers (by request_id) were the first to name.

    Until then nobody knew that those answers were asked for them. It happens when a registry answer comes late, or when a unit
    reports before it is listed; Silver makes all hours of such a plant anyway.
    """
    units = first_named(spark, registry)
    table = contracts.load(GENERATION.table)
    known = spark.table(table.name).where(F.col("unit_code").isin(*units)).agg(F.min("ts_utc"), F.max("ts_utc"))
    first, last = known.toArrow().to_pylist()[0].values()
    if first is None or last is None:
        return []
    kept = set(landing.keys(GENERATION.name))  # with PV_LANDING_RETENTION_DAYS old ones are gone
    uris = [
        landing.uri(request.request_id)
        for request in loaded
        if request.request_id in kept and request.outcome in _WITH_ROWS and request.shares_hours(first, last + HOUR)
    ]
    if not uris:
        return []
    log.info("%d loaded answers are read again for %d units that were not known", len(uris), len(units))
    envelopes = read_envelopes(spark, uris, landing.prefix, [GENERATION.name]).persist()
    heads = envelopes.select(*HEAD_COLUMNS).toArrow().to_pylist()
    written = _SourceLoad(spark, landing, GENERATION.name, heads, [], only_units=units).write(envelopes)
    envelopes.unpersist()
    return [written]


@dataclass
class _SourceLoad:
    """The load of one source's new envelopes (their heads) into its table; of `only_units` where they are given."""

    spark: SparkSession
    landing: LandingObjects
    source: str
    heads: Sequence[dict[str, Any]]
    loaded: Sequence[Request]
    changes: dict[str, Change] = field(default_factory=dict)
    only_units: Sequence[str] = ()

    def write(self, envelopes: DataFrame) -> Written:
        """Write the change points of the new envelopes; fills `changes` for each request."""
        started = time.monotonic()
        table = contracts.load(record_of(self.source).table)
        is_hourly = "ts_utc" in table.key
        ranges = HourRanges.covering(window for head in self.heads for window in _spans(head)) if is_hourly else None
        since = min(head["fetched_at"] for head in self.heads)
        stored = self.spark.table(table.name)
        stored = stored.where(ranges.sql("ts_utc")) if ranges else stored
        read_again = None
        again = self._loaded_after(since)
        if again:
            log.info("%s: %d loaded envelopes are read again, as one fetched before them came late", self.source, len(again))
            uris = [self.landing.uri(request_id) for request_id in again]
            read_again = read_envelopes(self.spark, uris, self.landing.prefix, [self.source])
        rows = self._rows(envelopes, read_again, stored)
        if self.only_units:
            rows, stored = (frame.where(F.col("unit_code").isin(*self.only_units)) for frame in (rows, stored))
        if self.source == GENERATION.name:
            answers = complete_answers(self.heads, is_new=True)
            if read_again is not None:
                answers += complete_answers(read_again.select(*HEAD_COLUMNS).toArrow().to_pylist(), is_new=False)
            rows = self._with_absences(rows, stored.where(F.col("_ingest_time") < F.lit(since)), answers)
        key = [name for name in table.key if name != "_ingest_time"]
        # Fetched by a clock that was behind, a measured hour lies in the future and Silver refuses it: not for ever.
        is_measured = self.source in (GENERATION.name, MARKET.name)
        is_early = F.col("ts_utc") > F.col("_ingest_time") if is_measured else None
        is_silent = is_silence(*map(F.col, _SILENCE)) if self.source == GENERATION.name else None
        is_absence = ~F.coalesce("is_listed", F.lit(True)) if self.source == REGISTRY.name else None
        points = change_points(rows, stored, key, since, is_early, is_silent, is_absence).persist()
        counts = self._count(points, is_hourly)
        if changed(counts):
            merge(points, table, ranges.sql(f"{table.name}.ts_utc") if ranges else None)
        points.unpersist()
        read = sum(head["rows"] for head in self.heads)
        return Written(table.name, read, counts[UPSERT], counts[DELETE], time.monotonic() - started)

    def _with_absences(self, rows: DataFrame, before: DataFrame, answers: Sequence[CompleteAnswer]) -> DataFrame:
        """Add what these answers no longer name; where no earlier answer can have named it, nothing is looked for."""
        earlier = [
            (request.fetched_at, request.window_start_utc, request.window_end_utc)
            for request in self.loaded
            if request.source == self.source
        ] + [(head["fetched_at"], head["window_start_utc"], head["window_end_utc"]) for head in self.heads]
        repeating = [
            answer
            for answer in answers
            if any(at < answer.fetched_at and start and start <= answer.last and answer.start < end for at, start, end in earlier)
        ]
        if not repeating:
            return rows
        facilities = facilities_of_units(self.spark)
        if self.only_units:
            facilities = {unit: codes for unit, codes in facilities.items() if unit[1] in self.only_units}
        asked = asked_units(repeating, facilities)
        if not asked.num_rows:
            return rows
        return rows.unionByName(absent_rows(rows, before, self.spark.createDataFrame(asked)))

    def _rows(self, new: DataFrame, read_again: DataFrame | None, stored: DataFrame) -> DataFrame:
        """Return what the answers say, with `is_new`; of the registry also which known units they do not name."""
        answers = {True: new} | ({False: read_again} if read_again is not None else {})
        said = {is_new: rows_of(envelopes, self.source) for is_new, envelopes in answers.items()}
        if self.source == REGISTRY.name:
            known = reduce(DataFrame.unionByName, (rows.select(*UNIT_KEY) for rows in (stored, *said.values()))).distinct()
            said = {is_new: rows.unionByName(unlisted_units(answers[is_new], known)) for is_new, rows in said.items()}
        return reduce(DataFrame.unionByName, (rows.withColumn("is_new", F.lit(is_new)) for is_new, rows in said.items()))

    def _loaded_after(self, since: datetime) -> list[str]:
        """Return the loaded envelopes that were fetched from `since` on and share hours with the new ones."""
        windows = [(head["window_start_utc"], head["window_end_utc"]) for head in self.heads]
        mine = {head["request_id"] for head in self.heads}
        return [
            request.request_id
            for request in self.loaded
            if request.source == self.source
            and request.request_id not in mine
            and request.outcome in _WITH_ROWS
            and request.fetched_at >= since
            and any(request.shares_hours(start, end) for start, end in windows)
        ]

    def _count(self, points: DataFrame, is_hourly: bool) -> dict[str, int]:
        """Return rows by operation; notes what each new envelope contributed, stored already or not."""
        hours = F.collect_set("ts_utc") if is_hourly else F.array().cast("array<timestamp>")
        groups = points.groupBy("_source", "is_new", OPERATION).agg(F.count("*").alias("rows"), hours.alias("hours"))
        counts = {UPSERT: 0, DELETE: 0}
        for group in groups.toArrow().to_pylist():
            counts[group[OPERATION]] = counts.get(group[OPERATION], 0) + group["rows"]
            if group["is_new"] and group[OPERATION] != DELETE:
                change = self.changes.setdefault(group["_source"], Change())
                change.rows += group["rows"]
                change.hours.update(group["hours"])
        return counts


def _write_refused(envelopes: DataFrame, heads: Sequence[dict[str, Any]]) -> Written:
    """List the records that could not be read, of the batch's partial answers."""
    started = time.monotonic()
    table = contracts.load("bronze.refused_records")
    fetched = [head["fetched_at"] for head in heads if head["outcome"] == "partial"]
    column = f"{table.name}.fetched_at"
    bounds = f"{column} >= {sql_timestamp(min(fetched))} AND {column} <= {sql_timestamp(max(fetched))}"
    records = refused_records(envelopes).withColumn(OPERATION, F.lit(UPSERT)).persist()
    count = records.count()
    merge(records, table, bounds)
    records.unpersist()
    return Written(table.name, count, count, 0, time.monotonic() - started)


def _write_requests(
    spark: SparkSession, heads: Sequence[dict[str, Any]], changes: dict[str, Change], loaded: list[Request]
) -> Written:
    """List the batch's envelopes as loaded; from here on they are not read again."""
    started = time.monotonic()
    table = contracts.load("bronze.api_requests")
    # Silver asks for what was loaded after an instant: it must grow from commit to commit even if the clock is set back.
    newest = max((request.loaded_at for request in loaded), default=datetime.min.replace(tzinfo=UTC))
    loaded_at = max(datetime.now(UTC), newest + timedelta(microseconds=1))
    rows = request_rows(heads, changes, loaded_at)
    fetched = [head["fetched_at"] for head in heads]
    column = f"{table.name}.fetched_at"
    bounds = f"{column} >= {sql_timestamp(min(fetched))} AND {column} <= {sql_timestamp(max(fetched))}"
    # Both families write this table, at the same time in a rebuild: by its sources each is kept apart from the other's rows.
    sources = ", ".join(f"'{source}'" for source in sorted({head["source"] for head in heads}))
    bounds += f" AND {table.name}.source IN ({sources})"
    merge(spark.createDataFrame(rows).withColumn(OPERATION, F.lit(UPSERT)), table, bounds)
    ours = {head["request_id"] for head in heads}
    loaded[:] = [request for request in loaded if request.request_id not in ours]
    loaded += [Request.of(head | {"loaded_at": loaded_at, "reader_version": READER_VERSION}) for head in heads]
    return Written(table.name, len(heads), len(heads), 0, time.monotonic() - started)


def _spans(head: dict[str, Any]) -> list[Window]:
    """Return the hours that an answer names, and of generation those it was asked for: about them it may be silent."""
    named = Window(head["first_ts_utc"], head["last_ts_utc"] + HOUR)
    if head["source"] != GENERATION.name or head["window_start_utc"] is None or head["window_end_utc"] is None:
        return [named]
    return [named, Window(head["window_start_utc"], head["window_end_utc"])]


def main(argv: Sequence[str] | None = None) -> None:
    """Run the job."""
    parser = window_parser(__doc__)
    parser.add_argument("--family", choices=[each.name for each in FAMILIES], required=True)
    parser.add_argument("--from-layer", required=True, help="landing: what an older reader read of these hours is read again")
    arguments, window = parsed(parser, argv)
    started = time.monotonic()
    with open_session(f"bronze_load_{arguments.family}") as spark:
        opened = time.monotonic()
        landing = S3Landing.of(read_settings())
        written = load_family(spark, landing, arguments.family, read_again=window if arguments.from_layer == "landing" else None)
        for table in written:
            print(table.line())
        if not written:
            print("nothing new in landing")
        print(f"run {arguments.run_id}: session {opened - started:.1f} s, work {time.monotonic() - opened:.1f} s")


if __name__ == "__main__":
    main()
