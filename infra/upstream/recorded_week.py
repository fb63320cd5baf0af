"""The recorded week: energy of 8 farms by unit, weather and air quality by farm, indexed by GMT hour.

Energy labels are the start of the hour and carry their offset. Weather labels are +10:00 though no zone is written
(see `recorded/README.md`), so ten hours are taken off here, once, and nowhere else.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache

from infra.upstream.farms import RECORDED, SAME_PLACE_DEGREES
from infra.upstream.hours import hour_index

LABEL_OFFSET = timedelta(hours=10)

_NOT_VARIABLES = {
    "facility_code", "facility_name", "latitude", "longitude", "date", "ingest_mode", "ingest_timestamp",
    "weather_timestamp", "weather_date", "air_timestamp", "air_date",
}  # fmt: skip

Series = dict[int, float]


@dataclass(frozen=True)
class RecordedPlace:
    """Weather or air quality of one farm: variable -> GMT label hour -> value in the recorded unit."""

    latitude: float
    longitude: float
    hours: range
    values: dict[str, Series]


@cache
def recorded_energy_mwh() -> dict[str, Series]:
    """Unit code -> hour (start) -> MWh."""
    energy: dict[str, Series] = defaultdict(dict)
    for row in _rows("facility_energy_1h.csv"):
        energy[row["unit_code"]][hour_index(datetime.fromisoformat(row["interval_start"]))] = float(row["value"])
    return dict(energy)


@cache
def recorded_weather() -> tuple[RecordedPlace, ...]:
    """Weather of the 8 farms; wind in km/h."""
    return _places("facility_weather_1h.csv")


@cache
def recorded_air_quality() -> tuple[RecordedPlace, ...]:
    """Air quality of the 8 farms."""
    return _places("facility_air_quality_1h.csv")


def place_at(places: tuple[RecordedPlace, ...], latitude: float, longitude: float) -> RecordedPlace | None:
    """The recorded place at a coordinate, or None."""
    for place in places:
        if max(abs(place.latitude - latitude), abs(place.longitude - longitude)) < SAME_PLACE_DEGREES:
            return place
    return None


def _places(file_name: str) -> tuple[RecordedPlace, ...]:
    by_farm: dict[str, list[dict[str, str]]] = defaultdict(list)
    for row in _rows(file_name):
        by_farm[row["facility_code"]].append(row)
    return tuple(_place(rows) for rows in by_farm.values())


def _place(rows: list[dict[str, str]]) -> RecordedPlace:
    hours = [hour_index(datetime.fromisoformat(row["date"]).replace(tzinfo=UTC) - LABEL_OFFSET) for row in rows]
    names = [name for name in rows[0] if name not in _NOT_VARIABLES]
    values = {name: {hour: float(row[name]) for hour, row in zip(hours, rows, strict=True) if row[name] != ""} for name in names}
    return RecordedPlace(float(rows[0]["latitude"]), float(rows[0]["longitude"]), range(min(hours), max(hours) + 1), values)


def _rows(file_name: str) -> Iterator[dict[str, str]]:
    with (RECORDED / file_name).open(encoding="utf-8", newline="") as lines:
        yield from csv.DictReader(lines)
