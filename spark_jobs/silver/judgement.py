"""Judge units' hours by more than one hour: read Bronze around them, apply `run_rules`, replace the findings.

It runs on the driver: what it reads is a few numbers an hour, and loops over runs are short in plain Python and long in SQL.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa
from pyspark.sql import DataFrame, SparkSession

from include.windows import Window
from spark_jobs.hours import HourRanges
from spark_jobs.silver import learnt_limits, run_rules
from spark_jobs.silver.findings import Finding, Span, changed_hours, hour_of, instant_of, spliced
from spark_jobs.silver.registry import Registry, codes_of
from spark_jobs.silver.run_rules import Bools, Series, Verdicts, judge, needs_wide
from spark_jobs.silver.unit_series import capacities, deep_nights, series_of, sun_points

BRONZE = "bronze.oe_generation_hourly_raw"
_WIDE_RULES = frozenset({"doubled", "frozen", "night_generation", "night_rule_off"})

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

    `findings`: the whole new list. `others`: plants, and the hours beside the pass in which their rows change by it.
    """

    units: Sequence["JudgedUnit"]
    findings: list[Finding]
    others: Sequence[tuple[frozenset[str], HourRanges]]

    def verdicts(self, hours: HourRanges) -> pa.Table:
        """Return the rows of `VERDICTS` of these hours: of those of the pass, or of a plant's in `others`."""
        spans = _spans(hours)
        return pa.Table.from_pylist([row for unit in self.units for row in unit.rows(spans)], VERDICTS)


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
    spark: SparkSession, hours: HourRanges, plants: frozenset[str] | None, registry: Registry, stored: Sequence[Finding]
) -> Judgement:
    """Judge these hours of some plants (None: of all) and all that a change of them acts on.

    `registry`: of these plants. `stored`: all findings. Plants that may have a run longer than `REACH_HOURS`, by what
    Bronze holds or by a stored finding, are judged over `WIDE_REACH_HOURS` on both sides.
    """
    limits = [finding for finding in stored if finding.rule == learnt_limits.RULE]
    near = list(_judged(spark, hours, registry.units, registry, limits, run_rules.REACH_HOURS, plants is None))
    read = _spans(hours.widened(2 * run_rules.REACH_HOURS))
    stored = [finding for finding in stored if finding.rule != learnt_limits.RULE]
    mine = [finding for finding in stored if plants is None or finding.plant_id in plants]
    wide = {judged.unit["plant_id"] for judged in near if needs_wide(judged.series)}
    wide |= {finding.plant_id for finding in mine if finding.rule in _WIDE_RULES and finding.touches(read)}
    judged = [unit for unit in near if unit.unit["plant_id"] not in wide]
    of_wide = [unit for unit in registry.units if unit["plant_id"] in wide]
    judged += _judged(spark, hours, of_wide, registry, limits, run_rules.WIDE_REACH_HOURS, False)

    findings = limits + [finding for finding in stored if plants is not None and finding.plant_id not in plants]
    others = []
    for is_wide, reach in ((False, run_rules.REACH_HOURS), (True, run_rules.WIDE_REACH_HOURS)):
        core = hours.widened(reach)
        before = [finding for finding in mine if (finding.plant_id in wide) == is_wide]
        found = [finding for unit in judged if (unit.unit["plant_id"] in wide) == is_wide for finding in unit.findings()]
        after = spliced(before, found, _spans(core))
        findings += after
        beside = _beside(changed_hours(before, after), hours, core)
        others += [beside] if beside is not None else []
    return Judgement(judged, findings, others)


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


def _judged(
    spark: SparkSession,
    hours: HourRanges,
    units: Sequence[Mapping[str, Any]],
    registry: Registry,
    limits: Sequence[Finding],
    reach: int,
    all_units: bool,
) -> Iterator[JudgedUnit]:
    if not units:
        return
    read = hours.widened(2 * reach)
    names = None if all_units else sorted({code for unit in units for code in codes_of(unit)})
    rows = _rows(spark.table(BRONZE), read, names).toArrow()
    points_of = {plant["plant_id"]: sun_points(plant) for plant in registry.plants}
    points = [points_of[unit["plant_id"]] for unit in units]
    offsets = {plant["plant_id"]: plant["utc_offset_hours"] for plant in registry.plants}
    spans = [registry.spans[unit["network_id"], unit["unit_code"]] for unit in units]
    for window in read.windows:
        first = hour_of(window.start)
        energy, power = series_of(rows, window, units)
        capacity = np.array([capacities(of_unit, first, energy.shape[1]) for of_unit in spans])
        deep = deep_nights(first, energy, capacity, points)
        for number, unit in enumerate(units):
            figures = (energy[number], power[number], capacity[number])
            series = Series(first, *figures, offsets[unit["plant_id"]], deep[number])
            own = [limit for limit in limits if (limit.plant_id, limit.unit_code) == (unit["plant_id"], unit["unit_code"])]
            above = learnt_limits.above_limit(first, energy[number], own)
            yield JudgedUnit(unit, series, judge(series), above)


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
