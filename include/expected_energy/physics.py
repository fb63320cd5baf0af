"""DC power of a plant from hourly weather, in steps of five minutes within the hour. The physics is pvlib's.

Within an hour the clearness index, global and diffuse, is constant and the sun moves: an hour of sunrise has its power at its
end. It cannot know clouds shorter than an hour, shade, snow, soiling.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

STEP_S, STEPS = 300, 12
LEAD_S = 450
"""An hour's energy is expected of the hour that begins 7.5 minutes before its label: best of 5 to 12.5 on recorded farms."""

# Of a plant nothing of this is known, and none of it can be told from hourly energy: it goes into the effective DC power.
TRACKER_MAX_ANGLE_DEG, TRACKER_GROUND_COVER = 60.0, 0.4
FIXED_TILT_DEG = 22.0
TEMPERATURE_COEFFICIENT_PER_C = -0.0037
ALBEDO = 0.2
DIFFUSE_MODIFIER = 0.96

# Below these a ratio of irradiances is noise.
LEAST_EXTRATERRESTRIAL_W_M2 = 5.0
LEAST_COS_ZENITH = 0.03
MOST_CLEARNESS = 1.1
CALM_M_S = 1.0
"""Wind where none is known: it moves the energy of an hour by a per cent."""


class Mounting(StrEnum):
    """How modules are mounted, as far as a year of energy can tell."""

    TRACKER = "tracker"
    FIXED = "fixed"


WEATHER = ("ghi_w_m2", "dhi_w_m2", "temperature_c", "wind_speed_m_s")
"""Columns of `silver.fact_weather_hourly`, in the order of `HourlyWeather`."""


@dataclass(frozen=True)
class HourlyWeather:
    """Weather of one place, an element an hour, hours rising; NaN where it is not known.

    `start_s` are starts of hours in Unix seconds; irradiances are means of the hour, on the horizontal, in W/m²; air temperature
    in °C and wind at 10 m in m/s are means of the hour. Raises ValueError for lengths that differ, or hours that do not rise.
    """

    start_s: Integers
    ghi_w_m2: Floats
    dhi_w_m2: Floats
    temperature_c: Floats
    wind_speed_m_s: Floats

    def __post_init__(self) -> None:
        """Check the shapes once, as everything behind goes by position."""
        if any(getattr(self, field.name).shape != self.start_s.shape for field in fields(self)):
            raise ValueError("hours and values differ in number")
        if np.any(np.diff(self.start_s) <= 0):
            raise ValueError("hours must rise")

    def at(self, chosen: npt.NDArray[np.bool_]) -> HourlyWeather:
        """Return these hours alone."""
        return HourlyWeather(*(getattr(self, field.name)[chosen] for field in fields(self)))


@dataclass(frozen=True)
class ModuleHours:
    """What modules of one mounting see and give; NaN without weather.

    `dc_mw`: power of 1 MW of effective DC, shape (hours, 12 steps). `poa_w_m2`: irradiance in their plane, mean of the hour.
    """

    dc_mw: Floats
    poa_w_m2: Floats


def module_hours(
    weather: HourlyWeather, latitude_deg: float, longitude_deg: float, mountings: Collection[Mounting] = tuple(Mounting)
) -> dict[Mounting, ModuleHours]:
    """Return for each mounting what its modules see and give.

    The steps of an hour begin 7.5 minutes before it; the first two have the weather of the hour before where that is known.
    """
    known = np.isfinite(weather.ghi_w_m2 + weather.dhi_w_m2 + weather.temperature_c)
    lit = known & _is_near_light(weather.ghi_w_m2)
    found = {}
    for mounting, (power, plane) in _of_lit(weather.at(lit), latitude_deg, longitude_deg, mountings).items():
        dark = np.where(known, 0.0, np.nan)
        hours = ModuleHours(np.repeat(dark[:, None], STEPS, axis=1), dark)
        hours.dc_mw[lit], hours.poa_w_m2[lit] = power, plane.mean(axis=1)
        found[mounting] = hours
    return found


def dc_power(weather: HourlyWeather, latitude_deg: float, longitude_deg: float) -> dict[Mounting, Floats]:
    """Return for each mounting the DC power of `module_hours` alone."""
    return {mounting: hours.dc_mw for mounting, hours in module_hours(weather, latitude_deg, longitude_deg).items()}


def _is_near_light(ghi_w_m2: Floats) -> npt.NDArray[np.bool_]:
    """Tell which hours have light or lie beside one that has: the sun's position is most of the price, and nights need none."""
    lit = np.nan_to_num(ghi_w_m2) > 0
    near = lit.copy()
    near[1:] |= lit[:-1]
    near[:-1] |= lit[1:]
    return np.asarray(near)


