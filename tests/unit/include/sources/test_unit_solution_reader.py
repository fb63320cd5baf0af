"""What a file of the market operator's next-day dispatch says, and which files say nothing."""

import zipfile
from datetime import UTC, date, datetime
from io import BytesIO
from typing import Any

import pytest

from include.sources.aemo import reports
from include.sources.aemo.unit_solution import LISTING, listed_files, trading_hours
from include.sources.readings import Reading, read_envelope
from tests.unit.envelopes import unit_solution_envelope
from tests.unit.reports import COLUMNS, dispatch, report_lines, zipped

NOON = "2025/01/02 12:05"


def reading(rows: Any = (), *, packed: bytes | None = None, **more: Any) -> Reading:
    return read_envelope(unit_solution_envelope(zipped(report_lines(rows)) if packed is None else packed, **more))


def test_a_row_has_the_end_of_its_interval_and_the_hour_the_source_counts_it_to() -> None:
    (row,) = reading([dispatch(NOON)]).rows

    assert row == {
        "network_id": "NEM",
        "unit_code": "STUB1",
        "ts_utc": datetime(2025, 1, 2, 2, tzinfo=UTC),
        "interval_end_utc": datetime(2025, 1, 2, 2, 5, tzinfo=UTC),
        "intervention": 0,
        "initial_mw": 61.5,
        "total_cleared_mw": 60.0,
        "availability_mw": 90.0,
        "uigf_mw": 90.0,
        "is_capped": True,
    }


@pytest.mark.parametrize(("end", "hour"), [("12:00", 2), ("12:55", 2), ("13:00", 3)])
def test_the_twelve_ends_of_an_hour_are_those_from_the_hour_on(end: str, hour: int) -> None:
    (row,) = reading([dispatch(f"2025/01/02 {end}")]).rows
    assert row["ts_utc"].hour == hour


def test_columns_are_found_by_name_in_any_order_and_version() -> None:
    columns = ("NEW_COLUMN", *reversed(COLUMNS))
    (row,) = reading(packed=zipped(report_lines([dispatch(NOON, NEW_COLUMN=7)], columns, version="9"))).rows
    assert (row["uigf_mw"], row["total_cleared_mw"], row["is_capped"]) == (90.0, 60.0, True)


def test_a_column_that_is_needed_and_not_there_makes_the_file_unreadable() -> None:
    columns = tuple(name for name in COLUMNS if name != "UIGF")
    found = reading(packed=zipped(report_lines([dispatch(NOON)], columns, version="2")))
    assert (found.outcome, found.rows) == ("invalid", [])
    assert "expected the columns UIGF in version 2" in str(found.detail)


def test_columns_of_the_run_may_be_absent() -> None:
    columns = tuple(name for name in COLUMNS if name not in ("RUNNO", "INTERVENTION", "INITIALMW"))
    (row,) = reading(packed=zipped(report_lines([dispatch(NOON)], columns))).rows
    assert (row["intervention"], row["initial_mw"]) == (0, None)


def test_numbers_that_nobody_knows_are_empty() -> None:
    (row,) = reading([dispatch(NOON, uigf="", cap="", INITIALMW="")]).rows
    assert (row["uigf_mw"], row["availability_mw"], row["is_capped"], row["initial_mw"]) == (None, None, None, None)


def test_other_units_are_passed_over() -> None:
    found = reading([dispatch(NOON, "BW01", cleared="nonsense"), dispatch(NOON, "STUB2")])
    assert (found.outcome, found.rows, found.detail) == ("empty", [], "no row of 1 units")


def test_both_runs_of_an_interval_in_which_the_operator_intervened_are_kept() -> None:
    rows = reading([dispatch(NOON, cleared=60), dispatch(NOON, cleared=10, INTERVENTION=1)]).rows
    assert [(row["intervention"], row["total_cleared_mw"]) for row in rows] == [(0, 60.0), (1, 10.0)]


def test_a_row_that_came_twice_is_one_and_a_later_run_goes_before_it() -> None:
    rows = reading([dispatch(NOON), dispatch(NOON), dispatch(NOON, cleared=50, RUNNO=2)]).rows
    assert [row["total_cleared_mw"] for row in rows] == [50.0]


