"""What stands in the way of the containers is found before anything starts: docker/stack.sh.

The engine's answers are made up here, where it is about an engine that is too old or a machine that is too small; what works is
tried on a real one (tests/compose).
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from include.paths import PROJECT_ROOT
from tests.unit.docker.container_scripts import copy_scripts

ENGINE = r"""#!/bin/sh
echo "$*" >>"$ASKED"
case "$*" in
  info) exit "${ENGINE_ANSWERS:-0}" ;;
  "info --format {{.SecurityOptions}}") echo "$SECURITY" ;;
  "info --format"*) echo / ;;
  version*) echo "${ENGINE_VERSION:-26.1.5}" ;;
  "compose version"*) echo "${COMPOSE_VERSION:-2.26.1}" ;;
  *" run "*" secrets "*) # the step that writes the secrets, natively
    for word; do case $word in PV_SECRETS_DIR=*) folder=${word#*=} ;; esac; done
    while [ "$1" != secrets ]; do shift; done
    shift
    [ -n "$STEP" ] || { [ "$1" != fill ] || echo value >"$folder/postgres_password"; cat >/dev/null; exit 0; }
    exec env -i PATH="$PATH" PYTHONPATH="$PROJECT" PV_SECRETS_DIR="$folder" "$PYTHON" -m infra.secrets "$@"
    ;;
  *"config --format json") echo "\"published\": \"${PUBLISHED:-1}\"" ;;
  "image inspect"*) exit 1 ;;
  "volume ls"*) case "$*" in *"${HELD_BY:-nobody}"*) echo "$HELD_BY" ;; esac ;;
  pull*) exit "${PULL_ANSWERS:-0}" ;;
  "volume inspect"*)
    label=$(echo "$*" | sed -n 's/.*\(pv-lakehouse\.[a-z]*\)".*/\1/p')
    [ -e "$HOME/volumes/${*##* }" ] && sed -n "s/.* $label=\([^ ]*\) .*/\1/p" "$HOME/volumes/${*##* }"
    ;;
  *" up -d --no-build"*) exit "${UP_ANSWERS:-0}" ;;
  *" logs "*" postgres") echo "$POSTGRES_SAYS" ;;
  "volume create"*) echo "$*" >"$HOME/volumes/${*##* }" ;;
  "volume rm"*) rm "$HOME/volumes/${*##* }" ;;
