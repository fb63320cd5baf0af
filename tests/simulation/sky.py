"""Sun, clouds and what the weather source makes of them, in steps of five minutes.

A step is an instant: an hour's twelve begin five minutes before its label, which is what the source sums into an hour. Clouds are
those of the hour a step lies in.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from include.expected_energy.physics import HourlyWeather, Mounting
from tests.simulation.farms import Bools, Farm, Floats, Random, distances_km

STEP_S, STEPS, LEAD_S = 300, 12, 300
BEAM_SHARE = 0.86
CLOUD_KM, FLICKER_KM = 450.0, 40.0
DAY_SHARE, HOUR_SHARE, DAY_MEMORY, HOUR_MEMORY = 0.8, 0.6, 0.35, 0.75
ALBEDO, FIXED_TILT_DEG, MAX_ANGLE_DEG, GROUND_COVER = 0.2, 22.0, 60.0, 0.4
MOST_CLEARNESS = 1.05


@dataclass(frozen=True)
class Clouds:
    """Clearness of the sky: true by half hour, reported by hour, shapes (farms, 2 x hours) and (farms, hours)."""

    true: Floats
    reported: Floats


def correlated(random: Random, km: Floats, reach_km: float, count: int) -> Floats:
    """Unit normals, shape (farms, count), whose correlation falls with distance."""
    root = np.linalg.cholesky(np.exp(-km / reach_km) + 1e-6 * np.eye(len(km)))
    return np.asarray(root @ random.standard_normal((len(km), count)))


def remembering(noise: Floats, memory: float) -> Floats:
    """AR(1) of unit variance along the last axis."""
    from scipy.signal import lfilter

    start = noise[..., :1] * memory / np.sqrt(1 - memory**2)  # as if it had always gone on
    made, _ = lfilter([np.sqrt(1 - memory**2)], [1, -memory], noise, zi=np.sqrt(1 - memory**2) * start)
    return np.asarray(made)


def clouds(random: Random, of: list[Farm], days: int) -> Clouds:
    """Draw the clouds of all farms."""
    km = distances_km(of)
    day = remembering(correlated(random, km, CLOUD_KM, days), DAY_MEMORY)
    hour = remembering(correlated(random, km, CLOUD_KM, 24 * days), HOUR_MEMORY)
    latent = DAY_SHARE * np.repeat(day, 24, axis=1) + HOUR_SHARE * hour
    clearness = 1 - 0.80 / (1 + np.exp(-2.4 * (latent - 0.80)))
    flicker_sd = np.repeat(0.03 + 0.38 * np.exp(-(((latent - 0.7) / 0.7) ** 2)), 2, axis=1)
    flicker = np.exp(flicker_sd * correlated(random, km, FLICKER_KM, 48 * days) - flicker_sd**2 / 2)
    error_sd = 0.03 + 0.20 * (1 - clearness) + 0.10 * np.exp(-(((latent - 0.9) / 0.7) ** 2))
    own = random.standard_normal((len(of), days)), random.standard_normal((len(of), 24 * days))
    error = (np.repeat(remembering(own[0], 0.3), 24, axis=1) + remembering(own[1], 0.8)) * np.sqrt(0.5)
    return Clouds(
        np.clip(np.repeat(clearness, 2, axis=1) * flicker, 0.02, MOST_CLEARNESS),
        np.clip(clearness * np.exp(error_sd * error), 0.02, 1.0),
    )


@dataclass(frozen=True)
class Sun:
    """The sun over one farm at the world's steps: cosine of zenith, azimuth in degrees, Haurwitz irradiance in W/m²."""

    cos_zenith: Floats
    azimuth_deg: Floats
    clear_w_m2: Floats

    @property
    def is_up(self) -> Bools:
        return np.asarray(self.clear_w_m2 > 0)


