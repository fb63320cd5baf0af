"""Judge units' hours by more than one hour: read Bronze around them, apply `run_rules`, replace the findings.

It runs on the driver: what it reads is a few numbers an hour, and loops over runs are short in plain Python and long in SQL.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
from pyspark.sql import DataFrame, SparkSession

from include.sources.records import GENERATION
from include.windows import Window
from spark_jobs.hours import HourRanges, sql_timestamp
from spark_jobs.silver import day_judgement, learnt_limits, run_rules
from spark_jobs.silver.day_judgement import UnitsHours, day_findings, is_of_days, refused_hours, without_overlap
from spark_jobs.silver.day_rules.network_days import Integers
from spark_jobs.silver.findings import Finding, Span, changed_hours, hour_of, instant_of, spliced
from spark_jobs.silver.registry import Registry, codes_of
from spark_jobs.silver.run_rules import Bools, Series, Verdicts, judge, needs_wide
from spark_jobs.silver.unit_series import capacities, deep_nights, series_of, sun_points

BRONZE = "bronze.oe_generation_hourly_raw"
_WIDE_RULES = frozenset({"doubled", "frozen", "night_generation", "night_rule_off"})
_NEAR_HOURS = max(run_rules.REACH_HOURS, day_judgement.REACH_HOURS)
_DUE_AFTER = timedelta(hours=30)
"""WEM's hours come up to 26 hours late; an answer that is this much later than the hour and does not have it has lost it."""

VERDICTS = pa.schema(
    [
        ("network_id", pa.string()),
        ("unit_code", pa.string()),
        ("ts_utc", pa.timestamp("us", tz="UTC")),
        ("run_reason", pa.string()),
        ("is_incomplete", pa.bool_()),
    ]
)
"""A unit's hour that is refused (`run_reason`) or incomplete; other hours have no row."""


@dataclass(frozen=True)
class Judgement:
    """What was found around the hours of a pass.

    `findings`: the whole new list. `others`: plants, and the hours beside the pass in which their rows change by it. `again`:
    plants that are not of the pass, and hours in which their findings have changed by it: they need a pass of their own.
    """

    units: Sequence["JudgedUnit"]
    findings: list[Finding]
    others: Sequence[tuple[frozenset[str], HourRanges]]
    again: Sequence[tuple[frozenset[str], HourRanges]]

    def verdicts(self, hours: HourRanges) -> pa.Table:
        """Return the rows of `VERDICTS` of these hours: of those of the pass, or of a plant's in `others`."""
        spans = _spans(hours)
        rows = {(row["unit_code"], row["ts_utc"]): row for unit in self.units for row in unit.rows(spans)}
        units = {(judged.unit["plant_id"], judged.unit["unit_code"]): judged.unit["network_id"] for judged in self.units}
        for plant_id, unit_code, hour, reason in refused_hours(filter(is_of_days, self.findings), spans):
            if (plant_id, unit_code) not in units:
                continue
            key = {"network_id": units[plant_id, unit_code], "unit_code": unit_code, "ts_utc": instant_of(hour)}
            row = rows.setdefault((unit_code, instant_of(hour)), key | {"run_reason": None, "is_incomplete": False})
            row["run_reason"] = row["run_reason"] or reason
        return pa.Table.from_pylist(list(rows.values()), VERDICTS)


@dataclass(frozen=True)
class JudgedUnit:
    """One unit's hours and what was found of them."""

    unit: Mapping[str, Any]
    series: Series
    verdicts: Verdicts
    above_limit: Bools

    def findings(self) -> Iterator[Finding]:
        """Yield the findings, runs cut where the series ends."""
        late = run_rules.LATE_SHARE_OF_CAPACITY * self.series.capacity_mw
        bounds = {
            "doubled": run_rules.SOUND_RATIO + run_rules.SOUND_TOLERANCE,
            "incomplete_hour": run_rules.INCOMPLETE_DAY_RATIO,
            "idle": 24.0,
            "night_rule_off": float(run_rules.LEARNT_ABOVE_NIGHTS),
        }
        for rule in (*bounds, "frozen", "night_generation"):
            for start, end, figure in getattr(self.verdicts, rule):
                value = None if np.isnan(figure) else figure
                hours = (self.series.first_hour + start, self.series.first_hour + end)
                yield Finding(
                    self.unit["plant_id"], self.unit["unit_code"], rule, *hours, value, bounds.get(rule, float(late[start]))
                )

    def rows(self, spans: Sequence[Span]) -> Iterator[dict[str, Any]]:
        """Yield the rows of `VERDICTS` that lie in the spans."""
        reasons = dict.fromkeys(np.flatnonzero(self.above_limit).tolist(), "above_capacity_limit")
        reasons |= {index: reason for reason, index in self.verdicts.refusals()}
        for index in sorted({*reasons, *np.flatnonzero(self.verdicts.is_incomplete).tolist()}):
            hour = self.series.first_hour + index
            if any(start <= hour < end for start, end in spans):
                yield {
                    "network_id": self.unit["network_id"],
                    "unit_code": self.unit["unit_code"],
                    "ts_utc": instant_of(hour),
                    "run_reason": reasons.get(index),
                    "is_incomplete": bool(self.verdicts.is_incomplete[index]),
                }


