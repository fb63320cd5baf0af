"""Where the sun stands. Pure and vectorised; the astronomy is pvlib's (NREL's solar position algorithm)."""

from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

# The geometric elevation does not depend on pressure, temperature and refraction; the algorithm asks for them all the same.
_PRESSURE_HPA, _TEMPERATURE_C, _REFRACTION_DEG, _HEIGHT_M = 1013.25, 12.0, 0.5667, 0.0
# Terrestrial time minus universal time. It moves the sun by 15 arc seconds an hour: a second more or less does nothing.
_DELTA_T_S = 69.0
# The algorithm is good to 0.0003 degrees; what lies beyond is noise that would make equal rows unequal.
_DECIMALS = 4


def solar_elevation_deg(unix_seconds: Any, latitude_deg: Any, longitude_deg: Any) -> Floats:
    """Return the geometric elevation of the sun's centre in degrees, without refraction; negative below the horizon.

    The three arguments are arrays that broadcast against each other (instants in Unix seconds, degrees north, degrees
    east); the result has the broadcast shape.
    """
    from pvlib import spa

    seconds, latitude, longitude = np.broadcast_arrays(
        np.asarray(unix_seconds, dtype=np.float64),
        np.asarray(latitude_deg, dtype=np.float64),
        np.asarray(longitude_deg, dtype=np.float64),
    )
    # pvlib wants flat arrays.
    position = spa.solar_position_numpy(
        seconds.ravel(),
        latitude.ravel(),
        longitude.ravel(),
        _HEIGHT_M,
        _PRESSURE_HPA,
        _TEMPERATURE_C,
        _DELTA_T_S,
        _REFRACTION_DEG,
        1,
    )
    elevation: Floats = np.asarray(position[3], dtype=np.float64)
    return elevation.round(_DECIMALS).reshape(seconds.shape)


def approximate_elevation_deg(unix_seconds: Any, latitude_deg: Any, longitude_deg: Any) -> Floats:
    """Return the same to half a degree (2008 to 2049), at a thirtieth of the price: Spencer's formulas."""
    from pvlib import solarposition

    seconds = np.asarray(unix_seconds, dtype=np.float64)
    days = (seconds // 86400).astype("datetime64[D]")
    day_of_year = (days - days.astype("datetime64[Y]")).astype(np.float64) + 1 + seconds / 86400 % 1
    declination = solarposition.declination_spencer71(day_of_year)
    clock = seconds / 3600 % 24 - 12 + solarposition.equation_of_time_spencer71(day_of_year) / 60
    hour_angle = np.radians(15 * clock + np.asarray(longitude_deg, dtype=np.float64))
    latitude = np.radians(np.asarray(latitude_deg, dtype=np.float64))
    sine = np.sin(latitude) * np.sin(declination) + np.cos(latitude) * np.cos(declination) * np.cos(hour_angle)
    return np.asarray(np.degrees(np.arcsin(np.clip(sine, -1, 1))))
