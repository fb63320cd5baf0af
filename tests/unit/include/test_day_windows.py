"""Windows of days: how a range is cut, what a window is called, and that one pass of every stage bears the longest."""

from datetime import UTC, date, datetime

import pytest

from include import day_windows
from include.day_windows import DayWindow, cut
from include.sources.openelectricity import client as openelectricity
from include.sources.openmeteo import client as openmeteo
from include.windows import HOUR, Window


def test_a_range_is_cut_from_its_first_day_on_whatever_the_calendar() -> None:
    windows = cut(date(2025, 11, 10), date(2026, 2, 1), "bronze", max_days=61)

    assert [window.name for window in windows] == ["2025-11-10_to_2026-01-10_from_bronze", "2026-01-10_to_2026-02-01_from_bronze"]
    assert [window.days for window in windows] == [61, 22]


def test_eighteen_odd_days_are_one_window() -> None:
    assert [str(window) for window in cut(date(2025, 11, 3), date(2025, 11, 21), "fetch")] == ["2025-11-03 to 2025-11-21"]


def test_a_range_that_ends_later_has_the_same_windows_before() -> None:
    first, later = (cut(date(2025, 1, 1), end, "fetch") for end in (date(2025, 5, 3), date(2025, 9, 1)))

    assert later[:2] == first


def test_a_window_is_read_back_from_its_name() -> None:
    window = DayWindow(date(2024, 12, 31), date(2025, 1, 1), "silver")

    assert DayWindow.parse(window.name) == window
    assert window.conf == {"from": "2024-12-31", "to": "2025-01-01", "from_layer": "silver"}
    for name in ("", "scheduled__2025-01-01", "2025-01-01_to_2025-01-01_from_fetch", "2025-01-01_to_2025-01-02_from_gold"):
        with pytest.raises(ValueError, match=r"window|takes 1 to 61 days|from_layer"):
            DayWindow.parse(name)


def test_its_hours_are_the_days_of_both_networks() -> None:
    hours = DayWindow(date(2025, 1, 1), date(2025, 1, 3)).hours

    assert hours == Window(datetime(2024, 12, 31, 14, tzinfo=UTC), datetime(2025, 1, 2, 16, tzinfo=UTC))


def test_the_longest_window_is_one_pass_of_silver_and_below_trinos_limit_of_partitions() -> None:
    from spark_jobs.hours import HourRanges
    from spark_jobs.silver.normalize import NEIGHBOUR_HOURS, PASS_DAYS

    hours = DayWindow(date(2025, 1, 1), date(2025, 3, 3)).hours

    assert len(HourRanges.covering([hours]).widened(NEIGHBOUR_HOURS).split(PASS_DAYS)) == 1
    # Local days of the window and the one that its trailing hours touch, 31 that were left over; each lies in two UTC days.
    assert (day_windows.MAX_DAYS + 1) + 31 + 2 <= 100


def test_a_short_window_is_one_request_of_each_source_and_a_long_one_two() -> None:
    for days, pieces in ((day_windows.SHORT_DAYS, 1), (day_windows.MAX_DAYS, 2)):
        (window,) = cut(date(2025, 1, 1), date.fromordinal(date(2025, 1, 1).toordinal() + days), "fetch")
        assert len(window.hours.split(openelectricity.MAX_DAYS)) == pieces
        assert len(Window(window.hours.start, window.hours.end + HOUR).split(openmeteo.MAX_DAYS)) == pieces
