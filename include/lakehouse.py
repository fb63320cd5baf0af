"""The lakehouse's tables through Trino: a connection, and SELECT as the fetch tasks look at what is already there."""

from typing import Any, Protocol

import requests
import trino
from trino.exceptions import TrinoConnectionError, TrinoQueryError

from include.errors import TrinoUnavailable

# Before `lakehouse_setup` has run there is nothing to read, which is no fault.
_NOT_THERE_YET = {"TABLE_NOT_FOUND", "SCHEMA_NOT_FOUND"}
_REQUEST_TIMEOUT_SECONDS = 30.0


class LakehouseSettings(Protocol):
    """The settings that a query needs."""

    @property
    def trino_host(self) -> str: ...  # noqa: D102
    @property
    def trino_port(self) -> int: ...  # noqa: D102
    @property
    def trino_user(self) -> str: ...  # noqa: D102
    @property
    def iceberg_catalog(self) -> str: ...  # noqa: D102


def connect(settings: LakehouseSettings, source: str, **options: Any) -> Any:
    """Open a connection to the lakehouse's catalog; `source` is how Trino's query list names the program that asks."""
    where = {"host": settings.trino_host, "port": settings.trino_port, "user": settings.trino_user}
    return trino.dbapi.connect(**where, catalog=settings.iceberg_catalog, source=source, **options)  # type: ignore[no-untyped-call]


def select(settings: LakehouseSettings, statement: str, parameters: list[Any] | None = None) -> list[list[Any]]:
    """Return the rows of a SELECT; none where the table is not there yet.

    Raises `TrinoUnavailable` for everything else that fails: no answer is not an empty answer.
    """
    address = f"{settings.trino_host}:{settings.trino_port}"
    connection = connect(settings, "pv-lakehouse-fetch", request_timeout=_REQUEST_TIMEOUT_SECONDS)
    try:
        cursor = connection.cursor()
        cursor.execute(statement, parameters)
        return [list(row) for row in cursor.fetchall()]
    except TrinoQueryError as fault:
        if fault.error_name in _NOT_THERE_YET:
            return []
        raise TrinoUnavailable(f"Trino at {address} refused a query: {fault.error_name}: {fault.message}") from fault
    except (TrinoConnectionError, requests.RequestException) as fault:
        raise TrinoUnavailable(f"Trino at {address} does not answer (TRINO_HOST, TRINO_PORT): {fault}") from fault
    finally:
        connection.close()