def step_times(start_s: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Unix seconds of the steps of contiguous hours, twelve an hour."""
    return np.asarray(start_s[0] - LEAD_S + STEP_S * np.arange(STEPS * len(start_s)))


def sun(farm: Farm, times_s: npt.NDArray[np.int64]) -> Sun:
    """Spencer's formulas: a tenth of a degree, at a tenth of the price of SPA."""
    from pvlib import solarposition

    day = (
        times_s / 86400
        - (times_s // 86400).astype("datetime64[D]").astype("datetime64[Y]").astype("datetime64[D]").astype(int)
        + 1
    )
    declination = solarposition.declination_spencer71(day)
    hour_angle = np.radians(
        15 * (times_s / 3600 % 24 - 12 + solarposition.equation_of_time_spencer71(day) / 60) + farm.longitude_deg
    )
    latitude = np.radians(farm.latitude_deg)
    cosine = np.sin(latitude) * np.sin(declination) + np.cos(latitude) * np.cos(declination) * np.cos(hour_angle)
    east = -np.cos(declination) * np.sin(hour_angle)
    north = np.cos(latitude) * np.sin(declination) - np.sin(latitude) * np.cos(declination) * np.cos(hour_angle)
    up = cosine > 0.01
    clear = np.where(up, 1098 * cosine * np.exp(-0.057 / np.where(up, cosine, 1.0)), 0.0)
    return Sun(np.asarray(cosine), np.degrees(np.arctan2(east, north)) % 360, clear)


def direct_and_diffuse(clearness: Floats, clear_w_m2: Floats) -> tuple[Floats, Floats]:
    """Beam and diffuse on the horizontal in W/m²; together clearness times clear."""
    beam = BEAM_SHARE * np.clip((clearness - 0.25) / 0.75, 0, None) ** 1.1
    beam = np.minimum(beam, clearness)
    return beam * clear_w_m2, (clearness - beam) * clear_w_m2


def dc_power(farm: Farm, over: Sun, clearness: Floats, times_s: npt.NDArray[np.int64]) -> Floats:
    """MW of the farm's modules at each step, before its AC limit; `clearness` by step."""
    up = over.is_up
    cosine, clear = over.cos_zenith[up], over.clear_w_m2[up]
    beam, diffuse = direct_and_diffuse(clearness[up], clear)
    facing, tilt = _facing(farm, cosine, over.azimuth_deg[up])
    plane = beam * np.clip(facing, 0, None) / np.maximum(cosine, 0.03)
    plane += diffuse * (1 + np.cos(tilt)) / 2 + (beam + diffuse) * ALBEDO * (1 - np.cos(tilt)) / 2
    warm = 0.93 - 0.05 * np.cos(2 * np.pi * (times_s[up] / 86400 / 365.25 % 1 - 0.05))
    power = np.zeros(len(times_s))
    power[up] = farm.effective_dc_mw * plane / 1000 * warm
    return power


def _facing(farm: Farm, cosine: Floats, azimuth_deg: Floats) -> tuple[Floats, Floats]:
    """Cosine of the angle of incidence, and tilt in radians."""
    from pvlib import irradiance, tracking

    zenith = np.degrees(np.arccos(np.clip(cosine, -1, 1)))
    if farm.mounting is Mounting.FIXED:
        tilt, facing = np.full_like(zenith, FIXED_TILT_DEG), np.zeros_like(zenith)
    else:
        turned = tracking.singleaxis(zenith, azimuth_deg, 0, 0, MAX_ANGLE_DEG, True, GROUND_COVER)
        tilt, facing = np.nan_to_num(turned["surface_tilt"]), np.nan_to_num(turned["surface_azimuth"], nan=90.0)
    return np.asarray(irradiance.aoi_projection(tilt, facing, zenith, azimuth_deg)), np.radians(tilt)


def hourly(values: Floats) -> Floats:
    """Means of the twelve steps of each hour, along the last axis."""
    return np.asarray(values.reshape(*values.shape[:-1], -1, STEPS).mean(axis=-1))


def reported_weather(start_s: npt.NDArray[np.int64], over: Sun, reported: Floats) -> HourlyWeather:
    """What the weather source tells of one farm: means of the hour from its label on, rounded as it rounds."""
    shifted = np.concatenate([over.clear_w_m2[1:], over.clear_w_m2[-1:]])  # the steps begin five minutes early
    beam, diffuse = direct_and_diffuse(reported, hourly(shifted))
    season = np.cos(2 * np.pi * (start_s / 86400 / 365.25 % 1 - 0.05))
    air_c = 19 + 7 * season + 6 * np.cos(2 * np.pi * (start_s / 3600 + 10 - 15) / 24)
    return HourlyWeather(start_s, np.round(beam + diffuse), np.round(diffuse), np.round(air_c, 1), np.full(len(start_s), 3.0))
