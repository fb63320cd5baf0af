"""Rows of tables, and spans of the registry, as positions in arrays of plants by hours."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

import numpy as np
import pyarrow as pa

from include.losses.hours import HOUR_S, Floats
from include.windows import Window
from spark_jobs.silver.registry import Registry, Span


def grids(
    rows: pa.Table, key: str, place_of: Callable[[str], int | None], names: Sequence[str], shape: tuple[int, int, int]
) -> Iterator[Floats]:
    """Yield each column as an array (places, hours), NaN without a row; `shape`: first hour, places, hours."""
    first, count, hours = shape
    keys = rows[key].combine_chunks().dictionary_encode()
    known = (place_of(each) for each in keys.dictionary.to_pylist())
    numbers = np.array([-1 if number is None else number for number in known], dtype=np.int64)
    place = numbers[keys.indices.to_numpy()]
    hour = rows["ts_utc"].cast(pa.timestamp("s", "UTC")).cast(pa.int64()).to_numpy() // HOUR_S - first
    usable = place >= 0
    for name in names:
        grid = np.full((count, hours), np.nan)
        values = rows[name].cast(pa.float64()).to_numpy().astype(np.float64)
        grid[place[usable], hour[usable]] = values[usable]
        yield grid


def unit_spans(registry: Registry, plants: Mapping[str, int], window: Window) -> Iterator[tuple[dict[str, Any], Span, slice]]:
    """Yield each unit of these plants in commission with its span, and the hours of a window that lie in it."""
    for unit in registry.units:
        if unit["plant_id"] not in plants:
            continue
        for span in registry.spans[unit["network_id"], unit["unit_code"]]:
            first, end = (_position(bound, window) for bound in _inside(span, window))
            yield unit, span, slice(first, end)


def _inside(span: Span, window: Window) -> tuple[Any, Any]:
    return max(span.start, window.start), min(max(span.end, window.start), window.end)


def _position(bound: Any, window: Window) -> int:
    """Return the first hour that begins at or after an instant."""
    return int(-(-(bound - window.start) // timedelta(hours=1)))
