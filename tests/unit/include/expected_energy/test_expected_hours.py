"""Each hour is expected by the model that speaks for it, scaled with the capacity."""

import numpy as np
import pytest

from include.expected_energy.hours import PRIOR, Fold, expected
from include.expected_energy.model import Method, PlantModel
from include.expected_energy.physics import HourlyWeather, Mounting

PLACE = -34.9, 146.6
NOON_S = 1_735_783_200  # 2025-01-02 12:00 +10:00


def weather(hours: int = 3) -> HourlyWeather:
    values = np.full(hours, 1.0)
    return HourlyWeather(NOON_S + 3600 * np.arange(hours), 900 * values, 150 * values, 25 * values, 3 * values)


def fold(limit_mw: float, judged_s: tuple[int, int] | None = None) -> Fold:
    return Fold(PlantModel(Mounting.TRACKER, 200.0, limit_mw, Method.FITTED), 100.0, judged_s)


def test_a_week_is_judged_by_the_fit_that_left_it_out_and_other_hours_by_the_whole() -> None:
    folds = (fold(50.0), fold(60.0, (NOON_S + 3600, NOON_S + 7200)))
    found = expected(weather(), *PLACE, np.full(3, 100.0), folds)
    assert found.energy_mwh.tolist() == [50.0, 60.0, 50.0]
    assert set(found.method) == {"fitted"}


def test_expected_energy_follows_the_capacity_of_the_hour() -> None:
    found = expected(weather(), *PLACE, np.array([100.0, 50.0, np.nan]), (fold(50.0),))
    assert found.energy_mwh[:2].tolist() == [50.0, 25.0]
    assert np.isnan(found.energy_mwh[2])
    assert np.isnan(found.poa_w_m2[2])
    assert found.method.tolist() == ["fitted", "fitted", ""]


def test_the_prior_is_a_share_of_the_capacity() -> None:
    large, small = (expected(weather(1), *PLACE, np.array([capacity_mw]), PRIOR) for capacity_mw in (80.0, 8.0))
    assert large.energy_mwh[0] == pytest.approx(10 * small.energy_mwh[0])
    assert 0.85 * 80.0 < large.energy_mwh[0] < 0.95 * 80.0
    assert large.method.tolist() == ["prior"]
