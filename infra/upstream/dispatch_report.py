"""The market operator's next-day dispatch of a trading day, as it publishes it: a zip of a CSV with tables and END OF REPORT.

Units of the NEM from 30 MW on, of the world, or without one of what they made, with no limit on them. Of recorded hours nobody
recorded a unit solution: their units have no rows there. A thermal unit and a table of regions are in it too, as a reader
must pass over them.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import numpy as np

from infra.upstream.farms import Farm, Unit
from infra.upstream.faults import Bitten
from infra.upstream.generation import unit_energy_mwh
from infra.upstream.hours import NETWORK_OFFSET_HOURS, hour_index
from infra.upstream.noise import Floats
from infra.upstream.recorded_week import recorded_energy_mwh
from infra.upstream.sky import Sky
from infra.upstream.world.plants import SCHEDULED_MW, Bools
from infra.upstream.world.sun import STEPS_PER_HOUR
from infra.upstream.world.unit_solution import Dispatched, dispatched
from infra.upstream.world.world import World

INTERVALS, FIRST_HOUR_OF_DAY, MINUTES = 288, 4, 5
PUBLISHED_AFTER = timedelta(minutes=10)
NEM_AHEAD = timedelta(hours=NETWORK_OFFSET_HOURS["NEM"])
_HEADER = (
    "SETTLEMENTDATE,RUNNO,DUID,TRADETYPE,DISPATCHINTERVAL,INTERVENTION,CONNECTIONPOINTID,DISPATCHMODE,AGCSTATUS,INITIALMW,"
    "TOTALCLEARED,RAMPDOWNRATE,RAMPUPRATE,LOWER5MIN,LOWER60SEC,LOWER6SEC,RAISE5MIN,RAISE60SEC,RAISE6SEC,DOWNEPF,UPEPF,"
    "MARGINAL5MINVALUE,MARGINAL60SECVALUE,MARGINAL6SECVALUE,MARGINALVALUE,VIOLATION5MINDEGREE,VIOLATION60SECDEGREE,"
    "VIOLATION6SECDEGREE,VIOLATIONDEGREE,LASTCHANGED,LOWERREG,RAISEREG,AVAILABILITY,SEMIDISPATCHCAP,DISPATCHMODETIME,"
    "CONFORMANCE_MODE,UIGF,INITIAL_ENERGY_STORAGE,ENERGY_STORAGE,MIN_AVAILABILITY,ELEMENT_CAP"
)
COLUMNS = _HEADER.split(",")
"""Of version 6, without most of those of frequency control."""
VERSION, VERSION_WITHOUT_UIGF = "6", "2"
_SEQUENCE = 448_000_000


@dataclass(frozen=True)
class UnitDay:
    """MW of a unit in the 288 intervals of a trading day, NaN where it has no row; shape (intervals,)."""

    code: str
    uigf_mw: Floats
    availability_mw: Floats
    cleared_mw: Floats
    energy_mw: Floats
    is_capped: Bools


def file_name(day: date) -> str:
    """Name of a day's file."""
    return f"PUBLIC_NEXT_DAY_DISPATCH_{day:%Y%m%d}_{_SEQUENCE + day.toordinal():016d}.zip"


