"""What farms of the world really could make, made and lost, by hour: the ledger that losses are scored against."""

from __future__ import annotations

from dataclasses import asdict

import numpy as np

from infra.upstream.farms import Farm
from infra.upstream.noise import Floats
from infra.upstream.recorded_week import recorded_energy_mwh
from infra.upstream.world.world import World


def farm_truth(world: World, farm: Farm, first_hour: int, hours: int) -> dict[str, Floats]:
    """MWh by hour under the names of `FarmHours`, before any defect.

    NaN where the farm's energy was recorded, and before its first hour.
    """
    at = first_hour + np.arange(hours)
    recorded = recorded_energy_mwh()
    codes = [unit.code if unit.recorded_as is None else unit.recorded_as for unit in farm.units]
    unknown = np.isin(at, [hour for code in codes for hour in recorded.get(code, ())])
    unknown |= at < min((farm.first_hour(unit) for unit in farm.units), default=0)
    truth = asdict(world.farm_hours(farm, first_hour, hours))
    return {name: np.where(unknown, np.nan, values) for name, values in truth.items()}
