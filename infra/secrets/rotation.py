"""`make rotate SECRET=…`: new values for generated secrets, on a running stack.

`begin` only writes the next values beside the current ones (`secrets.env.next`). The rest is done by every `up` that finds them:
it stops what holds old values, calls `carry_out`, and starts again what it stopped. So whatever cuts a rotation short, the next
`make up` or `make rotate` ends it, and nobody has to know how far it came.
"""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterable, Mapping
from pathlib import Path

import psycopg
from dotenv import dotenv_values

from include.paths import PROJECT_ROOT
from include.secret_rules import flaw
from include.settings import Settings, kinds_of_others, names_of_generated, names_of_own, new_secret
from infra import layout, private_folders
from infra.refusal import RefusedError
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


def new_values(settings: Settings, names: Iterable[str], given: Mapping[str, str]) -> dict[str, str]:
    """New value by attribute name: the given one, else random. Raises RotationError for a given one that cannot be."""
    values = {name: given.get(name) or new_secret(name) for name in names}
    for name, value in values.items():
        kind = names_of_generated()[name]
        others = [settings.secret(other) for other in names_of_generated() if settings.has(other)]
        others += [values[other] for other in values if other != name]
        if found := flaw(value, kind):
            raise RotationError(f"{name.upper()}: {found}")
        if value in others:
            raise RotationError(f"{name.upper()}: this value is in use already")
    return values


def take_given(names: Iterable[str]) -> dict[str, str]:
    """Values given in this process' environment, which loses them: the current value is the secrets file's."""
    return {name: value for name in names if (value := os.environ.pop(name.upper(), ""))}


def refuse_given_elsewhere(settings: Settings, names: Iterable[str], supervisor_pid: int) -> None:
    """Raise RotationError for a secret that is not the secrets file's to change."""
    import psutil  # natively only: the images of small services do not have it

    env_file = PROJECT_ROOT / ".env"
    places: dict[str, Mapping[str, str | None]] = {
        str(env_file): dotenv_values(env_file, interpolate=False),
        "the environment of the last `make up`": psutil.Process(supervisor_pid).environ(),
    }
    for name in names:
        for place, values in places.items():
            if any(value and given.upper() == name.upper() for given, value in values.items()):
                raise RotationError(
                    f"{name.upper()} has its value from {place}, which wins: move its line to {settings.secrets_file}, "
                    "make down, make up, then rotate"
                )


def begin(settings: Settings, values: Mapping[str, str]) -> None:
    """Write the next values; from here on the rotation goes forward."""
    private_folders.write_file(_next_file(settings), replaced("", values))


def next_values(settings: Settings) -> Settings | None:
    """The settings as they will be when the rotation that was begun is over; None when there is none."""
    if not _next_file(settings).exists():
        return None
    values = dotenv_values(_next_file(settings), interpolate=False)
    return settings.with_secrets({name.lower(): value or "" for name, value in values.items()})


def carry_out(settings: Settings, to: Settings) -> None:
    """Change what must change while the current values work, then the secrets file. May be cut short and repeated anywhere.

    Postgres is up; nothing runs that holds a current value which changes. Raises RotationError.
    """
    settle_postgres(settings, to)
    if to.airflow_fernet_key != settings.airflow_fernet_key:
        encrypt_again(settings, to)
    changed = [name for name in names_of_generated() if getattr(to, name) != getattr(settings, name)]
    current = settings.secrets_file.read_text(encoding="utf-8")
    private_folders.write_file(settings.secrets_file, replaced(current, {name: to.secret(name) for name in changed}))
    _next_file(settings).unlink()


def with_files(settings: Settings, folder: Path) -> Settings:
    """The settings with the next values that a folder has a file for, as a container gets them."""
    found = [name for name in names_of_generated() if (folder / name).exists()]
    return settings.with_secrets({name: (folder / name).read_text(encoding="utf-8").strip() for name in found})


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


def replaced(text: str, values: Mapping[str, str]) -> str:
    """The lines of a secrets file with these values (by attribute name) in place of, or after, the ones that it has."""
    names = {name.upper() for name in values}
    kept = [line for line in text.splitlines() if line.split("=", 1)[0].strip().upper() not in names]
    return "".join(f"{line}\n" for line in [*kept, *(f"{name.upper()}={value}" for name, value in values.items())])


def _next_file(settings: Settings) -> Path:
    return settings.secrets_file.with_name(f"{settings.secrets_file.name}.next")
