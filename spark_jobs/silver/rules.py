"""What Silver refuses and what it doubts: each rule with the incident it guards against and what it cannot see.

Rules are conditions on one unit's hour (columns of `fact_generation_hourly.unit_hours`) and are null-safe: where a figure
they need is unknown they say nothing. A refused value goes to `silver.rejected_rows`; a doubted one stays, with a flag.
"""

from collections.abc import Sequence

from pyspark.sql import Column, Window
from pyspark.sql import functions as F  # noqa: N812  the field's name for it

# Hours have a length of 1, so a capacity in MW is also the energy in MWh that a unit can make in one.
REJECT_ABOVE_CAPACITY = 1.5
"""Good data tops out at 1.003 of the maximum capacity; a registry that is a third behind an extension still passes. The known
defect doubles values, which lies above this in every hour above three quarters of capacity."""

FLAG_ABOVE_CAPACITY = 1.05
"""Five per cent above the 0.3 % of good data: meter and registry rounding stay below."""

NIGHT_SHARE_OF_CAPACITY = 0.005
"""Night consumption and its metering noise are within 0.1 MW (0.1 % of a 100 MW farm)."""

FROZEN_HOURS = 4
"""Sky and sun change from hour to hour, and energy is given to 0.0001 MWh: two equal hours are chance or a limit held, four
are worth a look."""

DAYLIGHT_ELEVATION_DEG = 20.0
"""Above this even a thick overcast gives some per cent of capacity."""


def is_impossible_time(ts_utc: Column, fetched_at: Column) -> Column:
    """Refuse a label off the hour, and an hour that had not begun when the answer was fetched.

    Guards against answers in the wrong zone: network time read as UTC puts the newest ten hours into the future. An hour
    still running is let through (its value is low and is replaced by the next re-read). Cannot see a shift into the past,
    nor one by less than the age of the newest hour.
    """
    off_the_hour = ts_utc != F.date_trunc("hour", ts_utc)
    return off_the_hour | (ts_utc > fetched_at)


def is_not_a_number(value: Column) -> Column:
    """Refuse NaN and infinities: one of them makes every sum above it useless. A null is no value, not a refused one."""
    return F.isnan(value) | (F.abs(value) == float("inf"))


def is_above_limit(value: Column, capacity_mw: Column) -> Column:
    """Refuse what no unit can make in an hour, either sign (MWh or mean MW).

    Guards against doubled values (the last seven days of an answer of November 2025) and MW/MWh mix-ups. Cannot see a
    doubled value in a weak hour, and lets everything pass for a unit without a known capacity.
    """
    return F.abs(value) > capacity_mw * REJECT_ABOVE_CAPACITY


def is_above_capacity(energy_mwh: Column, capacity_mw: Column) -> Column:
    """Doubt more than the unit's capacity: its capacity in the registry may be too low, or the value doubled."""
    return energy_mwh > capacity_mw * FLAG_ABOVE_CAPACITY


def is_negative(energy_mwh: Column) -> Column:
    """Doubt negative energy: consumption of the site metered with it, as the source gave until v4.5.11. It lowers sums."""
    return energy_mwh < 0


def is_night_generation(energy_mwh: Column, capacity_mw: Column, is_night: Column) -> Column:
    """Doubt generation while the sun is down for the whole hour, by the sun's position and not by the clock.

    Guards against shifted labels, frozen telemetry and a coordinate in another state. Cannot see a shift in summer's noon
    hours; not judged where the plant's coordinates are missing or outside its region.
    """
    return is_night & (energy_mwh > capacity_mw * NIGHT_SHARE_OF_CAPACITY)


def is_zero_in_daylight(energy_mwh: Column, solar_elevation_deg: Column) -> Column:
    """Doubt a zero with the sun high: an outage, full curtailment, or a source that writes 0 for no data.

    It cannot tell these apart (WRSF1 really made nothing in the first week of 2025), so the zero stays a value.
    """
    return (energy_mwh == 0) & (solar_elevation_deg > DAYLIGHT_ELEVATION_DEG)


def is_frozen(energy_mwh: Column, ts_utc: Column, unit: Sequence[str]) -> Column:
    """Doubt the same energy in four or more consecutive hours, all of them, zero excepted.

    Guards against frozen telemetry: AEMO repeats a farm's last value when its link fails, so that it "generates" all
    night (22 incidents in 11 years, never corrected). A farm held at a constant limit looks the same; a value frozen for
    less than four whole hours is not seen. Looks `FROZEN_HOURS - 1` hours to both sides.
    """
    in_order = Window.partitionBy(*unit).orderBy(ts_utc)

    def equals(offset: int) -> Column:
        same_value = F.lead(energy_mwh, offset).over(in_order) == energy_mwh
        is_next = F.unix_seconds(F.lead(ts_utc, offset).over(in_order)) - F.unix_seconds(ts_utc) == offset * 3600
        return F.coalesce(same_value & is_next, F.lit(False))

    def run(direction: int) -> Column:
        """Count the equal hours that follow without a break in one direction."""
        unbroken, length = F.lit(True), F.lit(0)
        for step in range(1, FROZEN_HOURS):
            unbroken = unbroken & equals(direction * step)
            length = length + unbroken.cast("int")
        return length

    return (energy_mwh != 0) & (run(-1) + run(1) + 1 >= FROZEN_HOURS)
