"""What happens to farms in the registry and does not stand in any list: farms in, farms out.

Each fault names its target (`facility_code` or `unit_code`, a text or a list) or is drawn by `seed`, and begins when the clock
passes `at` (default: it always held). Registry and series are both made from these farms, so that faults compose.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from infra.upstream.clock import parse_instant
from infra.upstream.farms import Farm, Unit
from infra.upstream.faults import Bitten
from infra.upstream.hours import hour_index

Params = dict[str, Any]
KM_PER_DEGREE = 111.2
"""Of latitude."""


def spoiled_farms(farms: tuple[Farm, ...], bitten: Bitten, now: datetime) -> tuple[Farm, ...]:
    """Apply the faults that bite and whose time has come."""
    for name, fault in _FAULTS.items():
        for params in bitten.every(name):
            if "at" not in params or now >= parse_instant(params["at"]):
                farms = fault(farms, params)
    return farms


def _of_units(name: str, change: Callable[[Farm, Unit, Params], tuple[Unit, ...]]) -> Callable[..., tuple[Farm, ...]]:
    """Return a fault that changes the units it is aimed at."""

    def apply(farms: tuple[Farm, ...], params: Params) -> tuple[Farm, ...]:
        aimed = _aimed(name, params, "unit_code", [unit.code for farm in farms for unit in farm.units])
        return tuple(
            replace(
                farm,
                units=tuple(
                    new for unit in farm.units for new in (change(farm, unit, params) if unit.code in aimed else (unit,))
                ),
            )
            for farm in farms
        )

    return apply


def _of_farms(name: str, change: Callable[[Farm, Params], Farm]) -> Callable[..., tuple[Farm, ...]]:
    def apply(farms: tuple[Farm, ...], params: Params) -> tuple[Farm, ...]:
        aimed = _aimed(name, params, "facility_code", [farm.code for farm in farms])
        return tuple(change(farm, params) if farm.code in aimed else farm for farm in farms)

    return apply


def _aimed(name: str, params: Params, key: str, codes: Iterable[str]) -> set[str]:
    said = params.get(key)
    if said is None:
        return {random.Random(f"{name} {params.get('seed', 0)}").choice(sorted(codes))}
    return {said} if isinstance(said, str) else set(said)


def _copied(farms: tuple[Farm, ...], params: Params) -> tuple[Farm, ...]:
    """The same places, generation and capacities under codes of their own; the originals are not there."""
    codes = params.get("facility_codes", [farm.code for farm in farms])
    return tuple(_copy(farm, prefix) for farm in farms if farm.code in codes for prefix in params["prefixes"])


def _copy(farm: Farm, prefix: str) -> Farm:
    units = tuple(replace(unit, code=f"{prefix}{unit.code}", recorded_as=unit.code) for unit in farm.units)
    return replace(farm, code=f"{prefix}{farm.code}", units=units, idle_units=())


def _renamed(farm: Farm, unit: Unit, params: Params) -> tuple[Unit, ...]:
    code = params.get("to", unit.code.removeprefix("0") if unit.code.startswith("0") else f"{unit.code}N")
    return (replace(unit, code=code, recorded_as=unit.recorded_as or unit.code),)


def _renamed_site(farm: Farm, params: Params) -> Farm:
    return replace(farm, code=params.get("to", farm.code.removeprefix("0") if farm.code.startswith("0") else f"{farm.code}N"))


def _split(farm: Farm, unit: Unit, params: Params) -> tuple[Unit, ...]:
    """The first part keeps the code unless `codes` says otherwise; a whole's recorded hours are nobody's."""
    parts = params.get("parts", 2)
    codes = params.get("codes", [unit.code, *(f"{unit.code}P{number}" for number in range(2, parts + 1))])
    maximum = unit.capacity_maximum_mw
    return tuple(
        replace(
            unit,
            code=code,
            capacity_registered_mw=round(unit.capacity_registered_mw / len(codes), 4),
            capacity_maximum_mw=round(maximum / len(codes), 4) if maximum else None,
            recorded_as="",
        )
        for code in codes
    )


def _upgraded(farm: Farm, unit: Unit, params: Params) -> tuple[Unit, ...]:
    """The registry tells the new capacity; the unit makes more from `since` on (default: `at`)."""
    factor = params.get("factor", 1.5)
    since = hour_index(parse_instant(str(params.get("since", params.get("at", "1970-01-01T00:00:00Z")))))
    told = {"capacity_registered": unit.capacity_registered_mw * factor}
    told |= {"capacity_maximum": unit.capacity_maximum_mw * factor} if unit.capacity_maximum_mw else {}
    return (_telling(replace(unit, upgraded=(since, factor)), told),)


def _coarse(farm: Farm, unit: Unit, params: Params) -> tuple[Unit, ...]:
    """`event` commencement (default) or closure; `date` of it, `specificity`; `first_seen` false takes that away."""
    event, specificity = params.get("event", "commencement"), params.get("specificity", "year")
    day = params.get("date", f"{unit.first_seen_local:%Y}-01-01")
    told: Params = {f"{event}_date": day, f"{event}_date_specificity": specificity}
    return (_telling(unit, told if params.get("first_seen", True) else told | {"data_first_seen": None}),)


def _undated(farm: Farm, unit: Unit, params: Params) -> tuple[Unit, ...]:
    return (_telling(unit, {"commencement_date": None, "data_first_seen": None}),)


def _absurd(farm: Farm, unit: Unit, params: Params) -> tuple[Unit, ...]:
    megawatts = params.get("capacity", unit.capacity_mw / 40)
    return (_telling(unit, {"capacity_registered": megawatts, "capacity_maximum": megawatts}),)


def _moved(farm: Farm, params: Params) -> Farm:
    """The sun stays where it was: only what is told is moved, `north_km` (default 300) or to `latitude`, `longitude`."""
    latitude = params.get("latitude", farm.latitude + params.get("north_km", 300) / KM_PER_DEGREE)
    return replace(
        farm, told=(*farm.told, ("location", {"lat": round(latitude, 6), "lng": params.get("longitude", farm.longitude)}))
    )


def _retired(farm: Farm, params: Params) -> Farm:
    """Its last day is `closure_date` (network-local, default 2025-01-03); it stays in the registry unless it `vanishes`."""
    closure = datetime.fromisoformat(params.get("closure_date", "2025-01-03"))
    told = {"status_id": "retired", **({} if params.get("undated") else {"closure_date": f"{closure:%Y-%m-%d}"})}
    end = hour_index((closure + timedelta(days=1)).replace(tzinfo=UTC) - timedelta(hours=farm.utc_offset_hours))
    units = tuple(replace(_telling(unit, told), end_hour=end) for unit in farm.units)
    return replace(farm, units=units, is_listed=not params.get("vanishes", False))


def _telling(unit: Unit, told: Params) -> Unit:
    return replace(unit, told=(*unit.told, *told.items()))


_FAULTS: dict[str, Callable[[tuple[Farm, ...], Params], tuple[Farm, ...]]] = {
    # First, so that the others can be aimed at copies.
    "copied_farms": _copied,
    "upgraded_unit": _of_units("upgraded_unit", _upgraded),
    "split_unit": _of_units("split_unit", _split),
    "coarse_date": _of_units("coarse_date", _coarse),
    "undated_unit": _of_units("undated_unit", _undated),
    "absurd_capacity": _of_units("absurd_capacity", _absurd),
    "moved_coordinates": _of_farms("moved_coordinates", _moved),
    "retired_farm": _of_farms("retired_farm", _retired),
    # Last, so that the others can be aimed at the code from before.
    "renamed_unit": _of_units("renamed_unit", _renamed),
    "renamed_facility": _of_farms("renamed_facility", _renamed_site),
}
