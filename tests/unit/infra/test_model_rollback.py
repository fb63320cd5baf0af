"""`make model-rollback`: what it refuses before anything is started, what it starts, what it says of what came of it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from include.expected_energy.champions import Role, Version
from include.settings import Settings
from infra.commands import model_rollback as module
from infra.commands.model_rollback import ModelRollbackError, command, read_version

START = datetime(2025, 1, 3, 14, tzinfo=UTC)
SETTINGS = Settings.model_construct()


class Stack:
    """The table and Airflow: a run of `set_plant_model` sets the champion, unless its task fails."""

    base = "http://airflow"

    def __init__(self) -> None:
        self.roles = {1: "former", 2: "refused", 3: "champion", 4: "challenger"}
        self.before = {1: 0, 2: 1, 3: 1, 4: 3}
        self.dag: dict[str, Any] | None = {"is_paused": False}
        self.failing: set[str] = set()
        self.started: list[dict[str, Any]] = []

    def versions(self, _: Settings) -> list[Version]:
        return [Version(n, Role(role), START, START, self.before[n], False, "") for n, role in self.roles.items()]

    def find(self, path: str) -> dict[str, Any] | None:
        assert path == "/dags/set_plant_model"
        return self.dag

    def trigger(self, _: str, conf: dict[str, Any]) -> str:
        self.started.append(conf)
        if "set_champion" not in self.failing:
            self.roles = {n: "former" if role == "champion" else role for n, role in self.roles.items()}
            self.roles |= {conf["version"]: "champion"} if conf["version"] else {}
        return "manual__1"

    def wait(self, *_: Any) -> None:
        return None

    def tasks(self, *_: Any) -> list[tuple[str, str, float]]:
        tasks = ("set_champion", "explain_losses_again", "register_model")
        return [(task, "failed" if task in self.failing else "success", 1.0) for task in tasks]


@pytest.fixture
def stack(monkeypatch: pytest.MonkeyPatch) -> Stack:
    found = Stack()
    monkeypatch.setattr(module, "look_up", found.versions)
    monkeypatch.setattr(module, "AirflowApi", lambda _: found)
    return found


def test_without_a_version_the_former_champion_takes_its_place_again(stack: Stack, capsys: pytest.CaptureFixture[str]) -> None:
    assert command(SETTINGS) == 0

    said = capsys.readouterr().out
    assert stack.started == [{"version": 1}]
    assert "champion was version 3; version 1 takes its place" in said
    assert "champion is version 1\n" in said
    assert "pausing fit_plant_models prevents that" in said


def test_once_more_goes_on_backwards_to_the_prior_and_then_there_is_none(
    stack: Stack, capsys: pytest.CaptureFixture[str]
) -> None:
    command(SETTINGS)
    assert command(SETTINGS, "VERSION=") == 0  # as the Makefile gives it
    assert stack.started == [{"version": 1}, {"version": 0}]
    assert "champion is the registry's prior (version 0)\n" in capsys.readouterr().out

    with pytest.raises(ModelRollbackError, match="there is no former champion"):
        command(SETTINGS)


def test_any_version_may_be_named(stack: Stack) -> None:
    assert command(SETTINGS, "VERSION=2") == 0
    assert stack.roles == {1: "former", 2: "champion", 3: "former", 4: "challenger"}


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (("VERSION=9",), r"there is no version 9. Versions: 4 \(challenger\), 3 \(champion\)"),
        (("VERSION=3",), "version 3 is champion already, nothing was done"),
        (("VERSION=-1",), "expected VERSION=n"),
        (("3",), "expected VERSION=n"),
        (("VERSION=1", "VERSION=2"), "expected VERSION=n"),
    ],
)
def test_what_cannot_be_set_is_refused_before_anything_starts(stack: Stack, options: tuple[str, ...], reason: str) -> None:
    with pytest.raises(ModelRollbackError, match=reason):
        command(SETTINGS, *options)
    assert stack.started == []


def test_a_lake_without_a_fit_says_how_to_get_one(stack: Stack) -> None:
    stack.roles = {}
    with pytest.raises(ModelRollbackError, match="No plant model was fitted yet: the DAG fit_plant_models does it"):
        command(SETTINGS)


@pytest.mark.parametrize(("dag", "reason"), [(None, "no DAG set_plant_model yet"), ({"is_paused": True}, "is paused")])
def test_a_dag_that_would_not_run_is_said_at_once(stack: Stack, dag: dict[str, Any] | None, reason: str) -> None:
    stack.dag = dag
    with pytest.raises(ModelRollbackError, match=reason):
        command(SETTINGS)
    assert stack.started == []


@pytest.mark.parametrize(
    ("failing", "status", "line", "champion"),
    [
        ({"register_model"}, 0, "MLflow does not show it yet: clear register_model", "version 1"),
        ({"explain_losses_again"}, 1, "losses are not explained by it yet: clear explain_losses_again", "version 1"),
        ({"set_champion", "explain_losses_again", "register_model"}, 1, "failed in set_champion: http://airflow", "version 3"),
    ],
)
def test_what_failed_is_said_with_what_is_champion_then(
    stack: Stack, capsys: pytest.CaptureFixture[str], failing: set[str], status: int, line: str, champion: str
) -> None:
    stack.failing = failing

    assert command(SETTINGS) == status

    said = capsys.readouterr().out
    assert line in said
    assert f"champion is {champion}\n" in said
    assert ("takes its place; pausing" in said) == (status == 0)


def test_a_stack_that_is_down_is_one_line() -> None:
    nowhere = Settings(_env_file=None, trino_port=1)  # type: ignore[call-arg]

    with pytest.raises(ModelRollbackError, match=r"Trino does not say which versions there are; `make status` says why: .*127"):
        command(nowhere)


def test_an_empty_version_is_none() -> None:
    assert (read_version(()), read_version(("VERSION=",)), read_version(("VERSION=0",))) == (None, None, 0)
