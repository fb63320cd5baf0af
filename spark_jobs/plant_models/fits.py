"""Fits of one plant: to a whole window, and without each of its weeks, so that an hour is judged by one that has not seen it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from include.expected_energy.fit import Fit, fit
from include.expected_energy.hours import Fold
from include.expected_energy.model import Method
from include.expected_energy.physics import Floats, Integers, ModuleHours, Mounting
from include.losses.hours import HOUR_S, NEGLIGIBLE_SHARE, Bools

WEEK_HOURS = 7 * 24
BROKEN_RATIO = 0.5
"""Energy by both models' expectation, below which an hour says nothing of either: it was curtailed or broken."""
LEAST_HOURS_OF_DAY = 4


@dataclass(frozen=True)
class PlantHours:
    """The hours of a plant in a window, all of shape (hours,), contiguous; what counts is NaN where it does not.

    `energy_mwh`: accepted whole hours. `capacity_mw`: in commission. `day`: number of each hour's network-local day.
    """

    start_s: Integers
    day: Integers
    energy_mwh: Floats
    capacity_mw: Floats
    modules: Mapping[Mounting, ModuleHours]

    @property
    def last_capacity_mw(self) -> float:
        """The capacity of the last hour that has one, NaN without."""
        known = self.capacity_mw[np.isfinite(self.capacity_mw)]
        return float(known[-1]) if len(known) else float("nan")


@dataclass(frozen=True)
class PlantFit:
    """The fit to the window, for hours outside of it, then those that leave a week out; `folds`: the same as judges of hours."""

    fits: tuple[Fit, ...]
    folds: tuple[Fold, ...]

    @property
    def whole(self) -> Fit:
        """The fit to the window."""
        return self.fits[0]


def fit_plant(hours: PlantHours) -> PlantFit:
    """Fit a plant whose capacity is known; energy of hours with another capacity counts as that of the last one."""
    capacity_mw = hours.last_capacity_mw
    energy_mwh = hours.energy_mwh * (capacity_mw / hours.capacity_mw)
    power = {mounting: of_mounting.dc_mw for mounting, of_mounting in hours.modules.items()}
    whole = _fit(energy_mwh, power, hours.day, capacity_mw)
    fits, folds = [whole], [Fold(whole.model, capacity_mw)]
    if whole.model.method is not Method.PRIOR:
        own = {whole.model.mounting: power[whole.model.mounting]}
        for first in range(0, len(hours.start_s), WEEK_HOURS):
            week = slice(first, min(first + WEEK_HOURS, len(hours.start_s)))
            if not np.isfinite(energy_mwh[week]).any():
                continue
            left = energy_mwh.copy()
            left[week] = np.nan
            without = _fit(left, own, hours.day, capacity_mw)
            bounds = (int(hours.start_s[week][0]), int(hours.start_s[week][-1]) + HOUR_S)
            fits.append(without)
            folds.append(Fold(without.model, capacity_mw, bounds))
    return PlantFit(tuple(fits), tuple(folds))


def _fit(energy_mwh: Floats, power: dict[Mounting, Floats], day: Integers, capacity_mw: float) -> Fit:
    return fit(energy_mwh, power, len(np.unique(day[np.isfinite(energy_mwh)])), capacity_mw)


def daily_errors(hours: PlantHours, one_mwh: Floats, other_mwh: Floats, days: Integers) -> tuple[Floats, Floats]:
    """Return the mean absolute error of each day as a share of capacity, by both models, NaN where a day cannot be judged.

    `days`: numbers of the wanted days, rising. Hours count that have light and energy by which one of the models may be right.
    """
    capacity = hours.capacity_mw
    usable = np.isfinite(hours.energy_mwh) & np.isfinite(one_mwh) & np.isfinite(other_mwh)
    least = np.minimum(one_mwh, other_mwh)
    usable &= (np.maximum(one_mwh, other_mwh) >= NEGLIGIBLE_SHARE * capacity) & (hours.energy_mwh >= BROKEN_RATIO * least)
    place = np.searchsorted(days, hours.day)
    return _means(hours, one_mwh, usable, place, len(days)), _means(hours, other_mwh, usable, place, len(days))


def _means(hours: PlantHours, expected_mwh: Floats, usable: Bools, place: Integers, days: int) -> Floats:
    error = np.abs(hours.energy_mwh - expected_mwh) / hours.capacity_mw
    count = np.bincount(place[usable], minlength=days)
    total = np.bincount(place[usable], weights=error[usable], minlength=days)
    return np.where(count >= LEAST_HOURS_OF_DAY, total / np.maximum(count, 1), np.nan)


def bias_share(hours: PlantHours, expected_mwh: Floats) -> float:
    """Return expected by made energy, less 1, over hours that were neither curtailed nor broken; NaN for none."""
    usable = np.isfinite(hours.energy_mwh) & (expected_mwh >= NEGLIGIBLE_SHARE * hours.capacity_mw)
    usable &= hours.energy_mwh >= BROKEN_RATIO * expected_mwh
    made = hours.energy_mwh[usable].sum()
    return float(expected_mwh[usable].sum() / made - 1) if made > 0 else float("nan")
