"""What services are told by their environment."""

from __future__ import annotations

import pytest

from include.settings import Settings
from infra.services import mlflow
from infra.services.service import PASSED_ON, base


def test_mlflow_answers_to_its_own_names_and_to_those_that_are_given() -> None:
    changes = {"mlflow_tracking_uri": "http://mlflow:5001", "mlflow_allowed_hosts": ("farm.example:5001",)}
    settings = Settings(_env_file=None).model_copy(update=changes)

    hosts = mlflow.hosts(settings)

    assert {"localhost:*", "127.0.0.1:*", "mlflow:5001", "farm.example:5001"} <= set(hosts)
    assert "*" not in hosts


def test_this_machine_is_not_asked_through_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in PASSED_ON:
        monkeypatch.delenv(name, raising=False)
    assert "NO_PROXY" not in base()

    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    monkeypatch.setenv("NO_PROXY", "trino,10.0.0.1")

    assert {base()[name] for name in ("NO_PROXY", "no_proxy")} == {"trino,10.0.0.1,127.0.0.1,localhost"}
