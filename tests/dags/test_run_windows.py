"""The hours a run works on, however it was asked for."""

from datetime import UTC, datetime, timedelta

import pytest
from airflow.sdk.exceptions import AirflowFailException
from loaded_dags import FakeRun

from include.windows import Window
from plugins.timetables import BackfillOnly, HourlyAfter
from plugins.windows import days_window, run_suffix, run_window

HOURLY = HourlyAfter(10)
DAILY = BackfillOnly("0 0 * * *", timedelta(hours=10), trailing_hours=2)


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)


def asked(
    run_type: str = "manual",
    *,
    at: datetime,
    date: datetime | None = None,
    bounds: tuple[datetime, datetime] | None = None,
) -> FakeRun:
    start, end = bounds or (None, None)
    return FakeRun("a_run", run_type, at, date, start, end)


@pytest.mark.parametrize("run_type", ["scheduled", "backfill"])
def test_a_scheduled_or_backfilled_run_works_on_its_data_interval(run_type: str) -> None:
    bounds = (utc(2025, 1, 1, 4), utc(2025, 1, 1, 5))

    window = run_window(asked(run_type, at=utc(2025, 1, 1, 5, 10), date=bounds[0], bounds=bounds), HOURLY)

    assert window == Window(*bounds)


def test_a_run_without_a_date_takes_the_last_complete_hour() -> None:
    assert run_window(asked(at=utc(2025, 1, 1, 5, 59, 59)), HOURLY) == Window(utc(2025, 1, 1, 4), utc(2025, 1, 1, 5))
    assert run_window(asked(at=utc(2025, 1, 1, 6)), HOURLY) == Window(utc(2025, 1, 1, 5), utc(2025, 1, 1, 6))


def test_a_rebuild_without_a_date_takes_the_last_day_that_is_over_in_both_networks() -> None:
    over_in_the_east_only = asked(at=utc(2025, 1, 2, 15))
    over_in_both = asked(at=utc(2025, 1, 2, 16))

    assert run_window(over_in_the_east_only, DAILY) == Window(utc(2024, 12, 31, 14), utc(2025, 1, 1, 16))
    assert run_window(over_in_both, DAILY) == Window(utc(2025, 1, 1, 14), utc(2025, 1, 2, 16))


@pytest.mark.parametrize(
    ("schedule", "date", "expected"),
    [
        (HOURLY, utc(2025, 1, 3, 4, 31), Window(utc(2025, 1, 3, 4), utc(2025, 1, 3, 5))),
        (HOURLY, utc(2025, 1, 3, 4), Window(utc(2025, 1, 3, 4), utc(2025, 1, 3, 5))),
        (HOURLY, utc(2024, 12, 31, 23, 59), Window(utc(2024, 12, 31, 23), utc(2025, 1, 1))),
        (DAILY, utc(2025, 1, 3, 13, 59), Window(utc(2025, 1, 2, 14), utc(2025, 1, 3, 16))),
        (DAILY, utc(2025, 1, 3, 14), Window(utc(2025, 1, 3, 14), utc(2025, 1, 4, 16))),
    ],
)
def test_a_date_in_the_rest_api_or_web_page_takes_the_interval_that_contains_it(
    schedule: HourlyAfter | BackfillOnly, date: datetime, expected: Window
) -> None:
    inferred = schedule.infer_manual_data_interval(run_after=date)  # what both call

    assert run_window(asked(at=utc(2026, 1, 1), date=date, bounds=tuple(inferred)), schedule) == expected


def test_both_bounds_in_the_rest_api_are_taken_as_they_are() -> None:
    bounds = (utc(2025, 1, 2, 1), utc(2025, 1, 2, 4))

    window = run_window(asked(at=utc(2026, 1, 1), date=utc(2025, 6, 1), bounds=bounds), HOURLY)

    assert window == Window(*bounds)


def test_bounds_that_are_not_on_the_hour_are_refused() -> None:
    bounds = (utc(2025, 1, 2, 1, 20), utc(2025, 1, 2, 4))

    with pytest.raises(AirflowFailException, match=r"not on the hour.*give both bounds on the hour"):
        run_window(asked(at=utc(2026, 1, 1), date=bounds[0], bounds=bounds), HOURLY)


