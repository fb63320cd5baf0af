"""`silver.dim_plant`: the facilities of the registry, newest version: where they are, how large, since when."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from itertools import groupby
from types import MappingProxyType
from typing import Any, Literal

from include.sources.landing import Location
from spark_jobs.silver.dim_unit import NEVER, Version

NOWHERE_ELSE: Mapping[str, Sequence[str]] = MappingProxyType({})


def dim_plant(versions: Iterable[Version], places: Mapping[str, Sequence[str]] = NOWHERE_ELSE) -> list[dict[str, Any]]:
    """Return the rows of `silver.dim_plant`, without `_updated_at`, of the newest version of each unit.

    `places`: all location ids of a plant, newest first.
    """
    ordered = sorted(versions, key=lambda version: (version.facility_code, version.unit_code))
    return [
        _row(list(units), places.get(plant, ())) for plant, units in groupby(ordered, key=lambda version: version.facility_code)
    ]


def coordinate_check(version: Version) -> Literal["ok", "missing", "outside_region"]:
    """Hold a plant's coordinates against the bounding box of its region.

    Guards against published coordinates in another state: GIRGSF (VIC1) stood at -26.25, 149.99 in Queensland and got
    Queensland's weather and sun. Cannot see an error inside the box: OpenElectricity once moved a farm by 42 km.
    """
    if version.latitude is None or version.longitude is None:
        return "missing"
    inside = version.network.is_inside(version.network_region, version.latitude, version.longitude)
    return "ok" if inside else "outside_region"


def _row(units: Sequence[Version], places: Sequence[str]) -> dict[str, Any]:
    newest = max(units, key=lambda unit: (unit._ingest_time, unit.unit_code))
    network, latitude, longitude = newest.network, newest.latitude, newest.longitude
    location_id = Location(latitude, longitude).location_id if latitude is not None and longitude is not None else None
    starts = [unit.commissioned_from for unit in units if unit.commissioned_from != NEVER]
    ends = [unit.retired_from for unit in units if unit.retired_from is not None]
    counted = [unit for unit in units if not unit.is_retired and unit.commissioned_from != NEVER]
    return {
        "plant_id": newest.facility_code,
        "plant_name": newest.facility_name,
        "network_id": newest.network_id,
        "network_region": newest.network_region,
        "latitude": latitude,
        "longitude": longitude,
        "location_id": location_id,
        "former_location_ids": [place for place in places if place != location_id] or None,
        "same_cell_location_ids": None,
        "grid_cells": None,
        "capacity_mw": _capacity_mw(counted),
        "unit_count": len(units),
        "commissioned_date": network.local_date(min(starts)) if starts else None,
        "retired_date": network.local_date(max(ends) - timedelta(microseconds=1)) if len(ends) == len(units) else None,
        "utc_offset_hours": int(network.utc_offset.total_seconds()) // 3600,
        "time_zone": network.time_zone,
        "coordinate_check": coordinate_check(newest),
        "last_ingest_time": newest._ingest_time,
    }


def _capacity_mw(units: Sequence[Version]) -> float | None:
    """Return the sum; None when a unit's capacity is unknown, as the sum is then unknown too."""
    capacities = [unit.capacity_mw for unit in units]
    known = [capacity for capacity in capacities if capacity is not None]
    return sum(known) if known and len(known) == len(capacities) else None
