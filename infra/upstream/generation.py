"""Hourly generation of units: recorded where it was recorded, else of the world, or made from the synthetic sky.

MWh by hour start.
"""

from __future__ import annotations

import numpy as np

from infra.upstream.farms import Farm, Unit
from infra.upstream.noise import Floats
from infra.upstream.recorded_week import recorded_energy_mwh
from infra.upstream.sky import Sky
from infra.upstream.world.world import World

PERFORMANCE = 0.90
"""What soiling, wiring and inverters leave of the panels' power."""
LOSS_PER_DEGREE = 0.004
HEATING_C_PER_W_M2 = 0.03
"""Cells are 30 degrees warmer than the air at 1,000 W/m2."""


def unit_energy_mwh(sky: Sky, farm: Farm, unit: Unit, first_hour: int, hours: int, world: World | None = None) -> Floats:
    """Energy of one unit; NaN before its first hour. Power in MW is the same number, the hour being one hour long."""
    if world is None:
        of_farm = _farm_energy_mwh(sky, farm, first_hour, hours)
    else:
        of_farm = world.farm_hours(farm, first_hour, hours).energy_mwh
    energy = np.round(of_farm * (unit.capacity_mw / farm.capacity_mw), 4)
    recorded = recorded_energy_mwh().get(unit.code if unit.recorded_as is None else unit.recorded_as, {})
    for at in range(hours):
        if first_hour + at in recorded:
            energy[at] = recorded[first_hour + at]
    if unit.upgraded is not None:
        since, factor = unit.upgraded
        energy[max(0, since - first_hour) :] *= factor
    if unit.end_hour is not None:
        energy[max(0, unit.end_hour - first_hour) :] = np.nan
    energy[: max(0, farm.first_hour(unit) - first_hour)] = np.nan
    return energy


def _farm_energy_mwh(sky: Sky, farm: Farm, first_hour: int, hours: int) -> Floats:
    place = (farm.latitude, farm.longitude)
    ghi_w_m2 = sky.values(place, "shortwave_radiation", first_hour, hours)
    air_c = sky.values(place, "temperature_2m", first_hour, hours)
    cell_c = air_c + HEATING_C_PER_W_M2 * ghi_w_m2
    power_mw = farm.dc_mw * ghi_w_m2 / 1000 * PERFORMANCE * (1 - LOSS_PER_DEGREE * (cell_c - 25))
    return np.clip(power_mw, 0.0, farm.capacity_mw * farm.top_share)
