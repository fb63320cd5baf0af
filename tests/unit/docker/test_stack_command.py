"""What stands in the way of the containers is found before anything starts: docker/stack.sh and docker/secrets.sh.

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
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from dotenv import dotenv_values

from include.paths import PROJECT_ROOT
from tests.unit.docker.container_scripts import copy_scripts

ENGINE = r"""#!/bin/sh
echo "$*" >>"$ASKED"
case "$*" in
  info) exit "${ENGINE_ANSWERS:-0}" ;;
  "info --format"*) echo / ;;
  version*) echo "${ENGINE_VERSION:-26.1.5}" ;;
  "compose version"*) echo "${COMPOSE_VERSION:-2.26.1}" ;;
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
    }


def run(program: str, *arguments: str, env: dict[str, str], cwd: Path = PROJECT_ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(PROJECT_ROOT / program), *arguments], env=env, cwd=cwd, capture_output=True, text=True, timeout=60)


def self_signed(file: Path, days: int) -> Path:
    """A key and its certificate without names, which ends in so many days."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "somebody")])
    end = datetime.now(UTC) + timedelta(days=days)
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1, end - timedelta(days=9), end)
    certificate_pem = builder.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM)
    file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) + certificate_pem)
    return file


@pytest.mark.parametrize(
    ("setting", "reason"),
    [
        ({"ENGINE_VERSION": "19.03.8"}, "the Docker engine is 19.03.8; 20.10 or newer"),
        ({"COMPOSE_VERSION": "v2.3.0"}, "Compose is v2.3.0; 2.20 or newer"),
        ({"PV_LEAST_MEMORY_GIB": "100000"}, "GiB of memory; 12 are needed"),
        ({"PV_LEAST_DISK_GIB": "100000"}, "GiB free"),
        ({"POSTGRES_PASSWORD": "changeme"}, "POSTGRES_PASSWORD: still holds a placeholder"),
        ({"OPEN_NEM_PRIMARY": "oe_…"}, "OPEN_NEM_PRIMARY: still holds a placeholder"),
        ({"TRINO_CERTIFICATE": "/nowhere.pem", "TRINO_CA": "/nowhere.pem"}, "/nowhere.pem is no valid certificate"),
    ],
)
def test_what_is_missing_or_wrong_is_said_before_anything_is_built(
    machine: dict[str, str], setting: dict[str, str], reason: str
) -> None:
    done = run("docker/stack.sh", "up", env=machine | setting)

    assert done.returncode == 1
    assert reason in done.stderr
    assert "build" not in Path(machine["ASKED"]).read_text()


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

    assert (small.returncode, large.returncode) == (1, 0)
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
    volumes = make_volumes(machine, *DATA)

    fresh = run("docker/stack.sh", "up", env=machine)
    assert f"has volumes with data, but {machine['PV_SECRETS_DIR']} has no postgres_password, which made them" in fresh.stderr

    run("docker/secrets.sh", env=machine)
    (Path(machine["PV_SECRETS_DIR"]) / "trino_probe_password").unlink()
    run("docker/stack.sh", "up", env=machine)
    assert "build" in Path(machine["ASKED"]).read_text()
    assert (Path(machine["PV_SECRETS_DIR"]) / "trino_probe_password").read_text()
    assert (volumes / "pv-lakehouse_installation").exists()


def test_a_secret_that_made_the_data_is_not_made_up_again(machine: dict[str, str]) -> None:
    run("docker/stack.sh", "up", env=machine)
    make_volumes(machine, *DATA)
    (Path(machine["PV_SECRETS_DIR"]) / "airflow_fernet_key").unlink()

    done = run("docker/stack.sh", "up", env=machine)

    assert "has no airflow_fernet_key, which made them" in done.stderr
    assert not (Path(machine["PV_SECRETS_DIR"]) / "airflow_fernet_key").exists()


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("postgres_password", "<password>", "still holds a placeholder"),
        ("catalog_writer_token", "too-short", "expected 24 characters or more"),
        ("spark_s3_secret_key", "seven77", "expected 8 characters or more"),
        ("airflow_fernet_key", "no-key-of-airflow-0123456789", "expected the urlsafe base64 of 32 bytes"),
    ],
)
def test_a_file_of_a_secret_that_was_spoilt_is_named(machine: dict[str, str], name: str, value: str, said: str) -> None:
    run("docker/secrets.sh", env=machine)
    (Path(machine["PV_SECRETS_DIR"]) / name).chmod(0o644)
    (Path(machine["PV_SECRETS_DIR"]) / name).write_text(value)

    done = run("docker/stack.sh", "up", env=machine)

    assert done.stderr.startswith(f"secrets: {name.upper()} in ") and said in done.stderr
    assert value not in done.stderr and "build" not in Path(machine["ASKED"]).read_text()


def test_a_password_that_postgres_refuses_is_said(machine: dict[str, str]) -> None:
    refused = 'FATAL:  password authentication failed for user "postgres"'

    done = run("docker/stack.sh", "up", env=machine | {"UP_ANSWERS": "1", "POSTGRES_SAYS": refused})
    other = run("docker/stack.sh", "up", env=machine | {"UP_ANSWERS": "1", "POSTGRES_SAYS": "ready"})

    assert f"compose: Postgres refuses {machine['PV_SECRETS_DIR']}/postgres_password: its volume" in done.stderr
    assert "compose: a service did not become healthy" in other.stderr


def test_one_value_for_two_secrets_is_refused(machine: dict[str, str]) -> None:
    given = dict.fromkeys(("CATALOG_WRITER_TOKEN", "CATALOG_READER_TOKEN"), "0123456789abcdef01234567")

    assert "this value is that of CATALOG_WRITER_TOKEN too" in run("docker/secrets.sh", env=machine | given).stderr


def test_secrets_are_made_once_and_a_source_key_may_come_later(machine: dict[str, str]) -> None:
    folder = Path(machine["PV_SECRETS_DIR"])

    assert run("docker/secrets.sh", env=machine | {"MINIO_SECRET_KEY": "given-by-somebody-0123456789"}).returncode == 0
    first = {path.name: path.read_text() for path in folder.iterdir()}
    seen_by_containers = (folder / "open_nem_primary").stat().st_ino
    assert run("docker/secrets.sh", env=machine | {"OPEN_NEM_PRIMARY": "oe_key"}).returncode == 0
    second = {path.name: path.read_text() for path in folder.iterdir()}

    assert folder.stat().st_mode & 0o777 == 0o700
    assert len(first["postgres_password"]) >= 40
    assert first["open_nem_primary"] == ""
    assert first["minio_secret_key"] == "given-by-somebody-0123456789"
    assert second == first | {"open_nem_primary": "oe_key"}
    assert (folder / "open_nem_primary").stat().st_ino == seen_by_containers


def test_another_value_for_a_secret_in_use_is_a_rotation(machine: dict[str, str]) -> None:
    assert run("docker/secrets.sh", env=machine).returncode == 0

    done = run("docker/secrets.sh", env=machine | {"POSTGRES_PASSWORD": "another-one-0123456789abcdef"})

    assert done.returncode == 1
    assert "docker/stack.sh rotate POSTGRES_PASSWORD" in done.stderr


def test_the_certificate_is_one_that_strict_clients_take(machine: dict[str, str]) -> None:
    run("docker/secrets.sh", env=machine)
    folder = Path(machine["PV_SECRETS_DIR"])

    verify = ["openssl", "verify", "-x509_strict", "-verify_hostname", "trino", "-CAfile", str(folder / "trino_ca")]
    done = subprocess.run([*verify, str(folder / "trino_certificate")], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    assert (folder / "trino_ca_key").stat().st_mode & 0o777 == 0o600


def test_a_certificate_of_ones_own_needs_its_authority_and_names(machine: dict[str, str], tmp_path: Path) -> None:
    made, other = tmp_path / "made", tmp_path / "other"
    for folder in (made, other):
        run("docker/secrets.sh", env=machine | {"PV_SECRETS_DIR": str(folder)})
    own = {"TRINO_CERTIFICATE": str(made / "trino_certificate"), "TRINO_CA": str(made / "trino_ca")}

    wrong = run("docker/secrets.sh", env=machine | own | {"TRINO_CA": str(other / "trino_ca")})
    nameless = run("docker/secrets.sh", env=machine | dict.fromkeys(own, str(self_signed(tmp_path / "nameless.pem", days=1))))
    right = run("docker/secrets.sh", env=machine | own)

    assert (wrong.returncode, nameless.returncode, right.returncode) == (1, 1, 0), right.stderr
    for refused in (wrong, nameless):
        assert "must be signed by" in refused.stderr and "DNS:trino and IP:127.0.0.1" in refused.stderr
    taken = Path(machine["PV_SECRETS_DIR"])
    assert (taken / "trino_certificate").read_text() == (made / "trino_certificate").read_text()
    assert not (taken / "trino_ca_key").exists()


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy, for an .env of the test's own."""
    return copy_scripts(tmp_path / "project")


