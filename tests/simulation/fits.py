"""Expected energy of a world's farms by the project's own fit, quarter by quarter."""

from __future__ import annotations

import numpy as np

from include.expected_energy.fit import fit
from include.expected_energy.physics import HourlyWeather, dc_power
from infra.upstream.noise import Floats
from infra.upstream.world.plants import Bools, Plant
from tests.simulation.world import World

QUARTER_HOURS = 24 * 91


def fitted_mwh(made: World) -> Floats:
    """Expected energy of all farms, shape (farms, hours), each quarter from a fit to its own hours."""
    rows = zip(made.farms, made.weather, made.energy_mwh, made.accepted_share, strict=True)
    return np.stack([_of_plant(plant, weather, np.where(share == 1, energy, np.nan)) for plant, weather, energy, share in rows])


def _of_plant(plant: Plant, weather: HourlyWeather, energy_mwh: Floats) -> Floats:
    lit = _near_light(weather)
    # Nights need no physics: they are most of its price.
    power = dc_power(weather.at(lit), plant.latitude_deg, plant.longitude_deg)
    hours = np.flatnonzero(lit)
    expected = np.zeros(len(lit))
    quarter = np.minimum(hours // QUARTER_HOURS, max(len(lit) // QUARTER_HOURS - 1, 0))
    for number in np.unique(quarter):
        chosen = quarter == number
        of_quarter = {mounting: values[chosen] for mounting, values in power.items()}
        days = len(np.unique(hours[chosen] // 24))
        expected[hours[chosen]] = fit(energy_mwh[hours[chosen]], of_quarter, days, plant.capacity_mw).model.expected_mwh(
            of_quarter
        )
    return expected


def _near_light(weather: HourlyWeather) -> Bools:
    lit = weather.ghi_w_m2 > 0
    near = lit.copy()
    near[1:] |= lit[:-1]
    near[:-1] |= lit[1:]
    return np.asarray(near)
