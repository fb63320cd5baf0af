"""Build Silver: `normalize.py --start ISO --end ISO --run-id ID`.

Takes the hours of `[start, end)` and every hour whose Bronze has changed since Silver last read it, rebuilds their rows
from Bronze alone, and writes those that differ. Windows may be run in any order and any number of times. Where a run of bad
values begins, ends or is proven, its hours outside of the window are rebuilt too. When the registry changes a figure that hours
are made from, all hours of that plant are rebuilt. The findings, the dimensions and then `lh.stage_progress` are written last,
so that a run that broke off is simply done again. One run at a time: its task has a pool of one, as a run could otherwise put
rows back that another has made from newer Bronze. A conflict with another writer fails the job; its task tries again.
"""

import logging
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import reduce

import pyarrow as pa
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F  # noqa: N812  the field's name for it

from include import contracts
from include.sources.records import MARKET, UNIT_SOLUTION
from include.windows import Window
from spark_jobs.arguments import import_meanwhile, parsed, window_parser
from spark_jobs.hours import HourRanges
from spark_jobs.merge import OPERATION, Written, changed, differences, merge
from spark_jobs.session import expect_rows, open_session
from spark_jobs.silver import learnt_limits, quality_findings
from spark_jobs.silver.asked import backfill_lines
from spark_jobs.silver.fact_air_quality_hourly import air_quality_labels, fact_air_quality_hourly
from spark_jobs.silver.fact_generation_hourly import fact_generation_hourly, rejected_rows, unit_hours
from spark_jobs.silver.fact_market_hourly import fact_market_hourly
from spark_jobs.silver.fact_unit_solution_hourly import fact_unit_solution_hourly
from spark_jobs.silver.fact_weather_hourly import fact_weather_hourly, weather_labels
from spark_jobs.silver.findings import Finding
from spark_jobs.silver.judgement import judge_hours, learn_limits
from spark_jobs.silver.limits import AIR_QUALITY, WEATHER
from spark_jobs.silver.progress import note_progress, pending
from spark_jobs.silver.registry import MovedHours, Registry, moved_hours, overlap, write_registry
from spark_jobs.silver.sun import sun_hours
from spark_jobs.silver.weather import refused_values

log = logging.getLogger("silver_normalize")

# A changed label changes two hours of weather.
NEIGHBOUR_HOURS = 1
# Days of one pass: the sun's positions of a pass (plants x hours) are broadcast, and its results held in memory.
PASS_DAYS = 62

_BRONZE = ("bronze.oe_generation_hourly_raw", "bronze.om_weather_hourly_raw", "bronze.om_air_quality_hourly_raw")


@dataclass(frozen=True)
class Pass:
    """Hours whose rows are replaced, of all plants or of some."""

    hours: HourRanges
    plants: frozenset[str] | None = None

    def sql(self, table: str, units: Sequence[str] = (), prefix: str = "") -> str:
        """Return the condition that a row of a table belongs to the pass; rejected rows belong by their unit or plant."""
        inside = f"({self.hours.sql(f'{prefix}ts_utc')})"
        if self.plants is None:
            return inside
        column, names = (
            ("unit_code", [*units, *sorted(self.plants)])
            if table == "silver.rejected_rows"
            else ("plant_id", sorted(self.plants))
        )
        return f"{inside} AND {_is_in(prefix + column, names)}"


def normalize(spark: SparkSession, window: Window, now: datetime | None = None) -> list[Written]:
    """Build Silver for a window and for all that waits; return what was written."""
    now = now or datetime.now(UTC)
    started = time.monotonic()
    expect_rows(spark, 0)
    waiting = pending(spark)
    hours = HourRanges.covering([window, *HourRanges.of_hours(waiting.hours).windows])
    old = Registry.of_silver(spark)
    new = Registry.of_bronze(spark, old, hours, waiting.loaded_after, now)
    for line in backfill_lines(new.history):
        log.warning("%s", line)
    written: dict[str, list[Written]] = {}
    known = quality_findings.of_silver(spark)
    stored = quality_findings.of_hours(known)
    moved = moved_hours(new, old)
    limits, restated = _limits(spark, hours, moved, new, stored, now)
    wanted = [finding for finding in stored if finding.rule != learnt_limits.RULE] + limits
    parts = deque([*passes(hours, new, moved, lambda: _all_hours(spark)), *restated])
    while parts:
        part = parts.popleft()
        judgement = judge_hours(spark, part.hours, part.plants, new, wanted, now)
        wanted = judgement.findings
        parts += [Pass(changed_beside, plants) for plants, changed_beside in judgement.again]
        for piece in [part, *[Pass(beside, plants) for plants, beside in judgement.others]]:
            log.info("hours %s%s", piece.hours, f" of {len(piece.plants)} plants" if piece.plants is not None else "")
            for table in build(spark, piece, new, old, judgement.verdicts(piece.hours), waiting.sources, now):
                written.setdefault(table.table, []).append(table)
    dims = time.monotonic()
    findings = quality_findings.write_findings(spark, wanted, new.findings, known, now)
    counts = {quality_findings.TABLE: findings} | write_registry(spark, new, old, now)
    totals = [reduce(Written.plus, tables) for tables in written.values()]
    totals += [Written(name, *figures, time.monotonic() - dims) for name, figures in counts.items()]
    note_progress(spark, waiting.loaded_through, now)
    log.info("work %.1f s", time.monotonic() - started)
    return totals