@pytest.mark.parametrize(
    ("lines", "status", "said"),
    [
        ("PV_FACILITIES=AVLSF\nTRINO_PORT=8081\nOPEN_NEM_PRIMARY=oe_a\n", 0, ""),
        ("TRINO_HEAP_MB=2048\nexport SPARK_WORKER_CORES=8\n", 0, "do not take from .env: SPARK_WORKER_CORES TRINO_HEAP_MB\n"),
        ("S3_SERVER=aws\n", 1, "S3_SERVER=aws is unknown"),
        ("S3_SERVER='external'\nMINIO_ENDPOINT=http://127.0.0.1:9000\n", 1, "http://127.0.0.1:9000 is in each container"),
        ("CATALOG_SERVER=external\nICEBERG_REST_URI=http://localhost/api\n", 1, "http://localhost/api is in each container"),
        ("S3_SERVER=external\nMINIO_ENDPOINT=https://s3\n", 1, "no value for LANDING_S3_ACCESS_KEY: another S3 or catalog"),
        ("CATALOG_SERVER=external\nICEBERG_REST_URI=https://c\n", 1, "no value for CATALOG_WRITER_TOKEN: another S3 or catalog"),
    ],
)
def test_what_containers_do_not_take_from_the_env_file_is_said(
    machine: dict[str, str], project: Path, lines: str, status: int, said: str
) -> None:
    (project / ".env").write_text(lines)

    command = [str(project / "docker/stack.sh"), "up"]
    done = subprocess.run(command, env=machine | {"PUBLISHED": "1"}, capture_output=True, text=True, check=False)

    assert ("build" in Path(machine["ASKED"]).read_text()) == (status == 0)
    assert said in done.stderr
    assert said or "do not take" not in done.stderr


