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
import pandas as pd

from include.expected_energy.parameters import expected_mwh


class TrialModel(mlflow.pyfunc.PythonModel):  # type: ignore[misc, name-defined]  # MLflow has no types
    """Expected energy of hours of weather."""

    def load_context(self, context: Any) -> None:
        """Read the parameters, by plant."""
        self.plants = json.loads(Path(context.artifacts["parameters"]).read_text(encoding="utf-8"))

    def predict(self, context: Any, model_input: pd.DataFrame, params: dict[str, Any] | None = None) -> pd.DataFrame:
        """Return `expected_mwh` of each row; rows have `plant_id`, `ts_utc` (start of the hour) and weather, hours rising."""
        expected = expected_mwh({"model_version": "of this trial", "plants": self.plants}, model_input)
        return pd.DataFrame({"expected_mwh": expected}, index=model_input.index)


mlflow.models.set_model(TrialModel())
