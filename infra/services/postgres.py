"""Postgres: metadata of Airflow, MLflow and the catalog. Roles and databases are `databases.py`'s."""

from __future__ import annotations

import os

from include.settings import Settings
from infra import layout
from infra.services import databases, postgres_user
from infra.services.service import Service, base


def _command(settings: Settings) -> list[str]:
    drop = postgres_user.prefix(settings, postgres_user.id_of(settings)) if os.geteuid() == 0 else ["setpriv"]
    options = {
        "listen_addresses": settings.pv_bind_address,
        "port": str(settings.postgres_port),
        "unix_socket_directories": "",
        "max_connections": "120",
        "shared_buffers": "64MB",
        "log_timezone": "UTC",
        "timezone": "UTC",
    }
    flags = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
    server = [str(layout.postgres_bin() / "postgres"), "-D", str(settings.pv_data_dir / "postgres")]
    # A change of user clears the parent-death signal: it is set again here, as Postgres' own "fast shutdown".
    return [*drop, "--pdeathsig", "INT", "--", *server, *flags]


def _prepare(settings: Settings) -> None:
    databases.ensure_cluster(settings)
    databases.write_access_rules(settings)


def _probe(settings: Settings) -> str | None:
    with databases.connect(settings) as connection:
        connection.execute("SELECT 1")
    return None


POSTGRES = Service(
    "postgres",
    _command,
    lambda settings: base(),
    _probe,
    ports=lambda settings: {"POSTGRES_PORT": settings.postgres_port},
    prepare=_prepare,
    stop_signal="INT",
    stops_alone=True,
)
