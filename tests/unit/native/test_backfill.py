"""`make backfill`: how a range is cut into runs, and which ranges are refused."""

from __future__ import annotations

from datetime import date

import pytest

from infra.native.backfill import BackfillError, Part, plan, read_range

TODAY = date(2026, 11, 24)


def test_days_stay_days_where_no_month_is_whole() -> None:
    assert plan(date(2025, 1, 1), date(2025, 1, 8)) == [Part("rebuild_day", date(2025, 1, 1), date(2025, 1, 7))]


def test_whole_months_are_rebuilt_as_months_and_the_rest_as_days() -> None:
    assert plan(date(2025, 1, 30), date(2025, 4, 2)) == [
        Part("rebuild_day", date(2025, 1, 30), date(2025, 1, 31)),
        Part("rebuild_month", date(2025, 2, 1), date(2025, 3, 1)),
        Part("rebuild_day", date(2025, 4, 1), date(2025, 4, 1)),
    ]


def test_a_part_knows_the_starts_of_its_runs() -> None:
    assert Part("rebuild_month", date(2024, 12, 1), date(2025, 2, 1)).starts() == [
        date(2024, 12, 1),
        date(2025, 1, 1),
        date(2025, 2, 1),
    ]
    assert Part("rebuild_day", date(2024, 12, 31), date(2025, 1, 1)).starts() == [date(2024, 12, 31), date(2025, 1, 1)]


def test_a_month_may_end_a_year() -> None:
    assert plan(date(2024, 12, 1), date(2025, 1, 1)) == [Part("rebuild_month", date(2024, 12, 1), date(2024, 12, 1))]


@pytest.mark.parametrize(
    ("first", "end", "reason"),
    [
        ("2025-01-08", "2025-01-01", "must lie before"),
        ("2025-01-01", "2025-01-01", "must lie before"),
        ("2026-11-24", "2026-11-25", "is in the future"),
        ("", "2025-01-01", "FROM and TO are dates"),
        ("01.01.2025", "2025-01-02", "FROM and TO are dates"),
    ],
)
def test_a_range_without_meaning_is_refused_with_the_reason(first: str, end: str, reason: str) -> None:
    with pytest.raises(BackfillError, match=reason):
        read_range(first, end, TODAY)


def test_the_last_complete_day_can_be_rebuilt() -> None:
    assert read_range("2026-11-23", "2026-11-24", TODAY) == (date(2026, 11, 23), TODAY)
