"""Plant models on a running stack: a fit of too few days, its model in MLflow, a version set by hand and set back."""

from __future__ import annotations

import time
from typing import Any

import pytest

from include.asked_runs import FIT_DAG, SET_MODEL_DAG
from infra.commands.model_rollback import ModelRollbackError, command
from infra.services.mlflow_users import PLANT_ENERGY
from tests.e2e import deployments
from tests.e2e.conftest import RUN_LIMIT_SECONDS, Stack
from tests.e2e.processes import native
from tests.e2e.test_outages import stopped

pytestmark = pytest.mark.stack

native_only = pytest.mark.skipif(deployments.this_one() != deployments.NATIVE, reason="of processes of this machine")
UNTIL = "2025-01-08"
"""The recorded week are the last days of the window; before it there is nothing."""
API = "api/2.0/mlflow"


def roles(stack: Stack) -> dict[int, str]:
    """Role by version."""
    return dict(map(tuple, stack.query("SELECT DISTINCT model_version, role FROM silver.plant_model")))


def aliases(stack: Stack) -> dict[str, str]:
    """Version in the table, by alias of MLflow's registered model."""
    shown = stack.mlflow("reader", "GET", f"{API}/registered-models/get", params={"name": PLANT_ENERGY}).json()
    numbers = {each["version"]: each for each in registered(stack)}
    given = shown["registered_model"].get("aliases", [])
    return {each["alias"]: tag_of(numbers[each["version"]]) for each in given}


def registered(stack: Stack) -> list[dict[str, Any]]:
    """MLflow's registered versions."""
    asked = {"filter": f"name = '{PLANT_ENERGY}'"}
    found: list[dict[str, Any]] = (
        stack.mlflow("reader", "GET", f"{API}/model-versions/search", params=asked).json().get("model_versions", [])
    )
    return found


def tag_of(version: dict[str, Any]) -> str:
    return next((tag["value"] for tag in version.get("tags", []) if tag["key"] == "lakehouse_model_version"), "")


def version_of(stack: Stack, run: dict[str, Any]) -> int:
    found = f"SELECT model_version FROM silver.plant_model_comparison WHERE _run_id = '{run['dag_run_id']}'"
    return int(stack.value(found))


def clear(stack: Stack, run: dict[str, Any], task: str) -> dict[str, str]:
    """Run a task of a run again; returns the states of all."""
    stack.airflow.clear(FIT_DAG, run["dag_run_id"], [task])
    return stack.states(stack.airflow.wait(FIT_DAG, run["dag_run_id"], RUN_LIMIT_SECONDS))


@pytest.fixture(scope="module")
def fitted(recorded_week: Stack) -> dict[str, Any]:
    """The run that fitted the recorded week."""
    # A stack that was taken over from the last version has the DAG paused, as any new one.
    recorded_week.airflow.unpause(FIT_DAG)
    run = recorded_week.run(FIT_DAG, until=UNTIL)
    assert run["state"] == "success", list(recorded_week.airflow.tasks(FIT_DAG, run["dag_run_id"]))
    return run


def test_seven_days_are_too_few_and_no_failure(recorded_week: Stack, fitted: dict[str, Any]) -> None:
    number = version_of(recorded_week, fitted)

    ((compared_with, days, is_better, reason),) = recorded_week.query(
        f"SELECT compared_with, days, is_better, reason FROM silver.plant_model_comparison WHERE model_version = {number}"
    )

    assert recorded_week.states(fitted) == dict.fromkeys(
        ("fit_models", "promote_model", "explain_losses_again", "judge_months", "register_model"), "success"
    )
    assert (compared_with, is_better) == (0, False)
    assert days < 14
    assert "held-out day" in reason
    assert roles(recorded_week)[number] == "challenger"
    assert recorded_week.query(
        "SELECT DISTINCT method, to_iso8601(fitted_from_utc), to_iso8601(fitted_to_utc) FROM silver.plant_model "
        f"WHERE model_version = {number} AND fold = 0"
    ) == [["prior", "2024-10-09T14:00:00.000000Z", "2025-01-07T14:00:00.000000Z"]]


def test_mlflow_has_the_fit_as_challenger_and_no_champion(recorded_week: Stack, fitted: dict[str, Any]) -> None:
    number = str(version_of(recorded_week, fitted))
    (version,) = (each for each in registered(recorded_week) if tag_of(each) == number)

    shown = recorded_week.mlflow("reader", "GET", f"{API}/runs/get", params={"run_id": version["run_id"]}).json()["run"]["data"]
    params = {each["key"]: each["value"] for each in shown["params"]}
    metrics = {each["key"]: each["value"] for each in shown["metrics"]}

    assert aliases(recorded_week) == {"challenger": number}
    assert (params["airflow_run_id"], params["fitted_to"]) == (fitted["dag_run_id"], "2025-01-07T14:00:00Z")
    assert params["snapshot_id.silver.fact_generation_hourly"].isdigit()
    assert metrics["plants"] == metrics["plants_prior"] > 7


