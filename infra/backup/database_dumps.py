"""The databases' side of a backup: dumps, restoring them, and what a changed Fernet key makes unreadable."""

from __future__ import annotations

import hashlib
import hmac
import subprocess
from pathlib import Path

import psycopg

from include.settings import Settings
from infra import layout
from infra.backup.backup_folder import BackupError, Dump, sha256_of
from infra.services import databases
from infra.services.service import base

ORDER = ("airflow", "mlflow", "catalog")
"""Who speaks of another comes first: a run that Airflow calls done has its tables in the later dump of the catalog."""

TABLES = "SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace WHERE relkind = 'r' AND nspname = 'public'"
SESSIONS = "SELECT DISTINCT usename FROM pg_stat_activity WHERE usename = ANY(%s)"
TRIGGERS = "SELECT id FROM trigger WHERE kwargs NOT LIKE '{%'"
# The triggerer does not catch the error of one that it cannot decrypt. Its task runs again; the report of a late run is lost.
WITHOUT_TRIGGERS = (
    f"UPDATE task_instance SET state = NULL, trigger_id = NULL WHERE trigger_id IN ({TRIGGERS})",  # noqa: S608
    f"UPDATE callback SET trigger_id = NULL WHERE trigger_id IN ({TRIGGERS})",  # noqa: S608
    f"DELETE FROM trigger WHERE id IN ({TRIGGERS})",  # noqa: S608
)
UNREADABLE = """
    SELECT 'variable ' || key FROM variable WHERE is_encrypted
    UNION ALL SELECT 'connection ' || conn_id FROM connection WHERE is_encrypted OR is_extra_encrypted
    ORDER BY 1
"""


def dump(settings: Settings, database: str, folder: Path) -> Dump:
    """Dump a database as it is at one moment, while it is in use. Raises BackupError."""
    file = folder / f"{database}.dump"
    _run(_server(settings), "pg_dump", "--format=custom", "--no-owner", "--no-acl", f"--file={file}", database)
    return Dump(database=database, size_bytes=file.stat().st_size, sha256=sha256_of(file))


def check_readable(file: Path) -> None:
    """Raises BackupError when pg_restore cannot read a dump's table of contents."""
    _run({}, "pg_restore", "--list", str(file))


def put_back(settings: Settings, database: str, file: Path) -> None:
    """Restore a dump into an empty database, all or nothing, owned by its role. Raises BackupError."""
    whole = ["--single-transaction", "--exit-on-error", "--no-owner", "--no-acl", f"--role={database}"]
    _run(_server(settings), "pg_restore", *whole, f"--dbname={database}", str(file))


def _server(settings: Settings) -> dict[str, str]:
    return {
        "PGHOST": settings.postgres_host,
        "PGPORT": str(settings.postgres_port),
        "PGUSER": settings.postgres_user,
        "PGPASSWORD": settings.secret("postgres_password"),
    }


def _run(server: dict[str, str], program: str, *arguments: str) -> None:
    command = [str(layout.postgres_bin() / program), *arguments]
    env = base() | server
    done = subprocess.run(command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        raise BackupError(f"{program} {arguments[-1]} failed:\n" + "\n".join(done.stderr.splitlines()[-10:]))


def refuse_data(settings: Settings) -> None:
    """Raises BackupError when somebody uses the databases, or one of them holds tables."""
    with databases.connect(settings) as connection:
        if users := [name for (name,) in connection.execute(SESSIONS, [list(ORDER)]).fetchall()]:
            raise BackupError(f"the stack is running: {', '.join(users)} is connected to Postgres; stop it first")
    for name in ORDER:
        with databases.connect(settings, database=name) as connection:
            if connection.execute(TABLES).fetchone() != (0,):
                raise BackupError(f"the database {name} holds tables already: restore into an empty one")


def fingerprints(settings: Settings) -> tuple[str, ...]:
    """One for each Fernet key (Airflow takes several, comma-separated); none when there is no key yet. Do not tell the key."""
    keys = settings.airflow_fernet_key.get_secret_value().split(",")
    return tuple(hmac.new(key.strip().encode(), b"pv-lakehouse backup", hashlib.sha256).hexdigest() for key in keys if key)


def without_fernet_key(settings: Settings) -> list[str]:
    """Make Airflow's database usable without the key it was encrypted with; returns what has to be entered again."""
    with databases.connect(settings, database="airflow") as connection:
        _execute_all(connection, WITHOUT_TRIGGERS)
        return [name for (name,) in connection.execute(UNREADABLE).fetchall()]


def _execute_all(connection: psycopg.Connection, statements: tuple[str, ...]) -> None:
    with connection.transaction():
        for statement in statements:
            connection.execute(statement.encode())
