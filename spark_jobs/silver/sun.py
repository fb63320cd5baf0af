"""The sun over each location and hour, computed on the driver: a few thousand points, no Python on the executors."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import numpy as np
import pyarrow as pa

from include.solar import solar_elevation_deg

# An hourly bucket holds the 5-minute labels of its hour, and a label is the END of its 5 minutes: the first reading of
# 12:00 began at 11:55.
_EARLIEST_READING_S = -300
_MID_HOUR_S = 1800
_END_OF_HOUR_S = 3600
# The upper limb is on the horizon when the centre, refraction included, is this far below it (sunrise by definition).
_SUNRISE_ELEVATION_DEG = -0.833


def sun_hours(coordinates: Mapping[str, tuple[float, float]], hours: Sequence[datetime]) -> pa.Table:
    """Return location_id, ts_utc, `solar_elevation_deg` (mid-hour) and `is_night` (down from first to last reading).

    `coordinates` by location_id in degrees. Every location has every hour.
    """
    places = list(coordinates)
    latitude, longitude = (np.array([coordinates[place][axis] for place in places], dtype=float)[:, None] for axis in (0, 1))
    seconds = np.array([hour.timestamp() for hour in hours], dtype=float)[None, :]
    first, middle, last = (
        solar_elevation_deg(seconds + offset, latitude, longitude).ravel()
        for offset in (_EARLIEST_READING_S, _MID_HOUR_S, _END_OF_HOUR_S)
    )
    # Between two instants an hour apart with the sun down it does not come up, but near the poles.
    is_night = np.maximum(np.maximum(first, last), middle) < _SUNRISE_ELEVATION_DEG
    instants = (np.tile(seconds.ravel(), len(places)) * 1_000_000).astype("int64")
    return pa.table(
        {
            "location_id": pa.array(np.repeat(np.array(places, dtype=object), len(hours)), pa.string()),
            "ts_utc": pa.array(instants, pa.int64()).cast(pa.timestamp("us", tz="UTC")),
            "solar_elevation_deg": middle,
            "is_night": is_night,
        }
    )
