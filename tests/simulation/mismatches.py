"""`python -m tests.simulation.mismatches SEED`: how often a year's energy fits its weather, as it is and off by a factor.

Expectations are those of each quarter's fit, and stay when the energy is spoiled: what is looked for is a plant that changed.
"""

from __future__ import annotations

import sys
from dataclasses import replace

import numpy as np

from include.expected_energy.fit import FITTED_DAYS
from include.losses.weather_mismatch import LEAST_RATIO, MOST_RATIO, best_ratios, weather_mismatches
from infra.upstream.noise import Floats
from infra.upstream.world.plants import Bools
from spark_jobs.losses.weather_findings import IN_SERVICE, LEAST_DAY_SHARE, LIT_SHARE
from tests.simulation.fits import QUARTER_HOURS, fitted_mwh
from tests.simulation.scores import judged
from tests.simulation.world import World, world


def judged_sums(made: World, expected_mwh: Floats) -> tuple[Floats, Floats]:
    """Energy and expected energy of the hours that are judged, by farm and day; NaN where they do not suffice."""
    by_day = (len(made.farms), -1, 24)
    in_service: Bools = np.zeros(expected_mwh.shape, dtype=bool)
    for region, losses in judged(made, expected_mwh).losses.items():
        in_service[made.of_region(region)] = np.isin(losses.loss_class, IN_SERVICE)
    expected = expected_mwh.reshape(by_day)
    chosen = in_service.reshape(by_day) & (expected >= LIT_SHARE * expected.max(axis=2, keepdims=True))
    energy, known = (np.where(chosen, each, 0.0).sum(axis=2) for each in (made.energy_mwh.reshape(by_day), expected))
    is_enough = (known > 0) & (known >= LEAST_DAY_SHARE * expected.sum(axis=2)) & _is_fitted(made)
    return np.where(is_enough, energy, np.nan), np.where(is_enough, known, np.nan)


def _is_fitted(made: World) -> Bools:
    """Which days, shape (farms, days), are of a quarter that was long enough for a fit."""
    is_there: Bools = np.asarray(np.isfinite(made.energy_mwh).reshape(len(made.farms), -1, 24).any(axis=2))
    days = QUARTER_HOURS // 24
    quarter = np.minimum(np.arange(is_there.shape[1]) // days, max(is_there.shape[1] // days - 1, 0))
    return np.stack([is_there[:, quarter == number].sum(axis=1) >= FITTED_DAYS for number in quarter], axis=1)


def main(seed: int) -> None:
    made = world(seed)
    expected_mwh = fitted_mwh(made)
    for factor in (1.0, 0.7, 1.35):
        energy, expected = judged_sums(replace(made, energy_mwh=factor * made.energy_mwh), expected_mwh)
        days = [
            sum(found.last - found.first for found in weather_mismatches(*farm)) for farm in zip(energy, expected, strict=True)
        ]
        ratios = np.concatenate([best_ratios(*farm) for farm in zip(energy, expected, strict=True)])
        outside = (ratios < LEAST_RATIO) | (ratios > MOST_RATIO)
        print(
            f"energy x {factor}: {outside.sum() / np.isfinite(ratios).sum():.3f} of {np.isfinite(ratios).sum()} windows outside,"
            f" {sum(days) / energy.size:.3f} of plant-days in a finding, of {np.count_nonzero(days)} farms"
        )


if __name__ == "__main__":
    main(int(sys.argv[1]))
