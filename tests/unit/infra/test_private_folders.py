"""The data folder is its owner's alone, and Postgres runs in it wherever it lies, as a user that nobody else is."""

from __future__ import annotations

import os
import pwd
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from include.paths import PROJECT_ROOT
from include.settings import Settings
from infra import layout, private_folders
from infra.services import postgres_user

AS_NOBODY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--bounding-set=-all", "--inh-caps=-all"]
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")

RUN_POSTGRES = """
import subprocess, sys, time
from pathlib import Path
from pydantic import SecretStr
from include.settings import Settings
from infra.services import databases, services
change = {"pv_data_dir": Path(sys.argv[1]), "postgres_port": int(sys.argv[2]), "postgres_password": SecretStr("of-this-test")}
settings = Settings(_env_file=None).model_copy(update=change)
databases.ensure_cluster(settings)
databases.write_access_rules(settings)
server = subprocess.Popen(services.service("postgres").command(settings), cwd=sys.argv[1])
finding = services.wait_for("postgres", settings, 30, lambda: server.poll() is None)
owner = Path("/proc", str(server.pid)).stat().st_uid
status = dict(line.split(":", 1) for line in Path("/proc", str(server.pid), "status").read_text().splitlines())
server.terminate()
server.wait()
print(finding, status["Uid"].split()[0], status["CapEff"].strip())
"""


def settings_of(folder: Path) -> Settings:
    return Settings(_env_file=None).model_copy(update={"pv_data_dir": folder})


def postgres_in(clone: Path, data: Path, *prefix: str) -> tuple[str, int, int]:
    """What the probe finds, and the server's user and effective capabilities, with the project's files in `clone`."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    command = [*prefix, str(clone / ".lakehouse/venv/bin/python"), "-c", RUN_POSTGRES, str(data), str(port)]
    env = os.environ | {"PYTHONPATH": str(clone), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(command, cwd=clone if prefix else "/", env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    finding, user, capabilities = done.stdout.split()
    return finding, int(user), int(capabilities, 16)


def above(folder: Path) -> list[Path]:
    """The folders above it that pytest made, which are closed to others."""
    return [path for path in folder.parents if path.is_relative_to(tempfile.gettempdir()) and path != Path(tempfile.gettempdir())]


@pytest.fixture
def earlier(tmp_path: Path) -> Path:
    """A data folder as earlier versions left it."""
    data = tmp_path / "data"
    for name in ("logs", "airflow/logs", "minio/.minio.sys", "spark-work"):
        (data / name).mkdir(parents=True)
        (data / name / "file").write_text("secret", encoding="utf-8")
    for path in (*above(tmp_path), tmp_path, data, *data.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    return data


def test_the_data_folder_of_an_earlier_version_is_closed(earlier: Path) -> None:
    private_folders.prepare(settings_of(earlier))

    assert {oct(path.stat().st_mode & 0o777) for path in earlier.iterdir()} == {"0o700"}
    assert oct(earlier.stat().st_mode & 0o777) == ("0o711" if os.geteuid() == 0 else "0o700")


@needs_root
def test_another_user_reads_nothing_in_it(earlier: Path) -> None:
    seen = ["find", str(earlier), "-mindepth", "1", "-readable"]
    before = subprocess.run([*AS_NOBODY, *seen], capture_output=True, text=True, check=False).stdout
    private_folders.prepare(settings_of(earlier))
    after = subprocess.run([*AS_NOBODY, *seen], capture_output=True, text=True, check=False)

    assert "xl" not in before and "minio/.minio.sys/file" in before
    assert after.stdout == ""
    assert "Permission denied" in after.stderr  # not even its names


def test_a_folder_for_backups_that_a_person_has_is_left_as_it_is(tmp_path: Path) -> None:
    (elsewhere := tmp_path / "nas").mkdir()
    elsewhere.chmod(0o750)

    private_folders.prepare(settings_of(tmp_path / "data").model_copy(update={"pv_backup_dir": elsewhere}))

    assert elsewhere.stat().st_mode & 0o777 == 0o750


@needs_root
def test_postgres_runs_in_roots_closed_folder_below_a_path_with_spaces(tmp_path: Path) -> None:
    clone, data = tmp_path / "closed folder" / "pv lakehouse", tmp_path / "closed folder" / "its data"
    clone.mkdir(parents=True)
    clone.parent.chmod(0o700)
    private_folders.prepare(settings_of(data))
    in_a_clone = [
        "unshare",
        "--mount",
        "--propagation",
        "private",
        "--",
        "sh",
        "-c",
        'mount --bind "$0" "$1" && shift && exec "$@"',
    ]

    finding, user, capabilities = postgres_in(clone, data, *in_a_clone, str(PROJECT_ROOT), str(clone))

    assert finding == "None"
    assert user in postgres_user.FREE_IDS
    assert user == (data / "postgres").stat().st_uid
    with pytest.raises(KeyError):
        pwd.getpwuid(user)
    assert capabilities == 1 << 2  # CAP_DAC_READ_SEARCH, for the closed folder


@needs_root
def test_a_cluster_of_an_earlier_version_is_given_to_a_user_of_its_own(tmp_path: Path) -> None:
    cluster = tmp_path / "postgres"
    (cluster / "base").mkdir(parents=True)
    (cluster / "PG_VERSION").write_text(layout.POSTGRES_VERSION, encoding="ascii")
    postgres_user.own(cluster, 65534)

    from infra.services import databases

    databases.ensure_cluster(settings_of(tmp_path))

    (owner,) = {path.stat().st_uid for path in (cluster, *cluster.rglob("*"))}
    assert owner in postgres_user.FREE_IDS


@needs_root
def test_an_ordinary_users_postgres_is_that_users(tmp_path: Path) -> None:
    for path in above(tmp_path):
        path.chmod(0o711)
    (data := tmp_path / "data").mkdir()
    os.chown(tmp_path, 65534, 65534)
    os.chown(data, 65534, 65534)
    if subprocess.run([*AS_NOBODY, sys.executable, "-c", "import pydantic"], capture_output=True, check=False).returncode:
        pytest.skip("this clone is closed to other users")

    finding, user, capabilities = postgres_in(PROJECT_ROOT, data, *AS_NOBODY, "--")

    assert (finding, user, capabilities) == ("None", 65534, 0)
