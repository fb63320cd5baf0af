"""What a plant's hours should have made, each by the model that speaks for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from include.expected_energy.model import Method, PlantModel, limited_mwh, prior
from include.expected_energy.physics import Floats, HourlyWeather, Integers, ModuleHours, Mounting, module_hours


@dataclass(frozen=True)
class Fold:
    """A model with the capacity in MW of the plant that it was fitted to, and the hours it judges, half-open Unix seconds.

    Without bounds it judges all hours that no other fold does.
    """

    model: PlantModel
    capacity_mw: float
    judged_s: tuple[int, int] | None = None


PRIOR = (Fold(prior(1.0), 1.0),)
"""For a plant without a model; it scales with the capacity."""


@dataclass(frozen=True)
class Expected:
    """Of each hour: energy in MWh, irradiance in the plane in W/m² (NaN where there is none), and the method ("" there)."""

    energy_mwh: Floats
    poa_w_m2: Floats
    method: np.ndarray[tuple[int], np.dtype[np.str_]]

    @classmethod
    def none(cls, hours: int) -> Expected:
        """Return hours without an expectation."""
        methods = np.full(hours, "", dtype=f"<U{max(map(len, Method))}")
        return cls(np.full(hours, np.nan), np.full(hours, np.nan), methods)

    def at(self, chosen: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> Expected:
        """Return these hours alone."""
        return Expected(self.energy_mwh[chosen], self.poa_w_m2[chosen], self.method[chosen])


def expected(
    weather: HourlyWeather, latitude_deg: float, longitude_deg: float, capacity_mw: Floats, folds: Sequence[Fold]
) -> Expected:
    """Return what is expected of each hour; `capacity_mw` is that of the hour, NaN where none is known or in commission.

    Where the capacity is not the one that a model was fitted to, effective DC power and AC limit scale with it.
    """
    modules = module_hours(weather, latitude_deg, longitude_deg, {fold.model.mounting for fold in folds})
    return of_modules(weather.start_s, modules, capacity_mw, folds)


def of_modules(
    start_s: Integers, modules: Mapping[Mounting, ModuleHours], capacity_mw: Floats, folds: Sequence[Fold]
) -> Expected:
    """Return what is expected of hours whose physics is known; `modules` has the mounting of each fold."""
    found = Expected.none(len(start_s))
    for fold, chosen in zip(folds, _chosen(start_s, folds), strict=True):
        if not chosen.any():
            continue
        of_mounting = modules[fold.model.mounting]
        full = limited_mwh(of_mounting.dc_mw[chosen], fold.model.effective_dc_mw, fold.model.ac_limit_mw)
        found.energy_mwh[chosen] = full * (capacity_mw[chosen] / fold.capacity_mw)
        found.poa_w_m2[chosen] = of_mounting.poa_w_m2[chosen]
        found.method[chosen] = fold.model.method.value
    none = np.isnan(found.energy_mwh)
    found.poa_w_m2[none], found.method[none] = np.nan, ""
    return found


def _chosen(start_s: Integers, folds: Sequence[Fold]) -> list[np.ndarray[tuple[int], np.dtype[np.bool_]]]:
    """Return for each fold the hours it judges."""
    judged = [
        np.zeros(len(start_s), dtype=bool)
        if fold.judged_s is None
        else (start_s >= fold.judged_s[0]) & (start_s < fold.judged_s[1])
        for fold in folds
    ]
    taken = np.any(judged, axis=0)
    return [~taken if fold.judged_s is None else mask for fold, mask in zip(folds, judged, strict=True)]
