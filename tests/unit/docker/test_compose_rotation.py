"""docker/stack.sh rotate, with a program in Docker's place that notes what it is asked: files, order, and who is made again."""

from __future__ import annotations

import os
import stat
import subprocess
from pathlib import Path

import pytest

from tests.unit.docker.container_scripts import copy_scripts

DOCKER = """#!/bin/bash
while [[ $1 == compose || $1 == -* ]]; do [[ $1 == -p || $1 == -f || $1 == --env-file ]] && shift; shift; done
echo "$*" >>"$CALLS"
[[ $BREAK_AT != "$1" ]] || exit 1
case $1 in
  volume) exit 1 ;;
  config) cat "$CONFIG" ;;
  ps) [[ $* == *q* ]] && echo 0123abcd || tr ' ' '\\n' <<<"postgres postgres-init airflow-init airflow-scheduler trino" ;;
  wait) echo 0 ;;
esac
"""
# As `docker compose config` prints it. The last one has no container.
GRANTED = {
    "airflow-init": ["airflow_db_password", "airflow_fernet_key"],
    "airflow-scheduler": ["airflow_db_password", "airflow_fernet_key", "trino_ca"],
    "postgres": ["postgres_password"],
    "postgres-init": ["postgres_password", "airflow_db_password"],
    "trino": ["trino_certificate", "trino_ca"],
    "spark-worker-2": ["airflow_fernet_key", "postgres_password"],
}


