"""The model that train_compare_register.ipynb logs: MLflow keeps this file and runs it where the model is loaded.

The parameters of the farms are a file of their own beside it, so that nothing is pickled. Where it is loaded, `include` of this
project must be installed, as in `.lakehouse/venv`.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import mlflow.models
import mlflow.pyfunc
import numpy as np
import pandas as pd

from include.expected_energy.model import Method, PlantModel
from include.expected_energy.physics import HourlyWeather, Mounting, dc_power

WEATHER = ("ghi_w_m2", "dhi_w_m2", "temperature_c", "wind_speed_m_s")


class TrialModel(mlflow.pyfunc.PythonModel):  # type: ignore[misc, name-defined]  # MLflow has no types
    """Expected energy of hours of weather."""

    def load_context(self, context: Any) -> None:
        """Read the parameters, by plant."""
        self.plants = json.loads(Path(context.artifacts["parameters"]).read_text(encoding="utf-8"))

    def predict(self, context: Any, model_input: pd.DataFrame, params: dict[str, Any] | None = None) -> pd.DataFrame:
        """Return `expected_mwh` of each row; rows have `plant_id`, `ts_utc` (start of the hour) and weather, hours rising."""
        expected = pd.Series(np.nan, index=model_input.index, name="expected_mwh")
        for plant_id, rows in model_input.groupby("plant_id"):
            expected[rows.index] = _expected(self.plants[plant_id], rows)
        return expected.to_frame()


def _expected(plant: dict[str, Any], rows: pd.DataFrame) -> Any:
    start_s = (pd.to_datetime(rows["ts_utc"], utc=True) - pd.Timestamp(0, tz="UTC")) // pd.Timedelta(seconds=1)
    weather = HourlyWeather(np.asarray(start_s, dtype=np.int64), *(rows[name].to_numpy("float64") for name in WEATHER))
    model = PlantModel(Mounting(plant["mounting"]), plant["effective_dc_mw"], plant["ac_limit_mw"], Method(plant["method"]))
    return model.expected_mwh(dc_power(weather, plant["latitude"], plant["longitude"]))


mlflow.models.set_model(TrialModel())
