"""Labels an hour or two off are seen by dawn and dusk together, and by nothing that moves only one of them."""

from __future__ import annotations

import numpy as np
import pytest

from spark_jobs.silver.day_rules.shifted import shifted_days
from tests.unit.spark_jobs.silver.day_rules.clear_days import CAPACITY_MW, ClearDays

NO_WINDOWS = np.zeros(30 + 6, dtype=bool)


def shifts(of: ClearDays, plant: int = 0) -> dict[int, int]:
    found = shifted_days(of.days(), NO_WINDOWS).of_units[plant]
    return {int(day): int(found[day]) for day in np.flatnonzero(found)}


@pytest.mark.parametrize("hours", [-2, -1, 1, 2])
def test_a_shift_is_found_with_its_hours_and_its_days(hours: int) -> None:
    of = ClearDays(6, 30)
    of.move(0, slice(10, 20), hours)
    assert shifts(of) == dict.fromkeys(range(10, 20), hours)


def test_a_gain_of_seven_hours_in_a_week_is_needed() -> None:
    # Given days of an hour too late, each of which gains two; each of the others in a week loses two
    for days, found in ((5, {}), (6, dict.fromkeys(range(10, 16), 1))):
        of = ClearDays(6, 30)
        of.move(0, slice(10, 10 + days), 1)
        assert shifts(of) == found


def test_what_moves_one_end_of_the_day_is_no_shift() -> None:
    of = ClearDays(6, 30)
    of.energy[0, 5:25, 6:8] = 0.0  # a hill in the east
    of.energy[1, 5:25, 15:] = 0.0  # curtailed in the afternoons
    of.energy[2, 5:25, 18:22] = 40.0  # sells stored energy
    of.energy[3, 5:25, 6:8], of.energy[3, 5:25, 18:22] = 0.0, 40.0  # both, which a shift of two hours would not explain
    of.energy[4, 5:25] = 0.0
    of.energy[5, 5:25] = np.minimum(of.energy[5, 5:25], 0.3 * CAPACITY_MW)
    assert [shifts(of, plant) != {} for plant in range(6)] == [False] * 6


def test_one_end_alone_proves_nothing_where_the_other_did_not_come() -> None:
    of = ClearDays(6, 30)
    of.energy[0, 5:25, 6:8], of.energy[0, 5:25, 16:21] = 0.0, np.nan
    assert shifts(of) == {}


def test_where_a_quarter_moves_at_once_it_is_the_network_and_nobody_is_named() -> None:
    of = ClearDays(8, 30)
    for plant in (0, 1):
        of.move(plant, slice(10, 20), 1)
    found = shifted_days(of.days(), NO_WINDOWS)
    assert not found.of_units.any()
    assert np.flatnonzero(found.of_network).tolist() == list(range(10, 20))
    # Nor beside a week in which the network's energy was late
    of = ClearDays(8, 30)
    of.move(0, slice(10, 20), 1)
    late = NO_WINDOWS.copy()
    late[14:17] = True  # weeks that end on days 14 to 16
    assert sorted(np.flatnonzero(shifted_days(of.days(), late).of_units[0])) == [17, 18, 19]


def test_hours_that_did_not_come_or_have_no_clear_sky_say_nothing() -> None:
    for name in ("energy", "clear_share"):
        of = ClearDays(6, 30)
        of.move(0, slice(10, 20), 1)
        getattr(of, name)[0] = np.nan
        assert shifts(of) == {}
