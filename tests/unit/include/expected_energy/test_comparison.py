"""When a new fit becomes champion: better by the mean and by the days, over enough days; each refusal says why."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest

from include.expected_energy.comparison import Comparison, compare
from include.expected_energy.physics import Floats

PLANTS, DAYS = 8, 42


def champion(days: int = DAYS, seed: int = 3) -> Floats:
    """Errors of a day of each plant, as shares of capacity: the weather's, which plants of a day share, and their own."""
    random = np.random.default_rng(seed)
    return np.asarray(random.uniform(0.02, 0.08, size=days) + random.uniform(0.0, 0.02, size=(PLANTS, days)))


def better_by(share: float, days: int = DAYS) -> Comparison:
    errors = champion(days)
    noise = np.random.default_rng(5).normal(0, 0.002, size=errors.shape)
    return compare(errors * (1 - share) + noise, errors)


def test_a_fit_that_is_better_on_most_days_becomes_champion() -> None:
    found = better_by(0.05)

    assert (found.plants, found.days, found.is_better) == (PLANTS, DAYS, True)
    assert found.gain == pytest.approx(0.05, abs=0.01)
    assert found.mae_share == pytest.approx(found.champion_mae_share * (1 - found.gain))  # type: ignore[operator]
    assert found.reason.startswith("its error is 5.") and "over 42 held-out days" in found.reason


@pytest.mark.parametrize(
    ("share", "reason"), [(-0.05, r"[45]\.\d% larger"), (0.0, r"0\.\d% (smaller|larger)"), (0.015, r"1\.\d% smaller")]
)
def test_a_worse_an_equal_and_a_hardly_better_one_do_not(share: float, reason: str) -> None:
    found = better_by(share)

    assert not found.is_better
    assert math.copysign(1, found.standard_errors or 0.0) == (1 if (found.gain or 0.0) >= 0 else -1)
    assert re.match(f"its error is ({reason}), more than 2% smaller is needed", found.reason), found.reason


def test_the_same_errors_are_no_gain() -> None:
    found = compare(champion(), champion())

    assert (found.gain, found.standard_errors, found.is_better) == (0.0, 0.0, False)
    assert found.reason == "its error is 0.0% smaller, more than 2% smaller is needed"


def test_thirteen_days_are_too_few_and_fourteen_are_enough() -> None:
    assert (better_by(0.3, 13).is_better, better_by(0.3, 13).reason) == (False, "13 held-out days, at least 14 are needed")
    assert better_by(0.3, 14).is_better


def test_one_lucky_day_does_not_make_a_champion() -> None:
    errors = champion()
    lucky = errors.copy()
    errors[:, 7] = 0.6  # the champion was far off on one day
    lucky[:, 7] = 0.05

    found = compare(lucky, errors)

    assert found.gain is not None and found.gain > 0.15
    assert not found.is_better
    assert "but by 1.0 standard errors of the days: more than 2 are needed" in found.reason


def test_a_plant_day_counts_only_where_both_were_judged() -> None:
    old = champion()
    new = old * 0.9
    new[0, :] = np.nan  # a plant that the challenger could not be judged for
    old[1, :20] = np.nan
    old[:, 40:] = np.nan  # days of which the champion has nothing

    found = compare(new, old)

    assert (found.plants, found.days) == (PLANTS - 1, 40)
    assert found.gain == pytest.approx(0.1)
    assert found.mae_share is not None and np.isfinite(found.mae_share)


def test_days_count_alike_however_many_plants_they_have() -> None:
    old, new = np.full((2, 20), 0.10), np.full((2, 20), 0.10)
    new[:, :10], new[0, 10:] = 0.05, 0.20
    old[1, 10:] = np.nan  # half of the days have one plant alone

    assert compare(new, old).mae_share == pytest.approx((0.05 + 0.20) / 2)


@pytest.mark.parametrize("shape", [(PLANTS, 0), (0, DAYS), (PLANTS, DAYS)])
def test_without_a_judged_day_there_are_no_figures(shape: tuple[int, int]) -> None:
    nothing = np.full(shape, np.nan)

    assert compare(nothing, nothing) == Comparison(0, 0, None, None, None, None, False, "no held-out day has errors of both")


def test_a_single_day_has_no_standard_error_and_a_champion_without_error_no_gain() -> None:
    assert compare(champion(1) / 2, champion(1)).standard_errors is None
    perfect = compare(champion(), np.zeros((PLANTS, DAYS)))
    assert (perfect.gain, perfect.is_better) == (0.0, False)


def test_errors_of_other_plants_or_days_are_refused() -> None:
    with pytest.raises(ValueError, match="the challenger has errors of"):
        compare(champion(20), champion(21))
