"""What is found of whole days of all plants, from Bronze on: the same in whatever pieces and order the hours come."""

from __future__ import annotations

import random
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest

from include.windows import HOUR, Window
from infra.upstream.farms import listed_farms
from infra.upstream.recorded_week import recorded_energy_mwh
from spark_jobs.hours import HourRanges
from spark_jobs.silver import judgement
from spark_jobs.silver.day_judgement import UnitsHours, day_findings
from spark_jobs.silver.registry import Registry
from spark_jobs.silver.sun import clear_sky_share
from tests.unit.spark_jobs.silver.lake_in_memory import NOW, PLACE, Lake, bronze, registry

START, DAYS, DAY = datetime(2025, 4, 30, 14, tzinfo=UTC), 72, 24
"""A midnight of NEM."""
FIRST = int(START.timestamp()) // 3600
NAMES = [f"P{number}" for number in range(10)]


def ten_weeks() -> tuple[dict[str, list[float]], dict[str, list[float]]]:
    """Energy and power of ten plants of 100 MW under a clear sky, with a defect of each kind."""
    hours = FIRST + np.arange(DAYS * DAY)
    sun = 140 * clear_sky_share(hours, PLACE["latitude"], PLACE["longitude"])  # up to 77 in late autumn
    power = {name: sun.copy() for name in NAMES}
    power["P0"][20 * DAY : 34 * DAY] = np.roll(sun, 1)[20 * DAY : 34 * DAY]
    power["P3"][25 * DAY : 45 * DAY] = 0.0
    for name in NAMES[4:]:
        for evening in range(60, 67):
            power[name][evening * DAY + 18] = 2.0
    energy = {name: values.copy() for name, values in power.items()}
    power["P1"][:] = np.nan
    energy["P1"][[hour for day in (40, 43) for hour in range(day * DAY, (day + 1) * DAY)]] *= 2
    for values in (energy, power):
        values["P2"][10 * DAY + 15 : 17 * DAY + 9] = np.nan
        for name in NAMES:
            values[name][[30 * DAY + 12, *range(50 * DAY + 6, 51 * DAY + 12)]] = np.nan
    return tuple({name: values.tolist() for name, values in of.items()} for of in (energy, power))  # type: ignore[return-value]


FOUND = [
    ("NEM", "network_wide_gap", 30 * DAY + 12, 30 * DAY + 13, None),
    ("NEM", "network_wide_gap", 50 * DAY + 6, 51 * DAY + 12, None),
    ("NEM", "late_energy", 60 * DAY, 67 * DAY, None),
    ("P0", "shifted", 20 * DAY, 34 * DAY, 1.0),
    ("P1", "doubled", 40 * DAY, 44 * DAY, None),
    ("P2", "stopped_reporting", 11 * DAY, 17 * DAY, None),
    ("P3", "down", 27 * DAY, 31 * DAY, None),
    ("P3", "idle", 31 * DAY, 45 * DAY, None),
]


