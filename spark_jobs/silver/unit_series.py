"""Units' hours as arrays, from rows of Bronze; and which of the hours are night."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from include.windows import Window
from spark_jobs.silver.capacity_shares import NEGLIGIBLE_SHARE_OF_CAPACITY
from spark_jobs.silver.findings import hour_of
from spark_jobs.silver.run_rules import Bools, Floats
from spark_jobs.silver.sun import is_deep_night

_METRICS = ("energy", "power")
_HOUR_US = 3_600_000_000


def series_of(rows: pa.Table, window: Window, units: Sequence[Mapping[str, Any]]) -> tuple[Floats, Floats]:
    """Return energy and power as arrays of units by hours: the newest values, NaN where there is none.

    `rows`: network_id, unit_code, metric, ts_utc, value, _ingest_time of Bronze. Left out is what cannot be: labels off the
    hour, and hours that had not begun when the newest answer was fetched.
    """
    first, hours = hour_of(window.start), window.duration // timedelta(hours=1)
    places = {(unit["network_id"], unit["unit_code"]): number for number, unit in enumerate(units)}
    grid = np.full((len(_METRICS), len(units), hours), np.nan)
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
    oldest_first = np.flatnonzero(usable)[np.argsort(fetched[usable], kind="stable")]
    # Of assignments to one place the last one stays.
    grid[metric[oldest_first], unit[oldest_first], hour[oldest_first]] = value[oldest_first]
    grid[~np.isfinite(grid)] = np.nan
    return grid[0], grid[1]


def deep_nights(first_hour: int, energy: Floats, capacity: Floats, coordinates: Floats) -> Bools:
    """Return which hours are deep night, by unit and hour; of units without any output then, all False.

    `coordinates`: latitude and longitude in degrees by unit, NaN where they cannot be trusted. The sun is computed only where
    there is output: it costs more than all else here.
    """
    hours = first_hour + np.arange(energy.shape[1])
    deep = np.zeros(energy.shape, dtype=bool)
    has_place = np.isfinite(coordinates[:, 0]) & np.isfinite(coordinates[:, 1])
    unit, at = np.nonzero((energy >= NEGLIGIBLE_SHARE_OF_CAPACITY * capacity[:, None]) & has_place[:, None])
    if len(unit):
        deep[unit, at] = is_deep_night(hours[at], *coordinates[unit].T)
    for number in np.flatnonzero(deep.any(axis=1)):
        place = np.broadcast_to(coordinates[number], (len(hours), 2))
        deep[number] = is_deep_night(hours, *place.T)
    return deep
