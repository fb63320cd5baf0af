"""Values of secrets: what is given is checked and kept, what nobody gave is made up, once."""

from __future__ import annotations

import base64
import secrets
import string
from collections import Counter
from collections.abc import Iterable, Mapping

from include.secret_rules import flaw
from include.settings import Settings, names_of_generated, names_of_own
from infra.refusal import RefusedError
from infra.secrets.store import Store

KEPT_IN_DATA = ("postgres_password", "airflow_fernet_key")
"""What lies in the databases is bound to these; every other secret gets its value from the settings at each start."""


class SecretsError(RefusedError):
    """Secrets are missing or unfit; the message names their variables, says what to do, and holds no value."""


def new_secret(name: str) -> str:
    """A random value for a generated secret, named as its attribute: of 256 bits, or the name of an S3 user."""
    kinds = {"fernet": _fernet_key, "s3-key-id": _s3_user_name, "lifecycle-key-id": _s3_user_name}
    return kinds.get(names_of_generated()[name], lambda: secrets.token_urlsafe(32))()


def given_values(settings: Settings) -> dict[str, str]:
    """Values of the stack's own secrets in these settings, by attribute name; external servers have rules of their own."""
    return {name: settings.secret(name) for name in names_of_own(settings) if settings.has(name)}


def refuse_lost(store: Store, given: Settings, lost: str) -> None:
    """Raise SecretsError where data are and a secret that made them is not: a new one would not open them.

    `lost`: what to do, said after the names.
    """
    known = store.values() | given_values(given)
    if missing := [name.upper() for name in KEPT_IN_DATA if name not in known]:
        raise SecretsError(f"{store.folder} has no {' and '.join(missing)}, which made the data that are there: {lost}")


def refuse_unfit(store: Store, given: Settings, is_in_use: bool, rotate: str) -> None:
    """Raise SecretsError naming what cannot be: of what is in use only what never worked, and another value than that.

    is_in_use: given values without a file made the data that are there. `rotate`: the command that changes a value in use.
    """
    current, following, values = store.values(), store.next.values(), given_values(given)
    own = names_of_own(given)
    lines = _flaws({name: value for name, value in current.items() if name in own}, True)
    lines += [
        f"{name.upper()} is another than the one in use ({store.folder / name}): "
        f"`{rotate.format(name.upper())}` makes it the new one, or do not give it"
        for name, value in values.items()
        if value not in {current.get(name, value), following.get(name)}
    ]
    fresh = {name: value for name, value in values.items() if name not in current}
    lines += _flaws(fresh, is_in_use)
    if not is_in_use:
        lines += _twins(current | values, fresh)
    if lines:
        raise SecretsError("; ".join(lines))


def fill(store: Store, given: Settings) -> list[str]:
    """Write every secret of the stack's own that has no file: the given value, else a random one. Returns variables made up."""
    current, values = store.values(), given_values(given)
    missing = [name for name in names_of_own(given) if name not in current]
    store.write({name: values.get(name) or new_secret(name) for name in missing})
    return [name.upper() for name in missing if name not in values]


def next_values(names: Iterable[str], given: Mapping[str, str], in_use: Mapping[str, str]) -> dict[str, str]:
    """New values of generated secrets by attribute name: given, else random. Raises SecretsError for one that cannot be."""
    values = {name: given.get(name) or new_secret(name) for name in names}
    lines = _flaws(values, False)
    others = Counter([*in_use.values(), *values.values()])
    lines += [
        f"{name.upper()}: this value is in use already, give another one or none"
        for name, value in values.items()
        if others[value] > 1
    ]
    if lines:
        raise SecretsError("; ".join(lines))
    return values


def _flaws(values: Mapping[str, str], is_in_use: bool) -> list[str]:
    found = {name: flaw(value, names_of_generated()[name], is_in_use) for name, value in values.items()}
    return [f"{name.upper()}: {why}" for name, why in found.items() if why]


def _twins(values: Mapping[str, str], fresh: Mapping[str, str]) -> list[str]:
    """Each secret opens one door; who has the key to two has been given too much."""
    repeated = [value for value, times in Counter(values.values()).items() if times > 1 and value in fresh.values()]
    names = [[name.upper() for name in values if values[name] == value] for value in repeated]
    return [f"{' and '.join(alike)}: the same value, give each its own" for alike in names]


def _s3_user_name() -> str:
    """100 bits in the 20 characters that MinIO allows."""
    return "".join(secrets.choice(string.ascii_uppercase + "234567") for _ in range(20))


def _fernet_key() -> str:
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()
