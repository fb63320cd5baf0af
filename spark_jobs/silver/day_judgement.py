"""Judge whole days of all units of each network by the rules of `day_rules`: their findings, and the hours that these refuse.

It looks at the same hours of Bronze as `judgement`, which reads them, and at all units always: what is said of one unit may
depend on what all others do.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from include.networks import NETWORKS, Network
from spark_jobs.silver.capacity_shares import NEGLIGIBLE_SHARE_OF_CAPACITY
from spark_jobs.silver.day_rules import absences, doubled_without_power, late_energy, network_days, shifted
from spark_jobs.silver.day_rules.network_days import HOURS, Bools, Floats, Integers, NetworkDays, stretches
from spark_jobs.silver.findings import OF_NETWORK, Finding, Span, hour_of
from spark_jobs.silver.registry import Registry
from spark_jobs.silver.sun import clear_sky_share, clear_sky_share_by_half_hours, is_early_night
from spark_jobs.silver.unit_series import Points, in_service, sun_points

REACH_HOURS = (network_days.REACH_DAYS + 1) * HOURS
"""How far a day's verdict looks: a week to either side of the day that an hour lies in."""

WITHOUT_POWER = "without_power"
"""Cause of `doubled` where no power proves it; that with power is `run_rules`'."""
RULES = frozenset({"shifted", "late_energy", "network_wide_gap", "stopped_reporting"})
REFUSING = frozenset({"doubled", "shifted"})

AskedHours = Callable[[str, Integers], Bools]
"""Network and hours since 1970 -> which of them an answer covers that came when they were due."""


@dataclass(frozen=True)
class UnitsHours:
    """Consecutive hours of units, rows of `silver.dim_unit`: arrays of units by hours, as in `run_rules.Series`."""

    first_hour: int
    units: Sequence[Mapping[str, Any]]
    energy_mwh: Floats
    power_mw: Floats
    capacity_mw: Floats


def is_of_days(finding: Finding) -> bool:
    """Tell whether a finding is made here."""
    return finding.rule in RULES or finding.cause == WITHOUT_POWER


def day_findings(hours: UnitsHours, registry: Registry, asked: AskedHours) -> Iterator[Finding]:
    """Yield what is found of each network's whole days; `registry` has all of the units."""
    for network in NETWORKS.values():
        chosen = [number for number, unit in enumerate(hours.units) if unit["network_id"] == network.code]
        units = [hours.units[number] for number in chosen]
        if not units:
            continue
        days = _days(network, hours, chosen, registry)
        if not days.energy_mwh.shape[1]:
            continue
        late = late_energy.late_days(days)
        moved = shifted.shifted_days(days, late.windows)
        yield from _of_network(network.code, days, late.found | moved.of_network, asked)
        doubled, stopped = doubled_without_power.doubled_days(days).without_power, absences.stopped_days(days)
        for number, unit in enumerate(units):
            yield from _of_unit(days, unit, doubled[number], stopped[number], moved.of_units[number])


def refused_hours(findings: Iterable[Finding], spans: Sequence[Span]) -> Iterator[tuple[str, str, int, str]]:
    """Yield plant, unit, hour and reason of what the findings refuse in the spans."""
    for finding in findings:
        if finding.rule in REFUSING:
            for part in finding.inside(spans):
                yield from ((part.plant_id, part.unit_code, hour, part.rule) for hour in range(part.start, part.end))


def without_overlap(findings: Iterable[Finding], others: Iterable[Finding]) -> list[Finding]:
    """Return findings without what others of the same unit and rule say already: a doubled run that power proves is that run."""
    said: dict[tuple[str, str, str], list[Span]] = {}
    for other in others:
        said.setdefault((other.plant_id, other.unit_code, other.rule), []).append((other.start, other.end))
    return [
        part
        for finding in findings
        for part in finding.outside(sorted(said.get((finding.plant_id, finding.unit_code, finding.rule), [])))
    ]


