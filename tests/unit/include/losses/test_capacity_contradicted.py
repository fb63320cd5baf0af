"""Months of hours against the capacity that the registry gives."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from include.losses.capacity_contradicted import BEST_HOURS, Contradiction, Month, contradictions

HOURS = 730
MONTH = Month(HOURS, HOURS, (0.9,) * BEST_HOURS, 0)


def year(top: float, days_above: int = 0) -> list[Month]:
    """Return twelve months whose best hours reach a share, the days above capacity in the fourth and the sixth."""
    months = [replace(MONTH, best=(top,) * BEST_HOURS) for _ in range(12)]
    months[3] = replace(months[3], days_above=days_above - days_above // 2)
    months[5] = replace(months[5], days_above=days_above // 2)
    return months


@pytest.mark.parametrize(
    ("top", "days_above", "found"),
    [
        (0.69, 0, [Contradiction(0, 12, 0.69, 0.7)]),
        (0.71, 0, []),
        (0.04, 0, []),  # it has hardly run
        (1.01, 4, []),
        (1.03, 5, [Contradiction(3, 6, 1.03, 1.02)]),
    ],
)
def test_the_best_hours_of_a_year_say_how_large_a_plant_is(top: float, days_above: int, found: list[Contradiction]) -> None:
    assert contradictions(year(top, days_above)) == found


def test_the_best_hours_are_the_99_9th_percentile_of_the_year_and_not_its_highest() -> None:
    shares = np.random.default_rng(7).uniform(0, 0.69, (12, HOURS))
    shares[2, :8] = 1.0  # eight odd hours of 8,760
    months = [Month(HOURS, HOURS, sorted(of_month.tolist())[: -BEST_HOURS - 1 : -1], 0) for of_month in shares]
    (found,) = contradictions(months)
    assert found.best_share == np.percentile(shares, 99.9, method="lower")
    months[4] = replace(months[4], best=(1.0,) * BEST_HOURS)
    assert contradictions(months) == []


def test_half_a_year_says_nothing_about_what_a_plant_cannot_make() -> None:
    assert contradictions(year(0.5)[:11]) == []
    assert contradictions([replace(month, known_hours=HOURS * 8 // 10) for month in year(0.5)]) == []
    assert contradictions([Month(0, 0, (), 0)] * 24) == []
    # but what it made above its capacity is seen at once
    assert contradictions(year(1.1, 5)[:6]) == [Contradiction(3, 6, 1.1, 1.02)]


def test_a_stretch_ends_with_the_last_month_that_contradicts() -> None:
    right = [MONTH] * 13
    assert contradictions([*year(0.5), *year(0.5), *right]) == [Contradiction(0, 24, 0.5, 0.7)]
    assert contradictions([*right, *year(1.1, 8), *right]) == [Contradiction(16, 19, 1.1, 1.02)]
