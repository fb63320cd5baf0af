"""A version's parameters as JSON, what they expect of rows of weather, and the picture of a fit."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest

from include.expected_energy.model import Method, PlantModel
from include.expected_energy.parameters import expected_mwh, parameters
from include.expected_energy.physics import WEATHER, Mounting, dc_power
from include.expected_energy.plot import figure
from tests.unit.include.expected_energy.recorded import farm, week

PLANTS = ("AVLSF", "FINLEYSF")


def plant(code: str, **changes: Any) -> dict[str, Any]:
    recorded = farm(code)
    row = {
        "plant_id": code,
        "latitude": float(recorded["lat"]),
        "longitude": float(recorded["lng"]),
        "mounting": "tracker",
        "effective_dc_mw": 250.0,
        "ac_limit_mw": 200.0,
        "capacity_mw": 245.0,
        "method": "fitted",
        "held_out_days": 0,
    }
    return row | changes


def rows(code: str) -> pd.DataFrame:
    weather, _ = week(code)
    values = {name: getattr(weather, name) for name in WEATHER}
    return pd.DataFrame({"plant_id": code, "ts_utc": pd.to_datetime(weather.start_s, unit="s"), **values})


def directly(code: str) -> Any:
    model = PlantModel(Mounting.TRACKER, 250.0, 200.0, Method.FITTED)
    return model.expected_mwh(dc_power(week(code)[0], plant(code)["latitude"], plant(code)["longitude"]))


def test_rows_in_any_order_get_what_their_plants_models_expect() -> None:
    given = json.loads(json.dumps(parameters(3, map(plant, PLANTS))))
    mixed = pd.concat(map(rows, PLANTS), ignore_index=True).sample(frac=1, random_state=1)

    found = pd.Series(expected_mwh(given, mixed), index=mixed.index).sort_index()

    np.testing.assert_allclose(found, np.concatenate([directly(code) for code in PLANTS]))
    assert found.max() > 150


def test_aware_hours_are_the_same_and_missing_weather_has_no_expectation() -> None:
    given = parameters(3, [plant("AVLSF")])
    aware = rows("AVLSF").assign(ts_utc=lambda frame: frame["ts_utc"].dt.tz_localize("UTC").dt.tz_convert("Australia/Brisbane"))
    aware.loc[5, "ghi_w_m2"] = np.nan
    aware.loc[30, "wind_speed_m_s"] = np.nan

    found = expected_mwh(given, aware)

    assert np.flatnonzero(np.isnan(found)).tolist() == [5]
    np.testing.assert_allclose(found[8:28], directly("AVLSF")[8:28])


def test_a_plant_that_the_version_lacks_and_an_hour_that_comes_twice_are_refused() -> None:
    given = parameters(3, [plant("AVLSF"), plant("FINLEYSF", latitude=None)])

    with pytest.raises(ValueError, match="version 3 has no plant FINLEYSF; it has AVLSF"):
        expected_mwh(given, rows("FINLEYSF"))
    with pytest.raises(ValueError, match="hours must rise"):
        expected_mwh(given, pd.concat([rows("AVLSF")[:3], rows("AVLSF")[2:4]]))


def test_a_fits_picture_has_hours_and_the_residual_of_each_local_day() -> None:
    weather, energy = week("AVLSF")
    energy = energy.copy()
    energy[30] = np.nan

    drawn = figure("AVLSF", weather.start_s, energy, directly("AVLSF"), utc_offset_s=36_000)

    hours, days = drawn.axes
    assert len(hours.lines[1].get_xdata()) == len(energy) - 1
    heights = [bar.get_height() for bar in days.patches]
    assert len(heights) == 7
    assert sum(heights) == pytest.approx(np.nansum(energy - directly("AVLSF")))


def test_a_plant_without_an_hour_has_an_empty_picture() -> None:
    nothing = np.array([], dtype=np.float64)
    drawn = figure("AVLSF", nothing.astype(np.int64), nothing, nothing, utc_offset_s=0)

    assert len(drawn.axes[1].patches) == 0
