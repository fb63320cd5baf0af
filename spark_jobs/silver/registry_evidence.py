"""What the registry's history needs beside registry rows, read from Bronze: little, and only where it can decide something.

Every hourly run rebuilds the history, so what an earlier run has settled is taken from `silver.unit_history`: which
absences are certain, how far readings were looked up, which capacities are doubted. What can still change is read again.
"""

import logging
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from pyspark.sql import SparkSession
from pyspark.sql import functions as F  # noqa: N812  the field's name for it

from include.capacity_changes import CapacityChange, read_changes
from include.networks import NETWORKS
from include.sources.records import GENERATION
from include.windows import day_window
from spark_jobs.hours import HourRanges, sql_timestamp
from spark_jobs.silver import asked
from spark_jobs.silver.asked import DayRequest, Listed, Spans
from spark_jobs.silver.capacity import END, EVIDENCE_DAYS, Values
from spark_jobs.silver.dim_unit import Version
from spark_jobs.silver.places import cell, locations_of
from spark_jobs.silver.sayings import Key, Unit
from spark_jobs.silver.split_evidence import restated
from spark_jobs.silver.unit_energy import energy_of, with_units
from spark_jobs.silver.unit_history import Answer, Evidence, Readings, undecided_absences, units_to_weigh

log = logging.getLogger("silver_registry")

# Hours older than this come by a backfill; what hourly runs re-read is newer (`PV_REREAD_DAILY_DAYS`).
_REREAD_DAYS = 11

# Seconds that a network's clock is ahead of UTC.
_OFFSET_S = "CASE network_id " + " ".join(f"WHEN '{n.code}' THEN {n.utc_offset.seconds}" for n in NETWORKS.values()) + " END"

Row = Mapping[str, Any]


def evidence_for(spark: SparkSession, units: Sequence[Unit], old: Sequence[Row], hours: HourRanges, now: datetime) -> Evidence:
    """Return the evidence for these units; `old`: rows of `silver.unit_history`, `hours`: what changed in Bronze since."""
    stored = asked.by_unit(old)
    confirmed = frozenset(
        (key, row["known_from_utc"]) for key, rows in stored.items() for row in rows if row["is_absence_certain"]
    )
    doubted = {key: frozenset(row["known_from_utc"] for row in rows if row["is_doubted"]) for key, rows in stored.items()}
    versions = {unit.key: Version(unit.newest) for unit in units}
    needs_last = any(version.needs_last_reading for version in versions.values())
    return Evidence(
        answers=_answers(spark, undecided_absences(units, confirmed)),
        confirmed=confirmed,
        readings=_readings(spark, units, versions, stored, hours),
        newest_hour=_newest_hour(spark) if needs_last else None,
        values=_values(spark, _to_weigh(units, stored, hours, now)),
        doubted=doubted,
        restated=restated(spark, units, stored, hours),
        changes=_changes(),
    )


def not_asked(
    spark: SparkSession, units: Sequence[Unit], rows: Sequence[Row], old: Sequence[Row], loaded_after: datetime | None
) -> dict[Key, Spans]:
    """Return by unit the days for which others of its network were asked and it was not.

    `rows`: of the new history, `old`: of the stored one. `loaded_after`: the requests loaded since then are new. Where these
    cannot have changed anything, which is so in nearly every hour, the stored days are taken.
    """
    fresh, stored = asked.by_unit(rows), asked.by_unit(old)
    known = {key: asked.not_asked_of(of_unit) for key, of_unit in stored.items() if asked.is_known(of_unit)}
    everybody = asked.listed(units)
    new = asked.asked_days(_requests(spark, loaded_after) if loaded_after is not None else ())

    def is_settled(unit: Listed) -> bool:
        service = asked.service_of(fresh.get(unit.key, ()))
        is_same = unit.key in known and service == asked.service_of(stored[unit.key])
        return (
            is_same
            and _says_the_same(fresh, stored, unit.key)
            and asked.is_unchanged(unit, service, known[unit.key], new[unit.key[0]])
        )

    # Units of the lake's first answer count as listed ever since: an older answer that comes late concerns all.
    is_other_lake = loaded_after is None or _first_listing(rows) != _first_listing(old)
    open_units = [unit for unit in everybody if is_other_lake or not is_settled(unit)]
    found = {unit.key: known[unit.key] for unit in everybody if unit not in open_units}
    if not open_units:
        return found
    log.info("looking at all requests for %d units", len(open_units))
    asked_of = asked.asked_days(_requests(spark, None))
    days = {unit.key: asked.not_asked_days(unit, asked_of[unit.key[0]]) for unit in open_units}
    told = _days_with_values(spark, [unit for unit in units if days.get(unit.key)], days)
    for unit in open_units:
        network = unit.key[0]
        newest = max(asked_of[network].finished, default=0)
        found[unit.key] = asked.spans_of(network, days[unit.key] - told.get(unit.key, set()), newest)
    return found