esac
"""


@pytest.fixture
def machine(tmp_path: Path) -> dict[str, str]:
    """Environment of a machine whose engine has ample of everything."""
    program = tmp_path / "bin" / "docker"
    program.parent.mkdir()
    program.write_text(ENGINE)
    program.chmod(0o755)
    (tmp_path / "volumes").mkdir()
    return {
        "PATH": f"{program.parent}:{os.environ['PATH']}",
        "HOME": str(tmp_path),
        "ASKED": str(tmp_path / "asked"),
        "PV_SECRETS_DIR": str(tmp_path / "secrets"),
        "PV_LEAST_MEMORY_GIB": "0",
        "PV_LEAST_DISK_GIB": "0",
        "PROJECT": str(PROJECT_ROOT),
        "PYTHON": sys.executable,
    }


def run(program: str, *arguments: str, env: dict[str, str], cwd: Path = PROJECT_ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(PROJECT_ROOT / program), *arguments], env=env, cwd=cwd, capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize(
    ("setting", "reason", "status"),
    [
        ({"ENGINE_VERSION": "19.03.8"}, "the Docker engine is 19.03.8; 20.10 or newer", 1),
        ({"COMPOSE_VERSION": "v2.3.0"}, "Compose is v2.3.0; 2.20 or newer", 1),
        ({"PV_LEAST_MEMORY_GIB": "100000"}, "GiB of memory; 12 are needed", 3),
        ({"PV_LEAST_DISK_GIB": "100000"}, "GiB free", 3),
    ],
)
def test_what_is_missing_or_wrong_is_said_before_anything_is_built(
    machine: dict[str, str], setting: dict[str, str], reason: str, status: int
) -> None:
    done = run("docker/stack.sh", "up", env=machine | setting)

    assert done.returncode == status
    assert reason in done.stderr
    assert "build" not in Path(machine["ASKED"]).read_text()


def built(machine: dict[str, str]) -> list[str]:
    """Compose files whose images were asked to be built, in order."""
    return re.findall(r"infra/(\S+)\.yaml build$", Path(machine["ASKED"]).read_text(), re.MULTILINE)


def test_what_is_given_is_tried_before_the_large_images_are_built_and_goes_through_a_pipe(machine: dict[str, str]) -> None:
    given = machine | {"STEP": "1", "OPEN_NEM_PRIMARY": "oe_a_key", "READER_S3_SECRET_KEY": "0123456789abcdef01234567"}

    refused = run("docker/stack.sh", "up", env=given | {"POSTGRES_PASSWORD": "changeme"})
    assert refused.stderr == "secrets: POSTGRES_PASSWORD: still holds a placeholder: set it or leave it empty\n"
    assert (refused.returncode, built(machine)) == (1, ["compose.secrets"])

    done = run("docker/stack.sh", "up", env=given)

    folder = Path(machine["PV_SECRETS_DIR"])
    assert built(machine) == ["compose.secrets", "compose.secrets", "compose"], done.stderr
    assert (folder / "open_nem_primary").read_text() == "oe_a_key"
    assert f"--user {os.getuid()}:{os.getgid()} -v {folder}:{folder}" in (asked := Path(machine["ASKED"]).read_text())
    values = {path.read_text() for path in folder.iterdir() if path.name != "installation"} - {""}
    assert not [value for value in values if value in asked + done.stdout + done.stderr]


@pytest.mark.parametrize("file", ["trino_certificate", "trino_ca"])
def test_a_certificate_of_ones_own_reaches_the_step_as_its_text(machine: dict[str, str], tmp_path: Path, file: str) -> None:
    """The one made for this machine's Trino is taken, its authority is none."""
    run("docker/stack.sh", "secrets", env=machine | {"STEP": "1", "PV_SECRETS_DIR": str(tmp_path / "made")})
    own = {"TRINO_CERTIFICATE": str(tmp_path / "made" / file), "TRINO_CA": str(tmp_path / "made/trino_ca")}

    done = run("docker/stack.sh", "secrets", env=machine | own | {"STEP": "1", "PV_SECRETS_DIR": str(tmp_path / "other")})

    if file == "trino_certificate":
        assert done.returncode == 0, done.stderr
        assert (tmp_path / "other" / file).read_text() == (tmp_path / "made" / file).read_text()
    else:
        assert (done.returncode, done.stderr.splitlines()[-1][:9]) == (1, "secrets: ")
        assert f"{tmp_path}/made/trino_ca holds no private key" in done.stderr


def test_the_engine_of_a_rootless_user_is_given_its_own_root(machine: dict[str, str]) -> None:
    run("docker/stack.sh", "secrets", env=machine | {"SECURITY": "[name=seccomp,profile=builtin name=rootless]"})

    assert " --user 0:0 " in Path(machine["ASKED"]).read_text()


def test_a_base_image_that_cannot_be_had_is_named(machine: dict[str, str]) -> None:
    done = run("docker/stack.sh", "up", env=machine | {"BASE_IMAGE": "example/none:1", "PULL_ANSWERS": "1"})

    assert done.returncode == 1
    assert "the base image example/none:1 cannot be pulled" in done.stderr


