"""The cheap sun is near the exact one, and where it decides nothing is decided otherwise."""

import numpy as np

from include.solar import approximate_elevation_deg, solar_elevation_deg
from spark_jobs.silver.sun import clear_sky_share, clear_sky_share_by_half_hours, is_early_night, is_night

RANDOM = np.random.default_rng(1)
HOURS = RANDOM.integers(340_000, 690_000, 4000)  # 2008 to 2048
MIDNIGHT = 482_150  # 1 January 2025 14:00 UTC
LATITUDE, LONGITUDE = RANDOM.uniform(-44, -9, 4000), RANDOM.uniform(113, 154, 4000)


def test_the_approximation_is_good_to_half_a_degree() -> None:
    here = HOURS * 3600.0, LATITUDE, LONGITUDE
    assert np.abs(approximate_elevation_deg(*here) - solar_elevation_deg(*here)).max() < 0.5


def test_night_is_what_the_exact_sun_says() -> None:
    ends = [solar_elevation_deg(HOURS * 3600.0 + offset, LATITUDE, LONGITUDE) for offset in (-300, 3600)]
    assert np.array_equal(is_night(HOURS, LATITUDE, LONGITUDE), np.maximum(*ends) < -0.833)


def test_an_evening_has_at_most_two_early_night_hours_and_a_dark_half_hour_before_the_first() -> None:
    # Given Avonlie on 2 January 2025: dark from hour 20 on, deep from 22 on, and the sun is up at 19:30
    hours = MIDNIGHT + np.arange(24)
    assert np.flatnonzero(is_early_night(hours, np.full(24, -34.919115), np.full(24, 146.60954))).tolist() == [21]
    # and Emerald, where hour 20 is the first dark one and the sun is down at 19:30
    assert np.flatnonzero(is_early_night(hours, np.full(24, -23.5), np.full(24, 148.1))).tolist() == [20, 21]


def test_a_clear_sky_begins_and_ends_with_the_sun_and_half_hours_leave_its_ends_open() -> None:
    hours = MIDNIGHT + np.arange(24)
    share = clear_sky_share(hours, -34.919115, 146.60954)
    assert np.flatnonzero(share > 0.01).tolist() == list(range(5, 20))
    assert 1.0 < share.max() < 1.1
    by_half_hours = clear_sky_share_by_half_hours(hours, -34.919115, 146.60954, (0.01, 0.06))
    assert np.flatnonzero(np.isnan(by_half_hours)).tolist() == [5, 19]