def judge_hours(
    spark: SparkSession,
    hours: HourRanges,
    plants: frozenset[str] | None,
    registry: Registry,
    stored: Sequence[Finding],
    now: datetime,
) -> Judgement:
    """Judge these hours of some plants (None: of all) and all that a change of them acts on.

    `registry`: of all plants. `stored`: all findings. Whole days are judged of all plants, as what is said of one may depend on
    all. Plants that may have a run longer than `run_rules.REACH_HOURS`, by what Bronze holds or by a stored finding, are judged
    over `WIDE_REACH_HOURS` on both sides.
    """
    limits = [finding for finding in stored if finding.rule == learnt_limits.RULE]
    of_days = [finding for finding in stored if is_of_days(finding)]
    stored = [finding for finding in stored if finding.rule != learnt_limits.RULE and not is_of_days(finding)]
    core = hours.widened(_NEAR_HOURS)
    read = list(_units_hours(spark, hours, registry.units, registry, _NEAR_HOURS, None))
    asked = _asked_of(spark, now)
    found_by_day = [finding for some in read for finding in day_findings(some, registry, asked)]

    mine = [finding for finding in stored if plants is None or finding.plant_id in plants]
    near = [unit for some in read for unit in _judged(some, registry, limits, plants)]
    near_spans = _spans(hours.widened(2 * _NEAR_HOURS))
    wide = {judged.unit["plant_id"] for judged in near if needs_wide(judged.series)}
    wide |= {finding.plant_id for finding in mine if finding.rule in _WIDE_RULES and finding.touches(near_spans)}
    judged = [unit for unit in near if unit.unit["plant_id"] not in wide]
    of_wide = [unit for unit in registry.units if unit["plant_id"] in wide]
    codes = sorted({code for unit in of_wide for code in codes_of(unit)})
    for some in _units_hours(spark, hours, of_wide, registry, run_rules.WIDE_REACH_HOURS, codes):
        judged += _judged(some, registry, limits, None)

    findings = limits + [finding for finding in stored if plants is not None and finding.plant_id not in plants]
    others = []
    for is_wide, reach in ((False, _NEAR_HOURS), (True, run_rules.WIDE_REACH_HOURS)):
        of_tier = hours.widened(reach)
        before = [finding for finding in mine if (finding.plant_id in wide) == is_wide]
        found = [finding for unit in judged if (unit.unit["plant_id"] in wide) == is_wide for finding in unit.findings()]
        after = spliced(before, found, _spans(of_tier))
        findings += after
        others.append(_beside(changed_hours(before, after), hours, of_tier))
    after_by_day = without_overlap(spliced(of_days, found_by_day, _spans(core)), findings)
    changed = changed_hours(of_days, after_by_day)
    others.append(_beside({name: at for name, at in changed.items() if plants is None or name in plants}, hours, core))
    again = _beside({name: at for name, at in changed.items() if plants is not None and name not in plants}, HourRanges(()), core)
    findings += after_by_day
    return Judgement(judged, findings, [each for each in others if each is not None], [again] if again is not None else [])


def learn_limits(
    spark: SparkSession, hours: HourRanges, registry: Registry, stored: Sequence[Finding], now: datetime
) -> list[Finding]:
    """Return the limits of plants without a capacity, after these hours have changed; `stored` as the last run left them."""
    units = learnt_limits.without_capacity(registry)
    names = {(unit["plant_id"], unit["unit_code"]) for unit in units}
    limits = [finding for finding in stored if finding.rule == learnt_limits.RULE]
    limits = [finding for finding in limits if (finding.plant_id, finding.unit_code) in names]
    months = learnt_limits.months_to_learn(hours.windows, limits, now) if units else []
    if not months:
        return limits
    whole = Window(learnt_limits.history(months[0]).start, learnt_limits.history(months[-1]).end)
    rows = _rows(spark.table(BRONZE), HourRanges((whole,)), sorted({code for unit in units for code in codes_of(unit)})).toArrow()
    energy, _ = series_of(rows, whole, units)
    for month in months:
        start, end = (
            hour_of(bound) - hour_of(whole.start)
            for bound in (learnt_limits.history(month).start, learnt_limits.history(month).end)
        )
        found = [learnt_limits.limit(unit, month, energy[number, start:end]) for number, unit in enumerate(units)]
        others = [limit for limit in limits if not hour_of(month) <= limit.start < hour_of(whole.start) + end]
        limits = [*others, *(limit for limit in found if limit is not None)]
    return limits


