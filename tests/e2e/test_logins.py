"""Who gets into MLflow and Airflow, and what each may do there: the same natively and in containers."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
import requests

from infra.airflow_api import AirflowApi, AirflowApiError
from infra.services.mlflow_users import ROLES
from tests.e2e.conftest import Stack

pytestmark = pytest.mark.stack

API = "api/2.0/mlflow"
ASSISTANT = "ajax-api/3.0/mlflow/assistant"
NOBODYS = ("", "version", "graphql", f"{API}/experiments/search", "ajax-api/2.0/mlflow/experiments/search", f"{ASSISTANT}/config")


class Attempts:
    """What one of MLflow's users tries to do, with an experiment where it is about one."""

    def __init__(self, stack: Stack, user: str, experiment_id: str = "") -> None:
        self._stack, self._user, self._id = stack, user, experiment_id

    def post(self, path: str, **body: Any) -> requests.Response:
        return self._stack.mlflow(self._user, "POST", f"{API}/{path}", json=body)

    def artifact(self, method: str) -> requests.Response:
        path = f"api/2.0/mlflow-artifacts/artifacts/workspaces/default/{self._id}/test/file"
        return self._stack.mlflow(self._user, method, path, data=b"a model" if method == "PUT" else None)

    def create(self) -> requests.Response:
        return self.post("experiments/create", name=f"logins-{uuid.uuid4().hex}")

    def answers(self) -> dict[str, int]:
        """Status by what was tried."""
        return {
            "create an experiment": self.create().status_code,
            "log a run": self.post("runs/create", experiment_id=self._id).status_code,
            "put a file": self.artifact("PUT").status_code,
            "get a file": self.artifact("GET").status_code,
            "list experiments": self.post("experiments/search", max_results=1).status_code,
            "delete the experiment": self.post("experiments/delete", experiment_id=self._id).status_code,
            "create a user": self.post("users/create", username=f"u{uuid.uuid4().hex}", password=uuid.uuid4().hex).status_code,
        }


def experiment_of(stack: Stack, user: str) -> str:
    """A new experiment with a file in it."""
    experiment_id = str(Attempts(stack, user).create().json()["experiment_id"])
    Attempts(stack, user, experiment_id).artifact("PUT").raise_for_status()
    return experiment_id


@pytest.mark.parametrize("path", NOBODYS)
def test_mlflow_says_nothing_to_who_does_not_log_in(stack: Stack, path: str) -> None:
    wrong = ("reader", stack.settings.secret("mlflow_writer_password"))

    assert stack.mlflow(None, "GET", path).status_code == 401
    assert requests.get(f"{stack.settings.mlflow_tracking_uri}/{path}", auth=wrong, timeout=30).status_code == 401


def test_mlflows_reader_reads_and_changes_nothing(stack: Stack) -> None:
    answers = Attempts(stack, "reader", experiment_of(stack, "scientist")).answers()

    assert {what for what, status in answers.items() if status == 200} == {"get a file", "list experiments"}
    assert {status for status in answers.values() if status != 200} == {403}


@pytest.mark.parametrize(("user", "owner"), [("writer", "scientist"), ("scientist", "writer")])
def test_mlflows_writer_and_scientist_log_and_delete_nothing_of_the_others(stack: Stack, user: str, owner: str) -> None:
    answers = Attempts(stack, user, experiment_of(stack, owner)).answers()

    assert {what for what, status in answers.items() if status != 200} == {"delete the experiment", "create a user"}
    assert {status for status in answers.values() if status != 200} == {403}


def test_a_scientist_registers_a_model_that_readers_see_and_cannot_change(stack: Stack) -> None:
    name, experiment = f"logins-{uuid.uuid4().hex}", experiment_of(stack, "scientist")
    scientist, reader = (Attempts(stack, user, experiment) for user in ("scientist", "reader"))
    run = scientist.post("runs/create", experiment_id=experiment).json()["run"]["info"]
    version = {"name": name, "source": f"{run['artifact_uri']}/model", "run_id": run["run_id"]}

    assert scientist.post("registered-models/create", name=name).status_code == 200
    assert scientist.post("model-versions/create", **version).status_code == 200

    shown = stack.mlflow("reader", "GET", f"{API}/registered-models/get", params={"name": name})
    assert shown.json()["registered_model"]["name"] == name
    assert reader.post("registered-models/create", name=f"{name}-2").status_code == 403
    assert reader.post("registered-models/set-tag", name=name, key="stage", value="production").status_code == 403


@pytest.mark.parametrize("user", [None, "admin", *ROLES])
def test_nobody_reaches_mlflows_assistant(stack: Stack, user: str | None) -> None:
    """It runs commands on the server for any login, and has no switch."""
    settings = {"provider": "ollama", "base_url": "http://127.0.0.1:9", "full_access": True}
    answers = {
        stack.mlflow(user, "PUT", f"{ASSISTANT}/config", json=settings).status_code,
        stack.mlflow(user, "POST", f"{ASSISTANT}/message", json={"message": "id"}).status_code,
        stack.mlflow(user, "GET", f"{ASSISTANT}/config").status_code,
    }

    assert answers == {401 if user is None else 404 if user == "admin" else 403}


def test_mlflow_answers_to_no_foreign_name_or_page(stack: Stack) -> None:
    foreign_host = stack.mlflow("reader", "GET", "", headers={"Host": "farm.example"})
    search = f"{API}/experiments/search"
    foreign_page = stack.mlflow("reader", "POST", search, json={"max_results": 1}, headers={"Origin": "http://farm.example"})

    assert (foreign_host.status_code, foreign_page.status_code) == (403, 403)


def test_airflows_viewer_looks_and_does_nothing_else(stack: Stack) -> None:
    settings = stack.settings.model_copy(
        update={"airflow_admin_user": "viewer", "airflow_admin_password": stack.settings.airflow_viewer_password}
    )
    viewer = AirflowApi(settings)

    assert "rebuild_day" in viewer.dag_ids()
    for method, path, body in (
        ("POST", "/dags/silver_to_gold/dagRuns", {"logical_date": None}),
        ("PATCH", "/dags/silver_to_gold", {"is_paused": True}),
        ("GET", "/connections", None),
        ("GET", "/variables", None),
    ):
        with pytest.raises(AirflowApiError, match=r": 403 "):
            viewer.call(method, path, json=body)


def test_airflow_refuses_a_wrong_password(stack: Stack) -> None:
    settings = stack.settings.model_copy(update={"airflow_admin_password": stack.settings.airflow_viewer_password})

    with pytest.raises(AirflowApiError, match="refuses admin"):
        AirflowApi(settings).dag_ids()


@pytest.mark.parametrize(("method", "path"), [("GET", "dags"), ("GET", "variables"), ("POST", "dags/rebuild_day/dagRuns")])
def test_airflow_says_nothing_to_who_does_not_log_in(stack: Stack, method: str, path: str) -> None:
    answer = requests.request(method, f"{stack.airflow.base}/api/v2/{path}", json={"logical_date": None}, timeout=30)

    assert answer.status_code == 401


def test_nobody_makes_himself_a_user_of_airflow_or_mlflow(stack: Stack) -> None:
    for path in ("auth/register/form", "auth/register"):
        assert requests.get(f"{stack.airflow.base}/{path}", timeout=30).status_code == 404
    assert stack.mlflow(None, "GET", "signup").status_code == 401
    assert stack.mlflow("reader", "GET", "signup").status_code == 403
