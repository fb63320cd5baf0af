"""Energy and weather that do not belong together show on the best days, and curtailment does not."""

from __future__ import annotations

import numpy as np
import pytest

from include.losses.weather_mismatch import Mismatch, weather_mismatches

EXPECTED = np.full(90, 500.0)


@pytest.mark.parametrize(("ratio", "is_found"), [(0.79, True), (0.81, False), (1.19, False), (1.21, True)])
def test_a_factor_on_all_days_is_found_from_a_fifth_on(ratio: float, is_found: bool) -> None:
    assert weather_mismatches(EXPECTED * ratio, EXPECTED) == ([Mismatch(0, 90, pytest.approx(ratio))] if is_found else [])


def test_a_plant_that_is_curtailed_on_two_days_of_three_is_none() -> None:
    energy = EXPECTED * np.tile([0.2, 0.5, 1.0], 30)
    assert weather_mismatches(energy, EXPECTED) == []


def test_a_stretch_is_named_by_its_windows_and_its_worst_ratio() -> None:
    # Given 40 days of half the energy: windows with fewer than a fifth of other days are outside
    energy = EXPECTED.copy()
    energy[20:60] *= 0.5
    (found,) = weather_mismatches(energy, EXPECTED)
    assert (found.first, found.last, found.ratio) == (14, 66, pytest.approx(0.5))


def test_dull_days_weigh_little() -> None:
    # Given a third of dull days, which make half as much again as their clouds allow
    is_dull = np.arange(90) % 3 == 0
    expected = np.where(is_dull, 100.0, 500.0)
    energy = expected * np.where(is_dull, 1.5, 1.0)
    assert weather_mismatches(energy, expected) == []
    # then a fifth of the energy on the others is still found
    assert weather_mismatches(energy * 0.75, expected) == [Mismatch(0, 90, pytest.approx(0.75))]


def test_too_few_days_say_nothing() -> None:
    energy, expected = EXPECTED * 0.5, EXPECTED.copy()
    energy[::2] = np.nan
    expected[1::4] = 0.0
    assert weather_mismatches(energy, expected) == []
    assert weather_mismatches(energy[:29], EXPECTED[:29]) == []
