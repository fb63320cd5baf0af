"""`GET /facilities/`: records as the registry writes them, and its filters, which act on units."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from infra.upstream.farms import FULL_SHARE, RECORDED, Farm, Unit
from infra.upstream.hours import offset_text

Record = dict[str, Any]
COMMISSIONING_BELOW_SHARE = 0.9
"""Since v4.5.9 a unit that never passed this share of its capacity is told to be commissioning."""
FUELTECH_GROUPS = {
    "solar": {"solar_utility", "solar_rooftop", "solar_thermal", "solar"},
    "wind": {"wind", "wind_offshore"},
    "coal": {"coal_black", "coal_brown"},
    "gas": {"gas_ccgt", "gas_ocgt", "gas_recip", "gas_steam", "gas_wcmg"},
    "bioenergy": {"bioenergy_biogas", "bioenergy_biomass"},
}
_CREATED_AT, _UPDATED_AT = "2023-10-18T04:34:52Z", "2025-07-08T04:11:29Z"


@dataclass(frozen=True)
class RegistryFilter:
    """What was asked; an empty set lets everything through."""

    facility_codes: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ()
    fueltechs: tuple[str, ...] = ()
    fueltech_groups: tuple[str, ...] = ()
    networks: tuple[str, ...] = ()
    region: str | None = None
    changes: dict[str, Record] = field(default_factory=dict)


def registry_records(farms: Iterable[Farm], asked: RegistryFilter, now: datetime) -> list[Record]:
    """Facilities with their matching units only, sorted by lower-cased name; those without a unit are dropped."""
    records = [_farm_record(farm, now) for farm in farms if farm.is_listed] + [dict(record) for record in _other_records()]
    changed = [_changed(record, asked.changes) for record in records]
    kept = [record | {"units": _kept_units(record, asked)} for record in changed if _keeps_facility(record, asked)]
    return sorted((_without_none(record) for record in kept if record["units"]), key=lambda record: record["name"].lower())


def no_match_text(asked: RegistryFilter) -> str:
    """The 404's text, which tells the filters."""
    told = {
        "facility_codes": asked.facility_codes, "status_ids": asked.statuses, "fueltech_ids": asked.fueltechs,
        "fueltech_group_ids": asked.fueltech_groups, "network_ids": asked.networks,
    }  # fmt: skip
    parts = [f"{name}=[{', '.join(values)}]" for name, values in told.items() if values]
    parts += [f"network_region={asked.region}"] if asked.region else []
    return f"No facilities found matching filters: {', '.join(parts)}"


def derived_status(unit: Record) -> str:
    """`commissioning` is not stored: an operating unit that never came near its capacity is told to be."""
    capacity = unit.get("capacity_maximum") or unit.get("capacity_registered")
    top = unit.get("max_generation")
    if unit["status_id"] == "operating" and capacity and top and top / capacity <= COMMISSIONING_BELOW_SHARE:
        return "commissioning"
    return str(unit["status_id"])


def _keeps_facility(record: Record, asked: RegistryFilter) -> bool:
    return (
        (not asked.facility_codes or record["code"] in asked.facility_codes)
        and (not asked.networks or record["network_id"] in asked.networks)
        and (asked.region is None or record["network_region"] == asked.region)
    )


def _kept_units(record: Record, asked: RegistryFilter) -> list[Record]:
    fueltechs = set(asked.fueltechs)
    groups = {fueltech for group in asked.fueltech_groups for fueltech in FUELTECH_GROUPS.get(group, {group})}
    units = [_without_none(unit | {"status_id": derived_status(unit)}) for unit in record["units"]]
    return [
        unit
        for unit in units
        if (not asked.statuses or unit["status_id"] in asked.statuses)
        and (not fueltechs or unit["fueltech_id"] in fueltechs)
        and (not groups or unit["fueltech_id"] in groups)
    ]


def _changed(record: Record, changes: dict[str, Record]) -> Record:
    """Apply what the control route changed, by facility or unit code; a null removes the key."""
    units = [_without_none(unit | changes.get(f"unit:{unit['code']}", {})) for unit in record["units"]]
    return record | changes.get(f"facility:{record['code']}", {}) | {"units": units}


def _farm_record(farm: Farm, now: datetime) -> Record:
    return {
        "code": farm.code,
        "name": farm.name,
        "network_id": farm.network_id,
        "network_region": farm.network_region,
        "description": f"<p>{farm.name} is a photovoltaic power station.</p>",
        "location": {"lat": farm.latitude, "lng": farm.longitude},
        "units": [_unit_record(farm, unit, now) for unit in (*farm.units, *farm.idle_units)],
        "updated_at": _UPDATED_AT,
        "created_at": _CREATED_AT,
        "code_display": farm.code,
    } | dict(farm.told)


def _unit_record(farm: Farm, unit: Unit, now: datetime) -> Record:
    reports = unit in farm.units
    offset = offset_text(farm.utc_offset_hours)
    last_seen = now + timedelta(hours=farm.utc_offset_hours)
    last_seen = last_seen.replace(minute=last_seen.minute // 5 * 5, second=0, microsecond=0, tzinfo=None)
    return {
        "code": unit.code,
        "fueltech_id": unit.fueltech_id,
        "status_id": unit.status_id,
        "capacity_registered": unit.capacity_registered_mw,
        "capacity_maximum": unit.capacity_maximum_mw,
        "capacity_storage": 200.0 if unit.fueltech_id == "battery" else None,
        "data_first_seen": f"{unit.first_seen_local.isoformat()}{offset}" if reports else None,
        "data_last_seen": f"{last_seen.isoformat()}{offset}" if reports else None,
        "dispatch_type": "GENERATOR",
        "created_at": _CREATED_AT,
        "updated_at": "2025-05-06T05:59:37Z",
        "code_display": unit.code,
        "commencement_date": unit.first_seen_local.date().isoformat() if unit.has_commencement_date and reports else None,
        "max_generation": round(unit.capacity_mw * min(farm.top_share, FULL_SHARE), 4) if reports else None,
        "max_generation_interval": "2024-11-30T12:00:00" if reports else None,
    } | dict(unit.told)


@cache
def _other_records() -> tuple[Record, ...]:
    """Recorded facilities that are not solar farms of the list: coal, gas, wind; they have no `location` and no series."""
    body = json.loads((RECORDED / "bodies" / "facilities_5_v4.2.4_2025-09-04.json").read_text(encoding="utf-8"))
    return tuple(record for record in body["data"] if all(unit["fueltech_id"] != "solar_utility" for unit in record["units"]))


def _without_none(record: Record) -> Record:
    """The source strips what is None, and zero numbers too, so that any optional key may be absent."""

    def is_told(name: str, value: Any) -> bool:
        return value is not None and not (value == 0 and name.startswith("capacity"))

    return {name: value for name, value in record.items() if is_told(name, value)}
