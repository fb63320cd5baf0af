"""`python -m tests.simulation.findings SEED [DAYS]`: which of a world's defects the rules over days find, what they invent."""

from __future__ import annotations

import sys
import time

import numpy as np

from infra.upstream.world.plants import Bools
from spark_jobs.silver.capacity_shares import NEGLIGIBLE_SHARE_OF_CAPACITY
from spark_jobs.silver.day_rules.absences import silent_hours, stopped_days
from spark_jobs.silver.day_rules.doubled_without_power import doubled_days
from spark_jobs.silver.day_rules.late_energy import late_days
from spark_jobs.silver.day_rules.network_days import NetworkDays
from spark_jobs.silver.day_rules.shifted import ON_SHARES, shifted_days
from spark_jobs.silver.sun import clear_sky_share, clear_sky_share_by_half_hours, is_early_night
from tests.simulation.defects import DAY, Told, spoiled
from tests.simulation.world import world

KINDS = ("doubled", "late_energy", "shifted", "network_wide_gap", "stopped_reporting")


def network_days(told: Told, code: str, *, is_by_half_hours: bool = False) -> NetworkDays:
    """What the rules are told of a network."""
    chosen = told.network(code)
    made = told.made
    hours = made.start_s // 3600
    farms = [made.farms[index] for index in chosen]
    latitude, longitude = (
        np.array(each)[:, None] for each in zip(*[(f.latitude_deg, f.longitude_deg) for f in farms], strict=True)
    )
    capacity = np.array([farm.capacity_mw for farm in farms])[:, None] * np.ones(len(hours))
    energy = told.energy_mwh[chosen]
    unit, at = np.nonzero(energy > 0.005 * capacity)
    early = np.zeros(energy.shape, dtype=bool)
    place = latitude[unit, 0], longitude[unit, 0]
    early[unit, at] = is_early_night(hours[at], *place)
    return NetworkDays.of_hours(
        int(hours[0]),
        {"NEM": 10, "WEM": 8}[code],
        np.arange(len(chosen)),
        energy_mwh=energy,
        power_mw=told.power_mw[chosen],
        capacity_mw=capacity,
        in_service=np.ones(energy.shape, dtype=bool),
        early_night=early,
        clear_share=clear_sky_share_by_half_hours(hours, latitude, longitude, ON_SHARES)
        if is_by_half_hours
        else clear_sky_share(hours, latitude, longitude),
    )


def found_days(days: NetworkDays) -> dict[str, Bools]:
    """Days found by rule: of units, shape (units, days), or of the network, shape (days,)."""
    late = late_days(days)
    shifted = shifted_days(days, late.windows)
    return {
        "doubled": doubled_days(days).without_power,
        "late_energy": late.found | shifted.of_network,
        "shifted": shifted.of_units != 0,
        "network_wide_gap": silent_hours(days).any(axis=1),
        "stopped_reporting": stopped_days(days),
    }


def true_days(told: Told, code: str, rule: str, days: NetworkDays, *, whole: bool) -> Bools:
    """Days of the ledger, all that a defect touches or those wholly in it, shape (units, days)."""
    chosen, skip = told.network(code), days.first_hour - int(told.made.start_s[0] // 3600)
    hours = np.zeros(told.energy_mwh.shape, dtype=bool)
    for defect in told.ledger:
        if defect.rule == rule:
            hours[list(defect.farms), defect.start : defect.end] = True
    count = days.energy_mwh.shape[1]
    by_day = hours[chosen, skip : skip + count * DAY].reshape(len(chosen), count, DAY)
    return np.asarray(by_day.all(axis=2) if whole else by_day.any(axis=2))


def can_be_doubled(days: NetworkDays) -> Bools:
    """Days with energy of units without any power, shape (units, days): others' doubled hours are another rule's."""
    has_power = np.isfinite(days.power_mw).any(axis=(1, 2))
    return np.asarray(~has_power[:, None] & (days.share > NEGLIGIBLE_SHARE_OF_CAPACITY).any(axis=2))


def false_runs(found: dict[str, Bools], rule: str) -> int:
    """Runs found by other rules than that of the defects."""
    return sum(_runs(each) for name, each in found.items() if name != rule)


def main(seed: int, days: int) -> None:
    start = time.process_time()
    made = world(seed, days=days)
    print(f"seed {seed}: {len(made.farms)} farms x {days} days in {time.process_time() - start:.1f} s of a core")
    clean = Told.of(made)
    start = time.process_time()
    for code in ("NEM", "WEM"):
        for rule, found in found_days(network_days(clean, code)).items():
            print(f"clean {code} {rule}: {int(found.sum())} days in {_runs(found)} runs")
    print(f"judged in {time.process_time() - start:.1f} s")
    for minutes in (15, 25):
        told = Told.of(made)
        told.half_hours(told.network("WEM"), minutes)
        found = found_days(network_days(told, "WEM", is_by_half_hours=True))
        print(f"half hours {minutes:+d} min:", {rule: int(each.sum()) for rule, each in found.items()})
    random = np.random.default_rng(seed)
    for rule in KINDS:
        told = spoiled(made, random, (rule,))
        of = network_days(told, "NEM")
        all_found = found_days(of)
        found = all_found[rule]
        whole, touched = (true_days(told, "NEM", rule, of, whole=each) for each in (True, False))
        if rule == "doubled":
            whole = whole & can_be_doubled(of)
        if rule == "network_wide_gap":
            whole = touched
        if found.ndim == 1:
            whole, touched = whole.any(axis=0), touched.any(axis=0)
        print(
            f"{rule}: recall {(found & whole).sum() / whole.sum():.3f} of {whole.sum()} days,"
            f" {int((found & ~touched).sum())} days beside, {false_runs(all_found, rule)} runs of other rules"
        )


def _runs(found: Bools) -> int:
    rows = np.atleast_2d(found).astype(int)
    return int((np.diff(np.pad(rows, [(0, 0), (1, 0)]), axis=1) > 0).sum())


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 365)
