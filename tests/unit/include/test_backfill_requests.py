"""What a backfill will cost: requests and credits of a window, and the window's length for many plants or few credits."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from include.backfill_requests import Sources
from include.day_windows import DayWindow

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
LONG = DayWindow(date(2025, 1, 1), date(2025, 3, 3))
NINE = Sources(500, {"NEM": 8, "WEM": 1}, 9)
ALL = Sources(500, {"NEM": 105, "WEM": 5}, 108)


def test_a_credit_is_a_request_for_thirty_plants_of_a_network_and_32_days_one_for_its_market_and_one_for_the_registry() -> None:
    hourly = replace(NINE, controls=0), replace(ALL, controls=0)
    assert [sources.credits(LONG) for sources in hourly] == [1 + 2 * (1 + 1 + 2), 1 + 2 * (4 + 1 + 2)]
    assert hourly[1].credits(DayWindow(date(2025, 1, 1), date(2025, 2, 1))) == 1 + 5 + 2
    assert replace(hourly[1], beside_generation=0).credits(LONG) == 1 + 2 * (4 + 1)


def test_the_totals_of_a_network_cost_a_credit_however_long_the_window_is() -> None:
    for days in (LONG, DayWindow(date(2025, 1, 1), date(2025, 1, 2))):
        assert ALL.credits(days) - replace(ALL, controls=0).credits(days) == 2


def test_weather_is_asked_for_fifty_places_by_dataset_and_air_quality_beside_it() -> None:
    assert NINE.weather_requests(LONG, NOW) == 2 + 2
    assert ALL.weather_requests(LONG, NOW) == 3 * (2 + 2)
    across = DayWindow(date(2026, 11, 10), date(2026, 11, 27))  # older than seven days from the archive, the others forecast
    assert NINE.weather_requests(across, NOW) == 2 + 1
    assert replace(NINE, beside_weather=2).weather_requests(LONG, NOW) == 2 + 2 * 2


@pytest.mark.parametrize("layer", ["landing", "bronze", "silver"])
def test_nothing_is_asked_for_from_a_later_layer(layer: str) -> None:
    window = DayWindow(date(2025, 1, 1), date(2025, 2, 1), layer)

    assert (ALL.credits(window), ALL.weather_requests(window, NOW)) == (0, 0)


def test_windows_are_short_for_many_plants_few_credits_or_plants_that_nobody_knows_yet() -> None:
    assert NINE.window_days() == 61
    assert Sources(500, {"NEM": 14, "WEM": 1}, 15).window_days() == 61
    assert Sources(500, {"NEM": 14, "WEM": 2}, 16).window_days() == 31
    assert Sources(18, {"NEM": 8, "WEM": 1}, 9).window_days() == 31  # a day's share is 10.8, a long window costs 11
    assert Sources(19, {"NEM": 8, "WEM": 1}, 9).window_days() == 61
    assert Sources(500).window_days() == 31