def _of_lit(
    weather: HourlyWeather, latitude_deg: float, longitude_deg: float, mountings: Collection[Mounting]
) -> dict[Mounting, tuple[Floats, Floats]]:
    """Power in MW and irradiance in the plane in W/m², both of shape (hours, steps)."""
    offsets_s = STEP_S * np.arange(STEPS + 1)  # to the hour's end, for its mean
    middles_s = offsets_s[:STEPS] + STEP_S // 2 - LEAD_S
    instants, where = np.unique(weather.start_s[:, None] + np.concatenate([middles_s, offsets_s]), return_inverse=True)
    where = where.reshape(len(weather.start_s), STEPS + len(offsets_s))
    steps, bounds = where[:, :STEPS], where[:, STEPS:]
    sun = _sun(instants, latitude_deg, longitude_deg)
    extraterrestrial = sun["extraterrestrial_w_m2"] * sun["cos_zenith"]
    hour_mean = np.asarray(np.trapezoid(extraterrestrial[bounds], axis=1)) / STEPS
    hour_of = np.empty(len(instants), dtype=np.int64)
    hours = np.arange(len(weather.start_s))
    for column in (*steps.T, bounds[:, STEPS], *bounds[:, :STEPS].T):  # later ones win: an instant belongs to the hour it lies in
        hour_of[column] = hours
    lit = (hour_mean > LEAST_EXTRATERRESTRIAL_W_M2)[hour_of]
    scale = np.where(lit, extraterrestrial / np.where(lit, hour_mean[hour_of], 1.0), 0.0)
    ghi = np.minimum(weather.ghi_w_m2[hour_of] * scale, MOST_CLEARNESS * extraterrestrial)
    dhi = np.minimum(weather.dhi_w_m2[hour_of] * scale, ghi)
    air = (weather.temperature_c[hour_of], np.nan_to_num(weather.wind_speed_m_s[hour_of], nan=CALM_M_S))
    seen = {mounting: _modules(mounting, sun, ghi, dhi, *air) for mounting in mountings}
    return {mounting: (power[steps], plane[steps]) for mounting, (power, plane) in seen.items()}


def _sun(instants_s: Integers, latitude_deg: float, longitude_deg: float) -> dict[str, Floats]:
    import pandas as pd
    from pvlib import irradiance, solarposition

    times = pd.DatetimeIndex(instants_s.astype("datetime64[s]"), tz="UTC")
    position = solarposition.get_solarposition(times, latitude_deg, longitude_deg)
    zenith = position["zenith"].to_numpy()
    return {
        "apparent_zenith_deg": position["apparent_zenith"].to_numpy(),
        "azimuth_deg": position["azimuth"].to_numpy(),
        "cos_zenith": np.clip(np.cos(np.radians(zenith)), 0, None),
        "extraterrestrial_w_m2": np.asarray(irradiance.get_extra_radiation(times), dtype=np.float64),
    }


def _modules(
    mounting: Mounting, sun: dict[str, Floats], ghi: Floats, dhi: Floats, temperature_c: Floats, wind_speed_m_s: Floats
) -> tuple[Floats, Floats]:
    """Power in MW of 1 MW, and irradiance in the plane in W/m²."""
    from pvlib import iam, irradiance, pvsystem, temperature

    tilt, azimuth = _orientation(mounting, sun)
    extra, zenith = sun["extraterrestrial_w_m2"], sun["apparent_zenith_deg"]
    low = sun["cos_zenith"] <= LEAST_COS_ZENITH
    dni = np.where(low, 0.0, (ghi - dhi) / np.maximum(sun["cos_zenith"], LEAST_COS_ZENITH))
    plane: dict[str, Any] = irradiance.get_total_irradiance(
        tilt, azimuth, zenith, sun["azimuth_deg"], dni, ghi, dhi, dni_extra=extra, albedo=ALBEDO, model="haydavies"
    )
    modifier = iam.physical(irradiance.aoi(tilt, azimuth, zenith, sun["azimuth_deg"]))
    effective = np.nan_to_num(plane["poa_direct"] * modifier + plane["poa_diffuse"] * DIFFUSE_MODIFIER)
    cell_c = temperature.faiman(effective, temperature_c, wind_speed_m_s)
    power = pvsystem.pvwatts_dc(effective, cell_c, 1.0, TEMPERATURE_COEFFICIENT_PER_C)
    return np.asarray(power, dtype=np.float64), np.nan_to_num(np.asarray(plane["poa_global"], dtype=np.float64))


def _orientation(mounting: Mounting, sun: dict[str, Floats]) -> tuple[Floats, Floats]:
    """Tilt and azimuth of the modules in degrees: trackers turn about a north-south axis, fixed ones face north."""
    if mounting is Mounting.FIXED:
        return np.full_like(sun["azimuth_deg"], FIXED_TILT_DEG), np.zeros_like(sun["azimuth_deg"])
    from pvlib import tracking

    angles = tracking.singleaxis(
        sun["apparent_zenith_deg"],
        sun["azimuth_deg"],
        axis_tilt=0,
        axis_azimuth=0,
        max_angle=TRACKER_MAX_ANGLE_DEG,
        backtrack=True,
        gcr=TRACKER_GROUND_COVER,
    )
    # Below the horizon there is no angle, and no light for one.
    return np.nan_to_num(angles["surface_tilt"], nan=0.0), np.nan_to_num(angles["surface_azimuth"], nan=90.0)