def test_a_date_on_the_command_line_is_refused_when_airflow_took_another_hour() -> None:
    at = datetime.now(UTC)
    taken = HOURLY.infer_manual_data_interval(run_after=at)  # the command line passes the clock, not the date

    with pytest.raises(AirflowFailException, match=r"2025-03-01T12:34:00Z was asked for.*dags backfill -s 2025-03-01T12:00:00Z"):
        run_window(asked(at=at, date=utc(2025, 3, 1, 12, 34), bounds=tuple(taken)), HOURLY)


def test_a_date_on_the_command_line_is_taken_when_airflow_took_its_hour() -> None:
    at = datetime.now(UTC)
    taken = HOURLY.infer_manual_data_interval(run_after=at)

    window = run_window(asked(at=at, date=taken.start + timedelta(minutes=34), bounds=tuple(taken)), HOURLY)

    assert window == Window(*taken)
    assert timedelta(0) <= at - window.end < timedelta(hours=1)


def test_a_date_whose_hour_is_not_over_is_refused() -> None:
    at = datetime.now(UTC)
    inferred = HOURLY.infer_manual_data_interval(run_after=at)

    with pytest.raises(AirflowFailException, match=r"was not over at.*leave the logical date empty"):
        run_window(asked(at=at, date=at, bounds=tuple(inferred)), HOURLY)


def test_a_date_in_the_future_is_refused_at_once_because_airflow_would_let_it_wait_for_ever() -> None:
    with pytest.raises(ValueError, match=r"in the future; leave it empty"):
        HOURLY.infer_manual_data_interval(run_after=datetime.now(UTC) + timedelta(hours=1))


def test_bounds_that_are_not_over_are_refused() -> None:
    bounds = (utc(2025, 1, 1, 4), utc(2025, 1, 1, 6))

    with pytest.raises(AirflowFailException, match="was not over at 2025-01-01T05:30:00Z"):
        run_window(asked(at=utc(2025, 1, 1, 5, 30), date=bounds[0], bounds=bounds), HOURLY)


def days(first: str | None, end: str | None) -> dict[str, str | None]:
    return {"from": first, "to": end, "from_layer": "fetch"}


def test_a_run_that_names_days_takes_them_whatever_its_dates() -> None:
    in_the_web_page = asked(at=utc(2026, 1, 1), date=utc(2026, 1, 1), bounds=(utc(2026, 1, 1), utc(2026, 1, 1)))

    for run in (asked(at=utc(2026, 1, 1)), in_the_web_page):
        assert days_window(run, days("2025-11-10", "2026-01-01")) == Window(utc(2025, 11, 9, 14), utc(2025, 12, 31, 16))


@pytest.mark.parametrize(
    ("params", "reason"),
    [
        (days("2025-01-01", "2025-01-01"), "one run takes 1 to 61 days"),
        (days("2025-01-02", "2025-01-01"), "one run takes 1 to 61 days"),
        (days("2025-01-01", "2025-03-04"), r"one run takes 1 to 61 days.*use `make backfill`"),
        (days("01.01.2025", "2025-03-04"), "Invalid isoformat string"),
        (days(None, None), "its parameters cannot be used"),
        (days("2026-01-01", "2026-01-02"), "was not over at 2026-01-01T00:00:00Z"),
    ],
)
def test_days_without_meaning_too_many_or_not_over_are_refused(params: dict[str, str], reason: str) -> None:
    with pytest.raises(AirflowFailException, match=reason):
        days_window(asked(at=utc(2026, 1, 1)), params)


def test_the_last_day_is_over_when_it_is_in_both_networks() -> None:
    over_in_both = asked(at=utc(2026, 1, 1, 16))

    assert days_window(over_in_both, days("2026-01-01", "2026-01-02")).end == utc(2026, 1, 1, 16)
    with pytest.raises(AirflowFailException, match="was not over"):
        days_window(asked(at=utc(2026, 1, 1, 15, 59)), days("2026-01-01", "2026-01-02"))


def test_a_suffix_is_a_short_identifier_and_tells_runs_apart() -> None:
    ids = ["scheduled__2025-01-01T05:10:00+00:00", "scheduled__2025-01-01T05:10:00-00:00", "manual__" + "x" * 200, "Ünicode ~"]
    suffixes = [run_suffix(dag_id, run_id) for run_id in ids for dag_id in ("rebuild_day", "rebuild_month")]

    assert len(set(suffixes)) == 2 * len(ids)
    assert all(suffix.isidentifier() or suffix[0].isdigit() for suffix in suffixes)
    assert all(len(suffix) <= 40 and suffix.isascii() and suffix == suffix.lower() for suffix in suffixes)
