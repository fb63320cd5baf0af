"""Defects of generation data, each a known one of the source: hourly series in, hourly series out."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from infra.upstream.clock import parse_instant
from infra.upstream.faults import Bitten
from infra.upstream.hours import HOURS_OF_DAY, hour_index, hour_start
from infra.upstream.noise import Floats

Params = dict[str, Any]
NETWORK_OFFSET_HOURS = {"NEM": 10, "WEM": 8}


@dataclass(frozen=True)
class UnitHours:
    """Energy (MWh) and power (MW) of one unit by hour start, NaN where there is none, and its region's price.

    `utc_offset_hours`: network time.
    """

    code: str
    capacity_mw: float
    utc_offset_hours: int
    first_hour: int
    energy_mwh: Floats
    power_mw: Floats
    price_aud_mwh: Floats

    @property
    def hours(self) -> np.ndarray:
        """Index of every hour."""
        return self.first_hour + np.arange(len(self.energy_mwh))

    def both(self, change: Callable[[Floats], Floats]) -> UnitHours:
        """The same change to energy and power."""
        return replace(self, energy_mwh=change(self.energy_mwh), power_mw=change(self.power_mw))


def with_defects(unit: UnitHours, bitten: Bitten, now: datetime, fetches: int) -> UnitHours:
    """Apply the data defects that bite. `fetches`: how often this data was asked before."""
    for name, defect in _DEFECTS.items():
        for params in bitten.every(name):
            unit = defect(unit, params, now)
    revising = bitten.params("revising_values")
    return unit if revising is None else _revised(unit, revising, now, fetches)


def _healed(params: Params, now: datetime) -> bool:
    return "heal_at" in params and now >= parse_instant(params["heal_at"])


def _recent(unit: UnitHours, now: datetime, hours: int) -> np.ndarray:
    newest = hour_index(now)
    return (unit.hours > newest - hours) & (unit.hours <= newest)


def _double_last_days(unit: UnitHours, params: Params, now: datetime) -> UnitHours:
    if _healed(params, now):
        return unit
    recent = _recent(unit, now, params.get("days", 7) * HOURS_OF_DAY)
    return unit.both(lambda values: np.where(recent, values * 2, values))


def _hour_missing(unit: UnitHours, params: Params, now: datetime) -> UnitHours:
    asked = params.get("hours") or [hour_start(hour_index(now) - 3).isoformat()]
    gone = np.isin(unit.hours, [hour_index(parse_instant(text)) for text in asked])
    return unit.both(lambda values: np.where(gone, np.nan, values))


def _frozen_night(unit: UnitHours, params: Params, now: datetime) -> UnitHours:
    """AEMO repeats the last value: the farm generates all night. 22 incidents in 11 years, none corrected."""
    if params.get("unit_code") not in (None, unit.code):
        return unit
    local_now = now + timedelta(hours=unit.utc_offset_hours)
    day = datetime.fromisoformat(params["date"]) if "date" in params else local_now - timedelta(days=1)
    noon = hour_index(day.replace(hour=12, minute=0, second=0, microsecond=0, tzinfo=UTC)) - unit.utc_offset_hours
    evening = (unit.hours >= noon) & (unit.hours < noon + 12) & (unit.energy_mwh > 0)
    if not evening.any():
        return unit
    last = int(np.flatnonzero(evening)[-1])
    night = (unit.hours > unit.first_hour + last) & (unit.hours < noon + 18)
    return unit.both(lambda values: np.where(night, values[last], values))


def _provisional_energy(unit: UnitHours, params: Params, now: datetime) -> UnitHours:
    """Energy is written as MW / 12 first and replaced by the trapezoid later; power stays."""
    if _healed(params, now):
        return unit
    recent = _recent(unit, now, params.get("hours", 72))
    factor = params.get("factor", 0.97)
    return replace(unit, energy_mwh=np.where(recent, np.round(unit.energy_mwh * factor, 4), unit.energy_mwh))


def _october_shift(unit: UnitHours, params: Params, now: datetime) -> UnitHours:
    """Removed by the source in June 2026 for 2007-2023: two to three weeks after each October change came an hour late."""
    late = np.array([_after_october_change(hour_start(int(hour) + unit.utc_offset_hours)) for hour in unit.hours])
    return unit.both(lambda values: np.where(late, np.concatenate([values[:1], values[:-1]]), values))


def _after_october_change(local: datetime) -> bool:
    first = datetime(local.year, 10, 1, 2, tzinfo=UTC)
    sunday = first + timedelta(days=(6 - first.weekday()) % 7)
    return sunday <= local < sunday + timedelta(days=21)


def _negative_night(unit: UnitHours, params: Params, now: datetime) -> UnitHours:
    value = params.get("value", -0.08)
    return unit.both(lambda values: np.where(values == 0, value, values))


def _unit_stops(unit: UnitHours, params: Params, now: datetime) -> UnitHours:
    if params.get("unit_code") not in (None, unit.code):
        return unit
    silent = unit.hours >= hour_index(parse_instant(params["from"]) if "from" in params else now - timedelta(days=1))
    return unit.both(lambda values: np.where(silent, np.nan, values))


def _null_interior(unit: UnitHours, params: Params, now: datetime) -> UnitHours:
    gone = unit.hours % params.get("every", 5) == 0
    return unit.both(lambda values: np.where(gone, np.nan, values))


def _twice_capacity(unit: UnitHours, params: Params, now: datetime) -> UnitHours:
    if params.get("unit_code") not in (None, unit.code):
        return unit
    return unit.both(lambda values: np.where(values > 0, 2 * unit.capacity_mw, values))


def _withdrawn_unit(unit: UnitHours, params: Params, now: datetime) -> UnitHours:
    """The source drops a unit from its answers, as when its record is merged or hidden."""
    drawn = draw(params, unit.code) < params.get("share", 0.1)
    gone = unit.code in params["unit_codes"] if "unit_codes" in params else drawn
    return unit.both(lambda values: np.full_like(values, np.nan)) if gone else unit


def _withdrawn_hours(unit: UnitHours, params: Params, now: datetime) -> UnitHours:
    """Inside a series the source says null for them, at its ends nothing."""
    if params.get("unit_code") not in (None, unit.code):
        return unit
    first = hour_index(parse_instant(params["from"]))
    end = hour_index(parse_instant(params["to"])) if "to" in params else int(unit.hours[-1]) + 1
    return unit.both(lambda values: np.where((unit.hours >= first) & (unit.hours < end), np.nan, values))


def _nulls_after_values(unit: UnitHours, params: Params, now: datetime) -> UnitHours:
    if params.get("unit_code") not in (None, unit.code):
        return unit
    if "hours" in params:
        gone = np.isin(unit.hours, [hour_index(parse_instant(text)) for text in params["hours"]])
    else:
        share = params.get("share", 0.05)
        gone = np.array([draw(params, f"{unit.code} {hour}") < share for hour in unit.hours.tolist()])
    return unit.both(lambda values: np.where(gone, np.nan, values))


def _thinned_hours(unit: UnitHours, params: Params, now: datetime) -> UnitHours:
    """Five-minute rows are missing: energy is their sum, power the mean of those that came."""
    factor, share = params.get("factor", 0.5), params.get("share", 0.05)
    if "unit_codes" in params:
        return _energy_times(factor, unit, params, np.full(len(unit.hours), unit.code in params["unit_codes"]))
    drawn = [draw(params, f"{unit.code} {hour}") < share for hour in unit.hours.tolist()]
    return _energy_times(factor, unit, params, np.array(drawn))


def _doubled_rows(unit: UnitHours, params: Params, now: datetime) -> UnitHours:
    """Five-minute rows are there twice: energy is their sum, power their mean."""
    drawn = draw(params, unit.code) < params.get("share", 0.1)
    is_hit = unit.code in params["unit_codes"] if "unit_codes" in params else drawn
    return _energy_times(2.0, unit, params, np.full(len(unit.hours), is_hit))


def _energy_times(factor: float, unit: UnitHours, params: Params, hit: np.ndarray) -> UnitHours:
    """In the hours that are hit and lie between `from` and `to`."""
    return replace(
        unit, energy_mwh=np.where(hit & _between(unit, params), np.round(unit.energy_mwh * factor, 4), unit.energy_mwh)
    )


def _silent_network(unit: UnitHours, params: Params, now: datetime) -> UnitHours:
    is_silent = unit.utc_offset_hours == NETWORK_OFFSET_HOURS[params.get("network", "NEM")]
    gone = _between(unit, params) & is_silent
    return unit.both(lambda values: np.where(gone, np.nan, values))


def _between(unit: UnitHours, params: Params) -> np.ndarray:
    first = hour_index(parse_instant(params["from"])) if "from" in params else unit.hours[0]
    end = hour_index(parse_instant(params["to"])) if "to" in params else unit.hours[-1] + 1
    inside: np.ndarray = (unit.hours >= first) & (unit.hours < end)
    return inside


def draw(params: Params, name: str) -> float:
    """A number from 0 to 1 that depends on `seed` and a name alone: the same whatever is asked with it."""
    digest = hashlib.blake2b(f"{params.get('seed', 0)} {name}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "little") / 2**64


def _revised(unit: UnitHours, params: Params, now: datetime, fetches: int) -> UnitHours:
    recent = _recent(unit, now, params.get("hours", 72))
    factor = 1 + params.get("step", 0.001) * fetches
    return unit.both(lambda values: np.where(recent, np.round(values * factor, 4), values))


_DEFECTS: dict[str, Callable[[UnitHours, Params, datetime], UnitHours]] = {
    "october_shift": _october_shift,
    "twice_capacity": _twice_capacity,
    "double_last_days": _double_last_days,
    "frozen_night": _frozen_night,
    "negative_night": _negative_night,
    "provisional_energy": _provisional_energy,
    "null_interior": _null_interior,
    "hour_missing_for_all": _hour_missing,
    "unit_stops": _unit_stops,
    "withdrawn_units": _withdrawn_unit,
    "withdrawn_hours": _withdrawn_hours,
    "nulls_after_values": _nulls_after_values,
    "thinned_hours": _thinned_hours,
    "doubled_rows": _doubled_rows,
    "silent_network": _silent_network,
}
