"""The lakehouse's tables through Trino: a connection, and SELECT as the fetch tasks look at what is already there."""

from typing import Any

import requests
import trino
from trino.auth import BasicAuthentication
from trino.exceptions import HttpError, TrinoConnectionError, TrinoQueryError

from include.errors import TrinoUnavailable
from include.settings import Settings

# Before `lakehouse_setup` has run there is nothing to read, which is no fault.
_NOT_THERE_YET = {"TABLE_NOT_FOUND", "SCHEMA_NOT_FOUND"}
_REQUEST_TIMEOUT_SECONDS = 30.0

ADMIN, ETL, FETCH, PROBE, ANALYST = USERS = ("admin", "etl", "fetch", "probe", "analyst")
"""Trino's users; what each may do: infra/trino/etc/rules.json."""

WITHOUT_PASSWORD = (PROBE, ANALYST)
"""Whom Trino lets in over plain http, where it speaks that to people (TRINO_SCHEME=http: on this machine, natively)."""

READ_ONLY_CATALOG = "lakehouse"
"""The same tables for those who only read: Trino itself has no keys to change them there."""


def password(settings: Settings, user: str) -> str:
    """Password of one of Trino's users; raises SettingsError where this process was not given it."""
    return settings.secret(f"trino_{user}_password")


def catalog_of(settings: Settings, user: str) -> str:
    """The catalog in which one of Trino's users finds the tables."""
    return settings.iceberg_catalog if user in (ADMIN, ETL) else READ_ONLY_CATALOG


def address_of(settings: Settings, user: str) -> tuple[str, str, int]:
    """Scheme, host and port at which one of Trino's users is let in."""
    if settings.trino_scheme == "https" or user in WITHOUT_PASSWORD:
        return settings.trino_scheme, settings.trino_host, settings.trino_port
    return "https", settings.trino_host, settings.trino_https_port


def connect(settings: Settings, source: str, user: str | None = None, **options: Any) -> Any:
    """Open a connection to the lakehouse's tables.

    `source` is how Trino's query list names the program that asks; `user` is one of USERS, by default TRINO_USER.
    """
    user = user or settings.trino_user
    options.setdefault("catalog", catalog_of(settings, user))
    scheme, host, port = address_of(settings, user)
    if scheme == "https":
        options["auth"] = BasicAuthentication(user, password(settings, user))
        if settings.trino_authority:
            options["http_session"] = session = requests.Session()
            session.verify = str(settings.trino_authority)
            session.trust_env = False  # REQUESTS_CA_BUNDLE, which is set behind a company proxy, would win
    return trino.dbapi.connect(host=host, port=port, user=user, http_scheme=scheme, source=source, **options)  # type: ignore[no-untyped-call]


def select(settings: Settings, statement: str, parameters: list[Any] | None = None) -> list[list[Any]]:
    """Return the rows of a SELECT; none where the table is not there yet.

    Raises `TrinoUnavailable` for everything else that fails: no answer is not an empty answer.
    """
    scheme, host, port = address_of(settings, FETCH)
    address = f"{scheme}://{host}:{port}"
    connection = connect(settings, "pv-lakehouse-fetch", FETCH, request_timeout=_REQUEST_TIMEOUT_SECONDS)
    try:
        cursor = connection.cursor()
        cursor.execute(statement, parameters)
        return [list(row) for row in cursor.fetchall()]
    except TrinoQueryError as fault:
        if fault.error_name in _NOT_THERE_YET:
            return []
        raise TrinoUnavailable(f"Trino at {address} refused a query: {fault.error_name}: {fault.message}") from fault
    # OSError: that of requests, or there is no file of the authority. HttpError: a refused login, or a Trino that starts.
    except (TrinoConnectionError, HttpError, OSError) as fault:
        raise TrinoUnavailable(f"Trino at {address} does not answer: {fault}") from fault
    finally:
        connection.close()
