"""What MLflow's run of a fit holds: parameters, metrics, the plants' table, pictures of some fits, the model."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from importlib.metadata import version as installed
from pathlib import Path
from typing import TYPE_CHECKING, Any

from include.expected_energy import comparison, fit
from include.expected_energy.champions import Version
from include.expected_energy.model import Method
from include.expected_energy.parameters import expected_mwh, unix_seconds
from include.expected_energy.physics import WEATHER
from include.networks import NETWORKS
from include.paths import PROJECT_ROOT
from include.windows import iso_utc

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

PLOTTED = 4
"""Plants whose fit is drawn."""

_RULES = {
    "start_quantile": fit.START_QUANTILE,
    "last_quantile": fit.LAST_QUANTILE,
    "least_share": fit.LEAST_SHARE,
    "rounds": fit.ROUNDS,
    "limit_percentile": fit.LIMIT_PERCENTILE,
    "fitted_days": fit.FITTED_DAYS,
    "provisional_days": fit.PROVISIONAL_DAYS,
    "champion_least_days": comparison.LEAST_DAYS,
    "champion_least_gain": comparison.LEAST_GAIN,
    "champion_least_standard_errors": comparison.LEAST_STANDARD_ERRORS,
}
_COMPARED = ("mae_share", "champion_mae_share", "gain", "standard_errors", "is_better")

# What the model needs where it is loaded, as it is here. Without the list MLflow loads the model in a new process to find it out.
_REQUIREMENTS = ("mlflow", "numpy", "pandas", "pvlib")
_CODE = (
    "include/__init__.py",
    *(f"include/expected_energy/{name}.py" for name in ("__init__", "model", "parameters", "physics")),
)


def params(version: Version, plants: Sequence[Mapping[str, Any]], snapshots: Mapping[str, int | None]) -> dict[str, str]:
    """Return what a fit was made of: its window, its rules, the run that made it, the tables it read."""
    return {
        "model_version": str(version.number),
        "compared_with": str(version.compared_with),
        "reason": version.reason,
        "fitted_from": iso_utc(version.fitted_from),
        "fitted_to": iso_utc(version.fitted_to),
        "airflow_run_id": str(plants[0]["_run_id"]),
        **{name: str(value) for name, value in _RULES.items()},
        **{f"snapshot_id.{table}": str(snapshot) for table, snapshot in snapshots.items()},
    }


def metrics(plants: Sequence[Mapping[str, Any]], compared: Mapping[str, Any]) -> dict[str, float]:
    """Return the figures of the fleet; those of which nothing is known are left out."""
    known = {
        "plants": len(plants),
        **{f"plants_{method}": sum(plant["method"] == method for plant in plants) for method in Method},
        "plants_with_decided_mounting": sum(plant["is_mounting_decided"] for plant in plants),
        "plants_with_bid": sum(plant["bid_aud_mwh"] is not None for plant in plants),
        "compared_plants": compared.get("plants"),
        "compared_days": compared.get("days"),
        **{name: compared.get(name) for name in _COMPARED},
    }
    return {name: float(value) for name, value in known.items() if value is not None}


def table(plants: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Return the plants with what was fitted of each; who wrote it, and when, is the run's."""
    import pandas as pd

    return pd.DataFrame([{name: value for name, value in plant.items() if not name.startswith("_")} for plant in plants])


def plotted(plants: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return the plants that are drawn: the largest of those that were fitted, before those that have the prior."""
    placed = [plant for plant in plants if plant["latitude"] is not None and plant["longitude"] is not None]
    return sorted(placed, key=lambda plant: (plant["method"] == Method.PRIOR, -plant["capacity_mw"]))[:PLOTTED]


def picture(plant: Mapping[str, Any], hours: Sequence[Mapping[str, Any]], given: Mapping[str, Any]) -> Figure:
    """Return the plot of a plant's hours in the window that its model was fitted to; `given` are the version's parameters."""
    import pandas as pd

    from include.expected_energy.plot import figure

    rows = pd.DataFrame(hours, columns=["plant_id", "ts_utc", *WEATHER, "energy_mwh"])
    rows = rows.astype(dict.fromkeys((*WEATHER, "energy_mwh"), "float64"))
    title = f"{plant['plant_id']}, version {given['model_version']}: {plant['method']}, {plant['mounting']}"
    offset_s = int(NETWORKS["NEM"].utc_offset.total_seconds())
    energy = rows["energy_mwh"].to_numpy(dtype="float64")
    return figure(title, unix_seconds(rows["ts_utc"]), energy, expected_mwh(given, rows), offset_s)


def sample(plant_id: str) -> pd.DataFrame:
    """Three hours of a clear noon as the model takes them; hours are UTC without a zone, as MLflow knows no other."""
    import pandas as pd

    hours = pd.date_range("2025-01-01T01:00", periods=3, freq="h")
    noon = dict(zip(WEATHER, (950.0, 110.0, 29.0, 3.5), strict=True))
    return pd.DataFrame({"plant_id": plant_id, "ts_utc": hours, **noon})


def log_model(given: Mapping[str, Any]) -> Any:
    """Log the model of the active run: parameters as JSON, code as text, nothing pickled; returns what MLflow says of it."""
    import mlflow.pyfunc
    from mlflow.models import infer_signature

    example = sample(next(iter(given["plants"])))
    signature = infer_signature(example, example[[]].assign(expected_mwh=expected_mwh(given, example)))
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "parameters.json")
        file.write_text(json.dumps(given, indent=1), encoding="utf-8")
        for part in _CODE:
            target = Path(folder, "code", part)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(PROJECT_ROOT / part, target)
        return mlflow.pyfunc.log_model(
            name="model",
            python_model=str(PROJECT_ROOT / "include" / "expected_energy" / "served_model.py"),
            artifacts={"parameters": str(file)},
            code_paths=[str(Path(folder, "code", "include"))],
            signature=signature,
            input_example=example,
            pip_requirements=[f"{name}=={installed(name)}" for name in _REQUIREMENTS],
        )
