"""The sun over each location and hour, computed on the driver: a few thousand points, no Python on the executors."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from include.solar import solar_elevation_deg

Bools = npt.NDArray[np.bool_]

# An hourly bucket holds the 5-minute labels of its hour, and a label is the END of its 5 minutes: the first reading of
# 12:00 began at 11:55.
_EARLIEST_READING_S = -300
_MID_HOUR_S = 1800
_END_OF_HOUR_S = 3600
# The upper limb is on the horizon when the centre, refraction included, is this far below it (sunrise by definition).
_SUNRISE_ELEVATION_DEG = -0.833


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
    seconds = np.asarray(hours, dtype=float) * 3600
    # Between two instants an hour apart with the sun down it does not come up, but near the poles.
    ends = [solar_elevation_deg(seconds + offset, latitude, longitude) for offset in (_EARLIEST_READING_S, _END_OF_HOUR_S)]
    night: Bools = np.maximum(*ends) < _SUNRISE_ELEVATION_DEG
    return night


def is_deep_night(hours: Any, latitude: Any, longitude: Any) -> Bools:
    """Tell whether an hour is the third of its night or a later one: it begins two hours after the last sunlit one has ended.

    Arguments: flat arrays of one length, as for `is_night`.
    """
    deep: Bools = is_night(hours, latitude, longitude)
    for before in (1, 2):
        at = np.flatnonzero(deep)  # most hours are decided by now
        deep[at] = is_night(hours[at] - before, latitude[at], longitude[at])
    return deep
