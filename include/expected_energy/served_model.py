"""The model `plant-energy` as MLflow keeps it: this file, the modules beside it, and the parameters of one version as JSON.

MLflow runs this file wherever the model is loaded, also where this project is not.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import mlflow.models
import mlflow.pyfunc
import pandas as pd

from include.expected_energy.parameters import expected_mwh


class PlantEnergy(mlflow.pyfunc.PythonModel):  # type: ignore[misc, name-defined]  # MLflow has no types
    """Expected energy of rows of hourly weather."""

    def load_context(self, context: Any) -> None:
        """Read the parameters."""
        self.parameters = json.loads(Path(context.artifacts["parameters"]).read_text(encoding="utf-8"))

    def predict(self, context: Any, model_input: pd.DataFrame, params: dict[str, Any] | None = None) -> pd.DataFrame:
        """Return `expected_mwh` of each row, as `include.expected_energy.parameters.expected_mwh` says."""
        return model_input[["plant_id", "ts_utc"]].assign(expected_mwh=expected_mwh(self.parameters, model_input))[
            ["expected_mwh"]
        ]


mlflow.models.set_model(PlantEnergy())
