"""The trimmed-median fit of a plant's model to its own accepted hours.

A plant's energy lies below what its weather allows in every curtailed, broken or half-running hour and above it in few: the mean
is no guide, and a single quantile moves with the share of such hours. The fit starts high, at the 80th percentile, leaves out
hours below 0.7 of it, and takes the median of what stays, up to three times. It needs no prices. It cannot see a plant that is
held back by the same share in every hour.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from include.expected_energy.model import Method, PlantModel, limited_mwh, prior
from include.expected_energy.physics import Floats, Mounting

START_QUANTILE, LAST_QUANTILE = 0.8, 0.5
LEAST_SHARE, ROUNDS = 0.7, 3
LIMIT_PERCENTILE = 99.5
LEAST_DC_SHARE = 0.02
"""Hours that are read have a mean DC power above this share of the effective DC; below it there is nothing to learn."""
DC_RATIO_BOUNDS = (0.2, 3.0)
"""Of the capacity, between which effective DC is looked for: wide enough for a registry that is wrong by half."""
FITTED_DAYS, PROVISIONAL_DAYS = 60, 30
UNDECIDED_GAP = 0.05
"""Gap of the losses, as a share of the larger, below which tracker and fixed are not told apart."""


@dataclass(frozen=True)
class Fit:
    """A model with what it was fitted to: hours read and kept, days, and the pinball loss of each mounting in MWh an hour."""

    model: PlantModel
    hours: int
    kept_hours: int
    days: int
    loss_mwh: dict[Mounting, float]

    @property
    def mounting_is_decided(self) -> bool:
        """Whether the energy tells a tracker from a fixed mounting."""
        if len(self.loss_mwh) < len(Mounting):
            return False
        better, worse = sorted(self.loss_mwh.values())
        return worse > 0 and (worse - better) / worse >= UNDECIDED_GAP


def fit(energy_mwh: Floats, dc_power: dict[Mounting, Floats], days: int, capacity_mw: float) -> Fit:
    """Fit a plant's model to its hours.

    `energy_mwh` are accepted hours, NaN where there is none; `dc_power` is `physics.dc_power` of the same hours, of the mountings
    that are tried; `days` is the number of days that have energy; `capacity_mw` is the registry's. From 30 days on there is a
    fit, before that the prior.
    """
    readable = np.isfinite(energy_mwh) & (next(iter(dc_power.values())).mean(axis=1) > LEAST_DC_SHARE)
    if days < PROVISIONAL_DAYS or not np.any(energy_mwh[readable] > 0):
        return Fit(prior(capacity_mw), int(readable.sum()), 0, days, {})
    limit_mw = float(np.nanpercentile(energy_mwh, LIMIT_PERCENTILE))
    method = Method.FITTED if days >= FITTED_DAYS else Method.PROVISIONAL
    candidates = {
        mounting: _trimmed_median(energy_mwh[readable], power[readable], limit_mw, capacity_mw)
        for mounting, power in dc_power.items()
    }
    mounting = min(candidates, key=lambda each: candidates[each][1])
    effective_dc_mw, _, kept = candidates[mounting]
    model = PlantModel(mounting, effective_dc_mw, limit_mw, method)
    return Fit(model, int(readable.sum()), kept, days, {each: loss for each, (_, loss, _) in candidates.items()})


def _trimmed_median(energy_mwh: Floats, power: Floats, limit_mw: float, capacity_mw: float) -> tuple[float, float, int]:
    """(effective DC in MW, pinball loss in MWh an hour, hours kept) of one mounting."""
    kept = np.ones(len(energy_mwh), dtype=bool)
    effective_dc_mw = _quantile_fit(START_QUANTILE, energy_mwh, power, limit_mw, capacity_mw)
    for _ in range(ROUNDS):
        former = kept
        kept = energy_mwh >= LEAST_SHARE * limited_mwh(power, effective_dc_mw, limit_mw)
        effective_dc_mw = _quantile_fit(LAST_QUANTILE, energy_mwh[kept], power[kept], limit_mw, capacity_mw)
        if np.array_equal(kept, former):
            break
    residuals = energy_mwh[kept] - limited_mwh(power[kept], effective_dc_mw, limit_mw)
    return effective_dc_mw, _pinball(LAST_QUANTILE, residuals), int(kept.sum())


def _quantile_fit(quantile: float, energy_mwh: Floats, power: Floats, limit_mw: float, capacity_mw: float) -> float:
    from scipy.optimize import minimize_scalar

    found = minimize_scalar(
        lambda dc_mw: _pinball(quantile, energy_mwh - limited_mwh(power, dc_mw, limit_mw)),
        bounds=[ratio * capacity_mw for ratio in DC_RATIO_BOUNDS],
        method="bounded",
        options={"xatol": 1e-4 * capacity_mw},
    )
    return float(found.x)


def _pinball(quantile: float, residuals: Floats) -> float:
    return float(np.maximum(quantile * residuals, (quantile - 1) * residuals).mean())
