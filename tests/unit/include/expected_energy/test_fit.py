"""The fit on a plant whose truth is known: clouds that the weather source does not see, and days on which it was curtailed."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from include.expected_energy.fit import Fit, fit
from include.expected_energy.model import Method, PlantModel, prior
from include.expected_energy.physics import Floats, HourlyWeather, Mounting, dc_power

LATITUDE_DEG, LONGITUDE_DEG, CAPACITY_MW = -34.5, 146.0, 100.0
FIRST_HOUR_S = 1_727_704_800  # 2024-10-01 00:00 +10:00
DAYS = 90
TRUE = PlantModel(Mounting.TRACKER, 112.0, 92.0, Method.FITTED)


@cache
def season() -> tuple[dict[Mounting, Floats], dict[Mounting, Floats]]:
    """(DC power under the reported weather, under the true one) of 90 days."""
    random = np.random.default_rng(7)
    hours = FIRST_HOUR_S + 3600 * np.arange(24 * DAYS)
    clear = np.clip(np.sin(np.pi * ((hours + 36_000 + 3600 * 0.2) / 3600 % 24 - 6) / 12), 0, None) * 1000
    cloud = 1 - 0.75 / (1 + np.exp(-2.4 * (np.repeat(random.normal(size=DAYS), 24) + 0.5 * random.normal(size=24 * DAYS) - 0.8)))
    error = np.exp((0.03 + 0.2 * (1 - cloud)) * random.normal(size=24 * DAYS))

    def power(clearness: Floats) -> dict[Mounting, Floats]:
        ghi = clear * clearness
        weather = HourlyWeather(
            hours, ghi, ghi * np.clip(1.15 - clearness, 0.12, 1), np.full(len(hours), 26.0), np.full(len(hours), 3.0)
        )
        return dc_power(weather, LATITUDE_DEG, LONGITUDE_DEG)

    return power(cloud), power(np.clip(cloud * error, 0, 1))


def measured(model: PlantModel, curtailed_share: float) -> Floats:
    """Energy with this share of the days cut to a set-point or to nothing around noon."""
    random = np.random.default_rng(11)
    energy = model.expected_mwh(season()[1])
    for day in np.flatnonzero(random.random(DAYS) < curtailed_share):
        begin = 24 * day + int(random.integers(7, 11))
        energy[begin : begin + int(random.integers(3, 8))] *= random.choice([0.0, 0.02, 0.4])
    return energy


def fitted(model: PlantModel, curtailed_share: float = 0.0, days: int = DAYS) -> Fit:
    reported = {mounting: power[: 24 * days] for mounting, power in season()[0].items()}
    return fit(measured(model, curtailed_share)[: 24 * days], reported, days, CAPACITY_MW)


@pytest.mark.parametrize("curtailed_share", [0.0, 0.25, 0.5])
def test_curtailed_days_do_not_move_what_is_expected(curtailed_share: float) -> None:
    found = fitted(TRUE, curtailed_share).model

    assert found.effective_dc_mw == pytest.approx(TRUE.effective_dc_mw, rel=0.05)
    assert found.ac_limit_mw == pytest.approx(TRUE.ac_limit_mw, rel=0.02)
    truth, expected = TRUE.expected_mwh(season()[1]), found.expected_mwh(season()[0])
    assert expected.sum() == pytest.approx(truth.sum(), rel=0.03)


@pytest.mark.parametrize("mounting", list(Mounting))
@pytest.mark.parametrize("days", [30, DAYS])
def test_a_tracker_and_a_fixed_mounting_are_told_apart_from_30_days_on(mounting: Mounting, days: int) -> None:
    found = fitted(PlantModel(mounting, 112.0, 92.0, Method.FITTED), 0.25, days)

    assert (found.model.mounting, found.mounting_is_decided) == (mounting, True)
    assert found.model.method is (Method.FITTED if days == DAYS else Method.PROVISIONAL)


def test_before_30_days_the_registry_answers() -> None:
    found = fitted(TRUE, days=29)

    assert (found.model, found.mounting_is_decided) == (prior(CAPACITY_MW), False)


def test_a_plant_that_made_nothing_has_the_registrys_expectation() -> None:
    found = fit(np.zeros(24 * DAYS), season()[0], DAYS, CAPACITY_MW)

    assert (found.model.method, found.kept_hours) == (Method.PRIOR, 0)


def test_hours_without_energy_or_weather_are_left_out() -> None:
    energy = measured(TRUE, 0.25)
    energy[::7] = np.nan
    reported = {mounting: power.copy() for mounting, power in season()[0].items()}
    for power in reported.values():
        power[::5] = np.nan

    found = fit(energy, reported, DAYS, CAPACITY_MW)

    assert found.model.effective_dc_mw == pytest.approx(TRUE.effective_dc_mw, rel=0.05)
    assert found.hours < fitted(TRUE, 0.25).hours
