"""What did not come: a network's hour is one finding, a unit that fell silent is one, and a zero is neither."""

from __future__ import annotations

import numpy as np

from spark_jobs.silver.day_rules.absences import silent_hours, stopped_days
from tests.unit.spark_jobs.silver.day_rules.clear_days import ClearDays


def silent(of: ClearDays) -> list[tuple[int, int]]:
    return [(int(day), int(hour)) for day, hour in np.argwhere(silent_hours(of.days()))]


def test_an_hour_that_nobody_reports_is_silent_and_a_zero_is_a_report() -> None:
    of = ClearDays(12, 4)
    of.energy[:, 1, 12] = np.nan
    of.energy[:, 2, 12] = 0.0
    assert silent(of) == [(1, 12)]
    # A straggler makes no report of a network; two of twelve do
    of.energy[0, 1, 12] = 50.0
    assert silent(of) == [(1, 12)]
    of.energy[1, 1, 12] = 50.0
    assert silent(of) == []


def test_whole_days_are_silent_and_a_single_unit_is_no_network() -> None:
    of = ClearDays(12, 4)
    of.energy[:, 1] = np.nan
    assert silent(of) == [(1, hour) for hour in range(24)]
    of.in_service[1:] = False
    assert silent(of) == []


def stopped(of: ClearDays, unit: int = 0) -> list[int]:
    return np.flatnonzero(stopped_days(of.days())[unit]).tolist()


def test_a_unit_stops_reporting_on_whole_days_on_which_others_do() -> None:
    of = ClearDays(5, 6)
    of.energy[0, 1:4] = np.nan
    of.energy[0, 3, 23] = 0.0
    assert stopped(of) == [1, 2]
    # Nobody is asked of a day that runs, or of one on which half of the others are silent too
    of.energy[:, 2, 19:] = np.nan
    assert stopped(of) == [1]
    of.energy[1:3, 1] = np.nan
    assert stopped(of) == [1]
    of.energy[3, 1] = np.nan
    assert stopped(of) == []


def test_a_unit_out_of_service_is_not_expected() -> None:
    of = ClearDays(5, 3)
    of.energy[0] = np.nan
    of.in_service[0, :2] = False
    assert stopped(of) == [2]
    # nor do those that are not in service make the others silent
    of.energy[1:4] = np.nan
    of.in_service[1:4] = False
    assert stopped(of) == [2]
