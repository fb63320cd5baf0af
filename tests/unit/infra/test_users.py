"""MLflow's users and Airflow's, as far as no server is needed."""

from __future__ import annotations

import configparser
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from werkzeug.security import generate_password_hash

from include.settings import Settings, names_of_generated
from infra.services import mlflow, mlflow_users, services
from infra.services.service import database_url, run_dir
from infra.setup.airflow_database import is_as_wanted

PASSWORDS = {mlflow_users.variable(user): f"the password of {user}" for user in (mlflow_users.ADMIN, *mlflow_users.ROLES)}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    secrets = {name: SecretStr(f"value-of-{name}") for name in names_of_generated()}
    return Settings(_env_file=None).model_copy(update=secrets | {"pv_data_dir": tmp_path})


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """MLflow's own, on a database of its own, whose tables are made at once instead of migration by migration."""
    from mlflow.server.auth.db import utils
    from mlflow.server.auth.db.models import Base
    from mlflow.server.auth.sqlalchemy_store import SqlAlchemyStore

    monkeypatch.setattr(utils, "migrate_if_needed", lambda engine, _: Base.metadata.create_all(engine))
    made = SqlAlchemyStore()
    made.init_db(f"sqlite:///{tmp_path / 'auth.db'}")
    return made


def permissions(store: Any, user: str) -> dict[tuple[str, str], str]:
    return {
        (permission.resource_type, permission.resource_pattern): permission.permission
        for role in store.list_user_roles(store.get_user(user).id)
        for permission in store.list_role_permissions(role.id)
    }


@pytest.mark.stack  # no stack is asked, but to import MLflow's server takes ten seconds
def test_users_are_made_and_brought_back_to_what_the_settings_say(store: Any) -> None:
    mlflow_users.ensure_users(store, PASSWORDS)
    # when somebody has changed them, and a password is rotated
    reader = store.get_role_by_name("default", "reader")
    store.add_role_permission(reader.id, "workspace", "*", "MANAGE")
    writer = store.get_role_by_name("default", "writer")
    store.add_role_permission(writer.id, "registered_model", "somebody's", "EDIT")
    store.update_user("reader", is_admin=True)
    store.create_user("somebody", "a password of one's own")
    rotated = PASSWORDS | {mlflow_users.variable("reader"): "another password"}
    mlflow_users.ensure_users(store, rotated)

    assert {user.username: user.is_admin for user in store.list_users()} == {
        "admin": True, "writer": False, "scientist": False, "reader": False, "somebody": False
    }  # fmt: skip
    assert store.authenticate_user("reader", "another password")
    assert not store.authenticate_user("reader", PASSWORDS[mlflow_users.variable("reader")])
    assert store.authenticate_user("admin", PASSWORDS[mlflow_users.variable("admin")])
    for user, role in mlflow_users.ROLES.items():
        assert permissions(store, user) == role
    assert permissions(store, "somebody") == {}


def test_mlflows_file_gives_back_the_address_with_any_password(settings: Settings) -> None:
    given = settings.model_copy(update={"mlflow_db_password": SecretStr("100%(x)s#;=")})
    mlflow.write_files(given)
    path = run_dir(given) / mlflow.AUTH_FILE

    read = configparser.ConfigParser()
    read.read(path)

    assert path.stat().st_mode & 0o777 == 0o600
    assert read["mlflow"]["database_uri"] == database_url(given, "mlflow")
    assert read["mlflow"]["default_permission"] == "NO_PERMISSIONS"


def test_mlflow_is_the_tracking_server_alone_with_logins(settings: Settings) -> None:
    command = services.service("mlflow").command(settings)

    assert command[command.index("--app-name") + 1] == "basic-auth"
    assert command[command.index("--gunicorn-opts") + 1] == "--config python:infra.services.mlflow_users"
    assert "--uvicorn-opts" not in command


def test_only_who_reports_to_mlflow_has_a_password_of_it(settings: Settings) -> None:
    passwords = {settings.secret(name): name for name in names_of_generated() if name.startswith("mlflow_") and "db" not in name}
    holders = {
        service.name: {passwords[value] for value in service.env(settings).values() if value in passwords}
        for service in services.of(settings)
    }

    assert {name for name, held in holders.items() if held} == {"mlflow", "airflow-scheduler"}
    assert holders["airflow-scheduler"] == {"mlflow_writer_password"}


ADMIN, VIEWER = ("admin", "Admin", "one"), ("viewer", "Viewer", "two")
WANTED = {"admin": ("Admin", "one"), "viewer": ("Viewer", "two")}


@pytest.mark.parametrize(
    ("stored", "as_wanted"),
    [
        ([ADMIN, VIEWER], True),
        ([ADMIN, VIEWER, ("somebody", "Op", "three")], True),
        ([ADMIN], False),
        ([ADMIN, ("viewer", "Viewer", "old")], False),
        ([ADMIN, ("viewer", "Admin", "two")], False),
        ([ADMIN, VIEWER, ("viewer", "Admin", "two")], False),
    ],
)
def test_airflows_users_are_set_again_unless_they_are_as_wanted(stored: list[tuple[str, str, str]], as_wanted: bool) -> None:
    hashed = [(name, role, generate_password_hash(password, method="pbkdf2:sha256:1")) for name, role, password in stored]

    assert is_as_wanted(hashed, WANTED) is as_wanted
