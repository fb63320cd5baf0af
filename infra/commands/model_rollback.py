"""`make model-rollback [VERSION=n]`: the former champion of the plant models, or version n, becomes champion again.

The work is a run of the DAG `set_plant_model`: this command says which version, waits, and says what came of it. Interrupted, the
run goes on.
"""

from __future__ import annotations

from typing import Any

from include import lakehouse, plant_models
from include.asked_runs import SET_MODEL_DAG
from include.expected_energy.champions import (
    Version,
    VersionRefusedError,
    champion_of,
    former_champion,
    name,
    refuse_unknown,
)
from include.settings import Settings
from infra.airflow_api import AirflowApi
from infra.progress import say
from infra.refusal import RefusedError

# Explaining 90 days of many plants takes minutes, behind an hour's own.
LIMIT_SECONDS = 2 * 3600.0
SETTER, EXPLAINER, SHOWER = "set_champion", "explain_losses_again", "register_model"


class ModelRollbackError(RefusedError):
    """A version that cannot be set, or a stack that cannot be asked."""


def command(settings: Settings, *options: str) -> int:
    """`[VERSION=n]` as both stacks take it; 0 when the version is champion and its losses are explained, 1 when not."""
    asked = read_version(options)
    versions = look_up(settings)
    try:
        wanted = former_champion(versions) if asked is None else asked
        refuse_unknown(wanted, versions)
    except VersionRefusedError as refusal:
        raise ModelRollbackError(str(refusal)) from None
    before = champion_of(versions)
    if wanted == before:
        raise ModelRollbackError(f"{name(wanted)} is champion already, nothing was done")
    api = AirflowApi(settings)
    refuse_paused(api)
    run_id = api.trigger(SET_MODEL_DAG, conf={"version": wanted})
    say(f"model-rollback: champion was {name(before)}; {name(wanted)} takes its place …")
    return _follow(api, run_id, wanted, settings)


def read_version(options: tuple[str, ...]) -> int | None:
    """Return the number of `VERSION=n`, None without one. Raises ModelRollbackError for anything else."""
    if not options:
        return None
    key, _, value = options[0].partition("=")
    if len(options) > 1 or key != "VERSION" or not (value == "" or value.isdecimal()):
        raise ModelRollbackError(f"{' '.join(options)}: expected VERSION=n, a number of silver.plant_model, or 0 for the prior")
    return int(value) if value else None


def look_up(settings: Settings) -> list[Version]:
    """Return the versions that there are, as an analyst reads them. Raises ModelRollbackError when Trino does not answer."""
    from trino.exceptions import Error, HttpError

    try:
        connection = lakehouse.connect(settings, "pv-lakehouse-model-rollback", lakehouse.ANALYST, max_attempts=1)
        return plant_models.versions(connection.cursor())
    except (Error, HttpError, OSError) as error:
        raise ModelRollbackError(f"Trino does not say which versions there are; `make status` says why: {error}") from error


def refuse_paused(api: AirflowApi) -> None:
    """Raise ModelRollbackError where the DAG would not run: paused, or not there yet."""
    dag = api.find(f"/dags/{SET_MODEL_DAG}")
    if dag is None:
        raise ModelRollbackError(f"Airflow has no DAG {SET_MODEL_DAG} yet: `make status`, then try again")
    if dag["is_paused"]:
        raise ModelRollbackError(f"{SET_MODEL_DAG} is paused, nothing would run: switch it on at {api.base}/dags/{SET_MODEL_DAG}")


def _follow(api: AirflowApi, run_id: str, wanted: int, settings: Settings) -> int:
    page = f"{api.base}/dags/{SET_MODEL_DAG}/runs/{run_id}"
    try:
        api.wait(SET_MODEL_DAG, run_id, LIMIT_SECONDS)
    except KeyboardInterrupt:
        say(f"model-rollback: interrupted; the run goes on: {page}")
        raise
    except TimeoutError as error:
        raise ModelRollbackError(f"{error}; it goes on: {page}") from None
    states: dict[str, Any] = {task: state for task, state, _ in api.tasks(SET_MODEL_DAG, run_id)}
    failed = [task for task in (SETTER, EXPLAINER) if states.get(task) != "success"]
    if SETTER not in failed and states.get(SHOWER) != "success":
        say(f"model-rollback: MLflow does not show it yet: clear {SHOWER} when MLflow is back: {page}")
    if EXPLAINER in failed and SETTER not in failed:
        say(f"model-rollback: losses are not explained by it yet: clear {EXPLAINER} when its reason is gone: {page}")
    if SETTER in failed:
        say(f"model-rollback: failed in {SETTER}: {page}")
    say(f"model-rollback: champion is {name(champion_of(look_up(settings)))}")
    if not failed:
        say("model-rollback: the next fit that is better than it takes its place; pausing fit_plant_models prevents that")
    return 1 if failed else 0
