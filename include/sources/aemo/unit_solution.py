"""What AEMO's next-day dispatch says of our units: forecast (UIGF), availability and target of each five minutes. Pure.

Times in the file are NEM time, and name the END of their interval. A trading day reaches from 04:05 to 04:00 of the next day.
Where the operator intervened there are two rows: that of the physical run, INTERVENTION 1, is what units were told to do.
Both are kept.
"""

import base64
import math
import re
from datetime import date, datetime, timedelta
from typing import Any

from include.networks import NETWORKS
from include.sources.aemo.reports import NotWhole, Table, read_table
from include.sources.readings import Body, Envelope, Reading, Row, read_body, read_refusal
from include.sources.strict_json import Refusals, Unreadable
from include.windows import DAY, HOUR, Window

LISTING, DAY_FILE = "listing", "day"
"""What was asked for, in the envelope's `dataset`."""
NEM = NETWORKS["NEM"]
TRADING_DAY_STARTS = timedelta(hours=4)
NEEDED = ("SETTLEMENTDATE", "DUID", "TOTALCLEARED", "AVAILABILITY", "SEMIDISPATCHCAP", "UIGF")
"""UIGF is in the table from version 3 or so on; older ones are refused by name."""
_NUMBERS = {"INITIALMW": "initial_mw", "TOTALCLEARED": "total_cleared_mw", "AVAILABILITY": "availability_mw", "UIGF": "uigf_mw"}
_FILE = re.compile(r"PUBLIC_NEXT_DAY_DISPATCH_(\d{8})_(\d{8,20})\.zip", re.IGNORECASE)


def read(envelope: Envelope) -> Reading:
    """Read a listing (no rows) or a day's file; nothing here costs credits."""
    response, context = envelope["response"], envelope["context"]
    if envelope["error"] or response["status"] != 200:
        return read_refusal(envelope, 0.0, None)
    if context["dataset"] == LISTING:
        return read_body(0.0, lambda: Body([], note=f"{len(listed_files(response['body'] or ''))} days are listed"))
    return read_body(0.0, lambda: parse_day(_bytes_of(response), context))


def listed_files(html: str) -> dict[date, str]:
    """Return the name of each trading day's file in a listing; of a day that was published again the newest."""
    files: dict[date, tuple[int, str]] = {}
    for found in _FILE.finditer(html):
        try:
            day = datetime.strptime(found[1], "%Y%m%d").date()  # noqa: DTZ007  a date
        except ValueError:
            continue
        files[day] = max(files.get(day, (0, "")), (int(found[2]), found[0]))
    return {day: name for day, (_, name) in sorted(files.items())}


def trading_hours(day: date) -> Window:
    """Return the hours that the intervals of a trading day belong to: its last one is the first of the hour from 04:00."""
    start = NEM.midnight_utc(day) + TRADING_DAY_STARTS
    return Window(start, start + DAY + HOUR)


def parse_day(packed: bytes, context: dict[str, Any]) -> Body:
    """Return a row for each of the asked units, interval and run; of those that came twice with other values none."""
    units = set(context.get("unit_codes") or ())
    table = read_table(packed, "DISPATCH", "UNIT_SOLUTION", NEEDED, "DUID", units)
    hours = Window.parse(context["window_start"], context["window_end"])
    refusals = Refusals()
    refusals.found += table.misshapen
    rows = _rows(table, hours, refusals)
    note = None if rows else f"no row of {len(units)} units"
    return Body(rows, api_version=f"UNIT_SOLUTION {table.version}", note=note, refused=refusals.found)


def _rows(table: Table, hours: Window, refusals: Refusals) -> list[Row]:
    rows: dict[tuple[Any, ...], tuple[float, Row]] = {}
    contradicted: set[tuple[Any, ...]] = set()
    for number, cells in table.rows:
        with refusals.apart():
            row = _row(cells, hours, f"line {number}")
            key = row["unit_code"], row["interval_end_utc"], row["intervention"]
            run = _number(cells.get("RUNNO", ""), f"line {number} RUNNO") or 0.0
            held_run, held = rows.get(key, (-1.0, row))
            if run == held_run and held != row:
                contradicted.add(key)
                raise Unreadable(f"line {number}", f"expected one row of {row['unit_code']} an interval, got two that differ")
            if run > held_run:
                rows[key] = run, row
    return [row for key, (_, row) in sorted(rows.items()) if key not in contradicted]


def _row(cells: dict[str, str], hours: Window, path: str) -> Row:
    end = _interval_end(cells["SETTLEMENTDATE"], f"{path} SETTLEMENTDATE")
    # The source's hour holds the twelve labels from hh:00 to hh:55.
    hour = end.replace(minute=0)
    if not hours.start < end <= hours.end - HOUR:
        raise Unreadable(f"{path} SETTLEMENTDATE", f"expected an interval of the trading day, got {cells['SETTLEMENTDATE'][:40]}")
    numbers = {column: _number(cells.get(name, ""), f"{path} {name}") for name, column in _NUMBERS.items()}
    capped = _number(cells["SEMIDISPATCHCAP"], f"{path} SEMIDISPATCHCAP")
    intervention = _number(cells.get("INTERVENTION", ""), f"{path} INTERVENTION")
    return {
        "network_id": NEM.code,
        "unit_code": cells["DUID"].strip(),
        "ts_utc": hour,
        "interval_end_utc": end,
        "intervention": int(intervention or 0),
        **numbers,
        "is_capped": None if capped is None else capped != 0,
    }


def _interval_end(text: str, path: str) -> datetime:
    try:
        local = datetime.strptime(text.strip(), "%Y/%m/%d %H:%M:%S")  # noqa: DTZ007  NEM time
    except ValueError:
        raise Unreadable(path, f"expected a time as 2025/01/01 04:05:00, got {text[:40]}") from None
    if local.minute % 5 or local.second:
        raise Unreadable(path, f"expected the end of five minutes, got {text[:40]}")
    return NEM.to_utc(local)


def _number(text: str, path: str) -> float | None:
    if not text.strip():
        return None
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise Unreadable(path, f"expected a number or nothing, got {text[:40]}")
    return number


def _bytes_of(response: dict[str, Any]) -> bytes:
    """Return the zip; landing keeps what is no text as base64."""
    if response.get("body_encoding") != "base64":
        raise NotWhole("the body is no zip")
    return base64.b64decode(response["body"])
