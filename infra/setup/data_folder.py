"""Whether a data folder may be used by who asks: nobody else's, with the secrets that made what lies in it, and fit ones.

Everything here is asked before a process is started, and refused in one line.
"""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path
from typing import Any

import psycopg
from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from include.paths import PROJECT_ROOT
from include.secret_rules import flaw
from include.settings import Settings, name_of_user, names_of_generated, names_of_own
from infra.refusal import RefusedError

KEPT_IN_DATA = ("postgres_password", "airflow_fernet_key")
"""What lies in the databases is bound to these; every other secret gets its value from the settings at each start."""


class DataFolderError(RefusedError):
    """The data folder is somebody else's, or its secrets do not fit; the message says whose, or which, and what to do."""


def refuse_another_users(settings: Settings) -> None:
    """Raise DataFolderError for a data folder whose secrets another user's stack has made: files of both would not mix."""
    if settings.secrets_file.exists() and (owner := settings.secrets_file.stat().st_uid) != os.geteuid():
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


def refuse_lost_secrets(settings: Settings) -> None:
    """Raise DataFolderError where databases are and a secret that made them is not: a new one would not open them."""
    if not (settings.pv_data_dir / "postgres" / "PG_VERSION").exists():
        return
    if lost := [name.upper() for name in KEPT_IN_DATA if not settings.has(name)]:
        raise DataFolderError(
            f"{settings.pv_data_dir} holds databases, but no value for {' and '.join(lost)}, which made them: put "
            f"{settings.secrets_file} back from your copy, or move the folder away, `make up`, and restore a backup"
        )


def refuse_unfit_secrets(settings: Settings) -> None:
    """Raise DataFolderError naming the secrets whose value cannot be: of what is in use only what never worked."""
    is_in_use = (settings.pv_data_dir / "postgres" / "PG_VERSION").exists()
    values = _values(settings)
    lines = [
        f"{name.upper()}: {found}"
        for name, value in values.items()
        if (found := flaw(value, names_of_generated()[name], is_in_use))
    ]
    if not is_in_use:
        lines += _twins(values)
    if lines:
        raise DataFolderError("; ".join(lines))


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


def _values(settings: Settings) -> dict[str, str]:
    """Values that somebody gave or that were generated; external servers have rules of their own."""
    return {name: settings.secret(name) for name in names_of_own(settings) if settings.has(name)}


def _twins(values: dict[str, str]) -> list[str]:
    """Each secret opens one door; who has the key to two has been given too much."""
    repeated = [value for value, times in Counter(values.values()).items() if times > 1]
    names = [[name.upper() for name in values if values[name] == value] for value in repeated]
    return [f"{' and '.join(alike)}: the same value, give each its own" for alike in names]
