"""The fleet's hours as arrays of plants by hours, read from Silver: what expected energy and losses are made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pyspark.sql import SparkSession

from include.expected_energy.physics import WEATHER, HourlyWeather
from include.losses.hours import HOUR_S, Bools, Dispatch, Floats, Integers, RegionHours
from include.sources.records import SATELLITE
from include.windows import HOUR, Window
from spark_jobs.hours import HourRanges
from spark_jobs.losses import satellite
from spark_jobs.losses.dispatch import TABLE as DISPATCH
from spark_jobs.losses.dispatch import read_dispatch
from spark_jobs.losses.grids import grids, unit_spans
from spark_jobs.silver.findings import hour_of
from spark_jobs.silver.registry import Registry

Row = dict[str, Any]

_GENERATION = ("energy_mwh", "accepted_share")
_FLAGS = ("is_provisional", "weather_suspect")
_MARKET = ("price_aud_mwh", "curtailed_solar_mwh")


@dataclass(frozen=True)
class Fleet:
    """All plants over consecutive hours from `first_hour` (since 1970) on; floats NaN where there is no value.

    Shape (plants, hours): `energy_mwh`, `accepted_share`, the weather, `is_satellite` (irradiance is the satellite's),
    `weather_is_provisional`, and `capacity_mw` of the units in commission that were asked for, with `is_in_commission`.
    By region (network, name), shape (hours,): `price_aud_mwh`, `curtailed_solar_mwh`. `dispatch`: the market operator's word
    of all plants, None where there is none.
    """

    plants: Sequence[Row]
    first_hour: int
    capacity_mw: Floats
    is_in_commission: Bools
    energy_mwh: Floats
    accepted_share: Floats
    ghi_w_m2: Floats
    dhi_w_m2: Floats
    temperature_c: Floats
    wind_speed_m_s: Floats
    is_satellite: Bools
    weather_is_provisional: Bools
    price_aud_mwh: dict[tuple[str, str], Floats]
    curtailed_solar_mwh: dict[tuple[str, str], Floats]
    dispatch: Dispatch | None

    @property
    def hours(self) -> int:
        """How many hours there are."""
        return int(self.energy_mwh.shape[1])

    @cached_property
    def start_s(self) -> Integers:
        """Starts of the hours in Unix seconds."""
        return HOUR_S * (self.first_hour + np.arange(self.hours, dtype=np.int64))

    @cached_property
    def regions(self) -> dict[tuple[str, str], npt.NDArray[np.int64]]:
        """Positions of the plants of each region; those without one are a region of their network."""
        found: dict[tuple[str, str], list[int]] = {}
        for number, plant in enumerate(self.plants):
            found.setdefault(region_of(plant), []).append(number)
        return {region: np.array(numbers) for region, numbers in found.items()}

    def weather(self, plant: int, chosen: Bools) -> HourlyWeather:
        """Return the weather of some hours of a plant, by its position."""
        values = (getattr(self, name)[plant, chosen] for name in WEATHER)
        return HourlyWeather(self.start_s[chosen], *values)

    def mask(self, hours: HourRanges) -> Bools:
        """Return which of the hours lie in ranges, shape (hours,)."""
        found = np.zeros(self.hours, dtype=bool)
        for window in hours.windows:
            first, end = (hour_of(bound) - self.first_hour for bound in (window.start, window.end))
            found[max(first, 0) : max(end, 0)] = True
        return found

    def region_hours(self, region: tuple[str, str], expected_mwh: Floats) -> RegionHours:
        """Return what the losses of a region are judged by; `expected_mwh` is of its plants, in their order."""
        chosen = self.regions[region]
        unknown = np.full(self.hours, np.nan)
        return RegionHours(
            start_s=self.start_s,
            capacity_mw=np.nan_to_num(self.largest_capacity_mw[chosen]),
            energy_mwh=self.energy_mwh[chosen],
            expected_mwh=expected_mwh,
            accepted_share=np.nan_to_num(self.accepted_share[chosen]),
            price_aud_mwh=self.price_aud_mwh.get(region, unknown),
            curtailed_solar_mwh=self.curtailed_solar_mwh.get(region, unknown),
            dispatch=None if self.dispatch is None else self.dispatch.of(chosen),
        )

    @cached_property
    def largest_capacity_mw(self) -> Floats:
        """Each plant's largest capacity of these hours, NaN where none is known."""
        known = np.where(np.isnan(self.capacity_mw), -np.inf, self.capacity_mw).max(axis=1)
        return np.asarray(np.where(np.isneginf(known), np.nan, known))


def region_of(plant: Row) -> tuple[str, str]:
    """Return network and region of a row of `silver.dim_plant`."""
    return plant["network_id"], plant["network_region"] or ""


def read_fleet(spark: SparkSession, window: Window, registry: Registry, sources: frozenset[str] | None = None) -> Fleet:
    """Read all plants of the registry over a window; `sources`: those of which there is anything (None: it is not known).

    Irradiance that Silver flags counts as unknown, as nothing should be expected of it. Where the satellite saw the hour, both
    irradiances are its.
    """
    plants = sorted(registry.plants, key=lambda plant: plant["plant_id"])
    first, hours = hour_of(window.start), window.duration // HOUR
    places = {plant["plant_id"]: number for number, plant in enumerate(plants)}
    inside = HourRanges((window,)).sql("ts_utc")

    def of_plants(table: str, names: Sequence[str]) -> list[Floats]:
        rows = spark.table(table).where(inside).select("plant_id", "ts_utc", *names).toArrow()
        return list(grids(rows, "plant_id", places.get, names, (first, len(plants), hours)))

    energy, share = of_plants("silver.fact_generation_hourly", _GENERATION)
    ghi, dhi, temperature, wind, provisional, suspect = of_plants("silver.fact_weather_hourly", (*WEATHER, *_FLAGS))
    seen = np.full((2, len(plants), hours), np.nan)
    # Both are off for most: an hour should not pay for tables without a row.
    if sources is None or SATELLITE.name in sources:
        seen = satellite.irradiance(spark, window, plants)
    dispatch = read_dispatch(spark, window, registry, plants) if sources is None or DISPATCH in sources else None
    is_satellite = np.asarray(np.isfinite(seen).all(axis=0))
    ghi, dhi = (
        np.where(is_satellite, new, np.where(suspect == 1, np.nan, old)) for new, old in zip(seen, (ghi, dhi), strict=True)
    )
    capacity, in_commission = _capacities(registry, plants, window)
    price, curtailed = _market(spark, window, inside)
    weather = (ghi, dhi, temperature, wind, is_satellite, np.asarray(provisional == 1))
    return Fleet(
        plants,
        first,
        capacity,
        in_commission,
        energy,
        share,
        *weather,
        price,
        curtailed,
        dispatch,
    )


def _market(spark: SparkSession, window: Window, inside: str) -> list[dict[tuple[str, str], Floats]]:
    names = ("network_id", "network_region")
    rows = spark.table("silver.fact_market_hourly").where(inside).select(*names, "ts_utc", *_MARKET).toArrow()
    keys = list(zip(*(rows[name].to_pylist() for name in names), strict=True))
    regions = {key: number for number, key in enumerate(sorted(set(keys)))}
    rows = rows.append_column("region", pa.array([str(regions[key]) for key in keys], pa.string()))
    shape = (hour_of(window.start), len(regions), window.duration // HOUR)
    found = grids(rows, "region", int, _MARKET, shape)
    return [{region: grid[number] for region, number in regions.items()} for grid in found]


def _capacities(registry: Registry, plants: Sequence[Row], window: Window) -> tuple[Floats, Bools]:
    """Return capacity and whether any unit is in commission, by plant and hour; one of unknown capacity makes it NaN."""
    hours = window.duration // HOUR
    capacity, units = np.zeros((len(plants), hours)), np.zeros((len(plants), hours), dtype=int)
    places = {plant["plant_id"]: number for number, plant in enumerate(plants)}
    for unit, span, inside in unit_spans(registry, places, window):
        number = places[unit["plant_id"]]
        capacity[number, inside] += np.nan if span.capacity_mw is None else span.capacity_mw
        units[number, inside] += 1
    return np.where(units > 0, capacity, np.nan), units > 0
