"""What nobody should send is refused with the protocol's error body, and changes nothing."""

from __future__ import annotations

import http.client
import json
import socket
from urllib.parse import urlsplit

import pytest

from tests.catalog.client import Client
from tests.catalog.malformed import Malformed, Requests
from tests.catalog.stack import Stack

pytestmark = pytest.mark.catalog

SEED = 20_261_125
AT_LEAST = 300
ANSWER_LIMIT_SECONDS = 10


def _answer(uri: str, request: Malformed) -> tuple[int, bytes]:
    address = urlsplit(uri)
    with socket.create_connection((address.hostname, address.port), ANSWER_LIMIT_SECONDS) as connection:
        try:
            connection.sendall(request.data)
            connection.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # refused before it was read to its end; the answer is there
        response = http.client.HTTPResponse(connection, method="HEAD" if request.head else "GET")
        response.begin()
        return response.status, response.read()


def _finding(uri: str, request: Malformed) -> str | None:
    try:
        status, body = _answer(uri, request)
    except (OSError, http.client.HTTPException) as failure:
        return f"no answer: {failure!r}"
    if not 400 <= status < 500:
        return f"{status} {body[:200]!r}"
    if request.head:
        return None
    try:
        error = json.loads(body)["error"]
    except (ValueError, KeyError, TypeError):
        return f"{status} without the protocol's error: {body[:200]!r}"
    said_well = error["code"] == status and error["type"] and "stack" not in error and "\tat " not in error["message"]
    return None if said_well else f"{status} {error}"


def test_every_malformed_request_is_4xx_and_changes_nothing(stack: Stack, client: Client, table: str) -> None:
    namespace, name = table.split(".")
    requests = list(Requests(SEED, namespace, name, client.writer).all())
    assert len(requests) >= AT_LEAST
    before = stack.content()

    findings = [f"{request.name}: {finding}" for request in requests if (finding := _finding(client.uri, request))]

    assert findings == [], "\n".join(findings)
    assert stack.content() == before
    assert client.call("GET", "/v1/namespaces").status_code == 200