def test_findings_of_days_are_the_same_in_whatever_pieces_and_order_they_come() -> None:
    everything = bronze(START, *ten_weeks())
    shuffled = [(day, day + 8) for day in random.Random(7).sample(range(0, DAYS, 8), DAYS // 8)]
    hourly = [(0, 28), *[(day, day + 1) for day in range(28, 36)], (36, DAYS)]
    lakes = []
    for order in ([(0, DAYS)], [(24, 42), (42, DAYS), (0, 24)], shuffled, hourly):
        with Lake(START, everything, registry(dict.fromkeys(NAMES, 100.0))).opened() as lake:
            for piece in order:
                lake.build(piece)
        lakes.append(lake)
    for lake in lakes:
        assert lake.named == FOUND
        assert Counter((unit, reason) for (unit, _), (reason, _) in lake.verdicts.items()) == {
            ("P0", "shifted"): 14 * DAY,
            ("P1", "doubled"): 4 * DAY,
        }


def test_a_pass_of_one_plant_that_changes_what_is_said_of_others_asks_for_a_pass_of_these() -> None:
    # Given eight plants, of which one has no power and two are doubled for three days
    names = NAMES[:8]
    sun = 90 * clear_sky_share(FIRST + np.arange(20 * DAY), PLACE["latitude"], PLACE["longitude"])
    power = {name: sun.copy() for name in names}
    energy = {name: sun.copy() for name in names}
    power["P0"][:] = np.nan
    energy["P0"] *= 0.3
    for name in NAMES[:3]:
        energy[name][8 * DAY : 11 * DAY] *= 2
    everything = bronze(START, *({name: values.tolist() for name, values in of.items()} for of in (energy, power)))
    with Lake(START, everything, registry(dict.fromkeys(names, 100.0))).opened() as lake:
        lake.build((0, 20))
        assert [one[:2] for one in lake.named] == [("P0", "doubled"), ("P1", "doubled"), ("P2", "doubled")]
        # When the registry takes one of the two out of what proves it: its capacity is not known any more
        lake.registry = registry(dict.fromkeys(names, 100.0) | {"P2": None})
        hours, spark = HourRanges((Window(START, START + 20 * DAY * HOUR),)), lake
        found: Any = judgement.judge_hours(spark, hours, frozenset({"P2"}), lake.registry, lake.findings, NOW)  # type: ignore[arg-type]
    # Then the plant without power is to be built again, in its days
    ((plants, again),) = found.again
    assert plants == {"P0"}
    assert again.windows == (Window(START + 8 * DAY * HOUR, START + 11 * DAY * HOUR),)
    assert [one.plant_id for one in found.findings if one.rule == "doubled"] == ["P1"]


def test_an_hour_that_nobody_asked_about_is_no_gap() -> None:
    sun = {name: [50.0] * (3 * DAY) for name in NAMES}
    for values in sun.values():
        values[30] = float("nan")
    with Lake(START, bronze(START, sun, sun), registry(dict.fromkeys(NAMES, 100.0))).opened() as lake:
        lake.build((0, 3))
        assert ("NEM", "network_wide_gap", 30, 31, None) in lake.named
        lake.answered = [(START, START + 30 * HOUR)]
        hours = HourRanges((Window(START, START + 3 * DAY * HOUR),))
        found = judgement.judge_hours(lake, hours, None, lake.registry, lake.findings, NOW)  # type: ignore[arg-type]
        assert not [one for one in found.findings if one.rule == "network_wide_gap"]


def test_an_hour_is_due_thirty_hours_after_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judgement, "_answered", lambda *_: [(START, START + 10 * HOUR)])
    asked = judgement._asked_of(None, START + timedelta(hours=35))  # type: ignore[arg-type]
    assert asked("NEM", FIRST + np.array([4, 5, 9, 10])).tolist() == [True, True, True, False]
    asked = judgement._asked_of(None, START + timedelta(hours=29))  # type: ignore[arg-type]
    assert not asked("NEM", FIRST + np.array([0, 5])).any()


def test_nothing_is_said_of_the_days_of_the_recorded_week() -> None:
    recorded = recorded_energy_mwh()
    farms = [farm for farm in listed_farms() if any(unit.code in recorded for unit in farm.units)]
    codes = [(farm, unit) for farm in farms for unit in farm.units if unit.code in recorded]
    first, last = min(min(recorded[unit.code]) for _, unit in codes), max(max(recorded[unit.code]) for _, unit in codes)
    energy = np.array([[recorded[unit.code].get(hour, np.nan) for hour in range(first, last + 1)] for _, unit in codes])
    capacity = np.array([[unit.capacity_mw] for _, unit in codes]) * np.ones(energy.shape)
    always = {"commissioned_from_utc": None, "retired_from_utc": None}
    units = [
        {"network_id": farm.network_id, "unit_code": unit.code, "plant_id": farm.code, "capacity_mw": unit.capacity_mw} | always
        for farm, unit in codes
    ]
    places = [PLACE | {"plant_id": farm.code, "latitude": farm.latitude, "longitude": farm.longitude} for farm in farms]
    hours = UnitsHours(first, units, energy, energy, capacity)
    assert list(day_findings(hours, Registry(units, places), lambda _, at: np.ones(len(at), dtype=bool))) == []