ELSEWHERE = {
    "S3_SERVER": "external",
    "MINIO_ENDPOINT": "https://s3.example",
    "CATALOG_SERVER": "external",
    "ICEBERG_REST_URI": "https://catalog.example",
}
EXTERNAL = {
    f"{engine}_S3_{part}_KEY": f"{part}-of-{engine}"
    for engine in ("LANDING", "SPARK", "TRINO", "MLFLOW", "READER")
    for part in ("ACCESS", "SECRET")
} | {"CATALOG_WRITER_TOKEN": "writes", "CATALOG_READER_TOKEN": "reads"}


def test_with_a_store_and_a_catalog_elsewhere_their_keys_are_taken_and_none_is_made_up(machine: dict[str, str]) -> None:
    done = run("docker/stack.sh", "up", env=machine | ELSEWHERE | EXTERNAL)

    folder, asked = Path(machine["PV_SECRETS_DIR"]), Path(machine["ASKED"]).read_text()
    assert "-finfra/compose.yaml -finfra/compose.external-s3.yaml -finfra/compose.external-catalog.yaml build" in asked, (
        done.stderr
    )
    assert {name: (folder / name.lower()).read_text() for name in EXTERNAL} == EXTERNAL
    for not_needed in ("minio_secret_key", "catalog_s3_access_key", "catalog_s3_secret_key", "catalog_maintenance_token"):
        assert (folder / not_needed).read_text() == ""
    assert len((folder / "postgres_password").read_text()) >= 40


def test_a_store_elsewhere_needs_a_compose_that_can_leave_minio_out(machine: dict[str, str]) -> None:
    done = run("docker/stack.sh", "up", env=machine | ELSEWHERE | {"COMPOSE_VERSION": "2.20.0"})

    assert "Compose is 2.20.0; 2.24.4 or newer" in done.stderr


def test_with_versitygw_its_compose_file_is_added_and_the_lifecycle_has_a_key(machine: dict[str, str]) -> None:
    done = run("docker/stack.sh", "up", env=machine | {"S3_SERVER": "versitygw"})

    assert "-finfra/compose.yaml -finfra/compose.versitygw.yaml build" in Path(machine["ASKED"]).read_text(), done.stderr
    secrets = Path(machine["PV_SECRETS_DIR"])
    assert min(len((secrets / f"{name}_secret_key").read_text()) for name in ("minio", "lifecycle_s3", "landing_s3")) >= 40


