"""How far Silver has read each source, and which hours wait for it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from pyspark.sql import SparkSession
from pyspark.sql import functions as F  # noqa: N812  the field's name for it

from include.sources.records import FAMILIES, GENERATION, of_family
from spark_jobs.hours import sql_timestamp
from spark_jobs.stage_progress import EVER, note_read_through, read_through

STAGE = "silver"


@dataclass(frozen=True)
class Pending:
    """What Bronze has loaded since Silver last read: the hours it changed, and up to which instant, for each source.

    `loaded_after`: up to which instant requests for generation had been read; None where they never were. `sources`: all of which
    anything was ever loaded.
    """

    hours: frozenset[datetime]
    loaded_through: Mapping[str, datetime]
    loaded_after: datetime | None
    sources: frozenset[str]


def pending(spark: SparkSession) -> Pending:
    """Return what waits; everything that was ever loaded where Silver has read nothing of a source yet."""
    known = read_through(spark, STAGE)
    requests = spark.table("bronze.api_requests")
    if known:
        unread = [f"source = '{source}'" for source in _never_read(known)]
        read = [f"(source = '{source}' AND loaded_at <= {sql_timestamp(through)})" for source, through in known.items()]
        # The plain bound lets Iceberg skip the files of older loads, the names of sources those of others.
        requests = requests.where(
            f"({' OR '.join([f'loaded_at > {sql_timestamp(_read_through(known))}', *unread])}) AND NOT ({' OR '.join(read)})"
        )
    groups = requests.groupBy("source").agg(
        F.max("loaded_at").alias("through"),
        F.array_distinct(F.flatten(F.collect_list("changed_hours"))).alias("hours"),
    )
    rows = groups.toArrow().to_pylist()
    hours = frozenset(hour for row in rows for hour in row["hours"])
    through = {row["source"]: row["through"] for row in rows}
    return Pending(hours, through, known.get(GENERATION.name), frozenset({*known, *through}))


def _read_through(known: Mapping[str, datetime]) -> datetime:
    """Return up to when nothing is unread: one job at a time loads a family, so what it loads next is younger than all it has.

    So a source of which nothing came for long (one that is not asked for, or once a day) is as far as its family. Families of
    which nothing was ever read do not count: theirs is looked for by name.
    """
    return min((max(times) for times in _by_family(known).values() if times), default=EVER)


def _never_read(known: Mapping[str, datetime]) -> list[str]:
    """Return the sources of families of which nothing was ever read: one that is off, or was turned on lately."""
    return [each.name for family, times in _by_family(known).items() if not times for each in of_family(family)]


def _by_family(known: Mapping[str, datetime]) -> dict[str, list[datetime]]:
    return {family.name: [known[each.name] for each in of_family(family.name) if each.name in known] for family in FAMILIES}


def note_progress(spark: SparkSession, loaded_through: Mapping[str, datetime], now: datetime) -> None:
    """Write how far each source has been read; comes last, so that a run that broke off is done again."""
    note_read_through(spark, STAGE, loaded_through, now)
