"""What services are told by their environment."""

from __future__ import annotations

from include.settings import Settings
from infra.native import environment


def test_mlflow_answers_to_its_own_names_and_to_those_that_are_given() -> None:
    changes = {"mlflow_tracking_uri": "http://mlflow:5001", "mlflow_allowed_hosts": ("farm.example:5001",)}
    settings = Settings(_env_file=None).model_copy(update=changes)

    hosts = environment.mlflow_hosts(settings)

    assert {"localhost:*", "127.0.0.1:*", "mlflow:5001", "farm.example:5001"} <= set(hosts)
    assert "*" not in hosts
