"""Which hours of radiation cannot be: each rule with what it guards against and what it cannot see.

After QCRad (Long and Shi 2008, as BSRN uses it), whose limits are for minutes at a pyranometer: an hour's mean from a model is
held to what the sun gives. Rules are conditions on the columns of `silver.fact_weather_hourly`; where a figure they need is
unknown they say nothing. A suspect hour keeps its values and is left out of insolation.
"""

from pyspark.sql import Column
from pyspark.sql import functions as F  # noqa: N812  the field's name for it

SOLAR_CONSTANT_W_M2 = 1361.0
NEAREST_SUN = 1.034
"""Irradiance on 3 January, at the least distance of the sun, against its mean."""

HIGH_SUN_DEG = 20.0
DARKEST_SHARE = 0.01
"""Of the extraterrestrial irradiance: the recorded week had 0.057 at least, and the densest cloud leaves some per cent."""

ROUNDING_W_M2 = 5.0
"""The source interpolates both series and gives one decimal."""

CLOSURE_SHARE, CLOSURE_W_M2 = 0.05, 20.0
"""Global is direct plus diffuse, in the recorded week to the decimal; QCRad allows instruments 8 %."""


def flags() -> Column:
    """Return the names of the rules that hold, sorted; empty for an hour that is as it should be."""
    found = {
        "above_extraterrestrial": _is_above_extraterrestrial(),
        "beyond_qcrad": _is_beyond_qcrad(),
        "dark_at_high_sun": _is_dark_at_high_sun(),
        "not_closed": _is_not_closed(),
    }
    return F.array_compact(F.array(*[F.when(condition, name) for name, condition in found.items()]))


def _sine() -> Column:
    """Return the sine of the sun's elevation at mid-hour, 0 below the horizon."""
    return F.greatest(F.sin(F.radians("solar_elevation_deg")), F.lit(0.0))


def _is_above_extraterrestrial() -> Column:
    """More than arrives outside the atmosphere: labels shifted, the weather of another place, a value that was spoiled."""
    return F.col("ghi_w_m2") > F.col("extraterrestrial_w_m2") + ROUNDING_W_M2


def _is_beyond_qcrad() -> Column:
    """QCRad's possible diffuse (0.95 Sa mu^1.2 + 50 W/m2) and direct normal (Sa) irradiance.

    By the sun at mid-hour: an hour in which it rises or sets is within the 50 W/m2.
    """
    at_the_earth = SOLAR_CONSTANT_W_M2 * NEAREST_SUN
    diffuse = F.col("dhi_w_m2") > 0.95 * at_the_earth * F.pow(_sine(), F.lit(1.2)) + 50
    return diffuse | (F.col("dni_w_m2") > at_the_earth)


def _is_dark_at_high_sun() -> Column:
    """A zero that stands for no data. It cannot see one below 20 degrees, where clouds alone may make night."""
    return (F.col("solar_elevation_deg") > HIGH_SUN_DEG) & (F.col("ghi_w_m2") <= SOLAR_CONSTANT_W_M2 * _sine() * DARKEST_SHARE)


def _is_not_closed() -> Column:
    """Global, direct and diffuse contradict each other; where direct is unknown, only more diffuse than global does."""
    global_, direct, diffuse = (F.col(name) for name in ("ghi_w_m2", "direct_horizontal_w_m2", "dhi_w_m2"))
    gap = F.coalesce(F.abs(global_ - direct - diffuse), diffuse - global_)
    return gap > F.greatest(global_ * CLOSURE_SHARE, F.lit(CLOSURE_W_M2))
