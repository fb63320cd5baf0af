"""The 40 real farms of `recorded/solar_facilities.csv`, as plants with units and capacities."""

from __future__ import annotations

import csv
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from infra.upstream.hours import NETWORK_OFFSET_HOURS, hour_index

RECORDED = Path(__file__).parent / "recorded"

COMMISSIONING_FARMS = frozenset({"STUBSF"})
"""Still climbing: the newest farm of the list in January 2025. The source derives `commissioning` from a low maximum."""
COMMISSIONING_SHARE = 0.85
"""Share of capacity such a farm never passes; above 0.9 the source calls a unit operating."""
FULL_SHARE = 1.003
"""Good recorded data tops out 0.3 % above `capacity_maximum`."""
DC_TO_AC = 1.25
"""Panel over AC capacity where the list knows none; the known ones lie between 1.1 and 1.4."""
SAME_PLACE_DEGREES = 0.02
"""Clients may round coordinates, and registries correct them; two recorded farms are never this close."""
FIRST_SEEN_AT = time(9)
"""Hour of `data_first_seen`, which the list keeps as a date."""


@dataclass(frozen=True)
class Unit:
    """One unit. Capacities in MW; `first_seen_local` is the network's wall clock.

    What registry faults do to it: `recorded_as`, the code under which its hours were recorded (None: its own); `upgraded`, hour
    and factor from which it makes more; `end_hour`, from which it makes nothing; `told`, what its record says instead.
    """

    code: str
    capacity_registered_mw: float
    capacity_maximum_mw: float | None
    first_seen_local: datetime
    has_commencement_date: bool = False
    status_id: str = "operating"
    fueltech_id: str = "solar_utility"
    recorded_as: str | None = None
    upgraded: tuple[int, float] | None = None
    end_hour: int | None = None
    told: tuple[tuple[str, Any], ...] = ()

    @property
    def capacity_mw(self) -> float:
        """AC limit: maximum, else registered."""
        return self.capacity_maximum_mw or self.capacity_registered_mw


@dataclass(frozen=True)
class Farm:
    """A facility. `top_share` is the largest share of its capacity that it reaches; `idle_units` never generate."""

    code: str
    name: str
    network_id: str
    network_region: str
    latitude: float
    longitude: float
    dc_mw: float
    top_share: float
    units: tuple[Unit, ...]
    idle_units: tuple[Unit, ...] = ()
    is_listed: bool = True
    told: tuple[tuple[str, Any], ...] = ()

    @property
    def utc_offset_hours(self) -> int:
        """Hours that network time is ahead of UTC."""
        return NETWORK_OFFSET_HOURS[self.network_id]

    @property
    def capacity_mw(self) -> float:
        """AC limit of all units."""
        return sum(unit.capacity_mw for unit in self.units)

    def first_hour(self, unit: Unit) -> int:
        """Index of the first hour that a unit has data for."""
        return hour_index(unit.first_seen_local.replace(tzinfo=UTC) - timedelta(hours=self.utc_offset_hours))


@cache
def listed_farms() -> tuple[Farm, ...]:
    """Every farm of the list, in file order."""
    with (RECORDED / "solar_facilities.csv").open(encoding="utf-8", newline="") as lines:
        return tuple(_with_battery(_farm(row)) for row in csv.DictReader(lines))


@cache
def same_place(latitude: float, longitude: float) -> tuple[float, float]:
    """The coordinate of the listed farm that is there, else this one: a place's sky does not depend on how it is written."""
    places = {(farm.latitude, farm.longitude) for farm in listed_farms()}
    degrees, place = min((max(abs(at[0] - latitude), abs(at[1] - longitude)), at) for at in places)
    return place if degrees < SAME_PLACE_DEGREES else (latitude, longitude)


def new_farm(first_seen_local: datetime) -> Farm:
    """The made-up farm of the defect `new_commissioning_unit`: nobody's list knows it until it reports."""
    unit = Unit("0NEWSF1", 120.0, 100.0, first_seen_local)
    return Farm("0NEWSF", "Acacia Plains", "NEM", "NSW1", -33.1, 147.9, 125.0, 0.5, (unit,))


def _farm(row: dict[str, str]) -> Farm:
    codes = row["unit_codes"].split("|")
    registered_mw = float(row["capacity_registered_mw"])
    maximum_mw = float(row["capacity_maximum_mw"]) if row["capacity_maximum_mw"] else None
    first_seen = datetime.combine(date.fromisoformat(row["data_first_seen"]), FIRST_SEEN_AT)
    units = tuple(
        Unit(
            code=code,
            capacity_registered_mw=round(registered_mw / len(codes), 4),
            capacity_maximum_mw=round(maximum_mw / len(codes), 4) if maximum_mw else None,
            first_seen_local=first_seen,
            has_commencement_date=number % 2 == 0,
        )
        for number, code in enumerate(codes, start=len(row["facility_code"]))
    )
    capacity_mw = maximum_mw or registered_mw
    return Farm(
        code=row["facility_code"],
        name=row["facility_name"],
        network_id=row["network_id"],
        network_region=row["network_region"],
        latitude=float(row["lat"]),
        longitude=float(row["lng"]),
        dc_mw=float(row["dc_mw"]) if row["dc_mw"] else capacity_mw * DC_TO_AC,
        top_share=COMMISSIONING_SHARE if row["facility_code"] in COMMISSIONING_FARMS else FULL_SHARE,
        units=units,
    )


def _with_battery(farm: Farm) -> Farm:
    """New England has committed batteries beside its solar units: a filter on units must drop them."""
    if farm.code != "NEWENSF":
        return farm
    battery = Unit("0NEWENB1", 50.0, 50.0, datetime(2030, 1, 1), status_id="committed", fueltech_id="battery")  # noqa: DTZ001
    return replace(farm, idle_units=(battery,))