def test_registering_again_adds_nothing_and_sets_a_moved_alias_right(recorded_week: Stack, fitted: dict[str, Any]) -> None:
    number, before = version_of(recorded_week, fitted), registered(recorded_week)
    (version,) = (each["version"] for each in before if tag_of(each) == str(number))
    moved = {"name": PLANT_ENERGY, "alias": "champion", "version": version}
    assert recorded_week.mlflow("scientist", "POST", f"{API}/registered-models/alias", json=moved).status_code == 200
    assert "champion" in aliases(recorded_week)

    assert clear(recorded_week, fitted, "register_model")["register_model"] == "success"

    assert aliases(recorded_week) == {"challenger": str(number)}
    assert len(registered(recorded_week)) == len(before)


def test_fitting_the_same_run_again_is_the_same_version(recorded_week: Stack, fitted: dict[str, Any]) -> None:
    number, before = version_of(recorded_week, fitted), recorded_week.rows("silver.plant_model")

    assert set(clear(recorded_week, fitted, "fit_models").values()) == {"success"}

    assert version_of(recorded_week, fitted) == number
    assert recorded_week.rows("silver.plant_model") == before


def test_a_rollback_of_the_prior_is_refused_politely(recorded_week: Stack, fitted: dict[str, Any]) -> None:
    before = roles(recorded_week)

    with pytest.raises(ModelRollbackError, match=r"there is no former champion.* Versions: .* 0 \(the prior\)"):
        command(recorded_week.settings)
    with pytest.raises(ModelRollbackError, match="there is no version 99999"):
        command(recorded_week.settings, "VERSION=99999")
    with pytest.raises(ModelRollbackError, match=r"the registry's prior \(version 0\) is champion already"):
        command(recorded_week.settings, "VERSION=0")

    assert roles(recorded_week) == before


@native_only
def test_the_command_says_a_refusal_in_a_line(recorded_week: Stack, fitted: dict[str, Any]) -> None:
    done = native("model-rollback", "VERSION=99999")

    assert done.returncode == 1
    assert done.stderr.startswith("model-rollback: there is no version 99999")
    assert "Traceback" not in done.stdout + done.stderr


def test_a_version_set_by_hand_is_champion_until_it_is_set_back(
    recorded_week: Stack, fitted: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    number = version_of(recorded_week, fitted)

    assert command(recorded_week.settings, f"VERSION={number}") == 0
    assert roles(recorded_week)[number] == "champion"
    assert aliases(recorded_week) == {"champion": str(number)}

    assert command(recorded_week.settings) == 0  # it took the prior's place, as its comparison says
    said = capsys.readouterr().out
    assert f"champion was version {number}; the registry's prior (version 0) takes its place" in said
    assert "champion is the registry's prior (version 0)" in said
    assert roles(recorded_week)[number] == "former"
    assert aliases(recorded_week) == {}


def test_an_unknown_version_given_to_the_dag_fails_without_a_retry(recorded_week: Stack, fitted: dict[str, Any]) -> None:
    before = roles(recorded_week)

    run = recorded_week.run(SET_MODEL_DAG, version=99999)

    assert recorded_week.states(run)["set_champion"] == "failed"
    assert "there is no version 99999" in recorded_week.log(SET_MODEL_DAG, run["dag_run_id"], "set_champion")
    assert roles(recorded_week) == before


@native_only
@pytest.mark.long
def test_a_fit_goes_on_while_mlflow_is_down_and_is_registered_when_it_is_back(recorded_week: Stack) -> None:
    recorded_week.airflow.unpause(FIT_DAG)
    with stopped(recorded_week, "mlflow"):
        run_id = recorded_week.airflow.trigger(FIT_DAG, conf={"until": UNTIL})
        deadline = time.monotonic() + RUN_LIMIT_SECONDS
        states: dict[str, str] = {}
        while states.get("explain_losses_again") != "success" or states.get("register_model") != "up_for_retry":
            assert time.monotonic() < deadline, states
            time.sleep(0.5)
            states = {task: state for task, state, _ in recorded_week.airflow.tasks(FIT_DAG, run_id)}

    run = recorded_week.airflow.wait(FIT_DAG, run_id, RUN_LIMIT_SECONDS)

    assert run["state"] == "success"
    assert aliases(recorded_week) == {"challenger": str(version_of(recorded_week, run))}
