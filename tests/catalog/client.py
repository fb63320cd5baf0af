"""How clients reach the catalog: PyIceberg's properties, and the protocol over plain HTTP for what no Iceberg client sends."""

from __future__ import annotations

import time
from typing import Any
from urllib.parse import quote

import requests

from include.settings import Settings

SCHEMA = {"type": "struct", "schema-id": 0, "fields": [{"id": 1, "name": "row", "type": "string", "required": False}]}
PROGRESS_LIMIT_SECONDS = 120
AS_WRITER, AS_READER, AS_MAINTENANCE = "writer", "reader", "maintenance"
NO_UPDATES: dict[str, Any] = {"requirements": [], "updates": []}


def namespace_path(*levels: str) -> str:
    """Path of a namespace; its levels are joined by the unit separator."""
    return f"/v1/namespaces/{quote(chr(0x1F).join(levels), safe='')}"


def table_path(namespace: str, table: str) -> str:
    """Path of a table."""
    return f"{namespace_path(namespace)}/tables/{quote(table, safe='')}"


def set_property(key: str, value: str) -> dict[str, Any]:
    """Body of a commit that changes one property of a table."""
    return {"requirements": [], "updates": [{"action": "set-properties", "updates": {key: value}}]}


def pyiceberg(settings: Settings) -> dict[str, str]:
    """Properties of a PyIceberg catalog that may write."""
    return {
        "type": "rest",
        "uri": settings.iceberg_rest_uri,
        "token": settings.catalog_writer_token.get_secret_value(),
        "warehouse": settings.iceberg_warehouse,
        "s3.endpoint": settings.minio_endpoint,
        "s3.region": settings.s3_region,
        "s3.access-key-id": settings.trino_s3_access_key,
        "s3.secret-access-key": settings.trino_s3_secret_key.get_secret_value(),
    }


class Client:
    """Requests with the writer's token unless another is given; an answer of any status is returned."""

    def __init__(self, settings: Settings) -> None:
        self.uri = settings.iceberg_rest_uri
        self.writer = settings.catalog_writer_token.get_secret_value()
        self.reader = settings.catalog_reader_token.get_secret_value()
        self.maintenance = settings.catalog_maintenance_token.get_secret_value()
        self._session = requests.Session()
        self._session.trust_env = False

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        token: str | None = AS_WRITER,
        seconds: float = 60,
        key: str | None = None,
    ) -> requests.Response:
        """Send one request.

        The token is AS_WRITER, AS_READER, AS_MAINTENANCE, None or the text of another one, the key an Idempotency-Key.
        """
        known = {AS_WRITER: self.writer, AS_READER: self.reader, AS_MAINTENANCE: self.maintenance}
        given = known.get(token or "", token)
        headers = {} if given is None else {"Authorization": f"Bearer {given}".encode()}
        if key is not None:
            headers["Idempotency-Key"] = key.encode()
        return self._session.request(method, self.uri + path, json=body, headers=headers, timeout=seconds)

    def done(self, method: str, path: str, body: Any = None) -> Any:
        """Send a request that must succeed; its JSON."""
        answer = self.call(method, path, body)
        assert answer.status_code in (200, 204), answer.text
        return answer.json() if answer.content else None

    def wait_for_commits(self, table: str, count: int) -> None:
        """Wait until so many more snapshots of a table were committed, however slow the machine is."""
        path = table_path(*table.split("."))

        def snapshots() -> int:
            return len(self.done("GET", path)["metadata"]["snapshots"])

        wanted, until = snapshots() + count, time.monotonic() + PROGRESS_LIMIT_SECONDS
        while snapshots() < wanted:
            assert time.monotonic() < until, f"no {count} commits to {table} in {PROGRESS_LIMIT_SECONDS} s"
            time.sleep(0.1)

    def create_namespace(self, *levels: str) -> None:
        """Create a namespace."""
        self.done("POST", "/v1/namespaces", {"namespace": list(levels)})

    def create_table(self, namespace: str, name: str) -> None:
        """Create a table with the one column `row`."""
        self.done("POST", f"{namespace_path(namespace)}/tables", {"name": name, "schema": SCHEMA})


def error_of(answer: requests.Response) -> tuple[int, str]:
    """Code and type in the protocol's error body."""
    error = answer.json()["error"]
    assert error["code"] == answer.status_code
    return error["code"], error["type"]