def test_a_taken_port_is_named(machine: dict[str, str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        done = run("docker/stack.sh", "up", env=machine | {"PUBLISHED": str(port)})

    assert done.returncode == 1
    assert f"port {port} is taken" in done.stderr


def test_a_machine_that_is_too_small_is_told_apart_without_a_change(machine: dict[str, str]) -> None:
    small = run("docker/stack.sh", "machine", env=machine | {"PV_LEAST_MEMORY_GIB": "100000"})
    large = run("docker/stack.sh", "machine", env=machine)

    assert (small.returncode, large.returncode) == (3, 0)
    assert "12 are needed" in small.stderr
    assert not Path(machine["PV_SECRETS_DIR"]).exists()


@pytest.mark.parametrize("command", ["up", "down", "rotate"])
def test_a_command_beside_another_is_refused(machine: dict[str, str], command: str) -> None:
    secrets = Path(machine["PV_SECRETS_DIR"])
    secrets.mkdir()
    folder = os.open(secrets, os.O_RDONLY)
    fcntl.flock(folder, fcntl.LOCK_EX)
    try:
        done = run("docker/stack.sh", command, env=machine)
    finally:
        os.close(folder)

    assert done.returncode == 1
    assert f"another docker/stack.sh is at work with {secrets}" in done.stderr
    assert list(secrets.iterdir()) == []


def test_without_an_engine_it_says_how_to_get_one_and_installs_none(machine: dict[str, str]) -> None:
    done = run("docker/stack.sh", "machine", env=machine | {"ENGINE_ANSWERS": "1"})

    assert done.returncode == 1
    assert "make prerequisites ENGINE=1" in done.stderr


def test_it_runs_from_any_folder(machine: dict[str, str], tmp_path: Path) -> None:
    run("docker/stack.sh", "up", env=machine, cwd=tmp_path)

    assert "build" in Path(machine["ASKED"]).read_text()


DATA = ("pv-lakehouse_postgres", "pv-lakehouse_minio")


def make_volumes(machine: dict[str, str], *names: str) -> Path:
    """Volumes as compose makes them; returns their folder."""
    volumes = Path(machine["HOME"]) / "volumes"
    for name in names:
        (volumes / name).touch()
    return volumes


def test_volumes_of_another_clone_are_told_before_anything_is_built(machine: dict[str, str], tmp_path: Path) -> None:
    first, second = (machine | {"PV_SECRETS_DIR": str(tmp_path / name)} for name in ("first", "second"))
    run("docker/stack.sh", "up", env=first)
    make_volumes(machine, *DATA)
    asked = Path(machine["ASKED"])
    asked.write_text("")

    done = run("docker/stack.sh", "up", env=second)

    (line,) = done.stderr.splitlines()
    assert done.returncode == 1
    assert f"the volumes of the project pv-lakehouse were made with the secrets in {tmp_path}/first, not with" in line
    assert "build" not in asked.read_text()
    assert not (tmp_path / "second/postgres_password").exists()
    for command in ("sql", "rotate", "restore", "backup"):
        assert "were made with the secrets in" in run("docker/stack.sh", command, env=second).stderr
    down = run("docker/stack.sh", "down", env=second)
    assert (down.returncode, "nothing to stop" in down.stdout, " stop" in asked.read_text()) == (0, True, False)

    run("docker/stack.sh", "up", env=first)
    assert "build" in asked.read_text()
    shutil.rmtree(tmp_path / "first")
    run("docker/stack.sh", "down", env=second)
    assert " stop" in asked.read_text()


def test_a_mark_without_data_is_replaced_and_a_folder_that_moved_is_known(machine: dict[str, str], tmp_path: Path) -> None:
    run("docker/stack.sh", "up", env=machine)
    run("docker/stack.sh", "up", env=machine | {"PV_SECRETS_DIR": str(tmp_path / "second")})
    volumes = make_volumes(machine, *DATA)
    (tmp_path / "second").rename(tmp_path / "moved")

    done = run("docker/stack.sh", "up", env=machine | {"PV_SECRETS_DIR": str(tmp_path / "moved")})

    assert "were made with" not in done.stderr
    assert f"pv-lakehouse.secrets={tmp_path}/moved " in (volumes / "pv-lakehouse_installation").read_text()


def test_volumes_of_the_last_version_come_up_with_their_secrets_and_not_with_fresh_ones(machine: dict[str, str]) -> None:
    machine |= {"STEP": "1"}
    volumes, folder = make_volumes(machine, *DATA), Path(machine["PV_SECRETS_DIR"])

    fresh = run("docker/stack.sh", "up", env=machine)
    assert f"{folder} has no POSTGRES_PASSWORD and AIRFLOW_FERNET_KEY, which made the data" in fresh.stderr
    assert "PV_PROJECT to another name; docker volume rm" in fresh.stderr
    assert built(machine) == ["compose.secrets"] and not (volumes / "pv-lakehouse_installation").exists()

    for volume in DATA:
        (volumes / volume).unlink()
    run("docker/stack.sh", "secrets", env=machine)
    make_volumes(machine, *DATA)
    (folder / "trino_probe_password").unlink()
    run("docker/stack.sh", "up", env=machine)
    assert built(machine)[-1] == "compose"
    assert (folder / "trino_probe_password").read_text()
    assert (volumes / "pv-lakehouse_installation").exists()


def test_a_secret_that_made_the_data_is_not_made_up_again(machine: dict[str, str]) -> None:
    machine |= {"STEP": "1"}
    run("docker/stack.sh", "up", env=machine)
    make_volumes(machine, *DATA)
    (Path(machine["PV_SECRETS_DIR"]) / "airflow_fernet_key").unlink()

    done = run("docker/stack.sh", "up", env=machine)

    assert "has no AIRFLOW_FERNET_KEY, which made the data" in done.stderr
    assert not (Path(machine["PV_SECRETS_DIR"]) / "airflow_fernet_key").exists()


def test_a_password_that_postgres_refuses_is_said(machine: dict[str, str]) -> None:
    refused = 'FATAL:  password authentication failed for user "postgres"'

    done = run("docker/stack.sh", "up", env=machine | {"UP_ANSWERS": "1", "POSTGRES_SAYS": refused})
    other = run("docker/stack.sh", "up", env=machine | {"UP_ANSWERS": "1", "POSTGRES_SAYS": "ready"})

    assert f"compose: Postgres refuses {machine['PV_SECRETS_DIR']}/postgres_password: its volume" in done.stderr
    assert "compose: a service did not become healthy" in other.stderr


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy, for an .env of the test's own."""
    return copy_scripts(tmp_path / "project")


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ("PV_FACILITIES=AVLSF\nTRINO_PORT=8081\nOPEN_NEM_PRIMARY=oe_a\n", ""),
        ("TRINO_HEAP_MB=2048\nexport SPARK_WORKER_CORES=8\n", "do not take from .env: SPARK_WORKER_CORES TRINO_HEAP_MB\n"),
    ],
)
def test_what_containers_do_not_take_from_the_env_file_is_said(
    machine: dict[str, str], project: Path, lines: str, said: str
) -> None:
    (project / ".env").write_text(lines)

    command = [str(project / "docker/stack.sh"), "secrets"]
    done = subprocess.run(command, env=machine | {"STEP": "1"}, capture_output=True, text=True, check=False)

    assert done.returncode == 0 and said in done.stderr
    assert said or "do not take" not in done.stderr


