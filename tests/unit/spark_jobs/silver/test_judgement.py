"""Findings and verdicts are the same in whatever pieces and order the hours come; Bronze is a table in memory here."""

import random
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from include.windows import HOUR, Window
from spark_jobs.hours import HourRanges
from spark_jobs.silver import judgement, learnt_limits, normalize
from spark_jobs.silver.findings import Finding
from spark_jobs.silver.registry import Registry
from tests.weeks_of_runs import DAYS, NAMES, START, energy_and_power

FIRST = int(START.timestamp()) // 3600
Verdicts = dict[tuple[str, datetime], tuple[str | None, bool]]
Piece = tuple[int, int]
"""First day and the day after the last."""


def bronze() -> pa.Table:
    """The rows of `weeks_of_runs`, fetched at one instant."""
    energy, power = energy_and_power()
    rows = [
        {"network_id": "NEM", "unit_code": name, "metric": metric, "ts_utc": START + number * HOUR, "value": value}
        for metric, figures in (("energy", energy), ("power", power))
        for name, series in figures.items()
        for number, value in enumerate(series)
    ]
    fetched = pa.array([datetime(2025, 8, 1, tzinfo=UTC)] * len(rows))
    return pa.Table.from_pylist(rows).append_column("_ingest_time", fetched)


class Lake:
    """Stands in for the session and what it reads; `loaded` is what Bronze holds by now."""

    def __init__(self, everything: pa.Table) -> None:
        self.everything, self.loaded = everything, everything.slice(0, 0)
        self.findings: list[Finding] = []
        self.verdicts: Verdicts = {}
        capacity = {name: None if name == "OPEN" else 101.0 for name in NAMES}
        always = {"commissioned_from_utc": None, "retired_from_utc": None}
        units = [{"network_id": "NEM", "unit_code": n, "plant_id": n, "capacity_mw": capacity[n]} | always for n in NAMES]
        place = {"coordinate_check": "ok", "latitude": -34.919115, "longitude": 146.60954, "utc_offset_hours": 10}
        self.registry = Registry(units, [{"plant_id": name} | place for name in NAMES])

    def table(self, _name: str) -> "Lake":
        return self

    def rows(self, _bronze: Any, read: HourRanges, codes: Sequence[str] | None) -> Any:
        chosen = pa.concat_tables(between(self.loaded, window) for window in read.windows)
        chosen = chosen if codes is None else chosen.filter(pc.is_in(chosen["unit_code"], pa.array(codes)))
        return type("Frame", (), {"toArrow": lambda _self: chosen})()

    def build(self, piece: Piece) -> None:
        """Load some days and do what the job does with them, but for the tables."""
        window = Window(*(START + day * 24 * HOUR for day in piece))
        self.loaded = pa.concat_tables([self.loaded, between(self.everything, window)])
        hours, spark, now = HourRanges.covering([window]), self, datetime(2026, 11, 1, tzinfo=UTC)
        limits, restated = normalize._limits(spark, hours, {}, self.registry, self.findings, now)  # type: ignore[arg-type]
        wanted = [finding for finding in self.findings if finding.rule != learnt_limits.RULE] + limits
        for part in [*normalize.passes(hours, self.registry, {}, lambda: None), *restated]:
            judged = judgement.judge_hours(spark, part.hours, part.plants, self.registry, wanted, now)  # type: ignore[arg-type]
            assert not judged.again
            wanted = judged.findings
            for done in [part, *[normalize.Pass(beside, plants) for plants, beside in judged.others]]:
                self.replace(done, judged.verdicts(done.hours))
        self.findings = sorted(wanted, key=str)

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


def test_runs_of_weeks_are_the_same_in_whatever_pieces_and_order_they_come(monkeypatch: pytest.MonkeyPatch) -> None:
    everything = bronze()
    shuffled = [(day, day + 8) for day in random.Random(3).sample(range(0, DAYS, 8), DAYS // 8)]
    orders = [[(0, DAYS)], [(18, 33), (33, DAYS), (0, 18)], shuffled]
    lakes = []
    for order in orders:
        lake = Lake(everything)
        monkeypatch.setattr(judgement, "_rows", lake.rows)
        monkeypatch.setattr(judgement, "_answered", lambda *_: [])
        for piece in order:
            lake.build(piece)
        lakes.append(lake)
    found = [(f.plant_id, f.rule, f.start - FIRST, f.end - FIRST) for f in lakes[0].findings]
    assert found == [
        ("FROZEN", "frozen", 30 * 24 + 14, 30 * 24 + 76),
        ("OPEN", "learnt_limit", 60 * 24, 60 * 24 + 34),  # from 60 days on to the end of June
        ("OPEN", "learnt_limit", 60 * 24 + 34, 60 * 24 + 34 + 31 * 24),
        ("STILL", "idle", 10 * 24, 50 * 24),
        ("STORED", "night_rule_off", 24 + 12, 51 * 24 + 12),
        ("THINNED", "incomplete_hour", 30 * 24 + 11, 30 * 24 + 12),
        ("TWICE", "doubled", 15 * 24 + 10, 40 * 24 + 12),
    ]
    assert Counter((unit, reason) for (unit, _), (reason, _) in lakes[0].verdicts.items()) == {
        ("TWICE", "doubled"): 25 * 24 + 2,
        ("FROZEN", "frozen"): 62,
        ("THINNED", None): 1,
        ("OPEN", "above_capacity_limit"): 1,
    }
    for lake in lakes[1:]:
        assert lake.findings == lakes[0].findings
        assert lake.verdicts == lakes[0].verdicts