@pytest.mark.parametrize(("server", "other"), [("versitygw", "minio"), ("minio", "versitygw"), ("", "versitygw")])
def test_a_volume_with_the_objects_of_another_store_is_named_before_anything_is_built(
    machine: dict[str, str], server: str, other: str
) -> None:
    done = run("docker/stack.sh", "up", env=machine | {"S3_SERVER": server, "HELD_BY": f"pv-lakehouse_{other}"})

    assert f"the volume pv-lakehouse_{other} holds the objects of S3_SERVER={other}" in done.stderr
    assert "build" not in Path(machine["ASKED"]).read_text()
    external = run("docker/stack.sh", "up", env=machine | ELSEWHERE | EXTERNAL | {"HELD_BY": f"pv-lakehouse_{other}"})
    assert "holds the objects" not in external.stderr


def test_a_proxy_is_kept_until_another_one_or_none_is_given(machine: dict[str, str]) -> None:
    kept, seen = Path(machine["PV_SECRETS_DIR"]) / "https_proxy", []
    for given in ({"HTTPS_PROXY": "http://proxy:1"}, {}, {"HTTPS_PROXY": "http://proxy:2"}, {"HTTPS_PROXY": ""}):
        assert run("docker/secrets.sh", env=machine | given).returncode == 0
        seen.append(kept.read_text())

    assert seen == ["http://proxy:1", "http://proxy:1", "http://proxy:2", ""]
    loop = run("docker/stack.sh", "up", env=machine | {"HTTPS_PROXY": "http://localhost:3128"})
    assert "http://localhost:3128 is in each container that container itself" in loop.stderr


def test_authorities_that_containers_cannot_read_are_named(machine: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "bundle.pem").touch(mode=0o600)

    done = run("docker/stack.sh", "up", env=machine | {"SSL_CERT_FILE": str(tmp_path / "bundle.pem")})

    assert done.returncode == 1
    assert f"containers cannot read {tmp_path / 'bundle.pem'}" in done.stderr


def test_the_demo_takes_no_secret_and_no_server_of_the_real_stack(machine: dict[str, str], project: Path) -> None:
    given = ELSEWHERE | EXTERNAL | {"POSTGRES_PASSWORD": "of-the-real-stack-0123456789", "OPEN_NEM_SECONDARY": "oe_real"}
    (project / ".env").write_text("".join(f"{name}={value}\n" for name, value in given.items()))

    command = [str(project / "docker/stack.sh"), "demo"]
    done = subprocess.run(command, env=machine, capture_output=True, text=True, check=False)

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


def test_values_in_an_env_file_are_read_as_python_reads_them(machine: dict[str, str], project: Path) -> None:
    lines = [
        "export OPEN_NEM_PRIMARY=oe_a",
        "OPEN_NEM_SECONDARY='oe b # c' # mine",
        "MINIO_SECRET_KEY=0123456789abcdef01234568  # d",
        "",
    ]
    lines += ["  POSTGRES_PASSWORD = 0123456789abcdef01234567", "\tREADER_S3_SECRET_KEY=0123456789abcdef01234569\t# e", ""]
    (project / ".env").write_text("\n".join(lines))

    subprocess.run([str(project / "docker/secrets.sh")], env=machine, check=True)

    folder, expected = Path(machine["PV_SECRETS_DIR"]), dotenv_values(project / ".env")
    assert {name: (folder / name.lower()).read_text() for name in expected} == expected


def test_an_expired_certificate_of_ones_own_is_refused_and_one_made_here_is_made_again(
    machine: dict[str, str], tmp_path: Path
) -> None:
    expired = self_signed(tmp_path / "expired.pem", days=-1)

    done = run("docker/secrets.sh", env=machine | {"TRINO_CERTIFICATE": str(expired), "TRINO_CA": str(expired)})
    assert (done.returncode, "is no valid certificate" in done.stderr) == (1, True)

    assert run("docker/secrets.sh", env=machine).returncode == 0
    certificate = Path(machine["PV_SECRETS_DIR"]) / "trino_certificate"
    certificate.chmod(0o644)
    certificate.write_text(expired.read_text())
    assert run("docker/secrets.sh", env=machine).returncode == 0
    assert certificate.read_text() != expired.read_text()