def grid_cells(spark: SparkSession, plants: Sequence[Row], old: Sequence[Row], hours: HourRanges) -> dict[str, set[str]]:
    """Return the grid cells that answered for the places of plants that were moved, by plant.

    A plant whose places are the same as before has its stored ones and those of the hours that changed; another is looked up in
    all hours, once. Cells only ever come, so both ways give the same.
    """
    stored = {row["plant_id"]: row for row in old}
    moved = {plant["plant_id"]: locations_of(plant) for plant in plants if plant["former_location_ids"]}
    found: dict[str, set[str]] = {}
    followed = {name for name, places in moved.items() if name in stored and locations_of(stored[name]) == places}
    for names, condition in ((followed, hours.sql("ts_utc")), (moved.keys() - followed, "true")):
        cells = _cells(spark, {place for name in names for place in moved[name]}, condition)
        for name in names:
            known = stored[name]["grid_cells"] or () if name in followed else ()
            found[name] = {*known, *(one for one in cells if one.split(" ")[0] in moved[name])}
    return found


def _cells(spark: SparkSession, locations: set[str], condition: str) -> list[str]:
    if not locations:
        return []
    columns = ("location_id", "dataset", "model", "grid_latitude", "grid_longitude")
    rows = spark.table("bronze.om_weather_hourly_raw").where(f"({condition}) AND grid_latitude IS NOT NULL")
    rows = rows.where(F.col("location_id").isin(*sorted(locations))).select(*columns).distinct()
    return [cell(*(row[name] for name in columns)) for row in rows.toArrow().to_pylist()]


def _first_listing(rows: Sequence[Row]) -> datetime | None:
    return min((row["known_from_utc"] for row in rows), default=None)


def _says_the_same(fresh: Mapping[Key, Sequence[Row]], stored: Mapping[Key, Sequence[Row]], key: Key) -> bool:
    """Tell whether the registry has said the same of a unit, in the same facilities, at the same times."""
    said = [{(row["known_from_utc"], row["listed_in"]) for row in of.get(key, ())} for of in (fresh, stored)]
    return said[0] == said[1]


def _requests(spark: SparkSession, loaded_after: datetime | None) -> list[DayRequest]:
    """Return the requests for generation by network-local day, all of them or those loaded since an instant."""
    local = {name: f"(unix_timestamp(window_{name}_utc) + {_OFFSET_S}) / 86400" for name in ("start", "end")}
    names = ", ".join(f"'{name}'" for name in NETWORKS)
    requests = spark.table("bronze.api_requests").where(
        f"source = 'oe_generation' AND network_id IN ({names}) AND window_start_utc < window_end_utc"
    )
    if loaded_after is not None:
        requests = requests.where(f"loaded_at > {sql_timestamp(loaded_after)}")
    days = requests.select(
        "network_id",
        F.coalesce("facility_codes", F.array().cast("array<string>")).alias("codes"),
        "fetched_at",
        F.col("outcome").isin("ok", "partial", "empty").alias("is_finished"),
        F.expr(f"explode(sequence(CAST(floor({local['start']}) AS INT), CAST(ceil({local['end']}) AS INT) - 1))").alias("day"),
    )
    groups = days.groupBy("network_id", "codes", "day").agg(
        F.max("fetched_at").alias("fetched_at"), F.bool_or("is_finished").alias("is_finished")
    )
    return [
        DayRequest(row["network_id"], tuple(row["codes"]), row["day"], row["fetched_at"], row["is_finished"])
        for row in groups.toArrow().to_pylist()
    ]


def _days_with_values(spark: SparkSession, units: Sequence[Unit], days: Mapping[Key, set[int]]) -> dict[Key, set[int]]:
    """Return by unit those of the days of which Bronze has a value all the same: a unit may report before it is listed."""
    if not units:
        return {}
    bounds = [day for unit in units for day in (min(days[unit.key]), max(days[unit.key]))]
    # A day's hours by UTC reach into the day before.
    start, end = day_window(min(bounds) - 1).start, day_window(max(bounds)).end
    day = F.expr(f"CAST(floor((unix_timestamp(ts_utc) + {_OFFSET_S}) / 86400) AS INT)").alias("day")
    within = f"ts_utc >= {sql_timestamp(start)} AND ts_utc < {sql_timestamp(end)} AND value IS NOT NULL"
    rows = energy_of(spark, units, within).select("network_id", "unit_code", day).distinct()
    found: dict[Key, set[int]] = {}
    for key, row in with_units(units, rows):
        found.setdefault(key, set()).add(row["day"])
    return found


