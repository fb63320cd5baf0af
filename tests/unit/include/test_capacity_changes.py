"""Reviewed capacities: what a row must say, and that a faulty one is named with its line."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from include.capacity_changes import CapacityChange, main, read_changes

HEAD = "unit_code,from,to,capacity_mw,source\n"


def file_of(folder: Path, *rows: str) -> Path:
    path = folder / "capacity_changes.csv"
    path.write_text(HEAD + "".join(row + "\n" for row in rows))
    return path


def test_a_row_is_a_span_of_network_days(tmp_path: Path) -> None:
    rows = ("AVLSF1,,2025-06-01,190,AEMO registration list 2025-05", "AVLSF1,2025-06-01,,245.5,owner's report")
    found, faults = read_changes(file_of(tmp_path, *rows))
    june = datetime(2025, 5, 31, 14, tzinfo=UTC)
    assert faults == []
    assert found == [
        CapacityChange("NEM", "AVLSF1", None, june, 190.0, "AEMO registration list 2025-05"),
        CapacityChange("NEM", "AVLSF1", june, None, 245.5, "owner's report"),
    ]


@pytest.mark.parametrize(
    ("row", "complaint"),
    [
        ("AVLSF1,2025-06-01,,190,", "line 3: the capacity of AVLSF1 has no source"),
        ("AVLSF1,2025-06-01,,190", "line 3: expected 5 columns"),
        ("AVLSF1,2024-12-31,2025-02-01,190,AEMO", "line 3: the span of AVLSF1 overlaps that of line 2"),
        ("AVLSF1,,,190,AEMO", "line 3: the span of AVLSF1 overlaps that of line 2"),
        ("AVLSF9,,,190,AEMO", "line 3: no unit 'AVLSF9' in known_units.csv; near: AVLSF1"),
        ("AVLSF1,2025-03-01,2025-03-01,190,AEMO", "line 3: the span of AVLSF1 ends before it begins"),
        ("AVLSF1,2025-03,,190,AEMO", "line 3: Invalid isoformat string: '2025-03'"),
        ("AVLSF1,2025-03-01,,-1,AEMO", "line 3: -1 MW is no capacity of a unit"),
        ("AVLSF1,2025-03-01,,nan,AEMO", "line 3: nan MW is no capacity of a unit"),
    ],
)
def test_a_row_that_cannot_be_used_is_refused_with_its_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], row: str, complaint: str
) -> None:
    path = file_of(tmp_path, "AVLSF1,2025-01-01,2025-02-01,180,AEMO", row)
    assert main([str(path)]) == 1
    assert capsys.readouterr().out.startswith(f"capacity_changes.csv, {complaint}")
    assert len(read_changes(path)[0]) == 1


def test_other_columns_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "capacity_changes.csv"
    path.write_text("unit,mw\nAVLSF1,1\n")
    assert read_changes(path) == (
        [],
        ["capacity_changes.csv, line 1: the columns must be unit_code, from, to, capacity_mw, source"],
    )


def test_the_projects_own_rows_can_be_used() -> None:
    assert main([]) == 0
