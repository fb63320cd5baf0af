"""What Silver judges by more than one hour: each rule with the incident it guards against and what it cannot see.

Pure functions on one unit's consecutive hours (arrays, NaN where there is no value). Rules on one hour alone are in `rules.py`.
A verdict depends on values at most `REACH_HOURS` away, where `needs_wide` says so `WIDE_REACH_HOURS`.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from spark_jobs.silver.capacity_shares import NEGLIGIBLE_SHARE_OF_CAPACITY, REJECT_ABOVE_CAPACITY

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Run = tuple[int, int, float]
"""First index, index after the last, and the figure found."""

SILENT_HOURS = 72
"""Longest stretch of hours that say nothing (night, no power) which a run reaches over: a farm that is off over a weekend."""

DOUBLED_RATIO, DOUBLED_TOLERANCE, DOUBLED_PROOFS = 2.0, 0.02, 3
SOUND_RATIO, SOUND_TOLERANCE = 1.0, 0.1
POWER_SHARE_OF_CAPACITY = 0.05
"""Below this the ratio of energy and power is one of two roundings."""

INCOMPLETE_RATIO, INCOMPLETE_GAP_SHARE = 0.9, 0.045
"""A ramp alone makes energy and mean power differ by at most a 24th of its height, 4.2 % of capacity."""
INCOMPLETE_DAY_RATIO, INCOMPLETE_DAY_HOUR_RATIO = 0.98, 0.97
"""Over a day the ramps cancel: what is still missing did not come."""
INCOMPLETE_DAY_FULL_LOAD_HOURS = 0.5
"""A day below this has too little power to divide by."""

LATE_SHARE_OF_CAPACITY = 0.1
FROZEN_HOURS = 3
"""Energy is given to 0.0001 MWh: two equal hours are chance."""
_ENERGY_DECIMALS = 4

LEARNING_NIGHTS, LEARNT_ABOVE_NIGHTS = 30, 10
IDLE_KNOWN_HOURS = 20
"""A day of fewer known hours may have made its energy in the others."""

REACH_HOURS = SILENT_HOURS + 24
"""How far an hour's verdict looks, and how far it acts on others, where nothing is doubled and no night has output: a day is
closed by any value within `SILENT_HOURS` of its end."""
WIDE_REACH_HOURS = (LEARNING_NIGHTS + 1) * 24
"""The same of all other units: 30 nights, and three proofs of a doubled run, which are at most `SILENT_HOURS` apart."""


@dataclass(frozen=True)
class Series:
    """One unit's consecutive hours: the newest values in MWh and MW, NaN where there is none.

    `first_hour`: hours since 1970. `capacity_mw`: that of each hour, NaN where it is unknown, and no rule says anything.
    `deep_night`: hours from the third night hour on, where the plant's coordinates cannot be trusted those that are so in all of
    its region.
    """

    first_hour: int
    energy_mwh: Floats
    power_mw: Floats
    capacity_mw: Floats
    utc_offset_hours: int
    deep_night: Bools

    def day(self, shift_hours: int = 0) -> npt.NDArray[np.int64]:
        """Return the number of each hour's local day, from the first one on; by `shift_hours` 12 that of its night."""
        hours = self.first_hour + np.arange(len(self.energy_mwh)) + self.utc_offset_hours - shift_hours
        numbers: npt.NDArray[np.int64] = hours // 24 - hours[0] // 24
        return numbers

    def day_capacity_mw(self) -> Floats:
        """Return the capacity of each local day: that of its first hour here."""
        day = self.day()
        return self.capacity_mw[np.searchsorted(day, np.arange(day[-1] + 1))]

    def day_start(self, number: int, shift_hours: int = 0) -> int:
        """Return the index at which a numbered day begins; below 0 where it began before the first hour."""
        return number * 24 - (self.first_hour + self.utc_offset_hours - shift_hours) % 24


@dataclass(frozen=True)
class Verdicts:
    """What is found of one unit: runs by rule, and the hours that are incomplete."""

    doubled: list[Run]
    frozen: list[Run]
    night_generation: list[Run]
    incomplete_hour: list[Run]
    idle: list[Run]
    night_rule_off: list[Run]
    is_incomplete: Bools

    def refusals(self) -> Iterator[tuple[str, int]]:
        """Yield reason and index of the hours that are refused, each once: the first reason that holds."""
        seen: set[int] = set()
        for reason in ("doubled", "frozen", "night_generation"):
            for start, end, _ in getattr(self, reason):
                fresh = set(range(start, end)) - seen
                seen |= fresh
                yield from ((reason, index) for index in sorted(fresh))


def judge(series: Series) -> Verdicts:
    """Return all that is found of one unit's hours."""
    doubled = doubled_runs(series)
    sound = np.where(np.abs(series.energy_mwh) <= REJECT_ABOVE_CAPACITY * series.capacity_mw, series.energy_mwh, np.nan)
    _clear(sound, doubled)
    frozen, night, off = night_runs(series, sound)
    idle = idle_days(series, sound)
    _clear(sound, [*frozen, *night])
    is_incomplete = incomplete_hours(series, sound)
    return Verdicts(doubled, frozen, night, _by_day(series, is_incomplete), idle, off, is_incomplete)