def _answers(spark: SparkSession, spans: Sequence[tuple[datetime, datetime]]) -> list[Answer]:
    """Return the complete registry answers from the first instant that an undecided absence needs."""
    if not spans:
        return []
    start, end = min(start for start, _end in spans), max(end for _start, end in spans)
    until = f" AND fetched_at < {sql_timestamp(end)}" if end != END else ""
    rows = (
        spark.table("bronze.api_requests")
        .where(f"source = 'oe_facilities' AND is_complete AND fetched_at >= {sql_timestamp(start)}{until}")
        .select("fetched_at", "facility_codes", "excused_codes")
    )
    return [
        Answer(row["fetched_at"], frozenset(row["facility_codes"] or ()), frozenset(row["excused_codes"] or ()))
        for row in rows.toArrow().to_pylist()
    ]


def _readings(
    spark: SparkSession,
    units: Sequence[Unit],
    versions: Mapping[Key, Version],
    stored: Mapping[Key, Sequence[Row]],
    hours: HourRanges,
) -> dict[Key, Readings]:
    """Return first and last reading of the units whose dates need them.

    A unit that had needed them before has its stored ones, widened by the hours that changed; another is looked up in all
    hours, once. A first or last reading only ever moves outwards, so both ways give the same.
    """
    needy = [unit for unit in units if versions[unit.key].needs_first_reading or versions[unit.key].needs_last_reading]
    followed = [unit for unit in needy if _were_read(unit, stored.get(unit.key, ()))]
    fresh = [unit for unit in needy if unit not in followed]
    found: dict[Key, Readings] = {}
    for unit in followed:
        row = next(row for row in stored[unit.key] if row["has_readings"])
        if row["first_reading_utc"] is not None:
            found[unit.key] = Readings(row["first_reading_utc"], row["last_reading_utc"])
    for some, condition in ((followed, hours.sql("ts_utc")), (fresh, "true")):
        for key, readings in _read(spark, some, condition).items():
            found[key] = found[key] | readings if key in found else readings
    return found


def _were_read(unit: Unit, rows: Sequence[Row]) -> bool:
    """Tell whether an earlier run looked up the readings of a unit under all its codes."""
    return any(row["has_readings"] for row in rows) and {row["listed_as"] for row in rows} >= set(unit.aliases)


def _read(spark: SparkSession, units: Sequence[Unit], condition: str) -> dict[Key, Readings]:
    if not units:
        return {}
    rows = (
        energy_of(spark, units, f"({condition}) AND value IS NOT NULL")
        .groupBy("network_id", "unit_code")
        .agg(F.min("ts_utc").alias("first"), F.max("ts_utc").alias("last"))
    )
    found: dict[Key, Readings] = {}
    for key, row in with_units(units, rows):
        readings = Readings(row["first"], row["last"])
        found[key] = found[key] | readings if key in found else readings
    return found


def _newest_hour(spark: SparkSession) -> datetime | None:
    """Return the end of the newest day that Bronze has generation of (from Iceberg's metadata: nothing is read)."""
    row = spark.table(f"{GENERATION.table}.partitions").agg(F.max("partition.ts_utc_day").alias("day")).toArrow().to_pylist()[0]
    return datetime.combine(row["day"], datetime.max.time(), UTC) if row["day"] is not None else None


def _to_weigh(units: Sequence[Unit], stored: Mapping[Key, Sequence[Row]], hours: HourRanges, now: datetime) -> list[Unit]:
    """Return the units whose capacities must be held against their history: what changed it is new, or may be.

    That is where a capacity is first met, where its evidence still grows, and where older hours come by a backfill.
    """
    said = units_to_weigh(units)
    is_backfill = any(window.start < now - timedelta(days=_REREAD_DAYS) for window in hours.windows)
    found = []
    for unit in units:
        met = {row["known_from_utc"] for row in stored.get(unit.key, ())}
        instants = said.get(unit.key, [])
        is_open = any(at > now - timedelta(days=EVIDENCE_DAYS + _REREAD_DAYS) for at in instants)
        if instants and (is_backfill or is_open or not met.issuperset(instants)):
            found.append(unit)
    return found


def _values(spark: SparkSession, units: Sequence[Unit]) -> dict[Key, Values]:
    """Return the newest energy (MWh, above zero) of each hour of these units, of whichever of their codes was fetched last."""
    if not units:
        return {}
    newest = (
        energy_of(spark, units)
        .groupBy("network_id", "unit_code", "ts_utc")
        .agg(F.max_by("value", "_ingest_time").alias("value"), F.max("_ingest_time").alias("at"))
        .where("value > 0 AND value < double('infinity')")
    )
    hours: dict[Key, dict[datetime, tuple[datetime, float]]] = {unit.key: {} for unit in units}
    for key, row in with_units(units, newest):
        fetched = (row["at"], row["value"])
        hours[key][row["ts_utc"]] = max(fetched, hours[key].get(row["ts_utc"], fetched))
    return {key: [(at, value) for at, (_fetched, value) in sorted(found.items())] for key, found in hours.items()}


def _changes() -> list[CapacityChange]:
    """Return the reviewed changes that can be used; `make check` refuses the others before they come here."""
    changes, faults = read_changes()
    for fault in faults:
        log.error("left out: %s", fault)
    return changes
