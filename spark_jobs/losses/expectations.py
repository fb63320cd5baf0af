"""What each hour of the fleet is expected to make: as it was computed before, or computed anew by the models."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from pyspark.sql import SparkSession
from pyspark.sql import functions as F  # noqa: N812  the field's name for it

from include.expected_energy.hours import Expected, expected
from include.expected_energy.model import Method
from include.losses.hours import Bools, Floats, Integers
from include.windows import Window
from spark_jobs.hours import HourRanges
from spark_jobs.losses.fleet import Fleet
from spark_jobs.losses.grids import grids
from spark_jobs.plant_models.champion import Models

TABLE = "gold.plant_loss_hourly"
SATELLITE, REANALYSIS = "satellite", "reanalysis"
_METHODS = np.array(["", *(method.value for method in Method)])


@dataclass(frozen=True)
class Expectations:
    """Arrays of plants by hours, to be changed in place. `is_stored`: the table has the hour.

    `expected_mwh`, `poa_w_m2` NaN without an expectation, where `method` is "".
    """

    is_stored: Bools
    expected_mwh: Floats
    poa_w_m2: Floats
    method: npt.NDArray[np.str_]
    model_version: Integers
    is_satellite: Bools

    def renew(self, fleet: Fleet, hours: Bools, models: Models) -> None:
        """Compute some hours, shape (plants, hours), anew."""
        for number, plant in enumerate(fleet.plants):
            chosen = hours[number]
            new = _of_plant(fleet, number, chosen, models)
            self.expected_mwh[number, chosen] = new.energy_mwh
            self.poa_w_m2[number, chosen] = new.poa_w_m2
            self.method[number, chosen] = new.method
            self.model_version[number, chosen] = models.version_of(plant["plant_id"])
            self.is_satellite[number, chosen] = fleet.is_satellite[number, chosen] & np.isfinite(new.energy_mwh)


def read_expectations(spark: SparkSession, window: Window, fleet: Fleet) -> Expectations:
    """Return what the table has of a window."""
    places = {plant["plant_id"]: number for number, plant in enumerate(fleet.plants)}
    method = F.array_position(F.array(*[F.lit(name) for name in _METHODS.tolist()]), F.coalesce("expected_method", F.lit("")))
    rows = (
        spark.table(TABLE)
        .where(HourRanges((window,)).sql("ts_utc"))
        .select(
            "plant_id",
            "ts_utc",
            "expected_mwh",
            "poa_w_m2",
            (method - 1).alias("method"),
            "model_version",
            (F.coalesce("irradiance_source", F.lit("")) == SATELLITE).alias("is_satellite"),
        )
        .toArrow()
    )
    names = ("expected_mwh", "poa_w_m2", "method", "model_version", "is_satellite")
    mwh, poa, methods, versions, satellite = grids(
        rows, "plant_id", places.get, names, (fleet.first_hour, len(places), fleet.hours)
    )
    known = np.isfinite(versions)
    numbers = np.where(known, methods, 0).astype(np.int64)
    return Expectations(known, mwh, poa, _METHODS[numbers], np.where(known, versions, 0).astype(np.int64), satellite == 1)


def _of_plant(fleet: Fleet, number: int, chosen: Bools, models: Models) -> Expected:
    """Return what is expected of some hours of a plant; nothing of one whose place is not known."""
    plant = fleet.plants[number]
    if plant["coordinate_check"] != "ok" or not chosen.any():
        return Expected.none(int(chosen.sum()))
    # An hour's first minutes have the weather of the hour before.
    with_before = chosen.copy()
    with_before[:-1] |= chosen[1:]
    weather, capacity_mw = fleet.weather(number, with_before), fleet.capacity_mw[number, with_before]
    found = expected(weather, plant["latitude"], plant["longitude"], capacity_mw, models.folds_of(plant["plant_id"]))
    return found.at(chosen[with_before])
