"""The body of `GET /data/facilities/{network}`: unit series bucketed and shaped as the source's formatter does it."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from tests.upstream.defects import UnitHours
from tests.upstream.hours import hour_index, offset_text

MINUTES_PER_POINT = 5
POINTS_PER_HOUR = 12
UNITS = {"power": "MW", "energy": "MWh", "emissions": "t", "market_value": "$", "storage_battery": "MWh"}
PRICE_PER_MWH = 55.0
"""One price for every hour: market value is not what this server is for."""

Points = dict[datetime, float | None]


@dataclass(frozen=True)
class Asked:
    """A checked request. Bounds are naive network time, the end exclusive; `visible_until` hides what is not yet known."""

    network_code: str
    metrics: tuple[str, ...]
    interval: str
    start: datetime
    end: datetime
    visible_until: datetime
    groups_by_unit: bool
    utc_offset_hours: int
    shape: str = "v4.5"


def blocks(units: list[UnitHours], asked: Asked) -> list[dict[str, Any]]:
    """One block per metric with data, one result per unit."""
    made = (_block(units, metric, asked) for metric in asked.metrics)
    return [block for block in made if block is not None]


def _block(units: list[UnitHours], metric: str, asked: Asked) -> dict[str, Any] | None:
    series = {unit.code: _bucketed(unit, metric, asked) for unit in units}
    series = {code: points for code, points in series.items() if points}
    if not series:
        return None
    offset = offset_text(asked.utc_offset_hours)
    first, last = (_label(edge(edge(points) for points in series.values()), offset) for edge in (min, max))
    if asked.groups_by_unit:
        newest = last.encode()
        # The source's rows come newest bucket first, in no fixed order of units.
        order = sorted(series, key=lambda code: zlib.crc32(newest + code.encode()))
        results = [
            _result(metric, f"{metric}_{code}", {"unit_code": code}, [series[code]], (first, last), asked) for code in order
        ]
    else:
        results = [_result(metric, f"{metric}_total", {}, list(series.values()), (first, last), asked)]
    dates = {"date_start": first, "date_end": last}
    if asked.shape == "v4.0":
        dates = {"start": first[: -len(offset)], "end": last[: -len(offset)]}
    return {
        "network_code": asked.network_code, "metric": metric, "unit": UNITS[metric], "interval": asked.interval,
        **dates, "groupings": [], "results": results, "network_timezone_offset": offset,
    }  # fmt: skip


def _result(
    metric: str, name: str, columns: dict[str, str], series: list[Points], edges: tuple[str, str], asked: Asked
) -> dict[str, Any]:
    offset = offset_text(asked.utc_offset_hours)
    cut = len(offset) if asked.shape == "v4.0" else 0
    label = _utc_label(asked.utc_offset_hours) if asked.shape == "v4.0" else lambda at: _label(at, offset)
    pairs = sorted(((at, value) for points in series for at, value in points.items()), key=lambda pair: pair[0])
    return {
        "name": name,
        "date_start": edges[0][: len(edges[0]) - cut],
        "date_end": edges[1][: len(edges[1]) - cut],
        "columns": columns,
        "data": [[label(at), value] for at, value in pairs if value is not None or asked.shape == "v4.5"],
    }


def _label(at: datetime, offset: str) -> str:
    return f"{at.isoformat()}{offset}"


def _utc_label(offset_hours: int) -> Callable[[datetime], str]:
    return lambda at: f"{(at - timedelta(hours=offset_hours)).isoformat()}Z"


def _bucketed(unit: UnitHours, metric: str, asked: Asked) -> Points:
    """Buckets of a unit with nulls between its first and last value; empty when it has none."""
    if metric == "storage_battery":
        return {}
    sums: dict[datetime, list[float]] = {}
    for start, minutes, at in _pieces(unit, asked):
        energy, power = unit.energy_mwh[at] * minutes / 60, unit.power_mw[at]
        total = sums.setdefault(_bucket(start, asked.interval), [0.0, 0.0, 0.0])
        if not np.isnan(energy):
            total[0] += energy
            total[1] += power * minutes
            total[2] += minutes
    known = [at for at, (_, _, minutes) in sums.items() if minutes]
    if not known:
        return {}
    return {at: _value(metric, *sums[at]) for at in sums if known[0] <= at <= known[-1]}


def _value(metric: str, energy_mwh: float, power_minutes: float, minutes: float) -> float | None:
    if not minutes:
        return None
    values = {
        "energy": energy_mwh,
        "power": power_minutes / minutes,
        "emissions": 0.0,
        "market_value": energy_mwh * PRICE_PER_MWH,
    }
    return round(float(values[metric]), 6)


def _pieces(unit: UnitHours, asked: Asked) -> list[tuple[datetime, int, int]]:
    """(local start, minutes selected, index into the hours) of what lies in `[start, end)` and is known already.

    An hour is one piece, or twelve for the intervals below an hour. Bounds inside an hour select part of it.
    """
    end = min(asked.end, asked.visible_until)
    step = timedelta(minutes=MINUTES_PER_POINT if asked.interval in ("5m", "30m") else 60)
    pieces = []
    hour = asked.start.replace(minute=0, second=0, microsecond=0)
    while hour < end:
        at = hour_index(hour.replace(tzinfo=UTC)) - unit.utc_offset_hours - unit.first_hour
        piece = hour
        while piece < hour + timedelta(hours=1):
            minutes = _selected_minutes(piece, step, asked.start, end)
            if minutes:
                pieces.append((piece, minutes, at))
            piece += step
        hour += timedelta(hours=1)
    return pieces


def _selected_minutes(piece: datetime, step: timedelta, start: datetime, end: datetime) -> int:
    """Minutes of the 5-minute labels of a piece that are `>= start` and `< end`."""
    if start <= piece and piece + step <= end:
        return int(step.total_seconds() // 60)
    labels = (piece + timedelta(minutes=minute) for minute in range(0, int(step.total_seconds() // 60), MINUTES_PER_POINT))
    return MINUTES_PER_POINT * sum(start <= label < end for label in labels)


def _bucket(at: datetime, interval: str) -> datetime:
    midnight = at.replace(hour=0, minute=0)
    month = midnight.replace(day=1)
    rules: dict[str, Callable[[], datetime]] = {
        "5m": lambda: at,
        "30m": lambda: at.replace(minute=at.minute // 30 * 30),
        "1h": lambda: at.replace(minute=0),
        "1d": lambda: midnight,
        "7d": lambda: midnight - timedelta(days=(midnight.weekday() + 1) % 7),
        "1M": lambda: month,
        "3M": lambda: month.replace(month=(at.month - 1) // 3 * 3 + 1),
        "season": lambda: month.replace(year=at.year - (at.month < 3), month=at.month // 3 * 3 or 12),
        "1y": lambda: month.replace(month=1),
        "fy": lambda: month.replace(year=at.year - (at.month < 7), month=7),
    }
    return rules[interval]()
