"""DC power of an hour: its shape, what is unknown, and how steps take their weather."""

from __future__ import annotations

import numpy as np
import pytest

from include.expected_energy.physics import HourlyWeather, Mounting, dc_power

NOON_S = 1_735_783_200  # 2025-01-02 12:00 +10:00
LATITUDE_DEG, LONGITUDE_DEG = -34.9, 146.6


def weather(ghi: list[float], start_s: int = NOON_S, **changed: list[float]) -> HourlyWeather:
    hours = len(ghi)
    values = {
        "dhi_w_m2": [0.2 * value for value in ghi],
        "temperature_c": [25.0] * hours,
        "wind_speed_m_s": [3.0] * hours,
    } | changed
    return HourlyWeather(
        start_s + 3600 * np.arange(hours),
        np.array(ghi),
        *(np.array(values[name]) for name in ("dhi_w_m2", "temperature_c", "wind_speed_m_s")),
    )


def test_noon_in_summer_is_near_what_modules_are_rated_for() -> None:
    power = dc_power(weather([1000.0]), LATITUDE_DEG, LONGITUDE_DEG)

    assert power[Mounting.TRACKER].shape == (1, 12)
    for values in power.values():
        assert 0.75 < values.mean() < 0.95  # 1,000 W/m², less what a warm cell and a flat angle cost


def test_an_hour_without_weather_is_unknown_and_its_neighbours_are_not() -> None:
    whole = dc_power(weather([900.0, 900.0, 900.0]), LATITUDE_DEG, LONGITUDE_DEG)
    gap = dc_power(weather([900.0, np.nan, 900.0]), LATITUDE_DEG, LONGITUDE_DEG)

    for mounting, power in gap.items():
        assert np.isnan(power[1]).all()
        assert power[[0, 2]] == pytest.approx(whole[mounting][[0, 2]], rel=0.1)  # a step less of the hour before's clearness


def test_wind_that_is_not_known_is_a_light_one() -> None:
    known, unknown = (dc_power(weather([900.0], wind_speed_m_s=[wind]), LATITUDE_DEG, LONGITUDE_DEG) for wind in (1.0, np.nan))

    assert unknown[Mounting.TRACKER] == pytest.approx(known[Mounting.TRACKER])


def test_the_night_makes_nothing() -> None:
    power = dc_power(weather([0.0, 0.0], start_s=NOON_S + 12 * 3600), LATITUDE_DEG, LONGITUDE_DEG)

    assert [values.sum() for values in power.values()] == [0.0, 0.0]


def test_an_hour_starts_seven_and_a_half_minutes_before_its_label() -> None:
    sunrise = dc_power(weather([60.0, 300.0], start_s=NOON_S - 7 * 3600), LATITUDE_DEG, LONGITUDE_DEG)[Mounting.FIXED]
    noon = dc_power(weather([200.0, 1000.0]), LATITUDE_DEG, LONGITUDE_DEG)[Mounting.FIXED]

    assert sunrise[0, 0] == 0 < sunrise[0, 5] < sunrise[0, 11]
    assert noon[1, 0] == pytest.approx(noon[0, -1], rel=0.02)  # 11:55 is still of the cloudy hour before
    assert noon[1, 2] > 3 * noon[1, 0]


@pytest.mark.parametrize(("start_s", "said"), [([0, 0], "hours must rise"), ([0], "differ in number")])
def test_hours_that_do_not_fit_are_refused(start_s: list[int], said: str) -> None:
    two = np.array([1.0, 2.0])
    with pytest.raises(ValueError, match=said):
        HourlyWeather(np.array(start_s), two, two, two, two)