def passes(hours: HourRanges, new: Registry, moved: MovedHours, all_hours: Callable[[], HourRanges | None]) -> list[Pass]:
    """Return the passes of a run: its hours for all plants; others for plants whose figures the registry changed there."""
    everything = all_hours() if moved else None
    whole = frozenset(plant for plant, spans in moved.items() if spans is None)
    if everything is not None and whole >= {plant["plant_id"] for plant in new.plants}:
        return [Pass(piece) for piece in (hours | everything).widened(NEIGHBOUR_HOURS).split(PASS_DAYS)]
    of_all = hours.widened(NEIGHBOUR_HOURS)
    parts = [Pass(piece) for piece in of_all.split(PASS_DAYS)]
    partly = overlap(everything, [span for spans in moved.values() for span in spans or ()]) if everything is not None else None
    for plants, touched in ((whole, everything if whole else None), (frozenset(moved) - whole, partly)):
        others = touched.widened(NEIGHBOUR_HOURS).without(of_all) if touched is not None else None
        if others is not None:
            parts += [Pass(piece, plants) for piece in others.split(PASS_DAYS)]
    return parts


def _limits(
    spark: SparkSession, hours: HourRanges, moved: MovedHours, new: Registry, stored: Sequence[Finding], now: datetime
) -> tuple[list[Finding], list[Pass]]:
    """Return the limits of plants without a capacity, and the passes of hours that they restate."""
    plants = {unit["plant_id"] for unit in learnt_limits.without_capacity(new)}
    everything = _all_hours(spark) if plants & moved.keys() else None
    limits = learn_limits(spark, hours if everything is None else hours | everything, new, stored, now)
    before = [finding for finding in stored if finding.rule == learnt_limits.RULE]
    changed = [
        (plant, window) for plant, window in learnt_limits.changed_windows(before, limits) if moved.get(plant, ()) is not None
    ]
    if not changed:
        return limits, []
    ranges = HourRanges.covering(window for _, window in changed)
    return limits, [Pass(piece, frozenset(plant for plant, _ in changed)) for piece in ranges.split(PASS_DAYS)]


def build(
    spark: SparkSession,
    part: Pass,
    new: Registry,
    old: Registry,
    verdicts: pa.Table,
    sources: frozenset[str],
    now: datetime,
) -> list[Written]:
    """Make the rows of a pass and write those that differ; `verdicts` as `judgement.VERDICTS`, `sources` that there are."""
    started = time.monotonic()
    units = sorted({code for registry in (new, old) for code in _part(registry, part).codes})
    expect_rows(spark, len(part.hours.hours()) * len(_part(new, part).units))
    persisted, wanted = _wanted(spark, part, _part(new, part), units, verdicts, sources)
    changes: dict[str, DataFrame] = {}
    for name, rows in wanted.items():
        table = contracts.load(name)
        stored = spark.table(name).where(part.sql(name, units))
        changes[name] = differences(rows.where(part.sql(name, units)), stored, table, F.lit(now)).persist()
    counts = _count(changes)
    counted = time.monotonic()
    log.info("compared in %.1f s", counted - started)
    written = []
    for name, frame in changes.items():
        begun = time.monotonic()
        if changed(counts[name]):
            merge(frame, contracts.load(name), part.sql(name, units, prefix=f"{name}."))
        frame.unpersist()
        written.append(Written.of(name, counts[name], time.monotonic() - begun))
    for frame in persisted:
        frame.unpersist()
    return written


