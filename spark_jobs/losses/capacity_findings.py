"""Whose hours contradict the capacity that the registry gives, from the accepted hours of `silver.fact_generation_hourly`."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping
from datetime import date

from pyspark.sql import SparkSession
from pyspark.sql import functions as F  # noqa: N812  the field's name for it

from include.losses.capacity_contradicted import ABOVE_SHARE, BEST_HOURS, CAUSE, Contradiction, Month, contradictions
from include.networks import NETWORKS
from spark_jobs.losses.finding_rows import Row, finding_row

HOURS = "silver.fact_generation_hourly"
RULE = "capacity_suspect"
NOTHING = Month(0, 0, (), 0)

Months = Mapping[int, Month]
"""By month number: twelve times the year, and the month from 0 on."""


def capacity_findings(spark: SparkSession, networks: Mapping[str, str]) -> list[Row]:
    """Return the rows of the table about capacities, without `_updated_at`; `networks` by plant."""
    return findings(months_of(spark, networks), networks)


def months_of(spark: SparkSession, networks: Mapping[str, str]) -> dict[str, dict[int, Month]]:
    """Return what each plant made by network-local month, of the hours that all of its units have; little is brought here."""
    offsets = {name: int(NETWORKS[network].utc_offset.total_seconds()) for name, network in networks.items()}
    if not offsets:
        return {}
    plants = spark.createDataFrame(sorted(offsets.items()), "plant_id string, offset_s int")
    share = F.col("energy_mwh") / F.col("capacity_mw")
    local_day = F.expr("date_add(DATE '1970-01-01', CAST(floor((unix_timestamp(ts_utc) + offset_s) / 86400) AS INT))")
    shares = (
        spark.table(HOURS)
        .join(F.broadcast(plants), "plant_id")
        .where("energy_mwh IS NOT NULL AND capacity_mw > 0 AND units_accepted = units_expected")
        .select("plant_id", local_day.alias("day"), share.alias("share"))
    )
    by_month = (
        shares.groupBy("plant_id", (F.year("day") * 12 + F.month("day") - 1).alias("month"))
        .agg(
            F.count("*").alias("known_hours"),
            F.slice(F.sort_array(F.collect_list("share"), asc=False), 1, BEST_HOURS).alias("best"),
            F.countDistinct(F.when(F.col("share") > ABOVE_SHARE, F.col("day"))).alias("days_above"),
        )
        .toArrow()
        .to_pylist()
    )
    found: dict[str, dict[int, Month]] = {}
    for row in by_month:
        month = Month(_hours(row["month"]), row["known_hours"], tuple(row["best"]), row["days_above"])
        found.setdefault(row["plant_id"], {})[row["month"]] = month
    return found


def findings(months: Mapping[str, Months], networks: Mapping[str, str]) -> list[Row]:
    """Return the rows of the table, without `_updated_at`; `networks` by plant."""
    rows: list[Row] = []
    for plant_id, of_plant in sorted(months.items()):
        first, last = min(of_plant), max(of_plant)
        in_order = [of_plant.get(number, NOTHING) for number in range(first, last + 1)]
        rows += [_row(plant_id, networks[plant_id], first, found, last + 1) for found in contradictions(in_order)]
    return rows


def _row(plant_id: str, network_id: str, first: int, found: Contradiction, end: int) -> Row:
    # The newest month may have begun today.
    last = _first_day(first + found.last) if first + found.last < end - 1 else None
    return finding_row(
        plant_id, RULE, network_id, (_first_day(first + found.first), last), (found.best_share, found.bound), CAUSE
    )


def _first_day(month: int) -> date:
    return date(month // 12, month % 12 + 1, 1)


def _hours(month: int) -> int:
    return 24 * monthrange(month // 12, month % 12 + 1)[1]
