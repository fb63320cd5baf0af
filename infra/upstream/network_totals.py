"""The body of `GET /data/network/{network}`: the unit series of all farms, summed by region or network as the source does it."""

from __future__ import annotations

from typing import Any

from infra.upstream.defects import UnitHours
from infra.upstream.facility_series import UNITS, Asked, Piece, Points, bucketed, pieces_of, series_block
from infra.upstream.farms import Farm


def network_blocks(
    units: list[UnitHours],
    farms: tuple[Farm, ...],
    asked: Asked,
    region: str | None,
    groups_by_region: bool,
    fueltech: str | None,
) -> list[dict[str, Any]]:
    """One block per metric with data, one result per region, or one of the whole network; `fueltech`: named beside the region."""
    pieces = pieces_of(asked)
    region_of = {unit.code: farm.network_region for farm in farms for unit in farm.units}
    by_region: dict[str, list[UnitHours]] = {}
    for unit in units:
        # A unit that no farm lists is of no region here, and of the network all the same.
        where = region_of.get(unit.code, "")
        if region in (None, where):
            by_region.setdefault(where if groups_by_region else "", []).append(unit)
    columns = {name: ({"region": name} if name else {}) | ({"fueltech": fueltech} if fueltech else {}) for name in by_region}
    blocks = []
    for metric in asked.metrics:
        sums = {name: _sum_of(of_region, metric, pieces) for name, of_region in sorted(by_region.items())}
        named = [
            (f"{metric}_{'|'.join(columns[name].values()) or 'total'}", columns[name], [points])
            for name, points in sums.items()
            if points
        ]
        block = series_block(metric, UNITS[metric], named, asked)
        if block is not None:
            blocks.append(
                block | ({"groupings": ["network_region" if groups_by_region else "network", "fueltech"]} if fueltech else {})
            )
    return blocks


def _sum_of(units: list[UnitHours], metric: str, pieces: list[Piece]) -> Points:
    """Sums over the units that have a value; a bucket in which none has one is null between others."""
    sums: Points = {}
    for unit in units:
        for at, value in bucketed(unit, metric, pieces).items():
            held = sums.setdefault(at, None)
            if value is not None:
                sums[at] = value if held is None else held + value
    return {at: None if value is None else round(value, 6) for at, value in sorted(sums.items())}
