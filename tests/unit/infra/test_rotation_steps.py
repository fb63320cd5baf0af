"""New secrets: which are taken, what a rotation that is cut short leaves, and which services hold old values."""

from __future__ import annotations

import stat
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest
from pydantic import SecretStr

from include.settings import Settings, names_of_generated, read_given, read_settings
from infra.secrets import rotation, secrets_in_use, store, values
from infra.secrets.rotation import RotationError
from infra.secrets.store import Store
from infra.secrets.values import SecretsError, new_secret
from infra.services import services


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Of a stack that was started once, with secrets in its file."""
    for name in names_of_generated():
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setenv("PV_DATA_DIR", str(tmp_path))
    given = read_given(tmp_path / ".env")
    values.fill(Store(given.secrets_dir), given)
    return read_settings(tmp_path / ".env")


@pytest.fixture
def postgres(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A Postgres that knows one password of its administrator, and takes roles only from who has it."""
    server = SimpleNamespace(password=settings.secret("postgres_password"), roles={})

    def connect(known: Settings) -> Any:
        if known.secret("postgres_password") != server.password:
            raise psycopg.OperationalError("password authentication failed")

        class Connection:
            def __enter__(self) -> None: ...
            def __exit__(self, *_: object) -> None: ...

        return Connection()

    def ensure_roles(known: Settings) -> None:
        connect(known)
        server.roles = {"airflow": known.secret("airflow_db_password")}

    monkeypatch.setattr(rotation.databases, "connect", connect)
    monkeypatch.setattr(rotation.databases, "set_password", lambda _, role, password: setattr(server, "password", password))
    monkeypatch.setattr(rotation.databases, "ensure_roles", ensure_roles)
    monkeypatch.setattr(rotation, "POSTGRES_WITHIN_SECONDS", 0)
    return server


def next_values(settings: Settings, names: list[str], given: dict[str, str]) -> dict[str, str]:
    return values.next_values(names, given, values.given_values(settings))


def read_again(settings: Settings) -> Settings:
    return read_settings(settings.pv_data_dir / ".env")


def test_names_are_taken_in_any_case_and_unknown_ones_are_refused_by_name(settings: Settings) -> None:
    assert rotation.chosen(settings, ["POSTGRES_PASSWORD", "catalog_reader_token"]) == [
        "postgres_password",
        "catalog_reader_token",
    ]
    of_minio = [name for name, kind in names_of_generated().items() if not kind.startswith("lifecycle")]
    assert rotation.chosen(settings, ["all"]) == of_minio
    with pytest.raises(RotationError, match="OPEN_NEM_PRIMARY: no generated secret; known: MINIO_ACCESS_KEY"):
        rotation.chosen(settings, ["OPEN_NEM_PRIMARY"])
    with pytest.raises(RotationError, match="say which"):
        rotation.chosen(settings, [])


def test_keys_of_an_object_store_that_is_not_ours_are_not_rotated(settings: Settings) -> None:
    external = settings.model_copy(update={"s3_server": "external"})

    assert not [name for name in rotation.chosen(external, ["all"]) if "s3" in name or "minio" in name]
    with pytest.raises(RotationError, match="READER_S3_SECRET_KEY: no generated secret"):
        rotation.chosen(external, ["READER_S3_SECRET_KEY"])


def test_names_of_s3_users_are_rotated_like_secrets_in_a_form_that_the_store_takes(settings: Settings) -> None:
    name = "reader_s3_access_key"
    made_up = next_values(settings, [name], {})[name]
    to = settings.with_secrets({name: made_up})

    assert len(made_up) == 20 and to.reader_s3_access_key == made_up != settings.reader_s3_access_key
    assert "trino" in [service.name for service in services.of(to) if name in secrets_in_use.used(service, to)]
    for bad in ("reader", "a-name-with-hyphens", "A" * 21):
        with pytest.raises(SecretsError, match="READER_S3_ACCESS_KEY: expected 16 to 20 characters"):
            next_values(settings, [name], {name: bad})


def test_tokens_of_a_catalog_that_is_not_ours_are_not_rotated(settings: Settings) -> None:
    external = settings.model_copy(update={"catalog_server": "external"})

    assert not [name for name in rotation.chosen(external, ["all"]) if name.endswith("er_token") or "catalog_s3" in name]
    assert rotation.chosen(external, ["CATALOG_S3_SECRET_KEY"]) == ["catalog_s3_secret_key"]
    with pytest.raises(RotationError, match="CATALOG_WRITER_TOKEN: no generated secret"):
        rotation.chosen(external, ["CATALOG_WRITER_TOKEN"])


def test_a_value_is_random_unless_it_is_given(settings: Settings) -> None:
    names = ["minio_secret_key", "airflow_fernet_key"]
    given = "given-by-a-person-0123456789"

    first, second = (next_values(settings, names, {"minio_secret_key": given}) for _ in range(2))

    assert first["minio_secret_key"] == second["minio_secret_key"] == given
    assert first["airflow_fernet_key"] != second["airflow_fernet_key"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("minio_secret_key", "too-short"),
        ("minio_secret_key", "with a space 0123456789012345"),
        ("minio_secret_key", "with-a-dollar-$HOME-0123456789"),
        ("minio_secret_key", "of-two-lines-0123456789abcdef\nX=0123456789"),
        ("airflow_fernet_key", "no-fernet-key-0123456789"),
    ],
)
def test_a_given_value_that_cannot_be_is_refused_and_not_shown(settings: Settings, name: str, value: str) -> None:
    with pytest.raises(SecretsError, match=f"{name.upper()}: expected") as refused:
        next_values(settings, [name], {name: value})

    assert value not in str(refused.value)