def needs_wide(series: Series) -> bool:
    """Tell whether anything here may belong to a run that is longer than `REACH_HOURS`."""
    return bool(_is_proof(_ratio(series)).any() or _is_late(series, series.energy_mwh).any())


def doubled_runs(series: Series) -> list[Run]:
    """Refuse whole runs of doubled energy.

    Guards against answers whose five-minute rows are there twice (the last seven days of an answer of November 2025): energy is
    their sum, power their mean, so that energy is twice the power. Proven by three such hours; the run goes on over hours that
    say nothing and ends at the first sound one. Cannot see it where power is doubled too, nor by night, where it does nothing.
    """
    energy, ratio = series.energy_mwh, _ratio(series)
    is_proof = _is_proof(ratio)
    if not is_proof.any():
        return []
    said = np.flatnonzero(np.isfinite(energy))
    is_end = np.abs(ratio - SOUND_RATIO) <= SOUND_TOLERANCE
    ends = np.flatnonzero(is_end)
    is_doubled = np.zeros(len(energy), dtype=bool)
    for proofs in _groups(np.flatnonzero(is_proof), ends):
        if len(proofs) < DOUBLED_PROOFS:
            continue
        first, last = int(proofs[0]), int(proofs[-1])
        before, after = ends[ends < first], ends[ends > last]
        start = max(first - SILENT_HOURS, before[-1] + 1 if len(before) else 0)
        end = min(last + SILENT_HOURS + 1, after[0] if len(after) else len(energy))
        inside = said[(said >= start) & (said < end)]
        is_doubled[inside[0] : inside[-1] + 1] = True
    return [(start, end, DOUBLED_RATIO) for start, end in _ranges(is_doubled)]


def night_runs(series: Series, energy: Floats) -> tuple[list[Run], list[Run], list[Run]]:
    """Return runs of frozen values, output by night of other kinds, and the nights in which the rule is off.

    Guards against frozen telemetry (a farm of 101 MW that "generates" 60.76 MW for 62 hours, night included: the link failed and
    the last value is repeated) and shifted labels. Output of a tenth of capacity from the third night hour on cannot be; the
    first two may hold late energy. A run of one value that reaches into it is refused whole, with its daylit hours; other
    output in its night hours only. A plant that sells stored energy does so most evenings: output in more than 10 of 30 nights
    turns the rule off in all 30. One value from dusk to dawn is frozen all the same, also below a tenth. Cannot see a frozen
    value that ends before the third night hour, nor the first and last hour of a freeze, which hold other values too.
    """
    is_some = series.deep_night & (energy >= NEGLIGIBLE_SHARE_OF_CAPACITY * series.capacity_mw)
    if not is_some.any():
        return [], [], []
    night, is_late = series.day(12), _is_late(series, energy)
    runs = [run for run in _constant_runs(energy) if is_some[run[0] : run[1]].any()]
    whole = [run for run in runs if _holds_a_night(series, night, is_some, run)]
    learnable = is_late.copy()
    _set(learnable, whole, False)
    is_off = _learnt(night, learnable)
    frozen = whole + [run for run in runs if run not in whole and (is_late & ~is_off)[run[0] : run[1]].any()]
    rest = is_late & ~is_off
    _set(rest, frozen, False)
    single = [(start, end, float(np.nanmax(energy[start:end]))) for start, end in _ranges(rest)]
    return sorted(frozen), single, [(start, end, np.nan) for start, end in _ranges(is_off)]


def incomplete_hours(series: Series, energy: Floats) -> Bools:
    """Doubt hours of which a part did not come: energy is the sum of the five-minute rows, power their mean.

    Guards against answers with rows missing (6 of 12: energy 30, power 60). An hour by its own gap, where it is more than a ramp
    can make; the hours of a closed day by the gap of the day. Cannot see it where power is missing or near 0.
    """
    power, capacity = series.power_mw, series.capacity_mw
    both = np.isfinite(energy) & np.isfinite(power)
    ratio = np.divide(energy, power, out=np.full_like(energy, np.nan), where=both & (power > 0))
    incomplete: Bools = (ratio < INCOMPLETE_RATIO) & (power - energy > INCOMPLETE_GAP_SHARE * capacity)
    day = series.day()
    sums = [np.bincount(day, weights=np.where(both, values, 0.0)) for values in (energy, power)]
    short = (sums[1] > INCOMPLETE_DAY_FULL_LOAD_HOURS * series.day_capacity_mw()) & (sums[0] < INCOMPLETE_DAY_RATIO * sums[1])
    said = np.flatnonzero(np.isfinite(series.energy_mwh))
    for number in np.flatnonzero(short):
        start = series.day_start(int(number))
        if start < 0 or not ((said >= start + 23) & (said < start + 24 + SILENT_HOURS)).any():
            continue  # the day is not closed: its ramps do not cancel yet
        of_day = (day == number) & (ratio < np.inf) & (power > NEGLIGIBLE_SHARE_OF_CAPACITY * capacity)
        low = of_day & (ratio < INCOMPLETE_DAY_HOUR_RATIO)
        incomplete |= low if low.any() else of_day
    return incomplete


