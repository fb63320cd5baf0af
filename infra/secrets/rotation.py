"""`rotate`: new values for secrets, on a running stack.

`Store.begin` only writes the next values beside the current ones. The rest natively is done by every `up` that finds them: it
stops what holds old values, calls `carry_out`, and starts again what it stopped; in containers by docker/rotate.sh. So whatever
cuts a rotation short, the next one ends it (natively `up` too), and nobody has to know how far it came.
"""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterable
from pathlib import Path

import psycopg

from include.settings import Settings, kinds_of_others, names_of_generated, names_of_own
from infra import layout
from infra.refusal import RefusedError
from infra.secrets.store import Store
from infra.services import airflow, databases

ALL = "all"
POSTGRES_WITHIN_SECONDS = 60


class RotationError(RefusedError):
    """A rotation was refused or could not go on; the message says why and holds no value."""


def chosen(settings: Settings, names: Iterable[str]) -> list[str]:
    """Attribute names of the secrets to rotate, from variables in any case or `all`; raises RotationError for an unknown one.

    Keys of an object store and tokens of a catalog that are not the stack's own are people's.
    """
    others = kinds_of_others(settings)
    known = list(names_of_own(settings))
    wanted = [name.lower() for name in names]
    if wanted == [ALL]:
        # A catalog elsewhere has the key to our store in its own configuration.
        return [name for name in known if not name.startswith("catalog_s3_") or "catalog" not in others]
    if unknown := [name.upper() for name in wanted if name not in known]:
        raise RotationError(f"{', '.join(unknown)}: no generated secret; known: {', '.join(name.upper() for name in known)}")
    if not wanted:
        raise RotationError("say which: SECRET=NAME, SECRET='NAME NAME' or SECRET=all")
    return wanted


def next_values(settings: Settings) -> Settings | None:
    """The settings as they will be when the rotation that was begun is over; None when there is none."""
    values = Store(settings.secrets_dir).next.values()
    return settings.with_secrets(values) if values else None


def carry_out(settings: Settings, to: Settings) -> None:
    """Change what must change while the current values work, then the files. May be cut short and repeated anywhere.

    Postgres is up; nothing runs that holds a current value which changes. Raises RotationError.
    """
    settle_postgres(settings, to)
    if to.airflow_fernet_key != settings.airflow_fernet_key:
        encrypt_again(settings, to)
    store = Store(settings.secrets_dir)
    store.settle()
    store.end()


def with_files(settings: Settings, folder: Path) -> Settings:
    """The settings with the next values that a folder has a file for, as a container gets them."""
    return settings.with_secrets({name: value for name, value in Store(folder).values().items() if name in names_of_generated()})


def settle_postgres(settings: Settings, to: Settings) -> None:
    """The next password for the administrator, the current ones for the roles: these may be behind after a cut rotation."""
    change_superuser(settings, to)
    databases.ensure_roles(settings.model_copy(update={"postgres_password": to.postgres_password}))


def change_superuser(settings: Settings, to: Settings) -> None:
    """Give Postgres' administrator the next password, by whichever of the two works. Raises RotationError."""
    deadline = time.monotonic() + POSTGRES_WITHIN_SECONDS
    while True:
        for known in (to, settings):
            try:
                with databases.connect(known) as connection:
                    databases.set_password(connection, to.postgres_user, to.secret("postgres_password"))
                return
            except psycopg.OperationalError as error:
                finding = str(error).strip().splitlines()[-1]
        if time.monotonic() > deadline:
            raise RotationError(f"Postgres takes neither the current nor the next POSTGRES_PASSWORD: {finding}")
        time.sleep(0.5)


def encrypt_again(settings: Settings, to: Settings) -> None:
    """Encrypt Airflow's variables and connections with the next key; both keys are read. Raises RotationError."""
    keys = f"{to.secret('airflow_fernet_key')},{settings.secret('airflow_fernet_key')}"
    env = airflow.env(settings) | {"AIRFLOW__CORE__FERNET_KEY": keys}
    command = [str(layout.VENV_BIN / "airflow"), "rotate-fernet-key"]
    done = subprocess.run(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode:
        raise RotationError("airflow rotate-fernet-key failed:\n" + "\n".join(done.stdout.splitlines()[-25:]))
