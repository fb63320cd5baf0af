from datetime import UTC, date, datetime, timedelta

import pendulum
import pytest

from include.networks import NETWORKS
from include.windows import Window, iso_utc, local_day, local_days

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


@pytest.mark.parametrize(
    "day",
    # The days on which Sydney changes its clocks: network time does not follow.
    [date(2024, 10, 6), date(2025, 4, 6), date(2025, 10, 5), date(2025, 1, 1)],
)
@pytest.mark.parametrize(("network", "start_hour_utc"), [(NEM, 14), (WEM, 16)])
def test_every_network_local_day_has_24_hours(day: date, network: object, start_hour_utc: int) -> None:
    assert network in (NEM, WEM)
    window = local_day(day, network)  # type: ignore[arg-type]
    assert window.duration == timedelta(hours=24)
    assert window.start == datetime(day.year, day.month, day.day, start_hour_utc, tzinfo=UTC) - timedelta(days=1)
    assert local_days(window, network) == [day]  # type: ignore[arg-type]


def test_local_days_are_all_those_that_a_window_touches() -> None:
    # 13:00Z is 23:00 in the NEM and 21:00 in the WEM
    window = Window.parse("2025-01-01T13:00Z", "2025-01-02T14:00Z")
    assert local_days(window, NEM) == [date(2025, 1, 1), date(2025, 1, 2)]
    assert local_days(window.widened(1), NEM) == [date(2025, 1, 1), date(2025, 1, 2), date(2025, 1, 3)]
    assert local_days(window, WEM) == [date(2025, 1, 1), date(2025, 1, 2)]


def test_day_and_month_chunks_are_cut_at_network_midnights() -> None:
    window = Window.parse("2024-12-30T14:00Z", "2025-02-01T14:00Z")  # 31 December to 1 February, NEM
    days = window.by_local_day(NEM)
    assert (len(days), {day.duration for day in days}) == (33, {timedelta(days=1)})
    assert [iso_utc(month.start) for month in window.by_local_month(NEM)] == [
        "2024-12-30T14:00:00Z",
        "2024-12-31T14:00:00Z",
        "2025-01-31T14:00:00Z",
    ]
    # the same instants are not midnights in the west
    assert [iso_utc(month.start) for month in window.by_local_month(WEM)][1] == "2024-12-31T16:00:00Z"
    assert [hour for month in window.by_local_month(WEM) for hour in month.hours()] == window.hours()