def test_rows_that_contradict_each_other_are_both_refused() -> None:
    found = reading([dispatch(NOON), dispatch(NOON, cleared=50), dispatch("2025/01/02 12:10")])
    assert found.outcome == "partial"
    assert [row["interval_end_utc"].minute for row in found.rows] == [10]
    assert "two that differ" in str(found.refused[0])


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (dispatch(NOON, cleared="1e999"), "TOTALCLEARED: expected a number"),
        (dispatch(NOON, uigf="NaN"), "expected a number or nothing, got NaN"),
        (dispatch("2025/01/02 12:07"), "the end of five minutes"),
        (dispatch("02/01/2025 12:05"), "a time as 2025/01/01 04:05:00"),
        (dispatch("2025/01/02 04:00"), "an interval of the trading day"),
        (dispatch("2025/01/03 04:05"), "an interval of the trading day"),
    ],
)
def test_a_record_that_cannot_be_read_is_refused_alone(row: dict[str, Any], told: str) -> None:
    found = reading([row, dispatch("2025/01/02 12:10"), dispatch("2025/01/03 04:00")])
    assert (found.outcome, len(found.rows)) == ("partial", 2)
    assert told in str(found.refused[0])


def test_a_row_of_another_length_than_its_header_is_refused() -> None:
    lines = report_lines([dispatch(NOON), dispatch("2025/01/02 12:10")])
    lines[4] += ",1"
    found = reading(packed=zipped(lines))
    assert (found.outcome, len(found.rows), found.refused[0].path) == ("partial", 1, "line 5")


def without_end(lines: list[str]) -> bytes:
    return zipped(lines[:-1])


def with_a_line_less(lines: list[str]) -> bytes:
    return zipped([*lines[:4], *lines[5:]])


def cut_zip(lines: list[str]) -> bytes:
    packed = zipped(lines)
    return packed[: len(packed) // 2]


def damaged_zip(lines: list[str]) -> bytes:
    packed = bytearray(zipped(lines))
    packed[120] ^= 0xFF
    return bytes(packed)


@pytest.mark.parametrize("spoil", [without_end, with_a_line_less, cut_zip, damaged_zip])
def test_a_file_that_is_not_whole_says_nothing_and_may_be_asked_again(spoil: Any) -> None:
    found = reading(packed=spoil(report_lines([dispatch(NOON), dispatch("2025/01/02 12:10")])))
    assert (found.outcome, found.rows) == ("error", [])


@pytest.mark.parametrize("body", [b"<html>503</html>", b"", b"PK\x03\x04 no zip \xff"])
def test_a_body_that_is_no_zip_may_be_asked_again(body: bytes) -> None:
    assert reading(packed=body).outcome == "error"


def test_a_report_without_the_table_cannot_be_read() -> None:
    lines = [line for line in report_lines([]) if "UNIT_SOLUTION" not in line]
    lines[-1] = f'C,"END OF REPORT",{len(lines)}'
    assert "expected a table DISPATCH,UNIT_SOLUTION" in str(reading(packed=zipped(lines)).detail)


def test_two_files_in_a_zip_are_one_too_many() -> None:
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("A.CSV", "x")
        archive.writestr("B.CSV", "x")
    assert reading(packed=packed.getvalue()).outcome == "invalid"


def test_a_zip_that_unpacks_to_more_than_any_report_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reports, "MOST_BYTES", 1000)
    found = reading([dispatch(NOON)] * 20)
    assert (found.outcome, found.rows) == ("invalid", [])
    assert "at most 1,000 bytes" in str(found.detail)


def test_a_line_without_an_end_is_refused() -> None:
    found = reading(packed=zipped([*report_lines([])[:3], "D" * reports.MOST_BYTES_OF_A_LINE * 2]))
    assert (found.outcome, found.rows) == ("invalid", [])


def test_a_listing_names_a_file_for_each_day_and_of_a_day_published_twice_the_newest() -> None:
    name = "PUBLIC_NEXT_DAY_DISPATCH_{}_{:016d}.zip"
    names = [name.format("20250101", 7), name.format("20250102", 12), name.format("20250102", 9), name.format("20259999", 1)]
    html = "".join(f'<A HREF="/Reports/CURRENT/Next_Day_Dispatch/{each}">{each}</A><br>' for each in names)
    assert listed_files(html) == {date(2025, 1, 1): names[0], date(2025, 1, 2): names[1]}

    found = reading(packed=html.encode(), dataset=LISTING)
    assert (found.outcome, found.rows, found.detail) == ("empty", [], "2 days are listed")


def test_a_listing_without_files_and_a_page_that_is_none_list_nothing() -> None:
    assert listed_files("<html><pre></pre></html>") == {}
    assert reading(packed=b"", dataset=LISTING).outcome == "empty"


def test_a_trading_day_touches_the_hours_from_four_to_four() -> None:
    hours = trading_hours(date(2025, 1, 2))
    assert (hours.start, hours.end) == (datetime(2025, 1, 1, 18, tzinfo=UTC), datetime(2025, 1, 2, 19, tzinfo=UTC))
