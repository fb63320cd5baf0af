"""The rows of `gold.plant_loss_hourly`: each region's hours split into losses, as a table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from include import contracts
from include.losses.hours import DISPATCHED_MW, HOUR_S, Bools, Floats
from include.losses.waterfall import Waterfall, waterfall
from spark_jobs.arrow import arrow_type
from spark_jobs.losses.expectations import REANALYSIS, SATELLITE, TABLE, Expectations
from spark_jobs.losses.fleet import Fleet
from spark_jobs.merge import UPDATED_AT
from spark_jobs.plant_models.champion import Models

Columns = Mapping[str, npt.NDArray[Any]]


def losses_of(fleet: Fleet, expected_mwh: Floats, models: Models) -> dict[str, npt.NDArray[Any]]:
    """Return the columns of `Waterfall` for all plants, each of shape (plants, hours)."""
    found: dict[str, npt.NDArray[Any]] = {}
    for region, chosen in fleet.regions.items():
        hours = fleet.region_hours(region, expected_mwh[chosen])
        split = waterfall(hours, bids_of(fleet, chosen, models), fleet.plants[chosen[0]]["utc_offset_hours"])
        for field in fields(Waterfall):
            values = getattr(split, field.name)
            shape = (len(fleet.plants), fleet.hours)
            of_all = found.setdefault(field.name, np.zeros(shape, dtype="<U32" if values.dtype.kind == "U" else values.dtype))
            of_all[chosen] = values
    return found


def bids_of(fleet: Fleet, chosen: npt.NDArray[np.int64], models: Models) -> Floats:
    """Return the bids of some plants in AUD/MWh, NaN for none; small plants are not dispatched and do not bid."""
    dispatched = np.nan_to_num(fleet.largest_capacity_mw) >= DISPATCHED_MW
    return np.array([models.bid_of(fleet.plants[number]["plant_id"], bool(dispatched[number])) for number in chosen])


def loss_rows(fleet: Fleet, expectations: Expectations, losses: Columns, is_row: Bools) -> pa.Table:
    """Return the rows of the table of the chosen hours, without `_updated_at`."""
    plant, hour = np.nonzero(is_row)
    offsets = np.array([each["utc_offset_hours"] for each in fleet.plants], dtype=np.int64)
    start_s = fleet.start_s[hour]
    none, prices = np.isnan(expectations.expected_mwh), _prices(fleet)
    grids: dict[str, npt.NDArray[Any]] = {
        **losses,
        "expected_mwh": expectations.expected_mwh,
        "energy_mwh": fleet.energy_mwh,
        "expected_method": np.where(none, "", expectations.method),
        "model_version": expectations.model_version,
        "irradiance_source": np.where(none, "", np.where(expectations.is_satellite, SATELLITE, REANALYSIS)),
        "poa_w_m2": expectations.poa_w_m2,
        "price_aud_mwh": prices,
        "is_provisional": fleet.weather_is_provisional | _waits_for_market(prices),
    }
    columns: dict[str, Any] = {
        "plant_id": np.array([each["plant_id"] for each in fleet.plants], dtype=object)[plant],
        "ts_utc": start_s.astype("datetime64[s]"),
        "ds": (start_s + HOUR_S * offsets[plant]).astype("datetime64[s]").astype("datetime64[D]"),
    } | {name: grid[plant, hour] for name, grid in grids.items()}
    wanted = [column for column in contracts.load(TABLE).columns if column.name != UPDATED_AT]
    arrays = [_array(columns[column.name], arrow_type(column.type), column.nullable) for column in wanted]
    return pa.table(arrays, names=[column.name for column in wanted])


def _array(values: npt.NDArray[Any], type_: pa.DataType, nullable: bool) -> pa.Array:
    """Return a column: NaN and empty texts of a nullable one are null."""
    if nullable and values.dtype.kind == "f":
        return pa.array(values, type_, from_pandas=True)
    if nullable and values.dtype.kind == "U":
        return pa.array(values.astype(object), type_, mask=values == "")
    if pa.types.is_timestamp(type_):
        return pa.array(values).cast(pa.timestamp("us")).cast(type_)
    return pa.array(values.astype(object) if values.dtype.kind == "U" else values).cast(type_)


def _prices(fleet: Fleet) -> Floats:
    prices = np.full((len(fleet.plants), fleet.hours), np.nan)
    for region, chosen in fleet.regions.items():
        if region in fleet.price_aud_mwh:
            prices[chosen] = fleet.price_aud_mwh[region]
    return prices


def _waits_for_market(prices: Floats) -> Bools:
    """Tell which hours come after the newest price of their region; where there is none at all, none is waited for."""
    known, hours = np.isfinite(prices), prices.shape[1]
    newest = np.where(known.any(axis=1), hours - 1 - np.argmax(known[:, ::-1], axis=1), hours)
    return np.asarray(np.arange(hours) > newest[:, None])
