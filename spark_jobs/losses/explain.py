"""Say why each hour was low: `explain.py --start ISO --end ISO --run-id ID`.

Takes the hours of `[start, end)` and every hour whose energy, weather, market or dispatch Silver has changed since this job
last read. Their expected energy is computed anew by the champion of `silver.plant_model`; then losses are split again, also
of the hours around them that may look different now (the rest of an outage, the night of a battery). Windows may be run in
any order and any number of times. `gold.plant_loss_hourly` is written where it differs, `lh.stage_progress` last, so that a
run that broke off is done again. One run at a time: its task has a pool of one. No other table is made of what this job
writes.
"""

import logging
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import reduce

import pyarrow as pa
from pyspark.sql import SparkSession
from pyspark.sql import functions as F  # noqa: N812  the field's name for it

from include import contracts
from include.windows import HOUR, Window
from spark_jobs.arguments import import_meanwhile, parsed, window_parser
from spark_jobs.hours import HourRanges
from spark_jobs.losses.expectations import TABLE, read_expectations
from spark_jobs.losses.fleet import read_fleet
from spark_jobs.losses.rows import loss_rows, losses_of
from spark_jobs.losses.waiting import note_progress, waiting
from spark_jobs.merge import OPERATION, Written, changed, differences, merge
from spark_jobs.plant_models.champion import Models, champion
from spark_jobs.session import expect_rows, open_session
from spark_jobs.silver.registry import Registry

log = logging.getLogger("explain_losses")
# How far the reason of an hour may depend on others: an outage or limit over a long weekend, the night after a day.
REACH_HOURS = 72
# What those hours are judged with: runs of zeros that began before them.
CONTEXT_HOURS = 10 * 24
PASS_DAYS = 62


def explain(spark: SparkSession, window: Window, now: datetime | None = None) -> list[Written]:
    """Judge a window and all that waits; return what was written."""
    now = now or datetime.now(UTC)
    expect_rows(spark, 0)
    waits = waiting(spark)
    hours = HourRanges.covering([window, *HourRanges.of_hours(waits.hours).windows])
    registry, models = Registry.of_silver(spark), champion(spark)
    pieces = [piece for part in hours.windows for piece in part.split(PASS_DAYS)]
    written = [explain_piece(spark, piece, registry, models, waits.sources, now) for piece in pieces]
    note_progress(spark, waits.read_through, now)
    return [reduce(Written.plus, written)]


def explain_piece(
    spark: SparkSession, piece: Window, registry: Registry, models: Models, sources: frozenset[str], now: datetime
) -> Written:
    """Judge one stretch of hours and what lies within reach of it, by the sources that there are; write what differs."""
    started = time.monotonic()
    fleet = read_fleet(spark, piece.widened(REACH_HOURS + CONTEXT_HOURS), registry, sources)
    expectations = read_expectations(spark, piece.widened(REACH_HOURS + CONTEXT_HOURS), fleet)
    read = time.monotonic()
    # The hour after them begins with their weather; it is made anew where it was made before.
    asked, touched = (fleet.mask(HourRanges((Window(piece.start, end),))) for end in (piece.end, piece.end + HOUR))
    is_row = fleet.is_in_commission & (asked | expectations.is_stored)
    expectations.renew(fleet, is_row & touched, models)
    reach = HourRanges((piece.widened(REACH_HOURS),))
    is_row &= fleet.mask(reach)
    rows = loss_rows(fleet, expectations, losses_of(fleet, expectations.expected_mwh, models), is_row)
    judged = time.monotonic()
    counts = _write(spark, rows, reach, now)
    log.info(
        "hours %s: read %.1f s, judged %.1f s, written %.1f s", piece, read - started, judged - read, time.monotonic() - judged
    )
    return Written.of(TABLE, counts, time.monotonic() - started)


def _write(spark: SparkSession, rows: pa.Table, hours: HourRanges, now: datetime) -> dict[str, int]:
    """Bring these hours of the table to `rows`; return rows by operation. Without a difference there is no snapshot."""
    table = contracts.load(TABLE)
    expect_rows(spark, len(rows))
    stored = spark.table(TABLE).where(hours.sql("ts_utc"))
    changes = differences(spark.createDataFrame(rows), stored, table, F.lit(now)).persist()
    counts = {row[OPERATION]: row["count"] for row in changes.groupBy(OPERATION).count().toArrow().to_pylist()}
    if changed(counts):
        merge(changes, table, hours.sql(f"{TABLE}.ts_utc"))
    changes.unpersist()
    return counts


def main(argv: Sequence[str] | None = None) -> None:
    """Run the job."""
    arguments, window = parsed(window_parser(__doc__), argv)
    import_meanwhile("pvlib.irradiance")
    with open_session("explain_losses") as spark:
        opened = time.monotonic()
        for table in explain(spark, window):
            print(table.line())
        print(f"run {arguments.run_id}: work {time.monotonic() - opened:.1f} s")


if __name__ == "__main__":
    main()
