"""Units' hours as arrays, from rows of Bronze; and which of the hours are night."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from include.networks import NETWORKS
from include.windows import HOUR, Window
from spark_jobs.silver.capacity import BEGIN, END
from spark_jobs.silver.capacity_shares import NEGLIGIBLE_SHARE_OF_CAPACITY
from spark_jobs.silver.findings import hour_of
from spark_jobs.silver.registry import Span as CapacitySpan
from spark_jobs.silver.registry import codes_of
from spark_jobs.silver.run_rules import Bools, Floats
from spark_jobs.silver.sun import is_deep_night

Points = Sequence[tuple[float, float]]
"""Latitude and longitude in degrees."""

_METRICS = ("energy", "power")
_HOUR_US = 3_600_000_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def series_of(rows: pa.Table, window: Window, units: Sequence[Mapping[str, Any]]) -> tuple[Floats, Floats]:
    """Return energy and power as arrays of units by hours: the newest values that were said, NaN where there is none.

    `rows`: network_id, unit_code, metric, ts_utc, value, _ingest_time of Bronze. Left out is what cannot be: labels off the
    hour, and hours that had not begun when the newest answer was fetched. Power is given only where a later answer of the same
    code has taken back neither value: two that never stood together say nothing about each other, and a sound ratio of an older
    answer would end the run of doubled hours that it lies in.
    """
    first, hours = hour_of(window.start), window.duration // timedelta(hours=1)
    places = {(unit["network_id"], code): number for number, unit in enumerate(units) for code in codes_of(unit)}
    networks, codes, metrics = (rows[name].combine_chunks().dictionary_encode() for name in ("network_id", "unit_code", "metric"))
    unit_of = np.array(
        [
            [places.get((network, code), -1) for code in codes.dictionary.to_pylist()]
            for network in networks.dictionary.to_pylist()
        ],
        dtype=np.int64,
    ).reshape(len(networks.dictionary), len(codes.dictionary))
    metric_of = np.array([_METRICS.index(name) if name in _METRICS else -1 for name in metrics.dictionary.to_pylist()], dtype=int)
    at, fetched = (rows[name].cast(pa.timestamp("us", "UTC")).cast(pa.int64()).to_numpy() for name in ("ts_utc", "_ingest_time"))
    value = pc.fill_null(rows["value"], np.nan).to_numpy()
    unit = unit_of[networks.indices.to_numpy(), codes.indices.to_numpy()]
    metric = metric_of[metrics.indices.to_numpy()]
    hour = at // _HOUR_US - first
    usable = (unit >= 0) & (metric >= 0) & (at % _HOUR_US == 0) & (at <= fetched) & (hour >= 0) & (hour < hours)
    is_value = pc.is_valid(rows["value"]).to_numpy()
    said = np.flatnonzero(usable & is_value)
    oldest_first = said[np.argsort(fetched[said], kind="stable")]
    said_in = np.full((len(_METRICS), len(units), hours), -1, dtype=np.int64)
    # Of assignments to one place the last one stays.
    said_in[metric[oldest_first], unit[oldest_first], hour[oldest_first]] = oldest_first
    grid = np.where(said_in >= 0, value[said_in] if len(value) else np.nan, np.nan)
    grid[~np.isfinite(grid)] = np.nan

    silent = np.flatnonzero(usable & ~is_value)
    silenced = said_in[metric[silent], unit[silent], hour[silent]]
    code = codes.indices.to_numpy()
    silent = silent[(silenced >= 0) & (code[silenced] == code[silent]) & (fetched[silenced] < fetched[silent])]
    grid[_METRICS.index("power"), unit[silent], hour[silent]] = np.nan
    return grid[0], grid[1]


def capacities(spans: Sequence[CapacitySpan], first_hour: int, hours: int) -> Floats:
    """Return a unit's capacity (MW) in consecutive hours: of the span an hour lies in, else of the next one, else of the last."""
    found = np.full(hours, np.nan)
    known = [np.nan if span.capacity_mw is None else span.capacity_mw for span in spans]
    start = 0
    for span, capacity in zip(spans, known, strict=True):
        end = max(start, hour_of(span.end + HOUR - timedelta(microseconds=1)) - first_hour) if span.end < END else hours
        found[start:end] = capacity
        start = end
    found[start:] = known[-1] if known else np.nan
    return found


def in_service(spans: Sequence[CapacitySpan], first_hour: int, hours: int) -> Bools:
    """Return in which of consecutive hours a unit is expected to report: those that lie wholly in one of its spans."""
    found = np.zeros(hours, dtype=bool)
    for span in spans:
        start = -(-(span.start - _EPOCH) // HOUR) - first_hour if span.start > BEGIN else 0
        end = (span.end - _EPOCH) // HOUR - first_hour if span.end < END else hours
        found[max(0, start) : max(0, end)] = True
    return found


def sun_points(plant: Mapping[str, Any]) -> Points:
    """Return where the sun must be down (degrees) for a plant to be in the dark: at its place, a row of `silver.dim_plant`.

    Where that cannot be trusted, at all corners of its region.
    """
    if plant["coordinate_check"] == "ok":
        return [(plant["latitude"], plant["longitude"])]
    return [corner for box in NETWORKS[plant["network_id"]].boxes(plant["network_region"]) for corner in box.corners]


def deep_nights(first_hour: int, energy: Floats, capacity: Floats, points: Sequence[Points]) -> Bools:
    """Return which hours are deep night, by unit and hour; of units without any output then, all False.

    `capacity`: MW by unit and hour. `points`: by unit, where all of it must be night (latitude and longitude in degrees). The sun
    is computed only where there is output: it costs more than all else here.
    """
    hours = first_hour + np.arange(energy.shape[1])
    deep: Bools = energy >= NEGLIGIBLE_SHARE_OF_CAPACITY * capacity
    for layer in range(max(map(len, points), default=0)):
        place = np.array([of_unit[layer] if layer < len(of_unit) else of_unit[0] for of_unit in points], dtype=float)
        unit, at = np.nonzero(deep & np.array([layer < len(of_unit) for of_unit in points])[:, None])
        deep[unit, at] = is_deep_night(hours[at], *place[unit].T)
    for number in np.flatnonzero(deep.any(axis=1)).tolist():
        nights = [is_deep_night(hours, *np.broadcast_to(point, (len(hours), 2)).T) for point in points[number]]
        deep[number] = np.all(nights, axis=0)
    return deep
