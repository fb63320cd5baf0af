"""The sun over each location and hour, computed on the driver: a few thousand points, no Python on the executors."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from include.solar import approximate_elevation_deg, solar_elevation_deg

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

# An hourly bucket holds the 5-minute labels of its hour, and a label is the END of its 5 minutes: the first reading of
# 12:00 began at 11:55.
_EARLIEST_READING_S = -300
_MID_HOUR_S = _HALF_HOUR_S = 1800
_END_OF_HOUR_S = 3600
# The upper limb is on the horizon when the centre, refraction included, is this far below it (sunrise by definition).
_SUNRISE_ELEVATION_DEG = -0.833
# Twice the error of the approximation: within it the exact sun decides.
_UNSURE_DEG = 1.0
# Half a degree above the horizon: below it Haurwitz's formula gives nothing.
_LEAST_SINE = 0.0087
# Four instants of an hour's twelve readings, in the middle of each quarter.
_QUARTERS_S = _EARLIEST_READING_S + 450 + 900 * np.arange(4)


def sun_hours(coordinates: Mapping[str, tuple[float, float]], hours: Sequence[datetime]) -> pa.Table:
    """Return location_id, ts_utc and `solar_elevation_deg` (mid-hour).

    `coordinates` by location_id in degrees. Every location has every hour.
    """
    places = list(coordinates)
    latitude, longitude = (np.array([coordinates[place][axis] for place in places], dtype=float)[:, None] for axis in (0, 1))
    seconds = np.array([hour.timestamp() for hour in hours], dtype=float)[None, :]
    instants = (np.tile(seconds.ravel(), len(places)) * 1_000_000).astype("int64")
    return pa.table(
        {
            "location_id": pa.array(np.repeat(np.array(places, dtype=object), len(hours)), pa.string()),
            "ts_utc": pa.array(instants, pa.int64()).cast(pa.timestamp("us", tz="UTC")),
            "solar_elevation_deg": solar_elevation_deg(seconds + _MID_HOUR_S, latitude, longitude).ravel(),
        }
    )


def is_night(hours: Any, latitude: Any, longitude: Any) -> Bools:
    """Tell whether the sun is down from the first to the last reading of an hour.

    Arrays that broadcast against each other: hours since 1970, degrees north and east.
    """
    seconds, latitude, longitude = np.broadcast_arrays(np.asarray(hours, dtype=float) * 3600, latitude, longitude)
    # Between two instants an hour apart with the sun down it does not come up, but near the poles.
    ends = [_is_down(seconds + offset, latitude, longitude) for offset in (_EARLIEST_READING_S, _END_OF_HOUR_S)]
    night: Bools = ends[0] & ends[1]
    return night


def _is_down(seconds: Floats, latitude: Any, longitude: Any) -> Bools:
    elevation = approximate_elevation_deg(seconds, latitude, longitude)
    unsure = np.abs(elevation - _SUNRISE_ELEVATION_DEG) < _UNSURE_DEG
    elevation[unsure] = solar_elevation_deg(seconds[unsure], latitude[unsure], longitude[unsure])
    return np.asarray(elevation < _SUNRISE_ELEVATION_DEG)


def is_deep_night(hours: Any, latitude: Any, longitude: Any) -> Bools:
    """Tell whether an hour is the third of its night or a later one: it begins two hours after the last sunlit one has ended.

    Arguments: flat arrays of one length, as for `is_night`.
    """
    deep: Bools = is_night(hours, latitude, longitude)
    for before in (1, 2):
        at = np.flatnonzero(deep)  # most hours are decided by now
        deep[at] = is_night(hours[at] - before, latitude[at], longitude[at])
    return deep


def is_early_night(hours: Any, latitude: Any, longitude: Any) -> Bools:
    """Tell whether an hour is the first or second of its night; arguments as for `is_deep_night`.

    The half hour before it must be dark too: until October 2023 WEM's hours were sums of half hours that began so much earlier.
    """
    early: Bools = is_night(hours, latitude, longitude)
    at = np.flatnonzero(early)
    early[at] = ~is_deep_night(hours[at], latitude[at], longitude[at])
    at = np.flatnonzero(early)
    early[at] = _is_down(hours[at] * 3600.0 - _HALF_HOUR_S, latitude[at], longitude[at])
    return early


def clear_sky_share(hours: Any, latitude: Any, longitude: Any) -> Floats:
    """Return what a clear sky gives on the level in an hour, as a share of 1,000 W/m² (Haurwitz); arguments as for `is_night`.

    Good enough to say when a plant's day begins and ends.
    """
    seconds = np.asarray(hours, dtype=float)[..., None] * 3600 + _QUARTERS_S
    places = (np.asarray(place, dtype=float)[..., None] for place in (latitude, longitude))
    sine = np.sin(np.radians(approximate_elevation_deg(seconds, *places)))
    up = np.where(sine > _LEAST_SINE, sine, np.inf)
    return np.asarray(np.where(sine > _LEAST_SINE, 1.098 * sine * np.exp(-0.057 / up), 0.0).mean(axis=-1))


def clear_sky_share_by_half_hours(hours: Any, latitude: Any, longitude: Any, on_shares: Sequence[float]) -> Floats:
    """Return the same of hours that may be half an hour late: NaN where that decides what it is above of `on_shares`."""
    share, late = (clear_sky_share(np.asarray(hours, dtype=float) - by, latitude, longitude) for by in (0.0, 0.5))
    is_same = np.all([(share > on) == (late > on) for on in on_shares], axis=0)
    return np.asarray(np.where(is_same, share, np.nan))