ELSEWHERE = {
    "S3_SERVER": "external",
    "MINIO_ENDPOINT": "https://s3.example",
    "CATALOG_SERVER": "external",
    "ICEBERG_REST_URI": "https://catalog.example",
}


def test_with_a_store_and_a_catalog_elsewhere_their_compose_files_are_added(machine: dict[str, str]) -> None:
    done = run("docker/stack.sh", "up", env=machine | ELSEWHERE)

    files = "-finfra/compose.yaml -finfra/compose.external-s3.yaml -finfra/compose.external-catalog.yaml build"
    assert files in Path(machine["ASKED"]).read_text(), done.stderr


def test_a_store_elsewhere_needs_a_compose_that_can_leave_minio_out(machine: dict[str, str]) -> None:
    done = run("docker/stack.sh", "up", env=machine | ELSEWHERE | {"COMPOSE_VERSION": "2.20.0"})

    assert "Compose is 2.20.0; 2.24.4 or newer" in done.stderr


def test_with_versitygw_its_compose_file_is_added(machine: dict[str, str]) -> None:
    done = run("docker/stack.sh", "up", env=machine | {"S3_SERVER": "versitygw"})

    assert "-finfra/compose.yaml -finfra/compose.versitygw.yaml build" in Path(machine["ASKED"]).read_text(), done.stderr


