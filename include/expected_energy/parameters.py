"""A version's plants as one table of parameters, and what they expect of rows of weather: what the model in MLflow holds.

Plain numbers as JSON, so that nothing has to be unpickled, and so that they can be read without this project.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from include.expected_energy.model import PlantModel
from include.expected_energy.physics import WEATHER, Floats, HourlyWeather, dc_power

if TYPE_CHECKING:
    import pandas as pd

_KEPT = ("latitude", "longitude", "mounting", "effective_dc_mw", "ac_limit_mw", "capacity_mw", "method")


def parameters(model_version: int, plants: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Return a version's parameters from its plants by column; plants of which no place is known are left out."""
    placed = (plant for plant in plants if plant["latitude"] is not None and plant["longitude"] is not None)
    return {
        "model_version": model_version,
        "plants": {plant["plant_id"]: {name: plant[name] for name in _KEPT} for plant in placed},
    }


def expected_mwh(given: Mapping[str, Any], rows: pd.DataFrame) -> Floats:
    """Return the expected energy of each row in MWh, in the order of the rows; NaN without weather.

    `given` is `parameters(…)`. The rows have `plant_id`, `ts_utc` (start of the hour) and the columns `WEATHER`; wind may be NaN.
    Hours of a plant should follow each other: the first 7.5 minutes of an hour's energy have the weather of the hour before.
    Raises ValueError for a plant that the version lacks, and for hours that a plant has twice.
    """
    plants = given["plants"]
    unknown = sorted(set(rows["plant_id"]) - plants.keys())
    if unknown:
        raise ValueError(
            f"version {given['model_version']} has no plant {', '.join(unknown)}; it has {', '.join(sorted(plants))}"
        )
    expected = np.full(len(rows), np.nan)
    ids, start_s = rows["plant_id"].to_numpy(), unix_seconds(rows["ts_utc"])
    for plant_id in set(ids):
        where = np.flatnonzero(ids == plant_id)
        where = where[np.argsort(start_s[where], kind="stable")]
        expected[where] = _of_plant(plants[plant_id], start_s[where], rows.iloc[where])
    return expected


def _of_plant(plant: Mapping[str, Any], start_s: Any, rows: pd.DataFrame) -> Floats:
    weather = HourlyWeather(start_s, *(rows[name].to_numpy(dtype=np.float64) for name in WEATHER))
    return PlantModel.of(plant).expected_mwh(dc_power(weather, plant["latitude"], plant["longitude"]))


def unix_seconds(instants: pd.Series[Any]) -> Any:
    """Seconds since 1970 of aware instants, or of naive ones in UTC."""
    import pandas as pd

    aware = pd.to_datetime(instants, utc=True)
    return ((aware - pd.Timestamp(0, tz="UTC")) // pd.Timedelta(seconds=1)).to_numpy(dtype=np.int64)
