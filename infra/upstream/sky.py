"""The synthetic sky of a place: sun by pvlib, clouds by seeded noise or of a world, and everything a weather model tells of it.

One computation serves both APIs, so that what a farm generates fits the weather that is told of it. Values of a day
are computed for many places and days at once, rounded as the source rounds, and kept.

Two kinds of variables, both indexed by hour start: means and sums over [hour, hour + 1), values at the hour itself.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from infra.upstream.hours import HOURS_OF_DAY
from infra.upstream.noise import Floats, Ints, place_seed, smooth
from infra.upstream.world.clouds import Clouds, beam_of_clear

Place = tuple[float, float]
Day = NDArray[np.float32]
"""One row a variable, in the order of `_NAMES`; one column an hour. Rounded values survive 32 bits."""

SAMPLES_PER_HOUR = 12
"""The hour's mean is taken over its twelve 5-minute middles."""
CLOUD_LOSS, CLOUD_POWER = 0.75, 3.4
"""Kasten and Czeplak (1980): GHI = clear-sky GHI x (1 - 0.75 c^3.4), c = cloud cover 0..1."""
SUN_IS_UP_COSINE = 0.01
"""Below about half a degree nothing is told to shine: the sun's disc is on the horizon."""
DAYS_KEPT = 2_000
"""About 7 MB: the whole server is to stay below 200."""
DAYS_AT_ONCE = 400


