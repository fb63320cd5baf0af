"""Fit what each plant should make under its weather: `fit.py --start ISO --end ISO --run-id ID`.

Reads `[start, end)` of Silver, best 90 days, and up to a year before `end` for the plants' bids. Writes the fit's rows to
`silver.plant_model` as challenger, and to `silver.plant_model_comparison` how it compares with the champion; whether it becomes
champion is another task's. The version is the next number, or that of the same run when it is done again. Nothing else reads what
is written here before it is champion. A plant with too few days gets the registry's prior.
"""

import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from pyspark.sql import SparkSession

from include import contracts
from include.expected_energy.champions import Role
from include.expected_energy.comparison import Comparison, compare
from include.expected_energy.hours import of_modules
from include.expected_energy.physics import Floats, module_hours
from include.losses.waterfall import learnt_bids
from include.windows import Window
from spark_jobs.arguments import import_meanwhile, parsed, window_parser
from spark_jobs.arrow import table_rows
from spark_jobs.hours import HourRanges
from spark_jobs.losses.expectations import read_expectations
from spark_jobs.losses.fleet import Fleet, read_fleet
from spark_jobs.merge import DELETE, OPERATION, UPDATED_AT, UPSERT, merge
from spark_jobs.plant_models.champion import TABLE, Models, models_of
from spark_jobs.plant_models.fits import PlantFit, PlantHours, bias_share, daily_errors, fit_plant
from spark_jobs.session import open_session
from spark_jobs.silver.registry import Registry

log = logging.getLogger("fit_plant_models")

COMPARISON = "silver.plant_model_comparison"
BID_DAYS = 365
WHOLE_SHARE = 0.999
"""Of an hour's rows, from which its energy is fitted to."""

Row = dict[str, Any]


@dataclass(frozen=True)
class FittedPlant:
    """A plant's fit, what its folds expect of the window in MWh, and both models' daily errors."""

    number: int
    hours: PlantHours
    fit: PlantFit
    expected_mwh: Floats
    errors: Floats
    champion_errors: Floats


def fit_models(spark: SparkSession, window: Window, run_id: str, now: datetime | None = None) -> Comparison:
    """Fit all plants of which capacity and place are known, and write the version; return how it compares with the champion."""
    now = now or datetime.now(UTC)
    stored: list[Row] = spark.table(TABLE).toArrow().to_pylist()
    champion = models_of(row for row in stored if row["role"] == Role.CHAMPION)
    year = Window(window.end - timedelta(days=BID_DAYS), window.end) if window.duration < timedelta(days=BID_DAYS) else window
    fleet = read_fleet(spark, year, Registry.of_silver(spark))
    inside = fleet.mask(HourRanges((window,)))
    plants = [
        _fitted(fleet, number, inside, champion) for number in range(len(fleet.plants)) if _is_fittable(fleet, number, inside)
    ]
    expected = read_expectations(spark, year, fleet).expected_mwh
    for plant in plants:
        expected[plant.number, inside] = plant.expected_mwh
    bids = _bids(fleet, expected)
    comparison = _compared(plants)
    version = _version(stored, run_id)
    rows = [row for plant in plants for row in _rows(fleet, plant, window, bids[plant.number])]
    is_settled = any(row["model_version"] == version and row["role"] != Role.CHALLENGER for row in stored)
    _write(spark, version, rows, stored, run_id, now)
    if not is_settled:  # else a champion would be compared with itself
        _write_comparison(spark, version, champion.version, comparison, run_id, now)
    log.info("version %s against %s: %s", version, champion.version, comparison.reason)
    return comparison


def _is_fittable(fleet: Fleet, number: int, inside: Any) -> bool:
    known = np.isfinite(fleet.capacity_mw[number, inside]) & (fleet.capacity_mw[number, inside] > 0)
    return fleet.plants[number]["coordinate_check"] == "ok" and bool(known.any())


def _fitted(fleet: Fleet, number: int, inside: Any, champion: Models) -> FittedPlant:
    plant = fleet.plants[number]
    hours = _hours(fleet, number, inside)
    fit = fit_plant(hours)
    expected = of_modules(hours.start_s, hours.modules, hours.capacity_mw, fit.folds).energy_mwh
    before = of_modules(hours.start_s, hours.modules, hours.capacity_mw, champion.folds_of(plant["plant_id"])).energy_mwh
    errors = daily_errors(hours, expected, before, np.unique(_day(fleet, number, inside)))
    return FittedPlant(number, hours, fit, expected, *errors)


def _hours(fleet: Fleet, number: int, inside: Any) -> PlantHours:
    plant = fleet.plants[number]
    is_whole = (fleet.accepted_share[number, inside] >= WHOLE_SHARE) & (fleet.capacity_mw[number, inside] > 0)
    return PlantHours(
        fleet.start_s[inside],
        _day(fleet, number, inside),
        np.where(is_whole, fleet.energy_mwh[number, inside], np.nan),
        fleet.capacity_mw[number, inside],
        module_hours(fleet.weather(number, inside), plant["latitude"], plant["longitude"]),
    )


