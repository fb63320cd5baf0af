"""A request that comes again with its Idempotency-Key has no effect of its own and is told what became of the first one.

The protocol's specification has the rules: 2xx and 4xx are kept and repeated, 5xx are not; a key belongs to one request.
"""

from __future__ import annotations

import secrets
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.catalog.client import AS_MAINTENANCE, SCHEMA, Client, error_of, namespace_path, set_property, table_path
from tests.catalog.postgres_proxy import Cut, PostgresProxy
from tests.catalog.processes import Process, free_ports
from tests.catalog.stack import Stack

pytestmark = pytest.mark.catalog

UNKNOWN = (500, "CommitStateUnknownException")
HELD_SECONDS = 5


def new_key() -> str:
    """A UUID of version 7: milliseconds since 1970, then random bits."""
    bits = time.time_ns() // 10**6 << 80 | 7 << 76 | secrets.randbits(12) << 64 | 2 << 62 | secrets.randbits(62)
    return str(uuid.UUID(int=bits))


def requests_of_each_kind(namespace: str) -> list[tuple[str, str, Any]]:
    """In an order in which each succeeds once and fails or changes something when it is done again."""
    tables, renamed = f"{namespace_path(namespace)}/tables", {"namespace": [namespace], "name": "u"}
    return [
        ("POST", "/v1/namespaces", {"namespace": [namespace, "inner"], "properties": {"a": "b"}}),
        ("POST", f"{namespace_path(namespace, 'inner')}/properties", {"updates": {"c": "d"}, "removals": ["a", "none"]}),
        ("POST", tables, {"name": "t", "schema": SCHEMA}),
        ("POST", f"{tables}/t", set_property("n", "1") | {"requirements": []}),
        ("POST", "/v1/tables/rename", {"source": renamed | {"name": "t"}, "destination": renamed}),
        ("DELETE", f"{tables}/u?purgeRequested=true", None),
        ("DELETE", namespace_path(namespace, "inner"), None),
    ]


def test_each_kind_of_change_is_made_once(stack: Stack, client: Client, namespace: str) -> None:
    for method, path, body in requests_of_each_kind(namespace):
        key = new_key()
        first = client.call(method, path, body, token=AS_MAINTENANCE, key=key)
        assert first.status_code in {200, 204}, first.text
        before = stack.content()

        again = client.call(method, path, body, token=AS_MAINTENANCE, key=key)

        assert (again.status_code, again.text) == (first.status_code, first.text), path
        assert stack.content() == before, path


def test_a_commit_is_answered_with_the_table_as_it_was_then(client: Client, table: str) -> None:
    path, key = table_path(*table.split(".")), new_key()
    first = client.call("POST", path, set_property("n", "1"), key=key)
    client.done("POST", path, set_property("n", "2"))

    again = client.call("POST", path, set_property("n", "1"), key=key)

    assert again.json() == first.json()
    assert client.done("GET", path)["metadata"]["properties"]["n"] == "2"


def test_a_refusal_is_kept_too(client: Client, table: str) -> None:
    namespace, _ = table.split(".")
    body, key = {"name": "t", "schema": SCHEMA}, new_key()
    refused = client.call("POST", f"{namespace_path(namespace)}/tables", body, key=key)
    assert error_of(refused) == (409, "AlreadyExistsException")
    assert client.call("DELETE", table_path(namespace, "t"), token=AS_MAINTENANCE).status_code == 204

    assert client.call("POST", f"{namespace_path(namespace)}/tables", body, key=key).text == refused.text
    assert client.call("POST", f"{namespace_path(namespace)}/tables", body, key=new_key()).status_code == 200


def test_a_key_belongs_to_one_request_and_a_commit_without_changes_uses_it_too(client: Client, table: str) -> None:
    path, key = table_path(*table.split(".")), new_key()
    assert client.call("POST", path, {"requirements": [], "updates": []}, key=key).status_code == 200

    assert error_of(client.call("POST", path, set_property("n", "1"), key=key)) == (400, "BadRequestException")
    assert client.call("POST", path, {"requirements": [], "updates": []}, key=key).status_code == 200


