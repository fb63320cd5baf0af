"""What the source does to a simulated world's hours, each defect with a ledger of the truth: which days of which farms."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from include.solar import approximate_elevation_deg
from infra.upstream.hours import NETWORK_OFFSET_HOURS
from infra.upstream.noise import Floats
from infra.upstream.world.plants import Random
from infra.upstream.world.sun import STEPS_PER_HOUR, step_hours
from tests.simulation.world import World

DAY = 24
HELD_HOURS = 3
SHIFTS = (-2, -1, 1, 2)


@dataclass(frozen=True)
class Defect:
    """Hours `[start, end)` of farms in which a rule must find something."""

    rule: str
    farms: tuple[int, ...]
    start: int
    end: int
    figure: float = 0.0


@dataclass
class Told:
    """Energy and power of a world's farms as the source tells them, shape (farms, hours)."""

    made: World
    energy_mwh: Floats
    power_mw: Floats
    ledger: list[Defect] = field(default_factory=list)

    @classmethod
    def of(cls, made: World) -> Told:
        """A world without defects but for the hours that it lacks; farms have a load of 0.2 % of capacity by night."""
        power = made.energy_mwh / made.accepted_share
        load = np.array([0.002 * farm.capacity_mw for farm in made.farms])[:, None]
        energy = np.where(made.energy_mwh == 0, -load, made.energy_mwh)
        return cls(made, energy, np.where(power == 0, -load, power))

    def network(self, code: str) -> list[int]:
        return [index for index, farm in enumerate(self.made.farms) if ("WEM" if farm.region == "WEM" else "NEM") == code]

    def hours(self, code: str) -> int:
        """Hours from the world's first one to the network's first midnight."""
        return 0 if code == "NEM" else NETWORK_OFFSET_HOURS["NEM"] - NETWORK_OFFSET_HOURS["WEM"]

    # --- defects; `start` and `end` in hours of the world

    def double(self, farms: list[int], start: int, end: int, *, without_power: tuple[int, ...] = ()) -> None:
        self.energy_mwh[farms, start:end] *= 2
        self.ledger.append(Defect("doubled", tuple(farms), start, end))

    def forget_power(self, farms: list[int]) -> None:
        self.power_mw[farms] = np.nan

    def hold(self, farms: list[int], start: int, end: int, random: Random) -> None:
        """Each reading is held for three hours and averaged with the present one."""
        hours = np.arange(start, end)
        for farm in farms:
            phase = int(random.integers(HELD_HOURS))
            held = hours - (hours + phase) % HELD_HOURS
            fresh, stale = self.energy_mwh[farm, hours].copy(), self.energy_mwh[farm, np.maximum(held, 0)]
            self.energy_mwh[farm, hours] = np.where(np.isfinite(stale), (fresh + stale) / 2, fresh)
        self.ledger.append(Defect("late_energy", tuple(farms), start, end))

    def shift(self, farm: int, start: int, end: int, late_hours: int) -> None:
        for values in (self.energy_mwh, self.power_mw):
            values[farm, start:end] = np.roll(values[farm], late_hours)[start:end]
        self.ledger.append(Defect("shifted", (farm,), start, end, late_hours))

    def lose(self, farms: list[int], start: int, end: int, rule: str) -> None:
        for values in (self.energy_mwh, self.power_mw):
            values[farms, start:end] = np.nan
        self.ledger.append(Defect(rule, tuple(farms), start, end))

    def stop(self, farm: int, start: int, end: int) -> None:
        load = -0.002 * self.made.farms[farm].capacity_mw
        self.energy_mwh[farm, start:end] = self.power_mw[farm, start:end] = load
        self.ledger.append(Defect("standstill", (farm,), start, end))

    def half_hours(self, farms: list[int], late_minutes: int) -> None:
        """Sums of half hours that reach over the hour's edge: energy comes some minutes late. No defect."""
        for farm in farms:
            tail = late_share(self.made, farm, late_minutes)
            for values in (self.energy_mwh, self.power_mw):
                values[farm] = (1 - tail) * values[farm] + np.roll(tail * values[farm], 1)


def spoiled(made: World, random: Random, kinds: tuple[str, ...]) -> Told:
    """A world with defects of these kinds, a month or so apart on each farm; the first two weeks and the last are clean."""
    told = Told.of(made)
    days = len(made.start_s) // DAY
    nem = told.network("NEM")
    for rule in kinds:
        _DRAWN[rule](told, random, nem, days)
    return told


def _doubled(told: Told, random: Random, nem: list[int], days: int) -> None:
    """Two runs of all farms, of which a third have no power."""
    silent = random.choice(nem, len(nem) // 3, replace=False).tolist()
    told.forget_power(silent)
    for first in (14, days // 2):
        start = int(random.integers(first, first + days // 2 - 28)) * DAY + int(random.integers(DAY))
        told.double(nem, start, start + int(random.integers(3, 11)) * DAY)


def _late(told: Told, random: Random, nem: list[int], days: int) -> None:
    for quarter in range(max(1, days // 90)):
        start = int(quarter * 90 + random.integers(14, 40)) * DAY
        told.hold(nem, start, start + int(random.integers(7, 22)) * DAY, random)


def _shifted(told: Told, random: Random, nem: list[int], days: int) -> None:
    """So few that they are never a quarter at once; a battery's evenings hide a shift."""
    without_battery = [farm for farm in nem if not told.made.farms[farm].is_hybrid]
    for farm in random.choice(without_battery, min(len(nem) // 8, max(2, days // 30)), replace=False).tolist():
        start = int(random.integers(14, days - 35)) * DAY
        told.shift(farm, start, start + int(random.integers(10, 21)) * DAY, int(random.choice(SHIFTS)))


def _gaps(told: Told, random: Random, nem: list[int], days: int) -> None:
    for _ in range(4):
        start = int(random.integers(14 * DAY, (days - 10) * DAY))
        told.lose(nem, start, start + int(random.choice([1, 1, 2, 30])), "network_wide_gap")


def _silent(told: Told, random: Random, nem: list[int], days: int) -> None:
    for farm in nem[:: max(1, len(nem) // 6)]:
        start = int(random.integers(14 * DAY, (days - 10) * DAY))
        told.lose([farm], start, start + int(random.integers(2 * DAY, 9 * DAY)), "stopped_reporting")


def _standstill(told: Told, random: Random, nem: list[int], days: int) -> None:
    for farm in nem[1 :: max(1, len(nem) // 6)]:
        start = int(random.integers(14 * DAY, (days - 20) * DAY))
        told.stop(farm, start, start + int(random.integers(4 * DAY, 15 * DAY)))


_DRAWN = {
    "doubled": _doubled,
    "late_energy": _late,
    "shifted": _shifted,
    "network_wide_gap": _gaps,
    "stopped_reporting": _silent,
    "standstill": _standstill,
}


def late_share(made: World, farm: int, minutes: int) -> Floats:
    """Share of each hour's energy that is made in its last minutes, by the height of the sun, shape (hours,)."""
    steps = 3600 * step_hours(int(made.start_s[0]) // 3600, len(made.start_s))
    place = made.farms[farm].latitude_deg, made.farms[farm].longitude_deg
    height = np.clip(np.sin(np.radians(approximate_elevation_deg(steps, *place))), 0, None).reshape(-1, STEPS_PER_HOUR)
    whole = height.sum(axis=1)
    return np.asarray(height[:, STEPS_PER_HOUR - minutes * STEPS_PER_HOUR // 60 :].sum(axis=1) / np.where(whole > 0, whole, 1.0))