def _day(fleet: Fleet, number: int, inside: Any) -> Any:
    return (fleet.start_s[inside] // 3600 + fleet.plants[number]["utc_offset_hours"]) // 24


def _bids(fleet: Fleet, expected_mwh: Floats) -> Floats:
    """Return the bid of each plant in AUD/MWh, learnt region by region; NaN for none."""
    bids = np.full(len(fleet.plants), np.nan)
    for region, chosen in fleet.regions.items():
        bids[chosen] = learnt_bids(fleet.region_hours(region, expected_mwh[chosen]))
    return bids


def _compared(plants: Sequence[FittedPlant]) -> Comparison:
    """Compare the errors by day of the calendar: networks' days have the same numbers."""
    days = np.unique(np.concatenate([np.unique(plant.hours.day) for plant in plants])) if plants else np.zeros(0, dtype=int)
    grids = np.full((2, len(plants), len(days)), np.nan)
    for number, plant in enumerate(plants):
        place = np.searchsorted(days, np.unique(plant.hours.day))
        grids[0, number, place], grids[1, number, place] = plant.errors, plant.champion_errors
    return compare(grids[0], grids[1])


def _version(stored: Sequence[Row], run_id: str) -> int:
    """Return the number of this run's version: a run that is done again writes the same one."""
    own = [row["model_version"] for row in stored if row["_run_id"] == run_id]
    return own[0] if own else max((row["model_version"] for row in stored), default=0) + 1


def _rows(fleet: Fleet, plant: FittedPlant, window: Window, bid_aud_mwh: float) -> list[Row]:
    """Return the rows of a plant's fits, without version, role and what says when."""
    judged_days = int(np.isfinite(plant.errors).sum())
    rows = []
    for number, (fit, fold) in enumerate(zip(plant.fit.fits, plant.fit.folds, strict=True)):
        bounds = [None, None] if fold.judged_s is None else [datetime.fromtimestamp(at, UTC) for at in fold.judged_s]
        rows.append(
            {
                "plant_id": fleet.plants[plant.number]["plant_id"],
                "fold": number,
                "fitted_from_utc": window.start,
                "fitted_to_utc": window.end,
                "judged_from_utc": bounds[0],
                "judged_to_utc": bounds[1],
                "method": fit.model.method.value,
                "mounting": fit.model.mounting.value,
                "is_mounting_decided": plant.fit.whole.mounting_is_decided,
                "effective_dc_mw": fit.model.effective_dc_mw,
                "ac_limit_mw": fit.model.ac_limit_mw,
                "capacity_mw": fold.capacity_mw,
                "bid_aud_mwh": _known(bid_aud_mwh) if number == 0 else None,
                "days": fit.days,
                "hours": fit.hours,
                "kept_hours": fit.kept_hours,
                "held_out_days": judged_days if number == 0 else 0,
                "held_out_mae_share": _known(float(np.nanmean(plant.errors))) if judged_days and number == 0 else None,
                "held_out_bias_share": _known(bias_share(plant.hours, plant.expected_mwh)) if number == 0 else None,
            }
        )
    return rows


def _write(spark: SparkSession, version: int, rows: Sequence[Row], stored: Sequence[Row], run_id: str, now: datetime) -> None:
    """Write a version; a role that it has been given stays, and challengers before it are refused."""
    own = [row for row in stored if row["model_version"] == version]
    role = own[0]["role"] if own else Role.CHALLENGER.value
    marks = {"model_version": version, "role": role, "_run_id": run_id, UPDATED_AT: now, OPERATION: UPSERT}
    changes: list[Mapping[str, Any]] = [row | marks for row in rows]
    kept = {(row["plant_id"], row["fold"]) for row in rows}
    changes += [row | {OPERATION: DELETE} for row in own if (row["plant_id"], row["fold"]) not in kept]
    changes += [
        row | {"role": Role.REFUSED.value, OPERATION: UPSERT}
        for row in stored
        if row["role"] == Role.CHALLENGER and row["model_version"] < version
    ]
    _merge(spark, TABLE, changes)


def _write_comparison(spark: SparkSession, version: int, champion: int, found: Comparison, run_id: str, now: datetime) -> None:
    figures = {name: _known(value) if isinstance(value, float) else value for name, value in asdict(found).items()}
    row = figures | {"model_version": version, "compared_with": champion, "_run_id": run_id}
    _merge(spark, COMPARISON, [row | {UPDATED_AT: now, OPERATION: UPSERT}])


def _merge(spark: SparkSession, name: str, changes: Sequence[Mapping[str, Any]]) -> None:
    table = contracts.load(name)
    if changes:
        merge(spark.createDataFrame(table_rows(table, changes, OPERATION)), table)


def _known(value: float) -> float | None:
    return value if np.isfinite(value) else None


def main(argv: Sequence[str] | None = None) -> None:
    """Run the job."""
    arguments, window = parsed(window_parser(__doc__), argv)
    import_meanwhile("pvlib.irradiance")
    with open_session("fit_plant_models") as spark:
        opened = time.monotonic()
        found = fit_models(spark, window, arguments.run_id)
        print(f"run {arguments.run_id}: {found.plants} plants over {found.days} held-out days, {found.reason}")
        print(f"work {time.monotonic() - opened:.1f} s")


if __name__ == "__main__":
    main()
