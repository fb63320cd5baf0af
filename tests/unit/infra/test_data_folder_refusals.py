"""Whose a data folder is and whether its secrets fit it: refused in one line, before anything starts."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import psycopg
import pytest

import include.settings
from include.paths import PROJECT_ROOT
from include.settings import Settings, SettingsError, names_of_generated, read_given, read_settings
from infra.secrets import values
from infra.secrets.store import FormerSecretsError, Store, take_over
from infra.secrets.values import SecretsError
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


@pytest.fixture
def given(read: Callable[[], Settings], tmp_path: Path) -> Callable[[], Settings]:
    return lambda: read_given(tmp_path / ".env")


def fill(given: Settings) -> Path:
    values.fill(Store(given.secrets_dir), given)
    return given.secrets_dir


def make_databases(settings: Settings) -> None:
    cluster = settings.pv_data_dir / "postgres"
    cluster.mkdir(parents=True)
    (cluster / "PG_VERSION").write_text("18\n")


def test_databases_whose_secrets_are_lost_are_told_and_no_new_ones_are_made_up(given: Callable[[], Settings]) -> None:
    lifecycle._refuse_folder(given())  # nothing is there yet
    make_databases(given())

    with pytest.raises(SecretsError, match=r"/data/secrets has no POSTGRES_PASSWORD and AIRFLOW_FERNET_KEY, which made the data"):
        lifecycle._complete_settings()

    assert not given().secrets_dir.exists()
    fill(given())
    lifecycle._refuse_folder(given())


def test_a_secret_that_is_new_in_a_version_is_made_up_beside_the_old_ones(given: Callable[[], Settings]) -> None:
    folder = fill(given())
    make_databases(given())
    (folder / "trino_probe_password").unlink()
    old = Store(folder).values()

    settings = lifecycle._complete_settings()

    assert Store(folder).values() == old | {"trino_probe_password": settings.secret("trino_probe_password")}


def test_the_folder_of_the_containers_is_not_the_native_stacks(
    given: Callable[[], Settings], monkeypatch: pytest.MonkeyPatch
) -> None:
    (fill(given()) / "installation").write_text("0123456789abcdef")

    with pytest.raises(DataFolderError, match=r"/data/secrets is the containers' folder"):
        data_folder.refuse_secrets(given())


class TestSecretsOfAnEarlierVersion:
    @pytest.fixture
    def former(self, given: Callable[[], Settings], tmp_path: Path) -> Path:
        """Its file, with what a person gave in `.env` later, which won."""
        folder = fill(given())
        lines = [f"{name.upper()}={value}\n" for name, value in Store(folder).values().items()]
        shutil.rmtree(folder)
        (file := given().former_secrets_file).write_text("".join(lines))
        (tmp_path / ".env").write_text("MINIO_SECRET_KEY=given-later-0123456789abcdef\n")
        make_databases(given())
        return file

    def test_they_are_moved_into_the_folder_once(
        self, read: Callable[[], Settings], given: Callable[[], Settings], former: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        before = read()

        monkeypatch.setattr(lifecycle, "read_given", given)
        monkeypatch.setattr(lifecycle, "load_settings", cleared(read))
        lifecycle._complete_settings()

        assert values.given_values(read()) == values.given_values(before)
        assert read().secret("minio_secret_key") == "given-later-0123456789abcdef"
        assert not former.exists()
        lifecycle._complete_settings()

    def test_a_move_that_was_cut_short_is_ended_by_the_next_one(self, given: Callable[[], Settings], former: Path) -> None:
        store, wanted = Store(given().secrets_dir), values.given_values(given())
        store.write({"postgres_password": wanted["postgres_password"]})

        take_over(store, given())

        assert store.values() == wanted

    def test_a_rotation_that_was_cut_short_goes_on_in_the_folder(
        self, given: Callable[[], Settings], former: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def cut_short(path: Path, missing_ok: bool = False) -> None:
            if path.parent == former.parent:
                raise KeyboardInterrupt
            unlink(path, missing_ok)

        unlink = Path.unlink
        former.with_name("secrets.env.next").write_text("POSTGRES_PASSWORD=of-the-next-0123456789abcdef\n")

        with monkeypatch.context() as broken, pytest.raises(KeyboardInterrupt):
            broken.setattr(Path, "unlink", cut_short)
            take_over(Store(given().secrets_dir), given())
        take_over(Store(given().secrets_dir), given())

        assert Store(given().secrets_dir).next.values() == {"postgres_password": "of-the-next-0123456789abcdef"}
        assert sorted(path.name for path in former.parent.iterdir()) == ["postgres", "secrets"]

    @pytest.mark.parametrize(
        ("line", "said"),
        [
            ("PV_FACILITIES=AVLSF", r"holds what is no secret \(PV_FACILITIES\): move these lines to .env"),
            ("READER_S3_SECRET_KEY=other-0123456789abcdef0123", "hold different values of READER_S3_SECRET_KEY: move away"),
        ],
    )
    def test_what_cannot_be_moved_is_named_and_nothing_is_changed(
        self, given: Callable[[], Settings], former: Path, line: str, said: str
    ) -> None:
        store = Store(given().secrets_dir)
        store.write({"reader_s3_secret_key": given().secret("reader_s3_secret_key")})
        former.write_text(f"{former.read_text()}{line}\n")

        with pytest.raises(FormerSecretsError, match=said):
            take_over(store, given())

        assert former.exists() and set(store.values()) == {"reader_s3_secret_key"}


def cleared(read: Callable[[], Settings]) -> Callable[[], Settings]:
    """What stands in place of `load_settings`, which reads the project's own `.env`."""
    read.cache_clear = lambda: None  # type: ignore[attr-defined]
    return read


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
    given: Callable[[], Settings], tmp_path: Path, line: str, new: str, in_use: str | None
) -> None:
    (tmp_path / ".env").write_text(f"{line}\n")

    with pytest.raises(SecretsError, match=f"^{new}") as refused:
        data_folder.refuse_secrets(given())
    assert line.partition("=")[2] not in str(refused.value)

    fill(given())  # as an earlier version took them
    make_databases(given())
    if in_use is None:
        data_folder.refuse_secrets(given())
    else:
        with pytest.raises(SecretsError, match=f"^{in_use}"):
            data_folder.refuse_secrets(given())


def test_another_value_than_the_one_in_use_is_a_rotation(given: Callable[[], Settings], tmp_path: Path) -> None:
    folder = fill(given())
    (tmp_path / ".env").write_text("POSTGRES_PASSWORD=another-one-0123456789abcdef\n")

    with pytest.raises(
        SecretsError, match=r"^POSTGRES_PASSWORD is another than .*`make rotate SECRET=POSTGRES_PASSWORD` makes"
    ) as refused:
        data_folder.refuse_secrets(given())

    assert "another-one" not in str(refused.value)
    Store(folder).begin({"postgres_password": "another-one-0123456789abcdef"})
    data_folder.refuse_secrets(given())  # it is on its way


def test_keys_of_servers_elsewhere_are_theirs_to_judge(given: Callable[[], Settings], monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "S3_SERVER": "external",
        "CATALOG_SERVER": "external",
        "SPARK_S3_SECRET_KEY": "a b",
        "CATALOG_WRITER_TOKEN": "x",
    }.items():
        monkeypatch.setenv(name, value)

    data_folder.refuse_secrets(given())


def test_a_folder_of_another_user_is_named_with_the_user(
    read: Callable[[], Settings], given: Callable[[], Settings], monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(given())
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
