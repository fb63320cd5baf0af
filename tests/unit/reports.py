"""Reports of the market operator, around rows given by a test."""

import io
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

COLUMNS = (
    "SETTLEMENTDATE", "RUNNO", "DUID", "INTERVENTION", "INITIALMW", "TOTALCLEARED", "AVAILABILITY", "SEMIDISPATCHCAP", "UIGF",
)  # fmt: skip


def dispatch(end: str, unit: str = "STUB1", *, cleared: Any = 60, uigf: Any = 90, cap: Any = 1, **more: Any) -> dict[str, Any]:
    """A row of UNIT_SOLUTION for the five minutes that end at a NEM time, `2025/01/02 12:05`."""
    row = {"SETTLEMENTDATE": f'"{end}:00"', "RUNNO": 1, "DUID": unit, "INTERVENTION": 0, "INITIALMW": 61.5}
    return row | {"TOTALCLEARED": cleared, "AVAILABILITY": uigf, "SEMIDISPATCHCAP": cap, "UIGF": uigf} | more


def report_lines(rows: Iterable[Mapping[str, Any]], columns: Sequence[str] = COLUMNS, version: str = "6") -> list[str]:
    """The lines of a whole report that has another table too."""
    lines = ["C,NEMP.WORLD,NEXT_DAY_DISPATCH,AEMO,PUBLIC,2025/01/03,04:10:00,0000000448123456,NEXT_DAY_DISPATCH,0000000448123455"]
    lines += [
        "I,DISPATCH,REGIONSUM,6,SETTLEMENTDATE,REGIONID,TOTALDEMAND",
        'D,DISPATCH,REGIONSUM,6,"2025/01/02 04:05:00",NSW1,5000',
    ]
    lines.append(f"I,DISPATCH,UNIT_SOLUTION,{version},{','.join(columns)}")
    lines += [f"D,DISPATCH,UNIT_SOLUTION,{version},{','.join(str(row[name]) for name in columns)}" for row in rows]
    return [*lines, f'C,"END OF REPORT",{len(lines) + 1}']


def zipped(lines: Iterable[str], name: str = "PUBLIC_NEXT_DAY_DISPATCH_20250102_0000000448123456.CSV") -> bytes:
    """The zip of a report."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, "\r\n".join(lines) + "\r\n")
    return packed.getvalue()
