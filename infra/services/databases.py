"""Postgres: the cluster, and a role and database of its own for each service."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql
from pydantic import SecretStr

from include.settings import Settings
from infra import layout
from infra.refusal import RefusedError
from infra.services import postgres_user

UNFINISHED = "being restored"
REFUSED = (
    "Postgres refuses POSTGRES_PASSWORD: these databases have another one; put the former value back "
    "(rotate changes it: docs/runbooks/rotate-secrets.md)"
)


class RestoreUnfinishedError(RefusedError):
    """The databases hold a part of a backup."""


def roles(settings: Settings) -> dict[str, SecretStr]:
    """Role (and database) name of each service, with its password."""
    return {
        "airflow": settings.airflow_db_password,
        "mlflow": settings.mlflow_db_password,
        "catalog": settings.catalog_db_password,
    }


def ensure_cluster(settings: Settings) -> None:
    """Create the database cluster unless it exists; built aside and renamed, so that a cut-short initdb leaves nothing.

    Raises RuntimeError for a cluster of another version, which this one would not open.
    """
    target = settings.pv_data_dir / "postgres"
    if (mark := target / "PG_VERSION").exists():
        if (found := mark.read_text(encoding="ascii").strip()) != layout.POSTGRES_VERSION:
            raise RuntimeError(
                f"{target} was made by Postgres {found}, this is {layout.POSTGRES_VERSION}: "
                "make a backup with the version that made it and restore it here"
            )
        if os.geteuid() == 0 and target.stat().st_uid != (user := postgres_user.id_of(settings)):
            postgres_user.own(target, user)  # it was nobody's (65534) in earlier versions
        return
    aside = target.with_name("postgres.new")
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir(mode=0o700, parents=True)
    with tempfile.NamedTemporaryFile("w", prefix="postgres-password-", dir=settings.pv_data_dir) as password_file:
        password_file.write(settings.secret("postgres_password"))
        password_file.flush()
        access = ["--username", settings.postgres_user, "--auth", "scram-sha-256", "--pwfile", password_file.name]
        text = ["--encoding", "UTF8", "--locale", "C", "--no-instructions"]
        command = [str(layout.postgres_bin() / "initdb"), "--pgdata", str(aside), *access, *text]
        _initdb(settings, command, aside, Path(password_file.name))
    aside.rename(target)


def _initdb(settings: Settings, command: list[str], *owned: Path) -> None:
    """Run it as Postgres' user, who is to own the files that are named."""
    if os.geteuid() != 0:
        return _run_initdb(command)
    user = postgres_user.id_of(settings)
    for path in owned:
        postgres_user.own(path, user)
    with postgres_user.listed(user) as in_list:
        _run_initdb([*in_list, *postgres_user.prefix(settings, user), "--", *command])


def _run_initdb(command: list[str]) -> None:
    done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"initdb failed: {' '.join(done.stderr.split()) or f'status {done.returncode}'}")


def write_access_rules(settings: Settings) -> None:
    """Who may connect from the networks this machine is part of: the administrator everywhere, a role to its own database."""
    rules = f"host all {settings.postgres_user} samenet scram-sha-256\nhost sameuser all samenet scram-sha-256\n"
    (settings.pv_data_dir / "postgres" / "pg_hba.conf").write_text(rules, encoding="utf-8")


def connect(settings: Settings, timeout_seconds: int = 3, database: str = "") -> psycopg.Connection:
    """Connection of the administrator, autocommit; to POSTGRES_DB when no database is named."""
    return psycopg.connect(
        host=settings.postgres_host,
        port=settings.postgres_port,
        dbname=database or settings.postgres_db,
        user=settings.postgres_user,
        password=settings.secret("postgres_password"),
        connect_timeout=timeout_seconds,
        autocommit=True,
    )


def refuses_password(settings: Settings) -> bool:
    """Whether Postgres answers, but not to the administrator's password in these settings."""
    try:
        connect(settings).close()
    except psycopg.OperationalError as error:
        return "password authentication failed" in str(error)
    return False


def set_password(connection: psycopg.Connection, role: str, password: str) -> None:
    """Change a role's password. It is hashed on this side: a statement that fails is logged as it came."""
    hashed = connection.pgconn.encrypt_password(password.encode(), role.encode(), b"scram-sha-256").decode()
    connection.execute(sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(role), sql.Literal(hashed)))


def ensure_roles(settings: Settings) -> None:
    """Create each service's role and database unless they exist, and set the password to today's.

    Raises RuntimeError where a restore broke off: what is there must not be taken for the whole.
    """
    refuse_unfinished_restore(settings)
    with connect(settings) as connection:
        for name, password in roles(settings).items():
            if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [name]).fetchone():
                connection.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(name)))
            set_password(connection, name, password.get_secret_value())
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
                connection.execute(sql.SQL("CREATE DATABASE {0} OWNER {0}").format(sql.Identifier(name)))
                connection.execute(sql.SQL("REVOKE CONNECT ON DATABASE {} FROM PUBLIC").format(sql.Identifier(name)))


@contextmanager
def marked_as_unfinished(settings: Settings) -> Iterator[None]:
    """Mark the cluster while it is restored, by a comment on a database; the mark stays when the restore fails or is killed."""
    change = sql.SQL("COMMENT ON DATABASE {} IS {}").format
    database = sql.Identifier(settings.postgres_db)
    with connect(settings) as connection:
        connection.execute(change(database, sql.Literal(UNFINISHED)))
    yield
    with connect(settings) as connection:
        connection.execute(change(database, sql.NULL))


def refuse_unfinished_restore(settings: Settings) -> None:
    """Raises RuntimeError where a restore was begun and not finished."""
    marked = "SELECT 1 FROM pg_database WHERE shobj_description(oid, 'pg_database') = %s"
    with connect(settings) as connection:
        if connection.execute(marked, [UNFINISHED]).fetchone():
            raise RestoreUnfinishedError(
                "a restore is running or broke off here: remove the data (not the secrets) and restore again"
            )
