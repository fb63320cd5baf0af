"""The versions of the plant models in MLflow: a registered version of each that is wanted, and the aliases.

MLflow shows what `silver.plant_model` says, and follows it: what is missing is registered, an alias that points elsewhere is set
right. Nothing that judges hours reads MLflow, so that its outage changes no figure.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from include import plant_models
from include.day_windows import CUT_AT
from include.expected_energy.champions import PRIOR, Role, Version, champion_of, newest_of
from include.expected_energy.parameters import parameters
from plugins import model_runs
from plugins.publication import experiment_id

log = logging.getLogger(__name__)

MODEL = EXPERIMENT = "plant-energy"
TAG = "lakehouse_model_version"
"""Tag of a registered version and of its run: the version in `silver.plant_model`."""
FOLLOWED = (Role.CHAMPION, Role.CHALLENGER)
"""Roles that are aliases too; other aliases are people's."""

_HTTP_LIMITS = {
    # A tracking server that is away fails the task within a minute; Airflow tries it again.
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "20",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2",
    "MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR": "1",
    "MLFLOW_DISABLE_TELEMETRY": "true",
}


def connect(tracking_uri: str) -> Any:
    """Return MLflow's client; user and password come from the environment."""
    os.environ.update(_HTTP_LIMITS)
    import mlflow

    mlflow.set_tracking_uri(tracking_uri)
    return mlflow.MlflowClient(tracking_uri=tracking_uri)


def follow_table(cursor: Any, client: Any) -> dict[str, str]:
    """Register the champion and the newest fit where MLflow lacks them, and set the aliases; returns these, by name.

    `cursor` is one of Trino's, `client` MLflow's. Raises what either of them raises: what was done stays, and is not done twice.
    """
    versions = plant_models.versions(cursor)
    there = registered(client)
    for version in wanted(versions):
        if version.number not in there:
            there[version.number] = register(cursor, client, version)
            log.info("Version %s of silver.plant_model is version %s of %s", version.number, there[version.number], MODEL)
    return set_aliases(client, aliases(versions, there)) if there else {}


def wanted(versions: Sequence[Version]) -> list[Version]:
    """Return the versions that MLflow must have, oldest first: the champion's and the newest; the prior has none."""
    newest, champion = newest_of(versions), champion_of(versions)
    return [version for version in versions if version is newest or version.number == champion != PRIOR]


def registered(client: Any) -> dict[int, str]:
    """Return the registered versions by their version in the table; of two the newer one."""
    found = sorted(client.search_model_versions(f"name = '{MODEL}'"), key=lambda each: int(each.version))
    return {int(each.tags[TAG]): str(each.version) for each in found if str(each.tags.get(TAG)).isdigit()}


def aliases(versions: Iterable[Version], there: Mapping[int, str]) -> dict[str, str]:
    """Return the aliases that there must be: the table's champion and challenger, as registered versions."""
    return {
        str(version.role): there[version.number] for version in versions if version.role in FOLLOWED and version.number in there
    }


def set_aliases(client: Any, right: dict[str, str]) -> dict[str, str]:
    """Set, move and remove the aliases of `FOLLOWED`; returns those that there are then."""
    present = {alias: str(version) for alias, version in client.get_registered_model(MODEL).aliases.items()}
    for alias in map(str, FOLLOWED):
        if alias in right and present.get(alias) != right[alias]:
            client.set_registered_model_alias(MODEL, alias, right[alias])
        elif alias in present and alias not in right:
            client.delete_registered_model_alias(MODEL, alias)
    return right


def register(cursor: Any, client: Any, version: Version) -> str:
    """Log a version as one run with its model, and register that; returns the registered version.

    Raises ValueError for a version of which no plant has a place.
    """
    import mlflow
    from mlflow.entities import Param

    plants = plant_models.plants(cursor, version.number)
    given = parameters(version.number, plants)
    if not given["plants"]:
        raise ValueError(f"no plant of version {version.number} has a place in silver.dim_plant")
    days = f"{CUT_AT.local_date(version.fitted_from)} to {CUT_AT.local_date(version.fitted_to)}"
    tags = {TAG: str(version.number)}
    run_id = client.create_run(
        experiment_id(client, EXPERIMENT), run_name=f"version {version.number}, {days}", tags=tags
    ).info.run_id
    with mlflow.start_run(run_id=run_id):  # marks it as failed when it does not get to its end
        made_of = model_runs.params(version, plants, plant_models.snapshots(cursor, plants[0]["_updated_at"]))
        client.log_batch(run_id, params=[Param(name, value) for name, value in made_of.items()])
        mlflow.log_metrics(model_runs.metrics(plants, plant_models.comparison(cursor, version.number)))
        client.log_table(run_id, data=model_runs.table(plants), artifact_file="plants.json")
        for plant in model_runs.plotted(plants):
            hours = plant_models.hours(cursor, plant["plant_id"], version.fitted_from, version.fitted_to)
            client.log_figure(run_id, model_runs.picture(plant, hours, given), f"fits/{plant['plant_id']}.png")
        logged = model_runs.log_model(given)
    made = mlflow.register_model(logged.model_uri, MODEL, tags=tags)
    client.update_model_version(MODEL, made.version, description=f"Fitted to {days}. Against the champion: {version.reason}.")
    return str(made.version)
