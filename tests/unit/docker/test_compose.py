"""What infra/compose.yaml promises: nothing runs as root, unlimited, unchecked, or reachable from another machine."""

from __future__ import annotations

import os
import re
import runpy
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from include.paths import PROJECT_ROOT
from include.settings import Settings
from infra.services import services

COMPOSE = yaml.safe_load((PROJECT_ROOT / "infra/compose.yaml").read_text(encoding="utf-8"))
DOCKERFILE = (PROJECT_ROOT / "docker/Dockerfile").read_text(encoding="utf-8")
BY_HAND = {"demo", "backfill", "model-rollback", "sql", "backup", "restore"}
ONE_SHOT = {"postgres-init", "minio-init", "airflow-init", "lakehouse-init"} | BY_HAND
NO_SETTINGS = {"trino_certificate", "trino_ca", "https_proxy"}
SCALE = {"spark-worker-2", "trino-worker"}
SERVICES = sorted(COMPOSE["services"])
# Who has something to ask of Postgres.
OF_THE_METADATA = {"postgres", "postgres-init", "iceberg-rest", "mlflow", "airflow-init", "backup", "restore"} | {
    name for name in SERVICES if name.startswith("airflow-")
}


@pytest.fixture(params=SERVICES)
def service(request: pytest.FixtureRequest) -> tuple[str, dict[str, Any]]:
    return request.param, COMPOSE["services"][request.param]


def test_every_native_service_is_there() -> None:
    with_stand_in = Settings(_env_file=None, pv_stand_in_port=18080)  # type: ignore[call-arg]
    assert set(SERVICES) - ONE_SHOT - SCALE == {s.name for s in services.of(with_stand_in)}
    assert all(COMPOSE["services"][name]["profiles"] == ["scale"] for name in SCALE)


def test_it_cannot_write_to_its_image_or_gain_rights(service: tuple[str, dict[str, Any]]) -> None:
    _, definition = service
    assert definition["read_only"] is True
    assert definition["cap_drop"] == ["ALL"]
    assert definition["security_opt"] == ["no-new-privileges:true"]
    assert "privileged" not in definition and "cap_add" not in definition and "user" not in definition
    assert not any("docker.sock" in volume for volume in definition.get("volumes", []))


def test_it_is_limited_and_its_log_is_rotated(service: tuple[str, dict[str, Any]]) -> None:
    _, definition = service
    assert definition["mem_limit"] and definition["cpus"] <= 2
    assert set(definition["logging"]["options"]) == {"max-size", "max-file"}


def test_it_is_checked_by_its_work_and_restarted(service: tuple[str, dict[str, Any]]) -> None:
    name, definition = service
    if name in ONE_SHOT:
        assert definition["restart"] == ("no" if name in BY_HAND else "on-failure:3")
        assert bool(definition.get("profiles")) == (name in BY_HAND)
    else:
        assert definition["restart"] == "unless-stopped"
        assert definition["healthcheck"]["test"] == ["CMD", "healthcheck", check := name.removesuffix("-2")]
        assert check in runpy.run_path(str(PROJECT_ROOT / "docker/healthcheck.py"))["CHECKS"]


def test_it_is_published_on_loopback_only(service: tuple[str, dict[str, Any]]) -> None:
    for port in service[1].get("ports", []):
        assert port.startswith("127.0.0.1:"), port


def test_only_who_needs_postgres_reaches_it(service: tuple[str, dict[str, Any]]) -> None:
    name, definition = service
    assert ("metadata" in definition["networks"]) == (name in OF_THE_METADATA)
    assert {name for name, network in COMPOSE["networks"].items() if not network} == {"users"}
    assert all(network == {"internal": True} for network in COMPOSE["networks"].values() if network)


def test_only_who_runs_spark_reaches_its_master(service: tuple[str, dict[str, Any]]) -> None:
    name, definition = service
    assert ("spark" in definition["networks"]) == (name.startswith("spark-") or name == "airflow-scheduler")


def test_the_step_that_sees_all_secrets_reaches_nobody() -> None:
    text = (PROJECT_ROOT / "infra/compose.secrets.yaml").read_text(encoding="utf-8")
    definition = yaml.safe_load(text)["services"]["secrets"]
    assert definition["network_mode"] == "none"
    assert all(definition[name] == COMPOSE["services"]["postgres"][name] for name in ("read_only", "cap_drop", "security_opt"))
    assert not {"networks", "ports", "volumes", "secrets", "environment"} & set(definition)


def test_its_environment_holds_no_secret(service: tuple[str, dict[str, Any]]) -> None:
    secret = {name.upper() for name, field in Settings.model_fields.items() if "SecretStr" in str(field.annotation)}
    assert not secret & set(service[1].get("environment", {}))


def test_secrets_are_files_named_as_settings() -> None:
    granted = {secret for definition in COMPOSE["services"].values() for secret in definition.get("secrets", [])}
    declared = set(COMPOSE["secrets"]) - {"ca"}
    assert granted - {"ca"} <= declared <= set(Settings.model_fields) | NO_SETTINGS
    assert {COMPOSE["secrets"][name]["file"] for name in declared} == {
        f"${{PV_SECRETS_DIR:-../.lakehouse/secrets}}/{name}" for name in declared
    }


def test_images_are_built_from_one_base_and_do_not_run_as_root() -> None:
    stages = {name: source for source, name in re.findall(r"^FROM (\S+) AS (\S+)$", DOCKERFILE, re.MULTILINE)}
    assert stages["base"] == "${BASE_IMAGE}"
    for name, source in stages.items():
        assert name == "base" or source in stages, name
    built = {d["build"]["target"] for d in COMPOSE["services"].values() if "build" in d}
    assert {d["image"].split("/")[-1].split(":")[0] for d in COMPOSE["services"].values()} == built
    for target in built:
        body = DOCKERFILE.split(f" AS {target}\n", 1)[1].split("\nFROM ", 1)[0]
        assert "USER lakehouse" in body, target


@pytest.mark.parametrize(
    ("stages", "modules"),
    [
        (["FROM python AS parts"], "infra.install.steps, infra.install.__main__"),
        (["FROM base AS small"], "infra.secrets.__main__"),
        (["FROM base AS small"], "infra.services.services, infra.secrets.rotation, infra.setup.external_catalog"),
        (["FROM base AS small", "FROM small AS postgres"], "infra.container, infra.services.databases, infra.setup.preparation"),
        (["FROM base AS small", "FROM small AS trino"], "infra.container, infra.commands.trino_cli"),
        (["FROM java AS iceberg-rest"], "infra.container, infra.services.services"),
    ],
)
def test_what_an_image_runs_finds_all_that_it_imports(stages: list[str], modules: str, tmp_path: Path) -> None:
    """By the files that its stages copy alone; packages are those of this machine."""
    texts = [DOCKERFILE.split(f"{stage}\n")[1].split("\nFROM ")[0] for stage in stages]
    for line in (line for text in texts for line in text.replace("\\\n", " ").splitlines()):
        if line.startswith("COPY ") and "--from" not in line:
            *sources, target = line.split()[1:]
            for source in (path for pattern in sources for path in PROJECT_ROOT.glob(pattern)):
                place = tmp_path / target / source.name if target.endswith("/") else tmp_path / target
                place.parent.mkdir(parents=True, exist_ok=True)
                shutil.copytree(source, place, dirs_exist_ok=True) if source.is_dir() else shutil.copy(source, place)

    environment = {"PYTHONPATH": str(tmp_path), "PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-c", f"import {modules}"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