class Sky:
    """Synthetic weather by place and hour; keeps the days it has computed."""

    def __init__(self, clouds: Clouds | None = None) -> None:
        """With the clouds of a world the sky is what the weather source has of them, else what farms generate from."""
        self._clouds = clouds
        self._days: OrderedDict[tuple[Place, int], Day] = OrderedDict()

    def prepare(self, places: Iterable[Place], first_hour: int, hours: int) -> None:
        """Compute what is missing for places over a range, all at once."""
        days = range(first_hour // HOURS_OF_DAY, (first_hour + hours - 1) // HOURS_OF_DAY + 1)
        wanted = [(place, day) for place in dict.fromkeys(places) for day in days]
        missing = [key for key in wanted if key not in self._days]
        for key in wanted:
            if key in self._days:
                self._days.move_to_end(key)
        for at in range(0, len(missing), DAYS_AT_ONCE):
            part = missing[at : at + DAYS_AT_ONCE]
            self._days.update(zip(part, _compute(part, self._clouds), strict=True))
        while len(self._days) > max(DAYS_KEPT, len(wanted)):
            self._days.popitem(last=False)

    def values(self, place: Place, name: str, first_hour: int, hours: int) -> Floats:
        """One variable for `hours` hours from `first_hour` on."""
        if hours <= 0:
            return np.empty(0)
        self.prepare([place], first_hour, hours)
        first_day, skip = divmod(first_hour, HOURS_OF_DAY)
        last_day = (first_hour + hours - 1) // HOURS_OF_DAY
        row = _NAMES.index(name)
        whole = np.concatenate([self._days[place, day][row] for day in range(first_day, last_day + 1)])
        return whole[skip : skip + hours].astype(np.float64)


def _compute(wanted: list[tuple[Place, int]], clouds: Clouds | None) -> list[Day]:
    latitude = np.array([place[0] for place, _ in wanted])[:, None]
    longitude = np.array([place[1] for place, _ in wanted])[:, None]
    seeds = np.array([place_seed(*place) for place, _ in wanted], dtype=np.uint64)[:, None]
    days = np.array([day for _, day in wanted], dtype=np.int64)[:, None]
    hours = days * HOURS_OF_DAY + np.arange(HOURS_OF_DAY, dtype=np.int64)[None, :]

    if clouds is None:
        cover = _cloud_cover(seeds, hours)
        cover_of_hour = (cover + _cloud_cover(seeds, hours + 1)) / 2
        radiation = _radiation(latitude, longitude, hours, cover_of_hour)
    else:
        clearness = _clearness(wanted, clouds)
        cover = cover_of_hour = np.clip((1 - clearness) / CLOUD_LOSS, 0, 1) ** (1 / CLOUD_POWER)
        radiation = _radiation(latitude, longitude, hours, cover, clearness)
    rain = np.where(cover_of_hour > 0.9, np.round((cover_of_hour - 0.9) * 40 * smooth(seeds, 11, hours, 3), 2), 0.0)
    sun = radiation.pop("sun")
    table = {**radiation, **_air(latitude, longitude, seeds, hours, cover, sun), **_clouds(seeds, hours, cover)}
    table |= {**_air_quality(seeds, hours, cover, sun), "precipitation": rain, "rain": rain}
    stacked = np.stack([table[name] for name in _NAMES], axis=1).astype(np.float32)
    return [day.copy() for day in stacked]


def _cloud_cover(seeds: np.ndarray, hours: Ints) -> Floats:
    """Share of the sky covered, 0..1: weather of days, of hours, and single clouds. Over a third of all hours are clear."""
    mixed = 0.55 * smooth(seeds, 1, hours, 30) + 0.30 * smooth(seeds, 2, hours, 7) + 0.15 * smooth(seeds, 3, hours, 1)
    return np.clip((mixed - 0.45) / 0.35, 0.0, 1.0)


def _clearness(wanted: list[tuple[Place, int]], clouds: Clouds) -> Floats:
    """Of each place and day, as the weather source has it, shape (wanted, hours)."""
    places = list(dict.fromkeys(place for place, _ in wanted))
    days = np.array([day for _, day in wanted])
    hours = int(days.max() - days.min() + 1) * HOURS_OF_DAY
    whole = clouds.reported(np.array(places), int(days.min()) * HOURS_OF_DAY, hours).reshape(len(places), -1, HOURS_OF_DAY)
    row_of = {place: row for row, place in enumerate(places)}
    return whole[[row_of[place] for place, _ in wanted], days - days.min()]


def _radiation(
    latitude: Floats, longitude: Floats, hours: Ints, cover: Floats, clearness: Floats | None = None
) -> dict[str, Floats]:
    """`clearness`: share of a clear sky's irradiance; without it the cover tells, and of diffuse light Erbs."""
    import pandas as pd  # both imports cost two seconds and 100 MB: not before the first synthetic hour is asked
    from pvlib import clearsky, irradiance

    middles = hours[..., None] + (np.arange(SAMPLES_PER_HOUR) + 0.5) / SAMPLES_PER_HOUR
    cosine = sun_cosine(latitude[..., None], longitude[..., None], middles)
    lit = np.where(cosine > SUN_IS_UP_COSINE, cosine, 0.0)
    zenith = pd.Series(np.degrees(np.arccos(np.clip(cosine, -1, 1))).ravel())
    clear = clearsky.haurwitz(zenith)["ghi"].to_numpy().reshape(cosine.shape) * (lit > 0)

    of_year = day_of_year(hours.astype(np.float64) + 0.5)
    extra = irradiance.get_extra_radiation(of_year.ravel()).reshape(hours.shape)
    terrestrial = extra * lit.mean(axis=-1)
    passed = 1 - CLOUD_LOSS * cover**CLOUD_POWER if clearness is None else clearness
    ghi = np.round(clear.mean(axis=-1) * passed)
    mean_zenith = np.degrees(np.arccos(np.clip(lit.mean(axis=-1), 0, 1)))
    if clearness is None:
        diffuse = irradiance.erbs(ghi.ravel(), mean_zenith.ravel(), of_year.ravel())["dhi"].reshape(hours.shape)
    else:
        diffuse = ghi - clear.mean(axis=-1) * beam_of_clear(clearness)
    diffuse = np.clip(np.round(diffuse), 0, ghi)
    direct = ghi - diffuse
    lit_share = (lit > 0).mean(axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        # The mean of DNI is over the hour, the cosine that joins it to direct radiation over the sunlit part.
        normal = np.where(lit_share > 0, direct / (lit.sum(axis=-1) / (lit > 0).sum(axis=-1)), 0.0)
    at_label = sun_cosine(latitude, longitude, hours)
    return {
        "shortwave_radiation": ghi,
        "diffuse_radiation": diffuse,
        "direct_radiation": direct,
        "direct_normal_irradiance": np.round(np.minimum(normal, 0.75 * extra), 1),
        "terrestrial_radiation": np.round(terrestrial, 1),
        "sunshine_duration": np.round(3600 * lit_share * np.clip(1.1 - cover, 0, 1), 1).clip(0, 3600),
        "is_day": (at_label > 0).astype(float),
        "sun": at_label,
    }


def sun_cosine(latitude: Floats, longitude: Floats, hours: Floats | Ints) -> Floats:
    """Cosine of the solar zenith (degrees north and east; hours since 1970 UTC), by pvlib's Spencer formulas."""
    from pvlib import solarposition

    of_year = day_of_year(hours)
    declination = solarposition.declination_spencer71(of_year)
    solar_hour = hours % HOURS_OF_DAY + longitude / 15 + solarposition.equation_of_time_spencer71(of_year) / 60
    zenith = solarposition.solar_zenith_analytical(np.radians(latitude), np.radians(15 * (solar_hour - 12)), declination)
    cosine: Floats = np.cos(zenith)
    return cosine


def day_of_year(hours: Floats | Ints) -> Floats:
    """Day of the year with its fraction, 1.0 at the start of January 1, UTC."""
    days = np.floor(hours / HOURS_OF_DAY).astype(np.int64)
    year_start = (days.astype("datetime64[D]")).astype("datetime64[Y]").astype("datetime64[D]").astype(np.int64)
    return hours / HOURS_OF_DAY - year_start + 1


def _air(latitude: Floats, longitude: Floats, seeds: np.ndarray, hours: Ints, cover: Floats, sun: Floats) -> dict[str, Floats]:
    """Temperature, humidity, wind and pressure: plausible, smooth, nothing more."""
    season = np.cos(2 * np.pi * (day_of_year(hours) - 20) / 365.25)
    solar_hour = hours % HOURS_OF_DAY + longitude / 15
    daily = np.cos(2 * np.pi * (solar_hour - 15) / HOURS_OF_DAY)
    temperature = (
        30.0 - 0.35 * np.abs(latitude) + 7.0 * season + 6.0 * daily * (1 - 0.5 * cover) + 8 * (smooth(seeds, 4, hours, 60) - 0.5)
    )
    dew_point = temperature - 2 - 16 * (1 - cover) * (0.4 + 0.6 * smooth(seeds, 5, hours, 40))
    pressure = 1014 + 14 * (smooth(seeds, 6, hours, 72) - 0.5)
    wind_kmh = 3 + 22 * smooth(seeds, 7, hours, 9) * (0.6 + 0.4 * np.clip(sun, 0, 1))
    return {
        "temperature_2m": np.round(temperature, 1),
        "dew_point_2m": np.round(dew_point, 1),
        "wet_bulb_temperature_2m": np.round((2 * temperature + dew_point) / 3, 1),
        "relative_humidity_2m": np.round(np.clip(100 * np.exp((dew_point - temperature) / 15), 5, 100)),
        "pressure_msl": np.round(pressure, 1),
        "surface_pressure": np.round(pressure - 18, 1),
        "wind_speed_10m": np.round(wind_kmh, 1),
        "wind_gusts_10m": np.round(wind_kmh * 1.7 + 3, 1),
        "wind_direction_10m": np.round(359 * smooth(seeds, 8, hours, 24)),
    }


def _clouds(seeds: np.ndarray, hours: Ints, cover: Floats) -> dict[str, Floats]:
    low = smooth(seeds, 9, hours, 12)
    return {
        "cloud_cover": np.round(100 * cover),
        "cloud_cover_low": np.round(100 * cover * low),
        "cloud_cover_mid": np.round(100 * cover * (1 - low)),
        "cloud_cover_high": np.round(100 * cover * 0.5),
        "total_column_integrated_water_vapour": np.round(10 + 30 * cover, 1),
        "boundary_layer_height": np.round(40 + 1500 * (1 - cover), 0),
    }


def _air_quality(seeds: np.ndarray, hours: Ints, cover: Floats, sun: Floats) -> dict[str, Floats]:
    dusty = smooth(seeds, 20, hours, 36)
    clear_uv = 13.0 * np.clip(sun, 0, 1) ** 1.3
    return {
        "pm10": np.round(3 + 22 * dusty, 1),
        "pm2_5": np.round(1.5 + 9 * dusty, 1),
        "dust": np.round(6 * dusty, 0),
        "nitrogen_dioxide": np.round(1 + 6 * smooth(seeds, 21, hours, 12), 1),
        "ozone": np.round(35 + 40 * smooth(seeds, 22, hours, 18), 0),
        "sulphur_dioxide": np.round(0.1 + 1.5 * smooth(seeds, 23, hours, 18), 1),
        "carbon_monoxide": np.round(80 + 60 * smooth(seeds, 24, hours, 24), 0),
        "aerosol_optical_depth": np.round(0.03 + 0.15 * dusty, 2),
        "uv_index_clear_sky": np.round(clear_uv, 2),
        "uv_index": np.round(clear_uv * (1 - CLOUD_LOSS * cover**CLOUD_POWER), 2),
    }


_NAMES = (
    "shortwave_radiation", "diffuse_radiation", "direct_radiation", "direct_normal_irradiance", "terrestrial_radiation",
    "sunshine_duration", "is_day", "precipitation", "rain",
    "temperature_2m", "dew_point_2m", "wet_bulb_temperature_2m", "relative_humidity_2m", "pressure_msl", "surface_pressure",
    "wind_speed_10m", "wind_gusts_10m", "wind_direction_10m",
    "cloud_cover", "cloud_cover_low", "cloud_cover_mid", "cloud_cover_high",
    "total_column_integrated_water_vapour", "boundary_layer_height",
    "pm10", "pm2_5", "dust", "nitrogen_dioxide", "ozone", "sulphur_dioxide", "carbon_monoxide", "aerosol_optical_depth",
    "uv_index_clear_sky", "uv_index",
)  # fmt: skip