def idle_days(series: Series, energy: Floats) -> list[Run]:
    """Find whole days without generation: an outage, full curtailment, or a source that writes 0 for no data.

    It cannot tell these apart (WRSF1 really made nothing in the first week of 2025), so the zeros stay values, without a flag.
    """
    day = series.day()
    is_known = np.isfinite(energy)
    is_something = is_known & (np.abs(energy) >= NEGLIGIBLE_SHARE_OF_CAPACITY * series.capacity_mw)
    known, something = (np.bincount(day, weights=hours) for hours in (is_known, is_something))
    is_idle = (known >= IDLE_KNOWN_HOURS) & (something == 0) & np.isfinite(series.day_capacity_mw())
    bounds = ((series.day_start(start), series.day_start(end)) for start, end in _ranges(is_idle))
    return [(max(0, start), min(end, len(energy)), np.nan) for start, end in bounds]


def _ratio(series: Series) -> Floats:
    """Return energy by power where power says something, else NaN."""
    speaks = series.power_mw > POWER_SHARE_OF_CAPACITY * series.capacity_mw
    return np.divide(series.energy_mwh, series.power_mw, out=np.full_like(series.energy_mwh, np.nan), where=speaks)


def _is_proof(ratio: Floats) -> Bools:
    # Decimals such as 2.02 are not exact in binary.
    proofs: Bools = np.abs(ratio - DOUBLED_RATIO) <= DOUBLED_TOLERANCE + 1e-9
    return proofs


def _is_late(series: Series, energy: Floats) -> Bools:
    return series.deep_night & (energy >= LATE_SHARE_OF_CAPACITY * series.capacity_mw)


def _groups(proofs: npt.NDArray[np.int64], ends: npt.NDArray[np.int64]) -> list[npt.NDArray[np.int64]]:
    """Return the proofs in groups without an end or a longer silence between them."""
    is_apart = np.diff(proofs) > SILENT_HOURS
    has_end = np.diff(np.searchsorted(ends, proofs)) > 0
    return np.split(proofs, np.flatnonzero(is_apart | has_end) + 1)


def _constant_runs(energy: Floats) -> list[Run]:
    """Return runs of one value, over missing hours too."""
    known = np.flatnonzero(np.isfinite(energy))
    values = energy[known].round(_ENERGY_DECIMALS)
    is_break = (np.diff(values) != 0) | (np.diff(known) > SILENT_HOURS)
    firsts = np.concatenate([[0], np.flatnonzero(is_break) + 1])
    lasts = np.concatenate([firsts[1:] - 1, [len(known) - 1]])
    return [
        (int(known[first]), int(known[last]) + 1, float(values[first]))
        for first, last in zip(firsts, lasts, strict=True)
        if last - first + 1 >= FROZEN_HOURS
    ]


def _holds_a_night(series: Series, night: npt.NDArray[np.int64], is_some: Bools, run: Run) -> bool:
    """Tell whether a run covers all of any night from its third hour on."""
    inside = np.arange(run[0], run[1])
    for number in np.unique(night[inside[is_some[inside]]]):
        deep = np.flatnonzero((night == number) & series.deep_night)
        if run[0] <= deep[0] and deep[-1] < run[1]:
            return True
    return False


def _learnt(night: npt.NDArray[np.int64], is_late: Bools) -> Bools:
    """Return the hours of all windows of nights in which output by night is usual."""
    late_nights = np.bincount(night, weights=is_late) > 0
    windows = np.convolve(late_nights, np.ones(LEARNING_NIGHTS))[: len(late_nights)]
    is_off = np.zeros(len(late_nights), dtype=bool)
    for last in np.flatnonzero(windows > LEARNT_ABOVE_NIGHTS):
        is_off[max(0, last - LEARNING_NIGHTS + 1) : last + 1] = True
    hours: Bools = is_off[night]
    return hours


def _by_day(series: Series, is_incomplete: Bools) -> list[Run]:
    """Return a run for each day with incomplete hours: from the first to the last, with their energy by power."""
    at, day = np.flatnonzero(is_incomplete), series.day()
    days = (at[day[at] == number] for number in np.unique(day[at]))
    return [
        (int(of_day[0]), int(of_day[-1]) + 1, float(series.energy_mwh[of_day].sum() / series.power_mw[of_day].sum()))
        for of_day in days
    ]


def _ranges(mask: Bools) -> list[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.concatenate([[0], mask.astype(np.int8), [0]])))
    return [(int(start), int(end)) for start, end in edges.reshape(-1, 2)]


def _clear(energy: Floats, runs: list[Run]) -> None:
    for start, end, _ in runs:
        energy[start:end] = np.nan


def _set(mask: Bools, runs: list[Run], value: bool) -> None:
    for start, end, _ in runs:
        mask[start:end] = value
