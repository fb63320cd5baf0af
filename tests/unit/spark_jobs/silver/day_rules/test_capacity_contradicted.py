"""A year of hours against the capacity that the registry gives."""

from __future__ import annotations

import numpy as np
import pytest

from spark_jobs.silver.day_rules.capacity_contradicted import Contradiction, contradiction
from tests.unit.spark_jobs.silver.day_rules.clear_days import CLEAR

YEAR = np.tile(CLEAR, 365)
TOP = CLEAR.max()
NOTHING = np.zeros(len(YEAR), dtype=bool)


@pytest.mark.parametrize(
    ("top", "found"),
    [
        (0.69, Contradiction(0.69, is_too_low=False)),
        (0.71, None),
        (0.04, None),  # it has hardly run
        (1.01, None),
        (1.03, Contradiction(1.03, is_too_low=True)),
    ],
)
def test_the_best_hours_of_a_year_say_how_large_a_unit_is(top: float, found: Contradiction | None) -> None:
    told = contradiction(YEAR * top / TOP, NOTHING)
    assert (told is None) == (found is None)
    if told is not None and found is not None:
        assert told.is_too_low == found.is_too_low
        assert told.best_share == pytest.approx(found.best_share)


def test_five_days_above_capacity_are_needed_that_are_not_doubled_or_refused() -> None:
    share = YEAR * 0.9 / TOP
    for day in range(5):
        share[24 * day + 12] = 1.2
    assert contradiction(share, NOTHING) is not None
    doubled = NOTHING.copy()
    doubled[12] = True
    assert contradiction(share, doubled) is None
    share[12] = 1.6  # above what is accepted at all
    assert contradiction(share, NOTHING) is None


def test_half_a_year_says_nothing_about_what_a_plant_cannot_make() -> None:
    share = YEAR * 0.5 / TOP
    share[: len(share) // 2] = np.nan
    assert contradiction(share, NOTHING) is None
    assert contradiction(np.full(len(YEAR), np.nan), NOTHING) is None
