"""Whether a data folder may be used by who asks: nobody else's, with the secrets that made what lies in it, and fit ones.

Everything here is asked before a process is started, and refused in one line.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import psycopg
from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from include.paths import PROJECT_ROOT
from include.settings import Settings, name_of_user
from infra.refusal import RefusedError
from infra.secrets import values
from infra.secrets.store import Store


class DataFolderError(RefusedError):
    """The data folder is somebody else's, or its secrets do not fit; the message says whose, or which, and what to do."""


def refuse_another_users(settings: Settings) -> None:
    """Raise DataFolderError for a data folder whose secrets another user's stack has made: files of both would not mix."""
    made = next((path for path in (settings.secrets_dir, settings.former_secrets_file) if path.exists()), None)
    if made and (owner := made.stat().st_uid) != os.geteuid():
        name = name_of_user(owner)
        raise DataFolderError(
            f"PV_DATA_DIR={settings.pv_data_dir} is the stack of {name}: run make as {name}, or set another PV_DATA_DIR"
        )


def refuse_another_clones(settings: Settings, supervisor: Any) -> None:
    """Raise DataFolderError when the supervisor that runs on this data folder is that of another clone of the project."""
    import psutil  # natively only: the images of small services do not have it

    pid = supervisor.getPID()
    clone = psutil.Process(pid).environ().get("PV_HOME", "")
    if clone and Path(clone).resolve() != PROJECT_ROOT:
        raise DataFolderError(
            f"PV_DATA_DIR={settings.pv_data_dir} is in use by the clone in {clone} (supervisor: process {pid}): "
            "`make down`, here or there, ends it; or set another PV_DATA_DIR, and other ports"
        )


def refuse_secrets(given: Settings) -> None:
    """Raise DataFolderError or SecretsError when the folder of secrets is the containers', lost or unfit. Nothing is changed yet.

    given: settings without that folder.
    """
    store = Store(given.secrets_dir)
    if (store.folder / "installation").exists():
        raise DataFolderError(
            f"PV_SECRETS_DIR={store.folder} is the containers' folder, whose volumes its secrets open: leave it empty here"
        )
    holds_databases = (given.pv_data_dir / "postgres" / "PG_VERSION").exists()
    if holds_databases:
        lost = f"put {store.folder} back from your copy, or move {given.pv_data_dir} away, `make up`, and restore a backup"
        values.refuse_lost(store, given, lost)
    values.refuse_unfit(store, given, holds_databases, "make rotate SECRET={}")


def refuse_another_fernet_key(settings: Settings) -> None:
    """Raise DataFolderError when Airflow's variables were encrypted with another key: it would start and fail to read them."""
    with psycopg.connect(
        host=settings.postgres_host,
        port=settings.postgres_port,
        dbname="airflow",
        user="airflow",
        password=settings.secret("airflow_db_password"),
        connect_timeout=5,
    ) as connection:
        if not connection.execute("SELECT to_regclass('variable')").fetchall()[0][0]:
            return
        values = connection.execute("SELECT val FROM variable WHERE is_encrypted ORDER BY id LIMIT 1").fetchall()
    keys = MultiFernet([Fernet(key) for key in settings.secret("airflow_fernet_key").split(",")])
    try:
        for (value,) in values:
            keys.decrypt(value)
    except InvalidToken:
        raise DataFolderError(
            "AIRFLOW_FERNET_KEY is not the one that encrypted Airflow's variables: put the former one back "
            "(when a rotation was cut short: rotating anything ends it)"
        ) from None
