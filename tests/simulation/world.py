"""A stretch of the stand-in's world as the library is told of it: all farms' hours, and the truth beside them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from include.expected_energy.physics import HourlyWeather
from infra.upstream.farms import listed_farms
from infra.upstream.noise import Floats
from infra.upstream.sky import Sky
from infra.upstream.world import world as stand_in
from infra.upstream.world.plants import Plant
from infra.upstream.world.sun import dc_power_mw, hourly, step_hours, sun_over

FIRST_HOUR_S = 1_719_756_000  # 2024-07-01 00:00 +10:00
MISSING_SHARE, THINNED_SHARE = 0.005, 0.003
WIND_M_S = 3.0


@dataclass(frozen=True)
class World:
    """All plants' hours, shapes (plants, hours); energies in MWh.

    `energy_mwh` is what is told (NaN: missing), `potential_mwh` what weather and hardware allowed, `assumed_mwh` the same under
    the reported weather; the losses are the truth, of positive MWh (`stored_mwh` below 0 at night).
    `price_aud_mwh` and `curtailed_mwh` are by region, shape (hours,).
    """

    farms: tuple[Plant, ...]
    start_s: npt.NDArray[np.int64]
    weather: list[HourlyWeather]
    potential_mwh: Floats
    assumed_mwh: Floats
    energy_mwh: Floats
    accepted_share: Floats
    economic_mwh: Floats
    network_mwh: Floats
    outage_mwh: Floats
    part_outage_mwh: Floats
    stored_mwh: Floats
    price_aud_mwh: dict[str, Floats]
    curtailed_mwh: dict[str, Floats]

    def of_region(self, region: str) -> list[int]:
        """Positions of a region's plants."""
        return [index for index, plant in enumerate(self.farms) if plant.region == region]


def world(seed: int, count: int = 40, days: int = 365, first_hour_s: int = FIRST_HOUR_S) -> World:
    """The first `count` listed farms over `days` days; a plant is silent before its first hour."""
    made = stand_in.World(seed, listed_farms()[:count])
    first, hours = first_hour_s // 3600, 24 * days
    truth = [made.farm_hours(plant.farm, first, hours) for plant in made.plants]
    energy = np.stack([each.energy_mwh for each in truth])
    for plant, row in zip(made.plants, energy, strict=True):
        row[: max(0, min(map(plant.farm.first_hour, plant.farm.units)) - first)] = np.nan
    random = np.random.default_rng(seed)
    share = np.ones_like(energy)
    thinned = random.random(energy.shape) < THINNED_SHARE
    share[thinned] = random.integers(1, 11, size=int(thinned.sum())) / 12
    energy *= share
    energy[random.random(energy.shape) < MISSING_SHARE] = np.nan
    regions = dict.fromkeys(plant.region for plant in made.plants)
    sky = Sky(made.clouds)
    return World(
        made.plants,
        3600 * (first + np.arange(hours)),
        [reported_weather(sky, plant, first, hours) for plant in made.plants],
        np.stack([each.potential_mwh for each in truth]),
        _assumed_mwh(made, first, hours),
        np.round(energy, 4),
        share,
        np.stack([each.curtailed_economic_mwh for each in truth]),
        np.stack([each.curtailed_network_mwh for each in truth]),
        np.stack([each.unavailable_mwh for each in truth]),
        np.stack([each.part_unavailable_mwh for each in truth]),
        np.stack([each.stored_mwh for each in truth]),
        {region: made.price_aud_mwh(region, first, hours) for region in regions},
        {region: made.curtailed_solar_mwh(region, first, hours) for region in regions},
    )


def _assumed_mwh(made: stand_in.World, first: int, hours: int) -> Floats:
    """What the plants could make if the reported weather were true."""
    rows = []
    times_h = step_hours(first, hours)
    for plant in made.plants:
        place = np.array([[plant.latitude_deg, plant.longitude_deg]])
        clearness = made.clouds.reported(place, first - 1, hours + 1)[:, np.floor(times_h).astype(int) - first + 1]
        power = dc_power_mw([plant], sun_over([plant], times_h), clearness, times_h)
        rows.append(hourly(np.minimum(power, plant.limit_mw))[0])
    return np.stack(rows)


def reported_weather(sky: Sky, plant: Plant, first: int, hours: int) -> HourlyWeather:
    """As the stand-in's weather source tells it."""
    names = ("shortwave_radiation", "diffuse_radiation", "temperature_2m")
    ghi, dhi, air_c = (sky.values((plant.latitude_deg, plant.longitude_deg), name, first, hours) for name in names)
    return HourlyWeather(3600 * (first + np.arange(hours)), ghi, dhi, air_c, np.full(hours, WIND_M_S))