class Containers:
    def __init__(self, folder: Path) -> None:
        # A copy, which has no .env of the person who runs the tests.
        self.project = copy_scripts(folder / "project")
        self.secrets = folder / "secrets"
        self.calls = folder / "calls"
        config = ["services:"]
        for service, names in GRANTED.items():
            config += [f"  {service}:", "    secrets:"]
            for name in names:
                config += [f"      - source: {name}", f"        target: /run/secrets/{name}"]
            config += ["    volumes:", "      - type: volume", "        source: postgres_password"]
        (folder / "config").write_text("\n".join([*config, "networks:", "  data:", "    internal: true", ""]))
        (folder / "docker").write_text(DOCKER)
        (folder / "docker").chmod(0o755)
        self.environment = {
            "PATH": f"{folder}:{os.environ['PATH']}",
            "PV_SECRETS_DIR": str(self.secrets),
            "CALLS": str(self.calls),
            "CONFIG": str(folder / "config"),
            "BREAK_AT": "",
        }
        self.run("./docker/secrets.sh")

    def run(self, *command: str, **environment: str) -> subprocess.CompletedProcess[str]:
        self.calls.write_text("")
        env = self.environment | environment
        return subprocess.run(command, cwd=self.project, env=env, capture_output=True, text=True, check=False)

    def rotate(self, *names: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return self.run("./docker/stack.sh", "rotate", *names, **environment)

    def changes(self) -> list[str]:
        """What Docker was asked to do, without the questions and the folder of the next values."""
        calls = self.calls.read_text().replace(f"{self.secrets}", "SECRETS").splitlines()
        return [call for call in calls if call.split()[0] not in {"config", "ps", "logs", "volume"}]

    def values(self) -> dict[str, str]:
        return {path.name: path.read_text() for path in self.secrets.iterdir() if path.is_file()}


@pytest.fixture
def containers(tmp_path: Path) -> Containers:
    return Containers(tmp_path)


def test_what_changes_under_the_old_values_comes_first_then_the_files_then_who_is_granted_them(containers: Containers) -> None:
    before = containers.values()

    done = containers.rotate("POSTGRES_PASSWORD", "airflow_fernet_key")

    assert done.returncode == 0, done.stderr
    assert containers.changes() == [
        "stop airflow-init airflow-scheduler",
        "run --rm --no-deps -T -v SECRETS/next:/run/next:ro postgres-init once next-superuser",
        "run --rm --no-deps -T -v SECRETS/next:/run/next:ro airflow-init once next-fernet-key",
        "up -d --no-build --force-recreate airflow-init airflow-scheduler postgres postgres-init lakehouse-init",
        "wait 0123abcd",
    ]
    after = containers.values()
    assert {name for name in before if before[name] != after[name]} == {"postgres_password", "airflow_fernet_key"}
    assert before.keys() == after.keys() and [p for p in containers.secrets.iterdir() if p.is_dir()] == []
    assert stat.S_IMODE((containers.secrets / "postgres_password").stat().st_mode) == 0o444
    seen = containers.calls.read_text() + done.stdout + done.stderr
    assert not [value for values in (before, after) for value in values.values() if value and value in seen]


@pytest.mark.parametrize("cut_at", ["run", "up", "wait"])
def test_a_rotation_that_is_cut_short_goes_on_with_the_same_values(containers: Containers, cut_at: str) -> None:
    before = containers.values()
    assert containers.rotate("POSTGRES_PASSWORD", BREAK_AT=cut_at).returncode != 0
    following = (containers.secrets / "next" / "postgres_password").read_text()

    done = containers.rotate("AIRFLOW_DB_PASSWORD")

    assert done.returncode == 0, done.stderr
    after = containers.values()
    assert after["postgres_password"] == following != before["postgres_password"]
    assert after["airflow_db_password"] != before["airflow_db_password"]
    assert [call.split()[0] for call in containers.changes()] == ["run", "up", "wait", "up", "wait"]


@pytest.mark.parametrize(
    ("name", "changed"),
    [
        ("TRINO_CERTIFICATE", {"trino_certificate"}),
        ("TRINO_CA", {"trino_certificate", "trino_ca", "trino_ca_key"}),
    ],
)
def test_trinos_certificate_is_made_again_and_its_authority_when_it_is_named(
    containers: Containers, name: str, changed: set[str]
) -> None:
    before = containers.values()

    assert containers.rotate(name).returncode == 0

    after = containers.values()
    assert {name for name in before if before[name] != after[name]} == changed
    pair = [str(containers.secrets / file) for file in ("trino_ca", "trino_certificate")]
    assert subprocess.run(["openssl", "verify", "-CAfile", *pair], capture_output=True, check=False).returncode == 0


def test_a_given_value_is_taken_and_one_that_only_people_have_is_asked_for(containers: Containers) -> None:
    assert "NONSENSE is no secret" in containers.rotate("NONSENSE").stderr
    assert "no value for OPEN_NEM_SECONDARY" in containers.rotate("OPEN_NEM_SECONDARY").stderr
    assert containers.changes() == []
    assert [path for path in containers.secrets.iterdir() if path.is_dir()] == []

    assert containers.rotate("OPEN_NEM_SECONDARY", OPEN_NEM_SECONDARY="oe_new").returncode == 0

    assert containers.values()["open_nem_secondary"] == "oe_new"


def test_all_are_those_that_the_stack_makes_up(containers: Containers) -> None:
    before = containers.values()

    assert containers.rotate("all").returncode == 0

    changed = {name for name, value in containers.values().items() if value != before[name]}
    assert {"minio_secret_key", "spark_s3_secret_key", "catalog_writer_token", "postgres_password"} <= changed
    assert not changed & {"trino_ca", "trino_certificate", "open_nem_primary", "pv_alert_webhook_url"}


def test_keys_of_a_store_elsewhere_are_not_among_all(containers: Containers) -> None:
    before = containers.values()
    keys = {name: value for name, value in before.items() if name.endswith("_s3_secret_key")}
    elsewhere = {"S3_SERVER": "external", "MINIO_ENDPOINT": "https://s3.example"}

    done = containers.rotate("all", **elsewhere)

    assert done.returncode == 0, done.stderr
    after = containers.values()
    assert {name: after[name] for name in keys} == keys
    assert after["catalog_writer_token"] != before["catalog_writer_token"]

    assert "no value for SPARK_S3_SECRET_KEY" in containers.rotate("SPARK_S3_SECRET_KEY", **elsewhere).stderr
    assert containers.rotate("SPARK_S3_SECRET_KEY", SPARK_S3_SECRET_KEY="made-there", **elsewhere).returncode == 0
    assert containers.values() == after | {"spark_s3_secret_key": "made-there"}


def test_the_key_that_a_catalog_elsewhere_has_of_our_store_is_not_among_all(containers: Containers) -> None:
    before = containers.values()

    done = containers.rotate("all", CATALOG_SERVER="external", ICEBERG_REST_URI="https://catalog.example")

    assert done.returncode == 0, done.stderr
    kept = {name for name, value in containers.values().items() if value == before[name]}
    assert {"catalog_s3_secret_key", "catalog_writer_token", "catalog_reader_token"} <= kept
    assert not kept & {"minio_secret_key", "spark_s3_secret_key"}


def test_a_secret_that_is_new_in_this_version_is_asked_for_first(containers: Containers) -> None:
    (containers.secrets / "https_proxy").unlink()

    done = containers.rotate("POSTGRES_PASSWORD")

    assert "HTTPS_PROXY is new in this version: docker/stack.sh up first" in done.stderr
    assert containers.changes() == []
