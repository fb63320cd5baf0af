"""What infra/compose.versitygw.yaml changes of infra/compose.yaml: MinIO's place is taken, its promises and its address stay."""

from __future__ import annotations

import re
import runpy
from typing import Any

import pytest
import yaml

from include.paths import PROJECT_ROOT
from include.settings import Settings
from infra.services import services
from tests.unit.docker.test_compose import COMPOSE, DOCKERFILE
from tests.unit.docker.test_compose_external import Loader

TEXT = (PROJECT_ROOT / "infra/compose.versitygw.yaml").read_text(encoding="utf-8")
CHANGED = yaml.load(TEXT, Loader=Loader)  # noqa: S506  a safe loader with two tags more
NEW = {"versitygw", "object-lifecycle"}
KEEPS_OF_MINIO = {"restart", "read_only", "cap_drop", "security_opt", "tmpfs", "logging"}


@pytest.fixture(params=sorted(NEW))
def service(request: pytest.FixtureRequest) -> tuple[str, dict[str, Any]]:
    return request.param, CHANGED["services"][request.param]


def test_minio_is_out_and_what_the_native_stack_runs_in_its_place_is_in() -> None:
    with_minio, settings = (Settings(_env_file=None, s3_server=name) for name in ("minio", "versitygw"))  # type: ignore[call-arg,arg-type]

    assert CHANGED["services"]["minio"] is None
    assert {s.name for s in services.of(settings)} - {s.name for s in services.of(with_minio)} == NEW
    assert set(CHANGED["services"]) == NEW | {"minio", "minio-init", "backup", "restore"}


def test_new_services_promise_what_minio_does(service: tuple[str, dict[str, Any]]) -> None:
    name, definition = service
    assert definition["extends"] == {"file": "compose.yaml", "service": "minio"}
    assert not set(definition) & KEEPS_OF_MINIO
    assert definition["healthcheck"]["test"] == ["CMD", "healthcheck", name]
    assert name in runpy.run_path(str(PROJECT_ROOT / "docker/healthcheck.py"))["CHECKS"]
    assert all(port.startswith("127.0.0.1:") for port in definition.get("ports") or [])


def test_it_is_reached_by_the_name_of_minio_and_the_lifecycle_by_nobody() -> None:
    store, lifecycle = CHANGED["services"]["versitygw"], CHANGED["services"]["object-lifecycle"]

    assert store["networks"] == {network: {"aliases": ["minio"]} for network in COMPOSE["services"]["minio"]["networks"]}
    assert lifecycle["networks"] == ["data"] and lifecycle["ports"] is None and lifecycle["volumes"] is None


def test_the_lifecycles_key_is_its_own_and_of_who_makes_the_user() -> None:
    assert CHANGED["services"]["object-lifecycle"]["secrets"] == ["lifecycle_s3_access_key", "lifecycle_s3_secret_key"]
    granted = {name for name, changes in CHANGED["services"].items() if changes and "lifecycle_s3_secret_key" in str(changes)}
    assert granted == {"object-lifecycle", "minio-init"}
    assert not [name for name, s in COMPOSE["services"].items() if "lifecycle_s3_secret_key" in s.get("secrets", [])]


def test_who_acts_by_the_kind_of_store_is_told() -> None:
    for name, changes in CHANGED["services"].items():
        assert changes is None or changes["environment"]["S3_SERVER"] == "versitygw", name
    assert CHANGED["services"]["minio-init"]["depends_on"] == {"versitygw": {"condition": "service_healthy"}}
    waits = {name for name, definition in COMPOSE["services"].items() if "minio" in definition.get("depends_on", {})}
    assert waits == {"minio-init"}


def test_its_image_does_not_run_as_root() -> None:
    body = re.split(r"\nFROM ", DOCKERFILE.split(" AS versitygw\n", 1)[1])[0]
    assert "USER lakehouse" in body
