"""Reviewed capacities that override the registry: `capacity_changes.csv`, one row a span of days of one unit.

The registry does not say since when a capacity holds. Columns: `unit_code`; `from` and `to`, network-local days, `to`
exclusive, empty for "since always" and "for ever"; `capacity_mw`; `source`, where the figure can be looked up. A correction has
no `from`: it holds for the whole past. Units are those of `known_units.csv` (a registry answer of 2025; add a newer one there).

`python -m include.capacity_changes` names each faulty row with its line and fails; `make check` runs it.
"""

import csv
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from difflib import get_close_matches
from pathlib import Path

from include.networks import NETWORKS

CHANGES = Path(__file__).parent / "capacity_changes.csv"
UNITS = Path(__file__).parent / "known_units.csv"
COLUMNS = ("unit_code", "from", "to", "capacity_mw", "source")


@dataclass(frozen=True)
class CapacityChange:
    """Capacity (MW) of a unit for the hours `[start, end)`; None: no bound."""

    network_id: str
    unit_code: str
    start: datetime | None
    end: datetime | None
    capacity_mw: float
    source: str


def read_changes(changes: Path = CHANGES, units: Path = UNITS) -> tuple[list[CapacityChange], list[str]]:
    """Return the rows that can be used, and a sentence with the line for each that cannot."""
    networks = known_units(units)
    found: list[tuple[int, CapacityChange]] = []
    faults: list[str] = []
    with changes.open(encoding="utf-8", newline="") as lines:
        reader = csv.DictReader(lines)
        if tuple(reader.fieldnames or ()) != COLUMNS:
            return [], [f"{changes.name}, line 1: the columns must be {', '.join(COLUMNS)}"]
        for row in reader:
            place = f"{changes.name}, line {reader.line_num}"
            try:
                change = _change(row, networks)
            except ValueError as fault:
                faults.append(f"{place}: {fault}")
                continue
            other = next((line for line, earlier in found if _overlap(earlier, change)), None)
            if other is None:
                found.append((reader.line_num, change))
            else:
                faults.append(f"{place}: the span of {change.unit_code} overlaps that of line {other}")
    return [change for _line, change in found], faults


def known_units(path: Path = UNITS) -> dict[str, str]:
    """Return network_id by unit code."""
    with path.open(encoding="utf-8", newline="") as lines:
        return {row["unit_code"]: row["network_id"] for row in csv.DictReader(lines)}


def _change(row: dict[str, str | None], networks: dict[str, str]) -> CapacityChange:
    """Raise ValueError where a row cannot be used."""
    if None in row or None in row.values():
        raise ValueError(f"expected {len(COLUMNS)} columns")
    code, source = (row["unit_code"] or "").strip(), (row["source"] or "").strip()
    if code not in networks:
        near = get_close_matches(code, networks, n=3)
        raise ValueError(f"no unit {code!r} in {UNITS.name}" + (f"; near: {', '.join(near)}" if near else ""))
    if not source:
        raise ValueError(f"the capacity of {code} has no source")
    start, end = (_midnight(row[name] or "", networks[code]) for name in ("from", "to"))
    if start is not None and end is not None and start >= end:
        raise ValueError(f"the span of {code} ends before it begins")
    return CapacityChange(networks[code], code, start, end, _megawatts(row["capacity_mw"] or ""), source)


def _midnight(text: str, network_id: str) -> datetime | None:
    return NETWORKS[network_id].midnight_utc(date.fromisoformat(text.strip())) if text.strip() else None


def _megawatts(text: str) -> float:
    megawatts = float(text)
    if not 0 < megawatts < 10_000:
        raise ValueError(f"{text} MW is no capacity of a unit")
    return megawatts


def _overlap(one: CapacityChange, other: CapacityChange) -> bool:
    def is_before(end: datetime | None, start: datetime | None) -> bool:
        return end is not None and start is not None and end <= start

    same = (one.network_id, one.unit_code) == (other.network_id, other.unit_code)
    return same and not is_before(one.end, other.start) and not is_before(other.end, one.start)


def main(arguments: Sequence[str]) -> int:
    """Name the faults of a file (of this project's without an argument); return how many there are."""
    _changes, faults = read_changes(Path(arguments[0])) if arguments else read_changes()
    for fault in faults:
        print(fault)
    return len(faults)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
