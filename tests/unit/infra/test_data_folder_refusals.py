"""Whose a data folder is and whether its secrets fit it: refused in one line, before anything starts."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import psycopg
import pytest

import include.settings
from include.paths import PROJECT_ROOT
from include.settings import Settings, SettingsError, generate_missing_secrets, names_of_generated, read_settings
from infra.services import databases
from infra.setup import data_folder
from infra.setup.data_folder import DataFolderError
from infra.stack import lifecycle
from infra.stack.alone import alone


@pytest.fixture
def read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], Settings]]:
    for name in names_of_generated():
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setenv("PV_DATA_DIR", str(tmp_path / "data"))
    yield lambda: read_settings(tmp_path / ".env")
    include.settings.load_settings.cache_clear()


def make_databases(settings: Settings) -> None:
    cluster = settings.pv_data_dir / "postgres"
    cluster.mkdir(parents=True)
    (cluster / "PG_VERSION").write_text("18\n")


def test_databases_whose_secrets_are_lost_are_told_and_no_new_ones_are_made_up(read: Callable[[], Settings]) -> None:
    lifecycle._refuse_folder(read())  # nothing is there yet
    make_databases(read())

    with pytest.raises(
        DataFolderError, match=r"/data holds databases, but no value for POSTGRES_PASSWORD and AIRFLOW_FERNET_KEY"
    ):
        lifecycle._complete_settings()

    assert not read().secrets_file.exists()
    generate_missing_secrets(read())
    lifecycle._refuse_folder(read())


def test_a_secret_that_is_new_in_a_version_is_made_up_beside_the_old_ones(read: Callable[[], Settings]) -> None:
    generate_missing_secrets(read())
    make_databases(read())
    file = read().secrets_file
    old = [line for line in file.read_text().splitlines() if not line.startswith("TRINO_PROBE_PASSWORD=")]
    file.write_text("\n".join(old) + "\n")

    lifecycle._complete_settings()

    assert file.read_text().splitlines()[:-1] == old
    assert read().secret("trino_probe_password")


@pytest.mark.parametrize(
    ("line", "new", "in_use"),
    [
        ("POSTGRES_PASSWORD=short", "POSTGRES_PASSWORD: expected 24 characters or more of A-Z", None),
        ("MINIO_SECRET_KEY=given-by-a-person", "MINIO_SECRET_KEY: expected 24", None),
        ("SPARK_S3_SECRET_KEY=seven77", "SPARK_S3_SECRET_KEY: expected 24", "SPARK_S3_SECRET_KEY: expected 8"),
        ("CATALOG_WRITER_TOKEN=short", "CATALOG_WRITER_TOKEN: expected 24", "CATALOG_WRITER_TOKEN: expected 24"),
        ("AIRFLOW_FERNET_KEY=0123456789abcdef01234567", "AIRFLOW_FERNET_KEY: expected the", "AIRFLOW_FERNET_KEY: expected the"),
        (
            "CATALOG_WRITER_TOKEN=0123456789abcdef01234567\nCATALOG_READER_TOKEN=0123456789abcdef01234567",
            "CATALOG_WRITER_TOKEN and CATALOG_READER_TOKEN: the same value, give each its own",
            None,
        ),
    ],
)
def test_a_value_that_cannot_be_is_named_and_one_that_worked_stays(
    read: Callable[[], Settings], tmp_path: Path, line: str, new: str, in_use: str | None
) -> None:
    (tmp_path / ".env").write_text(f"{line}\n")

    with pytest.raises(DataFolderError, match=f"^{new}") as refused:
        data_folder.refuse_unfit_secrets(read())
    assert line.partition("=")[2] not in str(refused.value)

    make_databases(read())
    if in_use is None:
        data_folder.refuse_unfit_secrets(read())
    else:
        with pytest.raises(DataFolderError, match=f"^{in_use}"):
            data_folder.refuse_unfit_secrets(read())


def test_keys_of_servers_elsewhere_are_theirs_to_judge(read: Callable[[], Settings], monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "S3_SERVER": "external",
        "CATALOG_SERVER": "external",
        "SPARK_S3_SECRET_KEY": "a b",
        "CATALOG_WRITER_TOKEN": "x",
    }.items():
        monkeypatch.setenv(name, value)

    data_folder.refuse_unfit_secrets(read())


def test_a_folder_of_another_user_is_named_with_the_user(read: Callable[[], Settings], monkeypatch: pytest.MonkeyPatch) -> None:
    generate_missing_secrets(read())
    me = include.settings.name_of_user(os.geteuid())
    read().pv_data_dir.chmod(0o755)
    monkeypatch.setattr(os, "geteuid", lambda: 4242)

    refused = pytest.raises(DataFolderError, match=rf"/data is the stack of {me}: run make as {me}, or set another PV_DATA_DIR$")
    with refused, alone(read(), "up"):
        pytest.fail("went on")

    assert read().pv_data_dir.stat().st_mode & 0o777 == 0o755  # it is not ours to close


def test_a_folder_that_cannot_be_read_is_named_with_its_owner(
    read: Callable[[], Settings], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def closed(_: Path) -> None:
        raise PermissionError(13, "Permission denied", str(tmp_path / "data/secrets.env"))

    (tmp_path / "data").mkdir()
    monkeypatch.setattr(include.settings, "_check_lines", closed)
    monkeypatch.setattr(os, "access", lambda path, _: path != tmp_path / "data")

    with pytest.raises(
        SettingsError, match=rf"^cannot read {tmp_path}/data, it is \S+'s: run make as \S+, or set another PV_DATA_DIR$"
    ):
        read()


def test_a_folder_on_which_another_clone_runs_is_named_with_clone_and_process(read: Callable[[], Settings]) -> None:
    program = [sys.executable, "-c", "import sys; print('up', flush=True); sys.stdin.read()"]
    for clone, is_refused in (("/home/somebody/pv-lakehouse", True), (str(PROJECT_ROOT), False)):
        env = os.environ | {"PV_HOME": clone}
        with subprocess.Popen(program, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout and process.stdout.readline()
            supervisor = SimpleNamespace(getPID=lambda pid=process.pid: pid)
            if is_refused:
                with pytest.raises(
                    DataFolderError, match=rf"by the clone in {clone} \(supervisor: process {process.pid}\): `make down`"
                ):
                    data_folder.refuse_another_clones(read(), supervisor)
            else:
                data_folder.refuse_another_clones(read(), supervisor)
            process.communicate()


def test_a_password_that_postgres_refuses_is_said_at_once(read: Callable[[], Settings], monkeypatch: pytest.MonkeyPatch) -> None:
    def connect(*_: object) -> None:
        raise psycopg.OperationalError('FATAL:  password authentication failed for user "postgres"')

    monkeypatch.setattr(databases, "connect", connect)

    with pytest.raises(lifecycle.StackError, match=r"^Postgres refuses POSTGRES_PASSWORD: .*put the former value back"):
        lifecycle._await(read(), "postgres")
