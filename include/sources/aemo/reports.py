"""AEMO's report files: a zip of one CSV, whose lines are comments (C), headers of tables (I) and their rows (D). Pure.

One file holds several tables, each with a header of its own; which columns a table has and in which order depends on its
version. The last line names the number of lines: a file without it, or with fewer, is not whole.
"""

import csv
import io
import zipfile
import zlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from include.sources.strict_json import NotJson, Unreadable

# A day's dispatch is some 9 MB, and 100 to 150 MB unpacked.
MOST_BYTES = 600_000_000
MOST_BYTES_OF_A_LINE = 20_000
_END_OF_REPORT = "END OF REPORT"


class NotWhole(NotJson):
    """The file is cut off, or was not written to its end: asking again may help."""


@dataclass
class Table:
    """Rows of one table as texts by column, with the number of the line; `version` as its last header names it.

    `misshapen`: rows of another length than their header.
    """

    version: str = ""
    columns: tuple[str, ...] = ()
    rows: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    misshapen: list[Unreadable] = field(default_factory=list)


def read_table(packed: bytes, package: str, name: str, needed: tuple[str, ...], column: str, values: Collection[str]) -> Table:
    """Return the rows of a table of a zipped report that have one of some values in a column: a whole table fills the memory.

    Raises `NotWhole` for a file that is cut off, `Unreadable` for one of another form: no table of that name, one without a
    needed column, or more bytes than any report has.
    """
    table, last, number = Table(), "", 0
    prefix = f",{package},{name},"
    for line in _lines(packed):
        number += 1
        last = line
        if line[1:].startswith(prefix):
            cells = _cells(line, number)
            if line[0] == "I":
                _take_header(table, cells, needed, number)
            elif line[0] == "D":
                _take_row(table, cells, number, column, values)
    _check_end(last, number)
    if not table.columns:
        raise Unreadable("zip", f"expected a table {package},{name}, got none among {number} lines")
    return table


def _take_header(table: Table, cells: list[str], needed: tuple[str, ...], number: int) -> None:
    table.version, table.columns = cells[3] if len(cells) > 3 else "", tuple(cell.strip().upper() for cell in cells)
    missing = [column for column in needed if column not in table.columns]
    if missing:
        raise Unreadable(f"line {number}", f"expected the columns {', '.join(missing)} in version {table.version}, got none")


def _take_row(table: Table, cells: list[str], number: int, column: str, values: Collection[str]) -> None:
    if not table.columns:
        raise Unreadable(f"line {number}", "expected a header before the first row")
    if len(cells) != len(table.columns):
        table.misshapen.append(Unreadable(f"line {number}", f"expected {len(table.columns)} cells, got {len(cells)}"))
    elif cells[table.columns.index(column)].strip() in values:
        table.rows.append((number, dict(zip(table.columns, cells, strict=True))))


def _check_end(last: str, lines: int) -> None:
    cells = next(csv.reader([last]), [])
    if len(cells) < 3 or cells[0] != "C" or cells[1].strip().upper() != _END_OF_REPORT:
        raise NotWhole(f"the file ends without END OF REPORT after {lines} lines")
    if cells[2].strip() != str(lines):
        raise NotWhole(f"END OF REPORT says {cells[2].strip()[:20]} lines, the file has {lines}")


def _cells(line: str, number: int) -> list[str]:
    try:
        return next(csv.reader([line], strict=True))
    except csv.Error as fault:
        raise Unreadable(f"line {number}", f"expected CSV: {fault}") from None


def _lines(packed: bytes) -> Iterator[str]:
    """Yield the lines of the one CSV in a zip, without blank ones; what a zip says of its size is not believed."""
    try:
        with zipfile.ZipFile(io.BytesIO(packed)) as archive:
            names = [each for each in archive.namelist() if each.upper().endswith(".CSV")]
            if len(names) != 1:
                raise Unreadable("zip", f"expected one CSV, got {len(names)}")
            with archive.open(names[0]) as stream:
                left = MOST_BYTES
                while raw := stream.readline(MOST_BYTES_OF_A_LINE):
                    left -= len(raw)
                    if left < 0:
                        raise Unreadable("zip", f"expected at most {MOST_BYTES:,} bytes of CSV")
                    if len(raw) >= MOST_BYTES_OF_A_LINE:
                        raise Unreadable("zip", f"expected lines of less than {MOST_BYTES_OF_A_LINE:,} bytes")
                    line = raw.decode("utf-8", "replace").strip("\r\n\ufeff")
                    if line.strip():
                        yield line
    except (zipfile.BadZipFile, zlib.error, EOFError) as fault:
        raise NotWhole(f"the zip cannot be opened to its end: {fault}") from None
    except (NotImplementedError, RuntimeError) as fault:  # another compression, a password
        raise Unreadable("zip", f"expected a plain zip: {fault}") from None
