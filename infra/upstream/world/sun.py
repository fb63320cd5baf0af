"""The sun over plants in steps of five minutes, and the power of their modules.

A step is an instant: an hour's twelve begin five minutes before its label, which is what the source sums into an hour.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from infra.upstream.hours import HOURS_OF_DAY
from infra.upstream.noise import Floats
from infra.upstream.sky import SUN_IS_UP_COSINE, day_of_year
from infra.upstream.world.clouds import beam_of_clear
from infra.upstream.world.plants import Bools, Plant

STEPS_PER_HOUR = 12
LEAD_STEPS = 1
ALBEDO, FIXED_TILT_DEG, MAX_ANGLE_DEG, GROUND_COVER = 0.2, 22.0, 60.0, 0.4
LEAST_COSINE = 0.03
"""Beam is on the horizontal; at the horizon its plane's share would be endless."""
WARM, WARM_SWING = 0.93, 0.05
"""What temperature leaves, and how much less in summer."""


def step_hours(first_hour: int, hours: int) -> Floats:
    """Hours since 1970 of the steps of contiguous hours, twelve an hour."""
    return (STEPS_PER_HOUR * first_hour - LEAD_STEPS + np.arange(STEPS_PER_HOUR * hours)) / STEPS_PER_HOUR


def hourly(steps: Floats) -> Floats:
    """Means of the twelve steps of each hour, along the last axis."""
    return np.asarray(steps.reshape(*steps.shape[:-1], -1, STEPS_PER_HOUR).mean(axis=-1))


@dataclass(frozen=True)
class Sun:
    """Cosine of the zenith, azimuth in degrees, Haurwitz irradiance in W/m2 (0: the sun is down), shape (plants, steps)."""

    cosine: Floats
    azimuth_deg: Floats
    clear_w_m2: Floats

    @property
    def is_up(self) -> Bools:
        """Whether it shines."""
        return np.asarray(self.clear_w_m2 > 0)


def sun_over(plants: Sequence[Plant], times_h: Floats) -> Sun:
    """The sun by Spencer's formulas: a tenth of a degree, at a tenth of the price of SPA."""
    from pvlib import solarposition

    latitude = np.radians([[plant.latitude_deg] for plant in plants])
    longitude = np.array([[plant.longitude_deg] for plant in plants])
    day = day_of_year(times_h)
    declination = solarposition.declination_spencer71(day)
    solar_hour = times_h % HOURS_OF_DAY + longitude / 15 + solarposition.equation_of_time_spencer71(day) / 60
    angle = np.radians(15 * (solar_hour - 12))
    cosine = np.sin(latitude) * np.sin(declination) + np.cos(latitude) * np.cos(declination) * np.cos(angle)
    east = -np.cos(declination) * np.sin(angle)
    north = np.cos(latitude) * np.sin(declination) - np.sin(latitude) * np.cos(declination) * np.cos(angle)
    is_up = cosine > SUN_IS_UP_COSINE
    clear = np.where(is_up, 1098 * cosine * np.exp(-0.057 / np.where(is_up, cosine, 1.0)), 0.0)
    return Sun(cosine, np.degrees(np.arctan2(east, north)) % 360, clear)


def dc_power_mw(plants: Sequence[Plant], sun: Sun, clearness: Floats, times_h: Floats) -> Floats:
    """Power of the modules before the AC limit, shape (plants, steps); `clearness` likewise."""
    is_up = sun.is_up
    row, step = np.nonzero(is_up)
    cosine, clear = sun.cosine[is_up], sun.clear_w_m2[is_up]
    beam = beam_of_clear(clearness[is_up])
    diffuse = clearness[is_up] - beam
    facing, tilt = _facing(np.array([plant.is_tracking for plant in plants])[row], cosine, sun.azimuth_deg[is_up])
    plane = beam * np.clip(facing, 0, None) / np.maximum(cosine, LEAST_COSINE)
    plane += diffuse * (1 + np.cos(tilt)) / 2 + (beam + diffuse) * ALBEDO * (1 - np.cos(tilt)) / 2
    warm = WARM - WARM_SWING * np.cos(2 * np.pi * (times_h / HOURS_OF_DAY / 365.25 % 1 - 0.05))
    power = np.zeros(sun.cosine.shape)
    power[is_up] = np.array([plant.effective_dc_mw for plant in plants])[row] * plane * clear / 1000 * warm[step]
    return power


def _facing(is_tracking: Bools, cosine: Floats, azimuth_deg: Floats) -> tuple[Floats, Floats]:
    """Cosine of the angle of incidence, and tilt in radians."""
    from pvlib import irradiance, tracking

    zenith = np.degrees(np.arccos(np.clip(cosine, -1, 1)))
    tilt, facing = np.full_like(zenith, FIXED_TILT_DEG), np.zeros_like(zenith)
    turned = tracking.singleaxis(
        zenith[is_tracking], azimuth_deg[is_tracking], 0, 0, MAX_ANGLE_DEG, backtrack=True, gcr=GROUND_COVER
    )
    tilt[is_tracking] = np.nan_to_num(turned["surface_tilt"])
    facing[is_tracking] = np.nan_to_num(turned["surface_azimuth"], nan=90.0)
    return np.asarray(irradiance.aoi_projection(tilt, facing, zenith, azimuth_deg)), np.radians(tilt)
