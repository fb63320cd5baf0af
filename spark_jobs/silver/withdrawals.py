"""What was said and taken back: when a unit's newest value no longer stands.

Guards against hours that the source has removed (a unit merged into another, a series that was cut, double counting undone)
and that would stay in every sum. A null and an hour that a complete answer left out are the same here: Bronze writes the
second as a null row. One silence may be an accident of the source, which has left out single hours of every farm: the value
stands with the flag `withdrawal_unconfirmed` until a second answer says the same, then it is refused as `withdrawn`. Blind
spots: the two answers may be as near as two runs are, so an outage of the source over both withdraws what comes back with the
third; an hour that nobody asks for again (the re-read rule of `include.sources.fetch.ranges`) keeps its value.
"""

from pyspark.sql import Column
from pyspark.sql import functions as F  # noqa: N812  the field's name for it

from spark_jobs.silences import CONFIRMED_BY, is_silence


def newest_value(metric: str) -> Column:
    """Return, as an aggregate over the versions of a unit's hour, the newest value of a metric and what was said after it.

    A struct: `value` (null where none was ever said), `_source`, `at`, `silences` (answers that took it back, as far as
    Bronze counts them) and `silent_since`. A silence counts only of the code (`said_as`) that gave the value: after a rename
    the unit's former code is no longer said.
    """
    is_mine = F.col("metric") == metric
    is_value = is_mine & F.col("value").isNotNull()
    at = F.col("_ingest_time")
    said = F.max_by(F.when(is_value, F.struct("value", "_source", at.alias("at"), "said_as")), F.when(is_value, at))
    silent = F.collect_set(F.when(is_mine & is_silence(F.col("value"), F.col("ts_utc"), at), F.struct(at.alias("at"), "said_as")))
    of_code = F.filter(silent, lambda silence: (silence["said_as"] == said["said_as"]) & (silence["at"] > said["at"]))
    after = F.transform(of_code, lambda silence: silence["at"])
    return F.struct(
        said["value"].alias("value"),
        said["_source"].alias("_source"),
        said["at"].alias("at"),
        F.size(after).alias("silences"),
        F.array_min(after).alias("silent_since"),
    )


def is_withdrawn(version: Column) -> Column:
    """Refuse a value that two answers after it no longer gave."""
    return version["silences"] >= CONFIRMED_BY


def is_unconfirmed(version: Column) -> Column:
    """Doubt a value that one answer after it no longer gave."""
    return (version["silences"] > 0) & (version["silences"] < CONFIRMED_BY)


def figures(version: Column) -> Column:
    """Return when it was last said and since when it is not, for `silver.rejected_rows`."""
    last, since = (F.date_format(version[name], "yyyy-MM-dd'T'HH:mm:ss'Z'") for name in ("at", "silent_since"))
    return F.concat(F.lit("new at "), last, F.lit(", no longer said from "), since, F.lit(" on"))