def _units_hours(
    spark: SparkSession,
    hours: HourRanges,
    units: Sequence[Mapping[str, Any]],
    registry: Registry,
    reach: int,
    codes: Sequence[str] | None,
) -> Iterator[UnitsHours]:
    """Yield what Bronze holds of units around the hours, twice as far as verdicts reach; `codes`: None reads all units."""
    if not units:
        return
    read = hours.widened(2 * reach)
    rows = _rows(spark.table(BRONZE), read, codes).toArrow()
    spans = [registry.spans[unit["network_id"], unit["unit_code"]] for unit in units]
    for window in read.windows:
        first = hour_of(window.start)
        energy, power = series_of(rows, window, units)
        yield UnitsHours(first, units, energy, power, np.array([capacities(each, first, energy.shape[1]) for each in spans]))


def _judged(
    hours: UnitsHours, registry: Registry, limits: Sequence[Finding], plants: frozenset[str] | None
) -> Iterator[JudgedUnit]:
    """Yield the units of these plants (None: of all), judged one by one."""
    chosen = [number for number, unit in enumerate(hours.units) if plants is None or unit["plant_id"] in plants]
    points_of = {plant["plant_id"]: sun_points(plant) for plant in registry.plants}
    points = [points_of[hours.units[number]["plant_id"]] for number in chosen]
    offsets = {plant["plant_id"]: plant["utc_offset_hours"] for plant in registry.plants}
    deep = deep_nights(hours.first_hour, hours.energy_mwh[chosen], hours.capacity_mw[chosen], points)
    for number, of_night in zip(chosen, deep, strict=True):
        unit = hours.units[number]
        figures = (hours.energy_mwh[number], hours.power_mw[number], hours.capacity_mw[number])
        series = Series(hours.first_hour, *figures, offsets[unit["plant_id"]], of_night)
        own = [limit for limit in limits if (limit.plant_id, limit.unit_code) == (unit["plant_id"], unit["unit_code"])]
        above = learnt_limits.above_limit(hours.first_hour, hours.energy_mwh[number], own)
        yield JudgedUnit(unit, series, judge(series), above)


def _asked_of(spark: SparkSession, now: datetime) -> day_judgement.AskedHours:
    """Return what tells which silent hours an answer covers that came when they were due; it reads the requests only for some."""

    def asked(network_id: str, hours: Integers) -> Bools:
        covered = np.zeros(len(hours), dtype=bool)
        due = hours[hours <= hour_of(now - _DUE_AFTER)]
        if len(due):
            for start, end in _answered(spark, network_id, Window(instant_of(int(due[0])), instant_of(int(due[-1]) + 1))):
                covered |= (hours >= hour_of(start)) & (hours < hour_of(end))
        return covered

    return asked


def _answered(spark: SparkSession, network_id: str, window: Window) -> list[tuple[datetime, datetime]]:
    """Return the hours around a window that answers for generation cover, each up to where they were due when it came."""
    start, end = (sql_timestamp(bound) for bound in (window.start, window.end))
    rows = (
        spark.table("bronze.api_requests")
        .where(f"source = '{GENERATION.name}' AND network_id = '{network_id}' AND outcome IN ('ok', 'partial', 'empty')")
        .where(f"window_start_utc < {end} AND window_end_utc > {start} AND fetched_at >= {start}")
        .select("window_start_utc", "window_end_utc", "fetched_at")
        .toArrow()
        .to_pylist()
    )
    return [(row["window_start_utc"], min(row["window_end_utc"], row["fetched_at"] - _DUE_AFTER)) for row in rows]


def _rows(bronze: DataFrame, read: HourRanges, unit_codes: Sequence[str] | None) -> DataFrame:
    rows = bronze.where(f"({read.sql('ts_utc')}) AND metric IN ('energy', 'power')")
    if unit_codes is not None:
        rows = rows.where(rows["unit_code"].isin(*unit_codes))
    return rows.select("network_id", "unit_code", "metric", "ts_utc", "value", "_ingest_time")


def _beside(changed: Mapping[str, set[int]], hours: HourRanges, core: HourRanges) -> tuple[frozenset[str], HourRanges] | None:
    """Return the plants with changed hours outside of `hours`, and ranges that cover these hours.

    No range reaches from one window of `core` to another: what lies between was not judged. (A finding of one day may stick
    out of a window by less than a day.)
    """
    inside = _spans(hours)
    missing = {
        plant: {hour for hour in found if not any(start <= hour < end for start, end in inside)}
        for plant, found in changed.items()
    }
    windows = []
    for start, end in _spans(core):
        near = [hour for found in missing.values() for hour in found if start - 24 <= hour < end + 24]
        if near:
            windows.append(Window(instant_of(min(near)), instant_of(max(near) + 1)))
    plants = frozenset(plant for plant, found in missing.items() if found)
    return (plants, HourRanges(tuple(windows)).widened(0)) if windows else None


def _spans(hours: HourRanges) -> list[Span]:
    return [(hour_of(window.start), hour_of(window.end)) for window in hours.windows]
