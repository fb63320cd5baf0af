"""Trino's configuration as a start writes it, and the connection that the DAGs get."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from pydantic import SecretStr

from include import lakehouse
from include.paths import PROJECT_ROOT
from include.settings import Settings
from infra.services import airflow, trino

RULES = json.loads((PROJECT_ROOT / "infra/trino/etc/rules.json").read_text(encoding="utf-8"))


def settings(folder: Path, **changes: object) -> Settings:
    names = [name for name in Settings.model_fields if name.endswith(("_password", "_secret", "_secret_key", "_token", "_key"))]
    values = {name: SecretStr(f"value of {name}") for name in names}
    return Settings(_env_file=None).model_copy(update=values | {"pv_data_dir": folder} | changes)


def written(folder: Path) -> dict[str, str]:
    lines = (folder / "run" / "trino.properties").read_text(encoding="utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def test_natively_two_readers_come_in_over_plain_http_and_the_web_ui_is_one_of_them(tmp_path: Path) -> None:
    trino.write_files(settings(tmp_path))

    assert written(tmp_path)["http-server.authentication.type"] == "PASSWORD"
    assert written(tmp_path)["http-server.authentication.insecure.user-mapping.pattern"] == "(analyst|probe)"
    assert set(lakehouse.WITHOUT_PASSWORD) == {"analyst", "probe"}
    assert (written(tmp_path)["web-ui.authentication.type"], written(tmp_path)["web-ui.user"]) == ("fixed", "analyst")
    assert written(tmp_path)["coordinator"] == "true"
    assert "access-control.config-files" in written(tmp_path)


def test_over_https_every_user_has_a_hashed_password_in_a_private_file(tmp_path: Path) -> None:
    trino.write_files(settings(tmp_path, trino_scheme="https"))

    file = tmp_path / "run" / "trino-passwords"
    passwords = dict(line.split(":", 1) for line in file.read_text(encoding="utf-8").splitlines())
    rounds, salt, digest = passwords["analyst"].split(":")
    expected = hashlib.pbkdf2_hmac("sha1", b"value of trino_analyst_password", bytes.fromhex(salt), int(rounds), 32)
    assert set(passwords) == set(lakehouse.USERS)
    assert digest == expected.hex()
    assert file.stat().st_mode & 0o777 == 0o600
    assert written(tmp_path)["http-server.authentication.type"] == "PASSWORD"
    assert written(tmp_path)["http-server.authentication.allow-insecure-over-http"] == "false"


def test_a_worker_takes_no_statements_and_knows_no_passwords(tmp_path: Path) -> None:
    trino.write_files(settings(tmp_path, trino_scheme="https"), role="worker")

    assert written(tmp_path)["coordinator"] == "false"
    assert "http-server.authentication.type" not in written(tmp_path)
    assert not (tmp_path / "run" / "trino-passwords").exists()


@pytest.mark.parametrize(
    ("changes", "port", "authority"),
    [
        ({}, 8443, "{folder}/certificates/authority.pem"),
        ({"trino_scheme": "https", "trino_ca_file": Path("/ca")}, 8080, "/ca"),
        ({"trino_certificate_file": Path("/pem")}, 8443, None),
    ],
)
def test_dags_ask_as_etl_with_its_password(tmp_path: Path, changes: dict[str, object], port: int, authority: str | None) -> None:
    connection = json.loads(airflow.env_of_tasks(settings(tmp_path, **changes))["AIRFLOW_CONN_TRINO_DEFAULT"])

    assert (connection["login"], connection["password"]) == ("etl", "value of trino_etl_password")
    assert (connection["port"], connection["extra"]["protocol"]) == (port, "https")
    assert connection["extra"].get("verify") == (authority and authority.format(folder=tmp_path))


@pytest.mark.parametrize(
    ("scheme", "user", "address"),
    [
        ("http", "analyst", ("http", "127.0.0.1", 8080)),
        ("http", "probe", ("http", "127.0.0.1", 8080)),
        ("http", "admin", ("https", "127.0.0.1", 8443)),
        ("http", "fetch", ("https", "127.0.0.1", 8443)),
        ("https", "analyst", ("https", "127.0.0.1", 8080)),
        ("https", "etl", ("https", "127.0.0.1", 8080)),
    ],
)
def test_a_user_is_let_in_at(tmp_path: Path, scheme: str, user: str, address: tuple[str, str, int]) -> None:
    assert lakehouse.address_of(settings(tmp_path, trino_scheme=scheme), user) == address


def test_behind_a_company_proxy_tasks_trust_trinos_authority_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("company", "trino"):
        (tmp_path / name).write_text(f"authority of {name}\n")
    over_tls = settings(tmp_path, trino_certificate_file=Path("/pem"), trino_ca_file=tmp_path / "trino")

    monkeypatch.delenv("REQUESTS_CA_BUNDLE", raising=False)
    airflow.write_files_of_tasks(over_tls)
    assert "REQUESTS_CA_BUNDLE" not in airflow.env_of_tasks(over_tls)

    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "company"))
    airflow.write_files_of_tasks(over_tls)
    bundle = Path(airflow.env_of_tasks(over_tls)["REQUESTS_CA_BUNDLE"])
    assert set(bundle.read_text().split("\n")) >= {"authority of company", "authority of trino"}
    known_to_the_system = settings(tmp_path, trino_certificate_file=Path("/pem"))
    assert airflow.env_of_tasks(known_to_the_system)["REQUESTS_CA_BUNDLE"] == str(tmp_path / "company")


def test_only_what_runs_tasks_has_the_keys_of_tasks(tmp_path: Path) -> None:
    others = airflow.env(settings(tmp_path))

    assert not {"AWS_SECRET_ACCESS_KEY", "AIRFLOW_CONN_TRINO_DEFAULT"} & set(others)
    assert "AWS_SECRET_ACCESS_KEY" in airflow.env_of_tasks(settings(tmp_path))


@pytest.mark.parametrize("part", ["catalogs", "schemas", "tables", "procedures", "queries", "system_session_properties"])
def test_who_is_not_named_may_do_nothing(part: str) -> None:
    last = RULES[part][-1]

    assert not {"user", "catalog", "schema", "table"} & set(last)
    assert not any(last.get(right) for right in ("owner", "privileges")) and last.get("allow", "none") in ("none", [], False)


def test_every_user_of_the_rules_has_a_password_and_the_other_way_round() -> None:
    named = {name for part in RULES.values() for rule in part for name in rule.get("user", "").split("|")} - {""}

    assert named == set(lakehouse.USERS)