def _days(network: Network, hours: UnitsHours, chosen: Sequence[int], registry: Registry) -> NetworkDays:
    units = [hours.units[number] for number in chosen]
    energy, capacity = hours.energy_mwh[chosen], hours.capacity_mw[chosen]
    count = energy.shape[1]
    points_of = {plant["plant_id"]: sun_points(plant) for plant in registry.plants}
    names = sorted({unit["plant_id"] for unit in units})
    places = [points_of[name] for name in names]
    plant_of = np.array([names.index(unit["plant_id"]) for unit in units])
    service = [in_service(registry.spans[unit["network_id"], unit["unit_code"]], hours.first_hour, count) for unit in units]
    return NetworkDays.of_hours(
        hours.first_hour,
        int(network.utc_offset.total_seconds()) // 3600,
        plant_of,
        energy_mwh=energy,
        power_mw=hours.power_mw[chosen],
        capacity_mw=capacity,
        in_service=np.array(service),
        early_night=_early_nights(hours.first_hour, energy, capacity, plant_of, places),
        clear_share=_clear_shares(network, hours.first_hour, energy, places)[plant_of],
    )


def _early_nights(first_hour: int, energy: Floats, capacity: Floats, plant_of: Integers, places: Sequence[Points]) -> Bools:
    """Return the early night hours with output; none of a plant whose coordinates cannot be trusted."""
    is_known = np.array([len(points) == 1 for points in places])[plant_of]
    early: Bools = is_known[:, None] & (energy >= NEGLIGIBLE_SHARE_OF_CAPACITY * capacity)
    unit, at = np.nonzero(early)
    place = np.array([points[0] for points in places])[plant_of[unit]]
    early[unit, at] = is_early_night(first_hour + at, place[:, 0], place[:, 1])
    return early


def _clear_shares(network: Network, first_hour: int, energy: Floats, places: Sequence[Points]) -> Floats:
    """Return the clear sky's share over each plant, NaN before and after all energy, and where coordinates cannot be trusted."""
    shares: Floats = np.full((len(places), energy.shape[1]), np.nan)
    known = np.flatnonzero(np.isfinite(energy).any(axis=0))
    trusted = [number for number, points in enumerate(places) if len(points) == 1]
    if not len(known) or not trusted:
        return shares
    at = np.arange(max(0, known[0] - HOURS), min(known[-1] + 1 + HOURS, energy.shape[1]))
    latitude, longitude = (np.array([places[number][0][axis] for number in trusted])[:, None] for axis in (0, 1))
    until = hour_of(network.half_hours_until) - first_hour if network.half_hours_until else 0
    for some, is_by_half_hours in ((at[at < until], True), (at[at >= until], False)):
        here = first_hour + some, latitude, longitude
        found = clear_sky_share_by_half_hours(*here, shifted.ON_SHARES) if is_by_half_hours else clear_sky_share(*here)
        shares[np.array(trusted)[:, None], some] = found
    return shares


def _of_network(network_id: str, days: NetworkDays, late: Bools, asked: AskedHours) -> Iterator[Finding]:
    finding = Finding(network_id, OF_NETWORK, "late_energy", 0, 0, None, network_days.LEAST_SHARE)
    for start, end in stretches(late):
        yield replace(finding, start=days.hour_of_day(start), end=days.hour_of_day(end))
    silent = absences.silent_hours(days).ravel()
    at = np.flatnonzero(silent)
    silent[at] = asked(network_id, days.first_hour + at)
    for start, end in stretches(silent):
        yield replace(
            finding,
            rule="network_wide_gap",
            start=days.first_hour + start,
            end=days.first_hour + end,
            bound=float(absences.LEAST_UNITS),
        )


def _of_unit(days: NetworkDays, unit: Mapping[str, Any], doubled: Bools, stopped: Bools, late_by: Integers) -> Iterator[Finding]:
    kinds = [
        ("doubled", doubled, None, doubled_without_power.PROOF_SHARE, WITHOUT_POWER),
        ("stopped_reporting", stopped, None, 1.0, None),
        *[("shifted", late_by == by, float(by), float(shifted.LEAST_GAIN_HOURS), None) for by in shifted.SHIFTS],
    ]
    for rule, marked, value, bound, cause in kinds:
        for start, end in stretches(np.asarray(marked)):
            span = days.hour_of_day(start), days.hour_of_day(end)
            yield Finding(unit["plant_id"], unit["unit_code"], rule, *span, value, bound, cause)
