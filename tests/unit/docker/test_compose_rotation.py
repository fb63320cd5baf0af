"""docker/stack.sh rotate, with a program in Docker's place that notes what it is asked: files, order, and who is made again."""

from __future__ import annotations

import os
import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from include.paths import PROJECT_ROOT
from infra.secrets.containers import fill
from infra.secrets.machine import read
from infra.secrets.store import Store
from tests.unit.docker.container_scripts import copy_scripts

DOCKER = """#!/bin/bash
while [[ $1 == compose || $1 == -* ]]; do [[ $1 == -p || $1 == -f || $1 == --env-file ]] && shift; shift; done
echo "$*" >>"$CALLS"
[[ $1 == build ]] || [[ $BREAK_AT != "$1" ]] || [[ " $* " == *" secrets "* ]] || exit 1
case $1 in
  run)
    [[ " $* " == *" secrets "* ]] || exit 0 # but for the step that writes the secrets, natively
    for word; do [[ $word != PV_SECRETS_DIR=* ]] || folder=${word#*=}; done
    while [[ $1 != secrets ]]; do shift; done
    exec env -i PATH="$PATH" PYTHONPATH="$PROJECT" PV_SECRETS_DIR="$folder" "$PYTHON" -m infra.secrets "${@:2}"
    ;;
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
            "PROJECT": str(PROJECT_ROOT),
            "PYTHON": sys.executable,
        }
        fill(Store(self.secrets, is_mounted=True), read(b"PV_MACHINE_NAME=here"))

    def run(self, *command: str, **environment: str) -> subprocess.CompletedProcess[str]:
        self.calls.write_text("")
        env = self.environment | environment
        return subprocess.run(command, cwd=self.project, env=env, capture_output=True, text=True, check=False)

    def rotate(self, *names: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return self.run("./docker/stack.sh", "rotate", *names, **environment)

    def changes(self) -> list[str]:
        """What Docker was asked to do, without the questions and the folder of the next values."""
        calls = (
            re.sub(r"--user \S+ -v \S+ -e \S+ ", "", self.calls.read_text()).replace(f"{self.secrets}", "SECRETS").splitlines()
        )
        return [call for call in calls if call.split()[0] not in {"config", "ps", "logs", "volume", "info", "build"}]

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
        "run --rm -T secrets next POSTGRES_PASSWORD airflow_fernet_key",
        "stop airflow-init airflow-scheduler",
        "run --rm --no-deps -T -v SECRETS/next:/run/next:ro postgres-init once next-superuser",
        "run --rm --no-deps -T -v SECRETS/next:/run/next:ro airflow-init once next-fernet-key",
        "run --rm -T secrets settle",
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
    assert [call.split()[0] for call in containers.changes()] == ["run", "run", "up", "wait", "run", "run", "up", "wait"]


def test_what_cannot_be_rotated_is_named_and_nothing_is_begun(containers: Containers) -> None:
    done = containers.rotate("NONSENSE")

    assert done.stderr.startswith("secrets: NONSENSE: no generated secret; known: ")
    assert [call for call in containers.changes() if "next NONSENSE" not in call] == []
    assert [path for path in containers.secrets.iterdir() if path.is_dir()] == []
