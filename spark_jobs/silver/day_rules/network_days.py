"""What the rules of this folder look at: whole local days of all units of one network, and stretches of days."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Integers = npt.NDArray[np.int64]

HOURS = 24
WINDOW_DAYS = 7
REACH_DAYS = WINDOW_DAYS
"""A day's verdict depends on days less than this away."""

LEAST_PLANTS, LEAST_SHARE = 2, 0.25
"""From here on it is the source and not the plants: neighbours under one cloud or one network limit are fewer."""


@dataclass(frozen=True)
class NetworkDays:
    """Whole local days of a network's units.

    `first_hour`: hours since 1970 of the first local midnight. `plant_of`: each unit's plant, numbered from 0, shape (units,).
    Shape (units, days, 24): `energy_mwh` and `power_mw`, NaN where nothing was said; `capacity_mw`, NaN where it is unknown;
    `in_service`, whether the unit is expected to report; `early_night`, whether the hour is the first or second of a night and
    has output; `clear_share`, what a clear sky gives of full sun, NaN where that is not known.
    """

    first_hour: int
    plant_of: Integers
    energy_mwh: Floats
    power_mw: Floats
    capacity_mw: Floats
    in_service: Bools
    early_night: Bools
    clear_share: Floats

    @classmethod
    def of_hours(
        cls, first_hour: int, utc_offset_hours: int, plant_of: Integers, **by_hour: npt.NDArray[np.generic]
    ) -> "NetworkDays":
        """Cut consecutive hours, shape (units, hours), to whole local days; what is left over at both ends is left out."""
        skip = -(first_hour + utc_offset_hours) % HOURS
        units, hours = by_hour["energy_mwh"].shape
        count = max(0, hours - skip) // HOURS
        by_day = {name: values[:, skip : skip + count * HOURS].reshape(units, count, HOURS) for name, values in by_hour.items()}
        return cls(first_hour + skip, plant_of, **by_day)  # type: ignore[arg-type]

    @property
    def is_known(self) -> Bools:
        """Whether an hour has energy, shape (units, days, 24)."""
        return np.isfinite(self.energy_mwh)

    @property
    def is_reported(self) -> Bools:
        """Whether a day has any energy, shape (units, days)."""
        return np.asarray(self.is_known.any(axis=2))

    @property
    def share(self) -> Floats:
        """Energy as a share of capacity, NaN where either is unknown."""
        return np.asarray(self.energy_mwh / np.where(self.capacity_mw > 0, self.capacity_mw, np.nan))

    def of_plants(self, of_units: Bools) -> Bools:
        """Return for which plants any of their units is marked: (units, ...) to (plants, ...)."""
        found = np.zeros((int(self.plant_of.max(initial=-1)) + 1, *of_units.shape[1:]), dtype=bool)
        np.logical_or.at(found, self.plant_of, of_units)
        return found

    def hour_of_day(self, day: int) -> int:
        """Return the hour since 1970 at which a numbered day begins."""
        return self.first_hour + HOURS * day


def are_of_network(marked: Bools, reporting: Bools) -> Bools:
    """Tell on which days enough of the plants that report are marked: (plants, days) each, to (days,)."""
    count, of = (marked & reporting).sum(axis=0), reporting.sum(axis=0)
    return np.asarray((count >= LEAST_PLANTS) & (count >= LEAST_SHARE * of))


def window_sums(values: npt.NDArray[np.generic], days: int = WINDOW_DAYS) -> Integers:
    """Return the sums of all windows of days that touch any, along the last axis, by the window's last day.

    There are `days` - 1 more windows than days: those at both ends hold fewer.
    """
    edges = [(0, 0)] * (values.ndim - 1) + [(days, days - 1)]
    sums = np.cumsum(np.pad(values.astype(np.int64), edges), axis=-1)
    return np.asarray(sums[..., days:] - sums[..., :-days])


def touched_days(windows: Bools, days: int = WINDOW_DAYS) -> Bools:
    """Return the days that lie in any of the windows, as `window_sums` numbers them, along the last axis."""
    return np.asarray(window_sums(windows, days)[..., days - 1 : windows.shape[-1]] > 0)


def stretches(marked: Bools) -> list[tuple[int, int]]:
    """Return first index and index after the last of each stretch of marked ones, shape (n,)."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], marked.astype(np.int8), [0]])))
    return [(int(start), int(end)) for start, end in edges.reshape(-1, 2)]


def spanned_days(windows: Bools, marked: Bools, days: int = WINDOW_DAYS) -> Bools:
    """Return the days from the first to the last marked one of each window, shape (days,): a run ends where its days do."""
    spanned = np.zeros(len(marked), dtype=bool)
    for last in np.flatnonzero(windows).tolist():
        first = max(0, last - days + 1)
        at = np.flatnonzero(marked[first : last + 1])
        if len(at):
            spanned[first + at[0] : first + at[-1] + 1] = True
    return spanned
