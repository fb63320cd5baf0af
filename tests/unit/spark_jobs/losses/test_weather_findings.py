"""Sums of days as findings: each plant by its own clock, and nobody of whom too little is known."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from spark_jobs.losses.weather_findings import Day, findings

FIRST = date(2025, 1, 1)
NETWORKS = {"NYNGAN": "NEM", "MERREDIN": "WEM"}


def days(count: int, ratio: float, every: int = 1) -> dict[date, Day]:
    return {FIRST + timedelta(days=number): (100.0 * ratio, 100.0) for number in range(0, count, every)}


def test_a_stretch_is_named_from_midnight_to_midnight_of_the_network() -> None:
    low, high = findings({"MERREDIN": days(31, 1.4), "NYNGAN": days(31, 0.7)}, NETWORKS)[::-1]
    assert (low["from_utc"], low["to_utc"]) == (datetime(2024, 12, 31, 14, tzinfo=UTC), datetime(2025, 1, 31, 14, tzinfo=UTC))
    assert (low["rule"], low["severity"], low["value"], low["bound"]) == ("weather_mismatch", "warning", 0.7, 0.8)
    assert (high["from_utc"], high["bound"]) == (datetime(2024, 12, 31, 16, tzinfo=UTC), 1.2)


def test_twenty_days_in_a_row_and_every_other_day_are_too_few() -> None:
    assert findings({"NYNGAN": days(20, 0.5), "MERREDIN": days(60, 0.5, every=2)}, NETWORKS) == []


def test_a_plant_that_makes_what_is_expected_or_that_nobody_knows_has_none() -> None:
    assert findings({"NYNGAN": days(60, 1.0), "GONE": days(60, 0.5), "MERREDIN": {}}, NETWORKS) == []