def test_of_many_at_once_with_one_key_one_makes_the_change(stack: Stack, client: Client, namespace: str) -> None:
    for n in range(5):
        body, key = {"name": f"t{n}", "schema": SCHEMA}, new_key()
        path = f"{namespace_path(namespace)}/tables"
        with ThreadPoolExecutor(6) as pool:
            answers = [pool.submit(Client(stack.settings).call, "POST", path, body, key=key) for _ in range(6)]

        assert {answer.result().status_code for answer in answers} == {200}
        assert len({answer.result().json()["metadata"]["table-uuid"] for answer in answers}) == 1


def test_keys_are_forgotten_when_their_time_is_over(stack: Stack, client: Client, table: str) -> None:
    path, old, fresh = table_path(*table.split(".")), new_key(), new_key()
    for key in (old, fresh):
        client.call("POST", path, set_property("n", key), key=key)
    stack.in_database("UPDATE idempotency_keys SET at = now() - interval '2 hours 1 minute' WHERE key = %s", old)

    stack.catalog.stop()
    stack.catalog.start()

    until = time.monotonic() + HELD_SECONDS * 6
    while stack.in_database("SELECT 1 FROM idempotency_keys WHERE key = %s", old) and time.monotonic() < until:
        time.sleep(0.2)
    kept = stack.in_database("SELECT key::text FROM idempotency_keys WHERE key = ANY (%s::uuid[])", [old, fresh])
    assert kept == [(fresh,)]


@pytest.fixture
def proxy(stack: Stack) -> Iterator[PostgresProxy]:
    proxy = PostgresProxy(stack.settings.postgres_port)
    yield proxy
    proxy.close()


@pytest.fixture
def behind(stack: Stack, proxy: PostgresProxy) -> Iterator[tuple[Process, Client]]:
    """A second server, whose Postgres is behind the proxy."""
    (port,) = free_ports(1)
    changes = {"postgres_port": proxy.port, "iceberg_rest_uri": f"http://127.0.0.1:{port}"}
    settings = stack.settings.model_copy(update=changes)
    server = stack.process("iceberg-rest", settings)
    stack.start(server)
    yield server, Client(settings)
    server.stop()


@pytest.mark.parametrize("cut", [Cut.COMMITTED, Cut.BEFORE], ids=["committed", "not_committed"])
def test_a_server_killed_between_commit_and_answer_leaves_the_outcome_to_the_next(
    client: Client, table: str, proxy: PostgresProxy, behind: tuple[Process, Client], cut: Cut
) -> None:
    server, away = behind
    path, key = table_path(*table.split(".")), new_key()
    away.done("POST", path, set_property("n", "0"))
    versions = len(client.done("GET", path)["metadata"]["metadata-log"])

    proxy.arm(cut)
    if cut is Cut.COMMITTED:
        proxy.hold = True  # the reply never comes, and the server is killed while it waits for it
        with ThreadPoolExecutor(1) as pool:
            answer = pool.submit(away.call, "POST", path, set_property("n", "1"), key=key)
            assert proxy.cut_was_made(HELD_SECONDS * 4)
            server.kill()
            with pytest.raises(OSError, match=r"(?i)connection"):
                answer.result()
    else:
        assert error_of(away.call("POST", path, set_property("n", "1"), key=key)) == UNKNOWN
        server.kill()

    again = client.call("POST", path, set_property("n", "1"), key=key)  # to another server on the same database

    assert again.status_code == 200
    assert again.json()["metadata"]["properties"]["n"] == "1"
    assert len(client.done("GET", path)["metadata"]["metadata-log"]) == versions + 1


def test_without_a_key_the_same_request_changes_again(client: Client, table: str) -> None:
    path = table_path(*table.split("."))
    bodies = [set_property("n", str(n)) for n in (1, 2, 1)]

    for body in bodies:
        client.done("POST", path, body)

    assert len(client.done("GET", path)["metadata"]["metadata-log"]) == len(bodies)
