"""Which hours a run asks for."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from include.sources.fetch.ranges import Range, again, batches, is_hourly, oldest_of_interest, ranges, reread_window
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


def test_a_key_that_is_behind_is_asked_from_ten_days_before_its_end_and_the_others_are_not() -> None:
    newest = {"A": ago(hours=2), "LATE": ago(days=6), "LATER": ago(days=9)}
    assert ranges(["A", "LATE", "LATER"], BASE, newest, 31) == [
        Range(BASE, ("A",)),
        Range(Window(ago(days=19), HOUR.end), ("LATE", "LATER")),
    ]


def test_a_gap_of_one_hour_before_the_window_is_seen(caplog: pytest.LogCaptureFixture) -> None:
    assert ranges(["A"], BASE, {"A": ago(hours=74)}, 31) == [Range(Window(ago(hours=74, days=10), HOUR.end), ("A",))]
    assert caplog.text == ""


def test_a_gap_too_long_is_filled_in_part_and_the_rest_is_named(caplog: pytest.LogCaptureFixture) -> None:
    assert ranges(["GONE"], BASE, {"GONE": ago(days=40)}, 31) == [Range(Window(ago(days=31), HOUR.end), ("GONE",))]
    assert (
        "hours before 2026-10-24T20:00:00Z stay open (PV_MAX_GAP_DAYS) for GONE (has until 2026-10-15T20:00:00Z)" in caplog.text
    )
    assert "make backfill FROM=2026-10-16 TO=2026-10-26" in caplog.text


def test_after_a_stop_in_march_february_is_asked_for_from_its_settled_hours_on() -> None:
    # Given a stop from 1 to 21 March; the 26th had been fetched after it was settled, by a key also the 10th only
    hour = Window.parse("2026-03-20T19:00Z", "2026-03-20T20:00Z")
    base = reread_window(hour, "scheduled", RULE)
    newest = datetime(2026, 2, 28, 13, tzinfo=UTC)
    settled = {"A": datetime(2026, 2, 26, 14, tzinfo=UTC), "LONG": datetime(2026, 2, 10, 14, tzinfo=UTC)}
    # Then everything from ten days before the newest hour on is asked for, and more where less is settled
    assert ranges(["A"], base, {"A": newest}, 31, settled) == [Range(Window(newest - timedelta(days=10), hour.end), ("A",))]
    assert ranges(["A"], base, {"A": newest}, 31) == [Range(Window(newest - timedelta(days=10), hour.end), ("A",))]
    assert ranges(["LONG"], base, {"LONG": newest}, 40, settled)[0].window.start == settled["LONG"]
    assert ranges(["LONG"], base, {"LONG": newest}, 31, settled)[0].window.start == base.end - timedelta(days=31)
    # The ten days come also where they reach beyond the longest gap.
    assert ranges(["A"], base, {"A": newest}, 21, settled)[0].window.start == newest - timedelta(days=10)


def test_what_is_asked_again_goes_into_one_window_unless_it_is_asked_anyway() -> None:
    inside, outside = Window(ago(days=2), ago(days=1)), Window(ago(days=12), ago(days=11))
    other = Window(ago(days=31), ago(days=30))
    asked = [Range(BASE, ("A", "B"))]
    assert again({"A": inside, "B": inside}, asked) == []
    assert again({"C": inside}, asked) == [Range(inside, ("C",))]
    assert again({"B": outside, "A": other}, asked) == [Range(Window(ago(days=31), ago(days=11)), ("A", "B"))]


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
