"""Bronze as a table in memory, and what the job makes of it but for the tables: findings and verdicts."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from include.windows import HOUR, Window
from spark_jobs.hours import HourRanges
from spark_jobs.silver import judgement, learnt_limits, normalize
from spark_jobs.silver.day_rules import standstill
from spark_jobs.silver.findings import Finding
from spark_jobs.silver.registry import Registry

FETCHED = datetime(2025, 8, 1, tzinfo=UTC)
NOW = datetime(2026, 11, 1, tzinfo=UTC)
PLACE = {"coordinate_check": "ok", "latitude": -34.919115, "longitude": 146.60954, "utc_offset_hours": 10, "network_id": "NEM"}
Verdicts = dict[tuple[str, datetime], tuple[str | None, bool]]
Piece = tuple[int, int]
"""First day and the day after the last."""


def bronze(start: datetime, energy: Mapping[str, Sequence[float]], power: Mapping[str, Sequence[float]]) -> pa.Table:
    """Rows of units of NEM from an instant on, fetched at one; NaN is no row."""
    rows = [
        {"network_id": "NEM", "unit_code": name, "metric": metric, "ts_utc": start + number * HOUR, "value": value}
        for metric, figures in (("energy", energy), ("power", power))
        for name, series in figures.items()
        for number, value in enumerate(series)
        if value == value
    ]
    return pa.Table.from_pylist(rows).append_column("_ingest_time", pa.array([FETCHED] * len(rows)))


def registry(capacities_mw: Mapping[str, float | None]) -> Registry:
    """Plants of one unit each, at one place, always in service."""
    always = {"commissioned_from_utc": None, "retired_from_utc": None}
    units = [
        {"network_id": "NEM", "unit_code": name, "plant_id": name, "capacity_mw": capacity} | always
        for name, capacity in capacities_mw.items()
    ]
    return Registry(units, [{"plant_id": name} | PLACE for name in capacities_mw])


class Lake:
    """Stands in for the session and what it reads; `loaded` is what Bronze holds by now."""

    def __init__(self, start: datetime, everything: pa.Table, of: Registry) -> None:
        self.start, self.everything, self.loaded, self.registry = start, everything, everything.slice(0, 0), of
        self.findings: list[Finding] = []
        self.verdicts: Verdicts = {}
        self.answered: list[tuple[datetime, datetime]] = []

    @contextmanager
    def opened(self) -> Iterator["Lake"]:
        """Read this lake in place of Spark's tables."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(judgement, "_rows", self.rows)
            patch.setattr(judgement, "_answered", lambda *_: self.answered)
            yield self

    def table(self, _name: str) -> "Lake":
        return self

    def rows(self, _bronze: Any, read: HourRanges, codes: Sequence[str] | None) -> Any:
        chosen = pa.concat_tables(between(self.loaded, window) for window in read.windows)
        chosen = chosen if codes is None else chosen.filter(pc.is_in(chosen["unit_code"], pa.array(codes)))
        return type("Frame", (), {"toArrow": lambda _self: chosen})()

    def build(self, piece: Piece) -> None:
        """Load some days and do what the job does with them, but for the tables."""
        window = Window(*(self.start + day * 24 * HOUR for day in piece))
        self.loaded = pa.concat_tables([self.loaded, between(self.everything, window)])
        self.answered.append((window.start, window.end))
        hours: HourRanges = HourRanges.covering([window])
        spark: Any = self
        limits, restated = normalize._limits(spark, hours, {}, self.registry, self.findings, NOW)
        wanted = [finding for finding in self.findings if finding.rule != learnt_limits.RULE] + limits
        parts = [*normalize.passes(hours, self.registry, {}, lambda: None), *restated]
        for part in parts:
            judged = judgement.judge_hours(spark, part.hours, part.plants, self.registry, wanted, NOW)
            wanted = judged.findings
            parts += [normalize.Pass(beside, plants) for plants, beside in judged.again]
            for done in [part, *[normalize.Pass(beside, plants) for plants, beside in judged.others]]:
                self.replace(done, judged.verdicts(done.hours))
        self.findings = sorted(standstill.whole(standstill.named(wanted)), key=str)

    @property
    def named(self) -> list[tuple[str, str, int, int, float | None]]:
        """Plant, rule, first hour and hour after the last, from the start on, and value of what the table holds."""
        first = int(self.start.timestamp()) // 3600
        stored = sorted(standstill.named(self.findings), key=lambda one: (one.plant_id, one.start, one.rule))
        return [(one.plant_id, one.rule, one.start - first, one.end - first, one.value) for one in stored]

    def replace(self, part: normalize.Pass, verdicts: pa.Table) -> None:
        hours = set(part.hours.hours())
        kept = {key: value for key, value in self.verdicts.items() if key[1] not in hours or not concerns(part, key[0])}
        rows = verdicts.to_pylist()
        fresh = {(row["unit_code"], row["ts_utc"]): (row["run_reason"], row["is_incomplete"]) for row in rows}
        self.verdicts = kept | {key: value for key, value in fresh.items() if concerns(part, key[0])}


def between(rows: pa.Table, window: Window) -> pa.Table:
    inside = pc.and_(pc.greater_equal(rows["ts_utc"], pa.scalar(window.start)), pc.less(rows["ts_utc"], pa.scalar(window.end)))
    return rows.filter(inside)


def concerns(part: normalize.Pass, plant: str) -> bool:
    return part.plants is None or plant in part.plants
