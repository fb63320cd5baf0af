from datetime import UTC, datetime, timedelta

import pendulum
import pytest

from include.networks import NETWORKS
from include.windows import Window

NEM, WEM = NETWORKS["NEM"], NETWORKS["WEM"]


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def test_bounds_of_airflows_own_class_become_plain_instants() -> None:
    start = pendulum.datetime(2025, 1, 1, 5, tz="Australia/Perth")

    window = Window(start, start.add(hours=1))

    assert type(window.start) is datetime
    assert window.end - timedelta(days=1) == datetime(2024, 12, 30, 22, tzinfo=UTC)


def test_a_window_is_kept_in_utc_whatever_zone_it_is_given_in() -> None:
    window = Window.parse("2025-01-01T10:00:00+10:00", "2025-01-01T08:00:00-01:00")
    assert (window.start, window.end) == (datetime(2025, 1, 1, tzinfo=UTC), datetime(2025, 1, 1, 9, tzinfo=UTC))
    assert window.start.tzinfo is UTC
    assert str(window) == "[2025-01-01T00:00Z, 2025-01-01T09:00Z)"


@pytest.mark.parametrize(
    ("start", "end", "complaint"),
    [
        ("2025-01-01T00:00", "2025-01-01T01:00Z", "start 2025-01-01T00:00:00 has no time zone"),
        ("2025-01-01T00:00Z", "2025-01-01T01:00", "end 2025-01-01T01:00:00 has no time zone"),
        ("2025-01-01T00:30Z", "2025-01-01T02:00Z", "not on the hour"),
        ("2025-01-01T00:00Z", "2025-01-01T01:00:00.5Z", "not on the hour"),
        ("2025-01-01T00:00+05:30", "2025-01-02T00:00Z", "not on the hour"),
        ("2025-01-01T01:00Z", "2025-01-01T01:00Z", "is not before its end"),
        ("2025-01-01T11:00+10:00", "2025-01-01T00:00Z", "is not before its end"),
    ],
)
def test_what_is_no_window_is_refused(start: str, end: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        Window.parse(start, end)


def test_hours_are_the_starts_of_the_half_open_window() -> None:
    window = Window.parse("2025-01-01T22:00Z", "2025-01-02T01:00Z")
    assert [f"{hour:%d %H}" for hour in window.hours()] == ["01 22", "01 23", "02 00"]
    assert window.contains(at("2025-01-01T22:00Z"))
    assert not window.contains(at("2025-01-02T01:00Z"))


def test_widening_adds_hours_on_both_sides() -> None:
    assert Window.parse("2025-01-01T00:00Z", "2025-01-02T00:00Z").widened(2) == Window.parse(
        "2024-12-31T22:00Z", "2025-01-02T02:00Z"
    )


def test_splitting_leaves_no_hole_and_no_overlap() -> None:
    window = Window.parse("2025-01-01T05:00Z", "2025-03-10T07:00Z")
    pieces = window.split(32)
    assert [piece.duration.days for piece in pieces] == [32, 32, 4]
    assert [hour for piece in pieces for hour in piece.hours()] == window.hours()
    assert window.split(100) == [window]
    with pytest.raises(ValueError, match="at least one day"):
        window.split(0)