def test_two_secrets_with_one_value_are_refused(settings: Settings) -> None:
    given = {"catalog_writer_token": settings.secret("catalog_reader_token")}
    with pytest.raises(SecretsError, match="in use already"):
        next_values(settings, ["catalog_writer_token"], given)

    same = dict.fromkeys(["catalog_writer_token", "catalog_reader_token"], "given-by-a-person-0123456789")
    with pytest.raises(SecretsError, match="in use already"):
        next_values(settings, list(same), same)


def test_a_rotation_changes_its_files_and_leaves_no_old_value(settings: Settings, postgres: Any) -> None:
    old = settings.secret("postgres_password")
    Store(settings.secrets_dir).begin({"postgres_password": new_secret("postgres_password")})
    following = rotation.next_values(settings)
    assert following and read_again(settings).secret("postgres_password") == old

    rotation.carry_out(settings, following)

    after = read_again(settings)
    assert after.secret("postgres_password") == following.secret("postgres_password") == postgres.password
    assert {n for n in names_of_generated() if getattr(after, n) != getattr(settings, n)} == {"postgres_password"}
    files = list(settings.secrets_dir.iterdir())
    assert {path.name for path in files} == set(Store(settings.secrets_dir).values())
    assert not [path.name for path in files if path.read_text() == old]
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}


@pytest.mark.parametrize("cut_at", ["ensure_roles", "write_file", "rmtree"])
def test_a_rotation_that_is_cut_short_is_ended_by_repeating_it(
    settings: Settings, postgres: Any, monkeypatch: pytest.MonkeyPatch, cut_at: str
) -> None:
    Store(settings.secrets_dir).begin({"postgres_password": new_secret("postgres_password")})
    following = rotation.next_values(settings)
    assert following

    def cut(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    where = {"ensure_roles": rotation.databases, "write_file": store.private_folders, "rmtree": store.shutil}[cut_at]
    with monkeypatch.context() as broken, pytest.raises(KeyboardInterrupt):
        broken.setattr(where, cut_at, cut)
        rotation.carry_out(settings, following)
    current = read_again(settings)
    again = rotation.next_values(current)
    assert again

    rotation.carry_out(current, again)

    after = read_again(settings)
    assert after.secret("postgres_password") == following.secret("postgres_password") == postgres.password
    assert postgres.roles == {"airflow": after.secret("airflow_db_password")}
    assert rotation.next_values(after) is None


def test_a_postgres_that_takes_neither_password_is_said(settings: Settings, postgres: Any) -> None:
    postgres.password = "of somebody else"
    with pytest.raises(RotationError, match="neither the current nor the next POSTGRES_PASSWORD: password authentication"):
        rotation.change_superuser(settings, settings)


def test_a_container_gets_the_next_values_as_files(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "next").mkdir()
    (tmp_path / "next" / "postgres_password").write_text("next\n")

    following = rotation.with_files(settings, tmp_path / "next")

    assert following.secret("postgres_password") == "next"
    assert following.secret("minio_secret_key") == settings.secret("minio_secret_key")


@pytest.mark.parametrize(
    ("secret", "restarted"),
    [
        ("postgres_password", set()),
        ("landing_s3_secret_key", set()),
        ("reader_s3_secret_key", {"trino"}),
        ("minio_secret_key", {"minio"}),
        ("catalog_writer_token", {"iceberg-rest", "trino"}),
        ("catalog_maintenance_token", {"iceberg-rest"}),
        ("spark_s3_secret_key", {"spark-worker", "airflow-scheduler"}),
        ("mlflow_db_password", {"mlflow"}),
        ("mlflow_reader_password", {"mlflow"}),
        ("mlflow_writer_password", {"mlflow", "airflow-scheduler"}),
        ("airflow_viewer_password", set()),
        (
            "airflow_fernet_key",
            {"airflow-api-server", "airflow-dag-processor", "airflow-triggerer", "airflow-scheduler"},
        ),
    ],
)
def test_a_service_started_with_the_old_value_is_outdated_and_no_other(
    settings: Settings, secret: str, restarted: set[str]
) -> None:
    for service in services.of(settings):
        secrets_in_use.note(service, settings)
    assert not [s.name for s in services.of(settings) if secrets_in_use.is_outdated(s, settings)]

    following = settings.model_copy(update={secret: SecretStr(new_secret(secret))})

    assert {s.name for s in services.of(following) if secrets_in_use.is_outdated(s, following)} == restarted


def test_a_note_of_what_a_service_was_started_with_holds_no_secret(settings: Settings) -> None:
    service = services.service("trino")
    secrets_in_use.note(service, settings)

    (note,) = (settings.pv_data_dir / "run" / "started-with").iterdir()

    assert not [name for name, value in secrets_in_use.used(service, settings).items() if value in note.read_text()]