def _wanted(
    spark: SparkSession, part: Pass, registry: Registry, units: Sequence[str], verdicts: pa.Table, sources: frozenset[str]
) -> tuple[list[DataFrame], dict[str, DataFrame]]:
    """Return what is persisted, as two tables come from it (unit hours, labels), and the rows that each table must hold."""
    read = part.hours.widened(NEIGHBOUR_HOURS)
    inside = f"({read.sql('ts_utc')})"
    of_units = of_places = inside
    if part.plants is not None:
        of_units = f"{inside} AND {_is_in('unit_code', units)}"
        of_places = f"{inside} AND {_is_in('location_id', sorted(registry.coordinates))}"
    generation, weather, air = (spark.table(name) for name in _BRONZE)
    sun = spark.createDataFrame(sun_hours(registry.coordinates, read.hours()))
    plants = spark.createDataFrame(registry.plant_table())
    units_table, judged = spark.createDataFrame(registry.unit_table()), spark.createDataFrame(verdicts)
    hours = unit_hours(generation.where(of_units), units_table, judged).persist()
    of_weather, of_air = weather_labels(weather.where(of_places)).persist(), air_quality_labels(air.where(of_places)).persist()
    refused = [
        rejected_rows(hours),
        refused_values(of_weather, plants, _BRONZE[1], WEATHER, registry.has_moved),
        refused_values(of_air, plants, _BRONZE[2], AIR_QUALITY, registry.has_moved),
    ]
    # Regions are of no plant, and the registry has no say in what the operator said of units: a pass of some plants leaves both.
    of_all: dict[str, DataFrame] = {}
    if part.plants is None:
        of_all["silver.fact_market_hourly"] = fact_market_hourly(spark.table(MARKET.table).where(part.hours.sql("ts_utc")))
    # Off for most: an hour should not pay for a table without a row.
    if part.plants is None and UNIT_SOLUTION.name in sources:
        dispatch = spark.table(UNIT_SOLUTION.table).where(part.hours.sql("ts_utc"))
        of_all["silver.fact_unit_solution_hourly"] = fact_unit_solution_hourly(dispatch)
    return [hours, of_weather, of_air], of_all | {
        "silver.fact_generation_hourly": fact_generation_hourly(hours),
        "silver.rejected_rows": reduce(DataFrame.unionByName, refused),
        "silver.fact_weather_hourly": fact_weather_hourly(of_weather, plants, sun, registry.has_moved),
        "silver.fact_air_quality_hourly": fact_air_quality_hourly(of_air, plants, registry.has_moved),
    }


def _count(changes: Mapping[str, DataFrame]) -> dict[str, dict[str, int]]:
    """Return rows by table and operation, in one job that fills every persisted frame."""
    groups = [frame.groupBy(F.lit(name).alias("name"), OPERATION).count() for name, frame in changes.items()]
    counts: dict[str, dict[str, int]] = {name: {} for name in changes}
    for row in reduce(DataFrame.unionByName, groups).toArrow().to_pylist():
        counts[row["name"]][row[OPERATION]] = row["count"]
    return counts


def _part(registry: Registry, part: Pass) -> Registry:
    return registry if part.plants is None else registry.only(part.plants)


def _all_hours(spark: SparkSession) -> HourRanges | None:
    """Return the days of all hourly Bronze rows (from Iceberg's metadata: nothing is read); None when there are none."""
    days = [spark.table(f"{name}.partitions").select("partition.ts_utc_day") for name in _BRONZE]
    rows = reduce(DataFrame.union, days).distinct().toArrow().to_pylist()
    starts = (datetime.combine(row["ts_utc_day"], datetime.min.time(), UTC) for row in rows)
    windows = [Window(start, start + timedelta(days=1)) for start in starts]
    return HourRanges.covering(windows) if windows else None


def _is_in(column: str, names: Sequence[str]) -> str:
    texts = ", ".join("'" + name.replace("'", "''") + "'" for name in names)
    return f"{column} IN ({texts})" if texts else "false"


def main(argv: Sequence[str] | None = None) -> None:
    """Run the job."""
    arguments, window = parsed(window_parser(__doc__), argv)
    started = time.monotonic()
    import_meanwhile("pvlib.spa")
    with open_session("silver_normalize") as spark:
        opened = time.monotonic()
        for table in normalize(spark, window):
            print(table.line())
        print(f"run {arguments.run_id}: session {opened - started:.1f} s, work {time.monotonic() - opened:.1f} s")


if __name__ == "__main__":
    main()