@pytest.mark.parametrize(("server", "other"), [("versitygw", "minio"), ("minio", "versitygw"), ("", "versitygw")])
def test_a_volume_with_the_objects_of_another_store_is_named_before_anything_is_built(
    machine: dict[str, str], server: str, other: str
) -> None:
    done = run("docker/stack.sh", "up", env=machine | {"S3_SERVER": server, "HELD_BY": f"pv-lakehouse_{other}"})

    assert f"the volume pv-lakehouse_{other} holds the objects of S3_SERVER={other}" in done.stderr
    assert "build" not in Path(machine["ASKED"]).read_text()
    external = run("docker/stack.sh", "up", env=machine | ELSEWHERE | {"HELD_BY": f"pv-lakehouse_{other}"})
    assert "holds the objects" not in external.stderr


def test_authorities_that_containers_cannot_read_are_named(machine: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "bundle.pem").touch(mode=0o600)

    done = run("docker/stack.sh", "up", env=machine | {"SSL_CERT_FILE": str(tmp_path / "bundle.pem")})

    assert done.returncode == 1
    assert f"containers cannot read {tmp_path / 'bundle.pem'}" in done.stderr


def test_the_demo_takes_no_secret_and_no_server_of_the_real_stack(machine: dict[str, str], project: Path) -> None:
    given = ELSEWHERE | {"POSTGRES_PASSWORD": "of-the-real-stack-0123456789", "OPEN_NEM_SECONDARY": "oe_real"}
    given |= {"READER_S3_SECRET_KEY": "of-the-real-store"}
    (project / ".env").write_text("".join(f"{name}={value}\n" for name, value in given.items()))

    command = [str(project / "docker/stack.sh"), "demo"]
    done = subprocess.run(command, env=machine | {"STEP": "1"}, capture_output=True, text=True, check=False)

    secrets = {path.name: path.read_text() for path in (project / ".lakehouse/demo-secrets").iterdir()}
    assert not set(given.values()) & set(secrets.values()), done.stderr
    assert re.fullmatch("[A-Z2-7]{20}", secrets["landing_s3_access_key"])
    assert len(secrets["landing_s3_secret_key"]) >= 40 and len(secrets["catalog_writer_token"]) >= 40
    assert "compose.external" not in Path(machine["ASKED"]).read_text()


def test_each_clone_has_a_demo_of_its_own_and_one_of_the_last_version_keeps_its_name(
    machine: dict[str, str], tmp_path: Path
) -> None:
    names = []
    for clone, is_old in (("first", False), ("second", False), ("old", True)):
        project = copy_scripts(tmp_path / clone)
        secrets = project / ".lakehouse/demo-secrets"
        if is_old:
            secrets.mkdir(parents=True)
            (secrets / "postgres_password").write_text("0123456789abcdef01234567")
        for _ in range(2):
            subprocess.run([str(project / "docker/stack.sh"), "demo"], env=machine, capture_output=True, check=False)
            assert f" -p {(secrets / 'project').read_text().strip()} -f" in Path(machine["ASKED"]).read_text()
        names.append((secrets / "project").read_text().strip())

    assert len(set(names)) == 3 and names[2] == "pv-lakehouse-demo"
    assert names[0].startswith("pv-lakehouse-demo-")
