"""The recorded week of a farm as hours that begin at the same instants: weather and energy."""

from __future__ import annotations

import csv
from datetime import date, datetime
from functools import cache

import numpy as np

from include.expected_energy.physics import Floats, HourlyWeather, Integers
from include.paths import PROJECT_ROOT

RECORDED = PROJECT_ROOT / "infra" / "upstream" / "recorded"
KM_H = 1 / 3.6
FIRST_DAY = (date(2024, 12, 31) - date(1970, 1, 1)).days


@cache
def rows(name: str) -> list[dict[str, str]]:
    with (RECORDED / name).open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def farm(code: str) -> dict[str, str]:
    (row,) = (row for row in rows("solar_facilities.csv") if row["facility_code"] == code)
    return row


def week(code: str) -> tuple[HourlyWeather, Floats]:
    """(weather, energy in MWh). Labels are +10:00; radiation is of the hour before its label, what else is at the label."""
    weather = {_seconds(row["date"] + "+10:00"): row for row in rows("facility_weather_1h.csv") if row["facility_code"] == code}
    energy: dict[int, float] = {}
    for row in rows("facility_energy_1h.csv"):
        if row["facility_code"] == code:
            hour = _seconds(row["interval_start"])
            energy[hour] = energy.get(hour, 0.0) + float(row["value"])
    hours = sorted(hour for hour in energy if hour in weather and hour + 3600 in weather)

    def at_end(name: str) -> Floats:
        return np.array([float(weather[hour + 3600][name]) for hour in hours])

    def both_ends(name: str) -> Floats:
        return np.array([(float(weather[hour][name]) + float(weather[hour + 3600][name])) / 2 for hour in hours])

    known = HourlyWeather(
        np.array(hours),
        at_end("shortwave_radiation"),
        at_end("diffuse_radiation"),
        both_ends("temperature_2m"),
        both_ends("wind_speed_10m") * KM_H,
    )
    return known, np.array([energy[hour] for hour in hours])


def january_day(start_s: Integers) -> Integers:
    """Day of January 2025 of each hour, network time (+10:00)."""
    return (start_s + 10 * 3600) // 86400 - FIRST_DAY


def _seconds(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp())
