"""The body of `GET /data/facilities/{network}`: unit series bucketed and shaped as the source's formatter does it."""

from __future__ import annotations

import math
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from infra.upstream.defects import UnitHours
from infra.upstream.hours import hour_index, offset_text

MINUTES_PER_POINT = 5
POINTS_PER_HOUR = 12
UNITS = {"power": "MW", "energy": "MWh", "emissions": "t", "market_value": "$", "storage_battery": "MWh"}
Points = dict[datetime, float | None]
Piece = tuple[datetime, int, int]
"""Bucket, minutes selected, index of the hour on the network's clock."""
Named = tuple[str, dict[str, str], list[Points]]
"""Name, columns and series of a result; of several series, merged as the source does without a grouping, the points."""


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
    pieces = pieces_of(asked)
    made = (_block(units, metric, pieces, asked) for metric in asked.metrics)
    return [block for block in made if block is not None]


def _block(units: list[UnitHours], metric: str, pieces: list[Piece], asked: Asked) -> dict[str, Any] | None:
    series = {unit.code: bucketed(unit, metric, pieces) for unit in units}
    series = {code: points for code, points in series.items() if points}
    if not asked.groups_by_unit and series:
        return series_block(metric, UNITS[metric], [(f"{metric}_total", {}, list(series.values()))], asked)
    return series_block(
        metric, UNITS[metric], [(f"{metric}_{code}", {"unit_code": code}, [points]) for code, points in series.items()], asked
    )


def series_block(metric: str, unit: str, named: list[Named], asked: Asked) -> dict[str, Any] | None:
    """The block of a metric from its results; None without any."""
    if not named:
        return None
    labels = _Labels(asked)
    every = [points for _, _, merged in named for points in merged]
    first, last = (labels.with_offset(edge(edge(points) for points in every)) for edge in (min, max))
    # The source's rows come newest bucket first, in no fixed order of units.
    named = sorted(named, key=lambda one: zlib.crc32(f"{last}{next(iter(one[1].values()), '')}".encode()))
    edges = {"date_start": labels.edge(first), "date_end": labels.edge(last)}
    results = [
        {"name": name, **edges, "columns": columns, "data": _points(points, labels, asked)} for name, columns, points in named
    ]
    if asked.shape == "v4.0":
        edges = {"start": edges["date_start"], "end": edges["date_end"]}
    return {
        "network_code": asked.network_code, "metric": metric, "unit": unit, "interval": asked.interval,
        **edges, "groupings": [], "results": results, "network_timezone_offset": labels.offset,
    }  # fmt: skip


class _Labels:
    """How a shape writes its times: v4.0 had UTC points between edges without offset; later ones carry the offset."""

    def __init__(self, asked: Asked) -> None:
        self.offset = offset_text(asked.utc_offset_hours)
        self._old = asked.shape == "v4.0"
        self._ahead = timedelta(hours=asked.utc_offset_hours)
        self._points: dict[datetime, str] = {}

    def with_offset(self, at: datetime) -> str:
        return f"{at.isoformat()}{self.offset}"

    def edge(self, text: str) -> str:
        return text.removesuffix(self.offset) if self._old else text

    def point(self, at: datetime) -> str:
        """Label of a point; every unit has the same ones, so each is written once."""
        if at not in self._points:
            self._points[at] = f"{(at - self._ahead).isoformat()}Z" if self._old else self.with_offset(at)
        return self._points[at]


def _points(series: list[Points], labels: _Labels, asked: Asked) -> list[list[Any]]:
    """Pairs in ascending time; units that were merged leave duplicate times. Old shapes omitted what is null now."""
    pairs = [pair for points in series for pair in points.items()]
    if len(series) > 1:
        pairs.sort(key=lambda pair: pair[0])
    tells_null = asked.shape == "v4.5"
    return [[labels.point(at), value] for at, value in pairs if value is not None or tells_null]


def bucketed(unit: UnitHours, metric: str, pieces: list[Piece]) -> Points:
    """Buckets of a unit with nulls between its first and last value; empty when it has none."""
    if metric == "storage_battery":
        return {}
    sums: dict[datetime, list[float]] = {}
    energies, powers, prices = unit.energy_mwh.tolist(), unit.power_mw.tolist(), unit.price_aud_mwh.tolist()
    behind = unit.utc_offset_hours + unit.first_hour
    for bucket, minutes, local_hour in pieces:
        energy, price = energies[local_hour - behind], prices[local_hour - behind]
        total = sums.setdefault(bucket, [0.0, 0.0, 0.0, 0.0])
        if not math.isnan(energy) and not (metric == "market_value" and math.isnan(price)):
            total[0] += energy * minutes / 60
            total[1] += powers[local_hour - behind] * minutes
            total[2] += minutes
            total[3] += max(0.0, energy) * minutes / 60 * price
    known = [at for at, (_, _, minutes, _) in sums.items() if minutes]
    if not known:
        return {}
    return {at: _value(metric, *sums[at]) for at in sums if known[0] <= at <= known[-1]}


def _value(metric: str, energy_mwh: float, power_minutes: float, minutes: float, value_aud: float) -> float | None:
    if not minutes:
        return None
    values = {
        "energy": energy_mwh,
        "power": power_minutes / minutes,
        "emissions": 0.0,
        "market_value": value_aud,
    }
    return round(values[metric], 6)


def pieces_of(asked: Asked) -> list[Piece]:
    """What lies in `[start, end)` and is known already: whole hours, or twelfths for the intervals below an hour.

    Bounds inside an hour select part of it, as they do at the source.
    """
    end = min(asked.end, asked.visible_until)
    length = timedelta(minutes=MINUTES_PER_POINT if asked.interval in ("5m", "30m") else 60)
    pieces = []
    piece = asked.start.replace(minute=0, second=0, microsecond=0)
    while piece < end:
        minutes = _selected_minutes(piece, length, asked.start, end)
        if minutes:
            pieces.append((_bucket(piece, asked.interval), minutes, hour_index(piece.replace(tzinfo=UTC))))
        piece += length
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
