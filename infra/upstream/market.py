"""The body of `GET /market/network/{network}`: series of regions, bucketed and shaped as the source's formatter does it."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np

from infra.upstream.facility_series import Asked, Piece, Points, pieces_of, series_block
from infra.upstream.faults import Bitten
from infra.upstream.hours import hour_index
from infra.upstream.prices import REGIONS, curtailed_solar_mwh, price_aud_mwh
from infra.upstream.world.world import World

UNITS = {"price": "$/MWh", "curtailment_solar_utility_energy": "MWh"}
"""Of the metrics that are served; the source has more (`openelectricity_names.MARKET_METRICS`)."""


def market_blocks(
    asked: Asked, region: str | None, groups_by_region: bool, bitten: Bitten, world: World | None = None
) -> list[dict[str, object]]:
    """One block per metric with data, one result per region, or one of the whole network."""
    pieces = pieces_of(asked)
    if not pieces:
        return []
    regions = [name for name in REGIONS.get(asked.network_code, ()) if region in (None, name)]
    series = (
        (metric, {name: _bucketed(metric, name, pieces, asked, bitten, world) for name in regions})
        for metric in asked.metrics
        if metric in UNITS
    )
    made = (_block(metric, of_metric, groups_by_region, asked, bitten) for metric, of_metric in series)
    return [block for block in made if block is not None]


def _block(
    metric: str, series: dict[str, Points], groups_by_region: bool, asked: Asked, bitten: Bitten
) -> dict[str, object] | None:
    series = {region: points for region, points in series.items() if points}
    if not groups_by_region and series:
        series = {"total": _of_network(metric, list(series.values()))}
    renamed = {params["region"]: params["to"] for params in bitten.every("renamed_region")}
    named = [
        (f"{metric}_{renamed.get(region, region)}", {"region": renamed.get(region, region)} if groups_by_region else {}, [points])
        for region, points in series.items()
    ]
    return series_block(metric, UNITS[metric], named, asked)


def _bucketed(metric: str, region: str, pieces: list[Piece], asked: Asked, bitten: Bitten, world: World | None) -> Points:
    """Buckets of a region with nulls between its first and last value: prices are means, energies sums."""
    first = pieces[0][2] - asked.utc_offset_hours
    hours = pieces[-1][2] - asked.utc_offset_hours - first + 1
    if metric == "price":
        values = price_aud_mwh(region, asked.network_code, first, hours, bitten, world)
    else:
        now_hour = hour_index(asked.visible_until.replace(tzinfo=UTC)) - asked.utc_offset_hours
        values = curtailed_solar_mwh(region, asked.network_code, first, hours, now_hour, world)
    sums: dict[datetime, list[float]] = {}
    for bucket, minutes, local_hour in pieces:
        value = float(values[local_hour - asked.utc_offset_hours - first])
        total = sums.setdefault(bucket, [0.0, 0.0])
        if not np.isnan(value):
            total[0] += value * minutes
            total[1] += minutes
    known = [at for at, (_, minutes) in sums.items() if minutes]
    return {
        at: round(total / (minutes if metric == "price" else 60), 6) if minutes else None
        for at, (total, minutes) in sums.items()
        if known and known[0] <= at <= known[-1]
    }


def _of_network(metric: str, series: list[Points]) -> Points:
    merged: Points = {}
    for at in sorted({at for points in series for at in points}):
        values = [value for points in series if (value := points.get(at)) is not None]
        merged[at] = round(sum(values) / (len(values) if metric == "price" else 1), 6) if values else None
    return merged