def published_at(day: date) -> datetime:
    """When the file of a trading day appears, UTC."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC) - NEM_AHEAD
    return midnight + timedelta(days=1, hours=FIRST_HOUR_OF_DAY) + PUBLISHED_AFTER


def unit_days(day: date, farms: tuple[Farm, ...], sky: Sky, world: World | None) -> list[UnitDay]:
    """What the operator dispatched on a trading day."""
    first = first_hour(day)
    told = dispatched(world, first, 25) if world is not None else None
    found = []
    for farm in farms:
        if farm.network_id != "NEM" or farm.capacity_mw < SCHEDULED_MW:
            continue
        for unit in farm.units:
            energy = np.repeat(unit_energy_mwh(sky, farm, unit, first, 25, world), STEPS_PER_HOUR)
            recorded = recorded_energy_mwh().get(unit.code if unit.recorded_as is None else unit.recorded_as, {})
            is_recorded = np.repeat([first + hour in recorded for hour in range(25)], STEPS_PER_HOUR)
            energy = np.where(is_recorded, np.nan, energy)
            made = _of_world(told, world, farm, unit, energy) if told is not None and world is not None else None
            found.append(_cut(unit.code, made or UnitDay(unit.code, energy, energy, energy, energy, np.zeros(300, dtype=bool))))
    return found


def first_hour(day: date) -> int:
    """Index of the hour to which the first interval of a trading day belongs."""
    return hour_index(published_at(day) - PUBLISHED_AFTER - timedelta(days=1))


def report(day: date, units: list[UnitDay], bitten: Bitten) -> bytes:
    """The zip."""
    version, columns = VERSION, COLUMNS
    if "old_table" in bitten:
        version, columns = VERSION_WITHOUT_UIGF, [name for name in COLUMNS if name != "UIGF"]
    lines = [f"C,NEMP.WORLD,NEXT_DAY_DISPATCH,AEMO,PUBLIC,{day:%Y/%m/%d},04:10:00,{_SEQUENCE + day.toordinal():016d}"]
    lines.append(f"I,DISPATCH,UNIT_SOLUTION,{version},{','.join(columns)}")
    lines += [f"D,DISPATCH,UNIT_SOLUTION,{version},{row}" for row in _unit_rows(day, units, columns)]
    lines.append("I,DISPATCH,REGIONSUM,6,SETTLEMENTDATE,RUNNO,REGIONID,TOTALDEMAND")
    lines += [
        f'D,DISPATCH,REGIONSUM,6,"{_label(day, number)}",1,{region},5000' for number in range(3) for region in ("NSW1", "QLD1")
    ]
    if "no_end_of_report" in bitten:
        lines = lines[: len(lines) * 2 // 3]
    else:
        lines.append(f'C,"END OF REPORT",{len(lines) + 1}')
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        member = zipfile.ZipInfo(file_name(day).replace(".zip", ".CSV"), date_time=(1980, 1, 1, 0, 0, 0))
        member.compress_type = zipfile.ZIP_DEFLATED
        archive.writestr(member, "\r\n".join(lines) + "\r\n")
    return packed.getvalue()


def listing(days: list[date], folder: str) -> str:
    """The folder's page, as the operator's server writes it."""
    entries = "".join(
        f"{published_at(day) + NEM_AHEAD:%A, %B %d, %Y %I:%M %p} {8_600_000:12d} "
        f'<A HREF="{folder}/{file_name(day)}">{file_name(day)}</A><br>'
        for day in days
    )
    title = f"nemweb.com.au - {folder}/"
    return (
        f"<html><head><title>{title}</title></head><body><H1>{title}</H1><hr>\r\n\r\n"
        f'<pre><A HREF="{folder.rsplit("/", 1)[0]}/">[To Parent Directory]</A><br><br>{entries}</pre><hr></body></html>'
    )


def _of_world(told: Dispatched, world: World, farm: Farm, unit: Unit, energy_mw: Floats) -> UnitDay | None:
    """The unit's share of what was dispatched of its plant."""
    places = [(world.plants[at].latitude_deg, world.plants[at].longitude_deg) for at in told.positions]
    if (farm.latitude, farm.longitude) not in places:
        return None
    at = places.index((farm.latitude, farm.longitude))
    share = np.where(np.isnan(energy_mw), np.nan, unit.capacity_mw / farm.capacity_mw)
    uigf, availability, cleared = (values[at] * share for values in (told.uigf_mw, told.availability_mw, told.cleared_mw))
    return UnitDay(unit.code, uigf, availability, cleared, energy_mw, told.is_capped[at])


def _cut(code: str, of_hours: UnitDay) -> UnitDay:
    """The trading day's intervals: the first of its hours begins one before it, the last has one that is in it."""
    inside = slice(1, 1 + INTERVALS)
    uigf, availability, cleared = of_hours.uigf_mw[inside], of_hours.availability_mw[inside], of_hours.cleared_mw[inside]
    return UnitDay(code, uigf, availability, cleared, of_hours.energy_mw[inside], of_hours.is_capped[inside])


def _unit_rows(day: date, units: list[UnitDay], columns: list[str]) -> Iterator[str]:
    """By interval, as in the real file; numbers that nobody knows are empty."""
    places = {name: at for at, name in enumerate(columns)}
    for number in range(INTERVALS):
        shared = [""] * len(columns)
        for name, text in (
            ("SETTLEMENTDATE", f'"{_label(day, number)}"'), ("RUNNO", "1"), ("TRADETYPE", "0"), ("INTERVENTION", "0"),
            ("DISPATCHINTERVAL", f"{day:%Y%m%d}{number + 1:03d}"), ("DISPATCHMODE", "0"), ("AGCSTATUS", "0"),
            ("LASTCHANGED", f'"{_label(day, number - 1)}"'),
        ):  # fmt: skip
            shared[places[name]] = text
        coal = {"DUID": "BW01", "INITIALMW": "540.25", "TOTALCLEARED": "545", "AVAILABILITY": "660"}
        yield _filled(shared, places, coal)
        for unit in units:
            if not np.isnan(unit.cleared_mw[number]):
                yield _filled(shared, places, _numbers(unit, number))


def _numbers(unit: UnitDay, number: int) -> dict[str, str]:
    return {
        "DUID": unit.code, "INITIALMW": f"{unit.energy_mw[number]:.5g}", "UIGF": f"{unit.uigf_mw[number]:.5f}",
        "TOTALCLEARED": f"{unit.cleared_mw[number]:.5f}", "AVAILABILITY": f"{unit.availability_mw[number]:.5f}",
        "SEMIDISPATCHCAP": f"{int(unit.is_capped[number])}",
    }  # fmt: skip


def _filled(shared: list[str], places: dict[str, int], texts: dict[str, str]) -> str:
    """A row with these texts beside what all rows of its interval share; a version may lack a column."""
    cells = [*shared]
    for name, text in texts.items():
        if name in places:
            cells[places[name]] = text
    return ",".join(cells)


def _label(day: date, number: int) -> str:
    """End of an interval on the NEM's clock."""
    end = datetime(day.year, day.month, day.day, FIRST_HOUR_OF_DAY, tzinfo=UTC) + timedelta(minutes=MINUTES * (number + 1))
    return f"{end:%Y/%m/%d %H:%M:%S}"
