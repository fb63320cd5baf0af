"""Ranges of hours and the sun's elevation."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from include.solar import solar_elevation_deg
from include.windows import HOUR, Window
from spark_jobs.hours import HourRanges

START = datetime(2025, 1, 1, tzinfo=UTC)


def hour(*numbers: int) -> list[datetime]:
    return [START + HOUR * n for n in numbers]


def test_a_lone_old_hour_stays_a_range_of_its_own() -> None:
    ranges = HourRanges.of_hours(hour(0, 72, 73))
    assert ranges.windows == (Window(*hour(0, 1)), Window(*hour(72, 74)))
    assert ranges.widened(3).windows == (Window(*hour(-3, 4)), Window(*hour(69, 77)))


def test_ranges_that_meet_when_widened_become_one() -> None:
    ranges = HourRanges((Window(*hour(0, 1)), Window(*hour(5, 6))))
    assert ranges.widened(2).windows == (Window(*hour(-2, 8)),)


def test_many_scattered_hours_are_covered_by_few_ranges() -> None:
    scattered = hour(*range(0, 40 * 60, 60))
    ranges = HourRanges.of_hours(scattered)
    assert len(ranges.windows) <= 16
    assert set(scattered) <= set(ranges.hours())


def test_what_lies_outside_of_other_ranges_is_left() -> None:
    ranges = HourRanges((Window(*hour(0, 10)), Window(*hour(20, 30)), Window(*hour(40, 41))))
    done = HourRanges((Window(*hour(-5, 2)), Window(*hour(4, 5)), Window(*hour(8, 25)), Window(*hour(40, 50))))
    left = ranges.without(done)
    assert left is not None
    assert left.windows == (Window(*hour(2, 4)), Window(*hour(5, 8)), Window(*hour(25, 30)))
    assert done.without(HourRanges((Window(*hour(-5, 50)),))) is None


def test_pieces_cover_every_hour_once() -> None:
    ranges = HourRanges((Window(*hour(0, 50)), Window(*hour(100, 101)), Window(*hour(200, 201))))
    pieces = ranges.split(max_days=1)
    assert sorted(h for piece in pieces for h in piece.hours()) == ranges.hours()
    assert all(len(piece.hours()) <= 24 for piece in pieces)


@pytest.mark.parametrize("latitude", [-35.0, -20.0, 10.0])
def test_noon_at_the_equinox_is_ninety_degrees_less_the_latitude(latitude: float) -> None:
    equinox = datetime(2025, 3, 20, 9, 1, tzinfo=UTC)
    longitude = 15 * (12 - 9 - 1 / 60 + 7.4 / 60)  # the equation of time is -7.4 minutes
    elevation = solar_elevation_deg(equinox.timestamp(), latitude, longitude)
    assert elevation == pytest.approx(90 - abs(latitude), abs=0.1)


def test_elevation_broadcasts_places_over_instants_and_repeats_itself() -> None:
    instants = np.array([(START + timedelta(hours=n)).timestamp() for n in range(24)])[None, :]
    places = np.array([-35.0, -20.0])[:, None]
    once = solar_elevation_deg(instants, places, 147.0)
    assert once.shape == (2, 24)
    alone = solar_elevation_deg(instants[0, 7], -35.0, 147.0)
    assert once[0, 7] == alone
