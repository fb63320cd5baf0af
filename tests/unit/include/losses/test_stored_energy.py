"""Hybrids: what is short at noon and comes back by night."""

from __future__ import annotations

import numpy as np
import pytest

from tests.unit.include.losses.region_days import RegionDays, lost_mwh


def hybrid(released_mw: float, last_hour: int = 22) -> RegionDays:
    """Held at 60 MW from 9 to 15 hours, the rest stored; released from 19:00 to an hour that may lie after midnight."""
    region = RegionDays(days=3)
    noon, evening = slice(24 + 9, 24 + 15), slice(24 + 19, 24 + last_hour)
    region.energy[0, noon], region.energy[0, evening] = 60.0, released_mw
    region.curtailed[noon] = 200.0
    return region


@pytest.mark.parametrize("last_hour", [22, 26])
def test_what_comes_back_by_night_was_stored(last_hour: int) -> None:
    region = hybrid(40.0, last_hour)
    found = region.judged()

    noon, evening = slice(24 + 9, 24 + 15), slice(24 + 19, 24 + last_hour)
    assert set(found.loss_class[0, noon]) == set(found.loss_class[0, evening]) == {"stored"}
    assert found.stored_mwh[0, noon] == pytest.approx(region.expected[0, noon] - 60)
    assert found.stored_mwh[0, evening] == pytest.approx(np.full(last_hour - 19, -40.0))
    assert found.unexplained_mwh[0] == pytest.approx(np.zeros(72))
    assert np.abs(region.energy + lost_mwh(found) - region.expected).max() < 1e-6


@pytest.mark.parametrize("released_mw", [3.0, 10.0, 200.0])
def test_a_night_that_gives_back_too_little_or_too_much_explains_nothing(released_mw: float) -> None:
    found = hybrid(released_mw).judged()

    assert not found.stored_mwh.any()
    assert found.loss_class[0, 24 + 12] == "curtailed_network_est"


def test_a_little_energy_by_night_is_no_battery() -> None:
    region = RegionDays()
    region.energy[0, 12], region.energy[0, 19] = 80.0, 9.0

    assert set(region.judged().loss_class[0, [12, 19]]) == {"underperforming", "normal"}
