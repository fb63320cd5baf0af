"""Settings: who wins, what is refused and how it is said, generated secrets."""

from __future__ import annotations

import re
import stat
from pathlib import Path

import pytest

from include.paths import PROJECT_ROOT
from include.settings import SettingsError, example, load_settings, read_given, read_settings
from include.sources.records import CONTROL, MARKET, asked
from infra.secrets import values
from infra.secrets.store import Store


@pytest.fixture
def env_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PV_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.delenv("TRINO_PORT", raising=False)
    return tmp_path / ".env"


def test_the_process_environment_wins_over_the_file_and_the_file_over_the_default(
    env_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert read_settings(env_file).trino_port == 8080
    env_file.write_text("TRINO_PORT=8181\n")
    assert read_settings(env_file).trino_port == 8181
    monkeypatch.setenv("TRINO_PORT", "8282")
    assert read_settings(env_file).trino_port == 8282


@pytest.mark.parametrize(
    ("line", "variable"),
    [
        ("TRINO_PRT=8080", "TRINO_PRT: unknown variable"),
        ("AIRFLOW_AUTH=simple", "AIRFLOW_AUTH: is no setting any more"),
        ("TRINO_PORT=eight", "TRINO_PORT: "),
        ("TRINO_PORT=70000", "TRINO_PORT: "),
        ("MINIO_ENDPOINT=127.0.0.1:9000", "MINIO_ENDPOINT: expected http://"),
        ("OPEN_NEM_API_URL=http://host:port/v4", "OPEN_NEM_API_URL: "),
        ("ICEBERG_WAREHOUSE=/tmp/warehouse", "ICEBERG_WAREHOUSE: expected s3://"),
        ("SPARK_MASTER_URL=local[2]", "SPARK_MASTER_URL: expected spark://"),
        ("OPEN_NEM_PRIMARY=oe_…", "OPEN_NEM_PRIMARY: still holds a placeholder"),
        ("POSTGRES_PASSWORD=changeme", "POSTGRES_PASSWORD: still holds a placeholder"),
        ("CATALOG_WRITER_TOKEN=<token>", "CATALOG_WRITER_TOKEN: still holds a placeholder"),
        ("S3_SERVER=aws", "S3_SERVER: Input should be 'minio', 'versitygw' or 'external'"),
        ("PV_SCHEDULE_FROM=2026-01-01T00:00:00", "PV_SCHEDULE_FROM: expected an instant with its zone"),
    ],
)
def test_an_unknown_name_or_malformed_value_is_refused_by_name(env_file: Path, line: str, variable: str) -> None:
    env_file.write_text(line + "\n")

    with pytest.raises(SettingsError) as refused:
        read_settings(env_file)

    assert variable in str(refused.value)


def test_a_refused_value_is_not_repeated_because_it_may_be_a_secret(env_file: Path) -> None:
    env_file.write_text("OPEN_NEM_API_URL=oe_secret_pasted_here\n")

    with pytest.raises(SettingsError) as refused:
        read_settings(env_file)

    assert "oe_secret_pasted_here" not in str(refused.value)


def test_a_file_that_cannot_be_read_is_named(env_file: Path) -> None:
    env_file.write_bytes(b"\xff\xfe\x00")

    with pytest.raises(SettingsError, match=r"cannot read .*\.env"):
        read_settings(env_file)


def test_a_line_that_is_no_setting_is_refused_without_being_shown(env_file: Path) -> None:
    env_file.write_text("# a comment\n\nTRINO_PORT=1\noe_my_secret key\n")

    with pytest.raises(SettingsError, match=r"\.env, line 4: expected NAME=value") as refusal:
        read_settings(env_file)

    assert "secret" not in str(refusal.value)


def test_an_empty_value_is_the_same_as_none(env_file: Path) -> None:
    env_file.write_text("OPEN_NEM_PRIMARY=\nTRINO_PORT=\n")

    settings = read_settings(env_file)

    assert settings.open_nem_primary is None
    assert settings.trino_port == 8080


def test_facilities_are_codes_separated_by_commas(env_file: Path) -> None:
    env_file.write_text("PV_FACILITIES=AVLSF, WRSF1,\n")

    assert read_settings(env_file).pv_facilities == ("AVLSF", "WRSF1")


def fill(env_file: Path) -> list[str]:
    given = read_given(env_file)
    return values.fill(Store(given.secrets_dir), given)


@pytest.mark.parametrize(
    ("line", "is_asked"),
    [
        ("", (True, True)),
        ("PV_MARKET=1", (True, True)),
        ("PV_MARKET=0", (False, True)),
        ("PV_MARKET=false", (False, True)),
        ("PV_CONTROL=0", (True, False)),
    ],
)
def test_market_and_totals_are_asked_unless_they_are_switched_off(env_file: Path, line: str, is_asked: tuple[bool, bool]) -> None:
    env_file.write_text(f"{line}\n")
    sources = asked(read_settings(env_file))
    assert (MARKET in sources, CONTROL in sources) == is_asked


def test_a_secret_in_use_is_the_folders_whatever_is_given(env_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(env_file)
    in_use = read_settings(env_file).secret("minio_secret_key")
    monkeypatch.setenv("MINIO_SECRET_KEY", "another-one-0123456789abcdef")

    assert read_settings(env_file).secret("minio_secret_key") == in_use
    assert read_given(env_file).secret("minio_secret_key") == "another-one-0123456789abcdef"


def test_secrets_are_generated_once_and_only_their_owner_can_read_them(env_file: Path) -> None:
    env_file.write_text("MINIO_SECRET_KEY=given-by-a-person\n")
    first = fill(env_file)
    settings = read_settings(env_file)

    assert "MINIO_SECRET_KEY" not in first
    assert "CATALOG_WRITER_TOKEN" in first
    assert stat.S_IMODE(settings.secrets_dir.stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in settings.secrets_dir.iterdir()} == {0o600}
    assert settings.minio_secret_key.get_secret_value() == "given-by-a-person"
    assert len(settings.catalog_writer_token.get_secret_value()) >= 24
    assert fill(env_file) == []


def test_names_of_s3_users_are_made_up_like_secrets_and_may_be_given(env_file: Path) -> None:
    env_file.write_text("READER_S3_ACCESS_KEY=our-reader\n")
    made_up = fill(env_file)
    settings = read_settings(env_file)

    assert settings.reader_s3_access_key == "our-reader"
    assert "LANDING_S3_ACCESS_KEY" in made_up
    assert re.fullmatch("[A-Z2-7]{20}", settings.landing_s3_access_key)
    assert len({settings.landing_s3_access_key, settings.spark_s3_access_key, settings.minio_access_key}) == 3


def test_a_stack_that_was_never_started_is_told_so(env_file: Path) -> None:
    load_settings.cache_clear()
    with pytest.raises(SettingsError, match=r"no value for MINIO_ACCESS_KEY and [0-9]+ more: run `make up` once"):
        load_settings()


def test_keys_of_another_store_are_given_and_never_made_up(env_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("S3_SERVER", "external")
    monkeypatch.setenv("SPARK_S3_SECRET_KEY", "given-by-the-store")
    monkeypatch.setenv("READER_S3_SECRET_KEY", "given-by-the-store")
    load_settings.cache_clear()

    made_up = fill(env_file)
    assert not [name for name in made_up if "S3" in name or "MINIO" in name]
    assert "CATALOG_WRITER_TOKEN" in made_up
    with pytest.raises(SettingsError, match=r"no value for LANDING_S3_ACCESS_KEY and 9 more: S3_SERVER=external takes keys"):
        load_settings()

    for engine in ("LANDING", "SPARK", "TRINO", "CATALOG", "MLFLOW", "READER"):
        monkeypatch.setenv(f"{engine}_S3_ACCESS_KEY", engine.lower())
        monkeypatch.setenv(f"{engine}_S3_SECRET_KEY", "given-by-the-store")
    assert load_settings().minio_secret_key.get_secret_value() == ""  # its administrator may have made the buckets
    load_settings.cache_clear()


def test_tokens_of_another_catalog_are_given_and_never_made_up(env_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CATALOG_SERVER", "external")
    monkeypatch.setenv("CATALOG_READER_TOKEN", "given-by-the-catalog")
    load_settings.cache_clear()

    made_up = fill(env_file)
    assert "CATALOG_WRITER_TOKEN" not in made_up
    assert "CATALOG_S3_SECRET_KEY" in made_up  # of our MinIO's user, which the catalog may be given
    with pytest.raises(SettingsError, match=r"no value for CATALOG_WRITER_TOKEN: CATALOG_SERVER=external takes tokens"):
        load_settings()
    load_settings.cache_clear()


def test_another_store_need_not_have_a_user_for_a_catalog_that_is_not_ours(
    env_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engines = ("LANDING", "SPARK", "TRINO", "MLFLOW", "READER")
    given = {f"{engine}_S3_{part}_KEY": "given" for engine in engines for part in ("ACCESS", "SECRET")}
    given |= {"S3_SERVER": "external", "CATALOG_WRITER_TOKEN": "given", "CATALOG_READER_TOKEN": "given"}
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    fill(env_file)
    load_settings.cache_clear()

    with pytest.raises(SettingsError, match=r"no value for CATALOG_S3_ACCESS_KEY and 1 more: S3_SERVER=external"):
        load_settings()
    monkeypatch.setenv("CATALOG_SERVER", "external")
    assert load_settings().catalog_s3_secret_key.get_secret_value() == ""
    load_settings.cache_clear()


def test_the_warehouse_is_asked_for_by_its_name_where_the_catalog_has_one(env_file: Path) -> None:
    assert read_settings(env_file).catalog_warehouse == "s3://lakehouse/warehouse"
    env_file.write_text("ICEBERG_REST_WAREHOUSE=solar\n")
    assert read_settings(env_file).catalog_warehouse == "s3://lakehouse/warehouse"  # ours serves nothing else
    env_file.write_text("ICEBERG_REST_WAREHOUSE=solar\nCATALOG_SERVER=external\n")
    assert read_settings(env_file).catalog_warehouse == "solar"


def test_no_secret_shows_when_settings_are_printed(env_file: Path) -> None:
    env_file.write_text("OPEN_NEM_PRIMARY=oe_do_not_show\n")

    assert "oe_do_not_show" not in repr(read_settings(env_file))


def test_the_example_file_lists_every_variable() -> None:
    assert (PROJECT_ROOT / ".env.example").read_text() == example()


def test_secrets_are_read_from_a_folder_and_an_empty_file_is_none(env_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = env_file.parent / "granted"
    folder.mkdir()
    for name, value in {"postgres_password": "value", "open_nem_primary": "", "pv_alert_webhook_url": ""}.items():
        (folder / name).write_text(value)
    monkeypatch.setenv("PV_SECRETS_DIR", str(folder))

    settings = read_settings(env_file)

    assert settings.secret("postgres_password") == "value"
    assert settings.open_nem_primary is None
    assert settings.pv_alert_webhook_url is None
