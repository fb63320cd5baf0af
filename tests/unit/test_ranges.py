"""Which hours a run asks for."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from include.fetch.ranges import Range, batches, is_hourly, oldest_of_interest, ranges, reread_window
from include.windows import Window

RULE: Any = SimpleNamespace(pv_reread_hours=72, pv_reread_daily_days=10, pv_max_gap_days=31)
HOUR = Window.parse("2026-11-24T19:00Z", "2026-11-24T20:00Z")
AGAIN = Window.parse("2026-11-24T06:00Z", "2026-11-24T07:00Z")
DAILY = Window.parse("2026-11-24T18:00Z", "2026-11-24T19:00Z")
DAY = Window.parse("2026-11-22T14:00Z", "2026-11-23T16:00Z")
BASE = Window(HOUR.end - timedelta(hours=72), HOUR.end)


def ago(**back: float) -> datetime:
    return HOUR.end - timedelta(**back)


@pytest.mark.parametrize(
    ("window", "run_type", "hours_back"),
    [
        (HOUR, "scheduled", 72),
        (HOUR, "manual", 72),
        (HOUR, "backfill", 1),
        (DAILY, "scheduled", 240),
        (AGAIN, "scheduled", 240),
        (DAILY, "backfill", 1),
        (DAY, "manual", 26),
        (DAY, "backfill", 26),
    ],
)
def test_hourly_runs_reread_and_backfills_do_not(window: Window, run_type: str, hours_back: int) -> None:
    assert reread_window(window, run_type, RULE) == Window(window.end - timedelta(hours=hours_back), window.end)
    assert is_hourly(window, run_type) is (hours_back > 26)


def test_the_window_itself_is_always_asked_for() -> None:
    short: Any = SimpleNamespace(pv_reread_hours=1, pv_reread_daily_days=1, pv_max_gap_days=31)
    assert reread_window(HOUR, "scheduled", short) == HOUR


def test_punctual_and_unknown_keys_share_the_reread_window() -> None:
    newest = {"A": ago(hours=2), "B": ago(hours=73)}
    assert ranges(["A", "B", "NEW"], BASE, newest, 31) == [Range(BASE, ("A", "B", "NEW"))]


def test_a_key_that_is_behind_is_asked_from_where_it_ends_and_the_others_are_not() -> None:
    newest = {"A": ago(hours=2), "LATE": ago(days=6), "LATER": ago(days=9)}
    assert ranges(["A", "LATE", "LATER"], BASE, newest, 31) == [
        Range(BASE, ("A",)),
        Range(Window(ago(days=9), HOUR.end), ("LATE", "LATER")),
    ]


def test_a_gap_of_one_hour_before_the_window_is_seen(caplog: pytest.LogCaptureFixture) -> None:
    assert ranges(["A"], BASE, {"A": ago(hours=74)}, 31) == [Range(Window(ago(hours=74), HOUR.end), ("A",))]
    assert caplog.text == ""


def test_a_gap_too_long_is_filled_in_part_and_the_rest_is_named(caplog: pytest.LogCaptureFixture) -> None:
    assert ranges(["GONE"], BASE, {"GONE": ago(days=40)}, 31) == [Range(Window(ago(days=31), HOUR.end), ("GONE",))]
    assert (
        "hours before 2026-10-24T20:00:00Z stay open (PV_MAX_GAP_DAYS) for GONE (has until 2026-10-15T20:00:00Z)" in caplog.text
    )
    assert "make backfill FROM=2026-10-16 TO=2026-10-26" in caplog.text


def test_a_gap_limit_shorter_than_the_reread_window_does_not_shorten_it() -> None:
    assert ranges(["A"], BASE, {"A": ago(days=9)}, 1) == [Range(BASE, ("A",))]


def test_keys_may_come_from_a_generator_and_none_give_nothing() -> None:
    assert ranges((key for key in ["A"]), BASE, {}, 31) == [Range(BASE, ("A",))]
    assert ranges([], BASE, {}, 31) == []


def test_what_is_silent_for_longer_than_a_year_and_the_gap_is_forgotten() -> None:
    assert oldest_of_interest(HOUR, RULE) == datetime(2025, 10, 23, 20, tzinfo=UTC)


def test_batches_hold_every_item_once() -> None:
    assert list(batches(range(61), 30)) == [tuple(range(30)), tuple(range(30, 60)), (60,)]
    assert list(batches([], 30)) == []
