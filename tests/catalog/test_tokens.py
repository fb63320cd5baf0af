"""Who may do what, on every route that the server names."""

from __future__ import annotations

import pytest

from tests.catalog.client import AS_MAINTENANCE, AS_READER, Client, error_of, namespace_path, table_path
from tests.catalog.stack import Stack

pytestmark = pytest.mark.catalog

METRICS = "POST /v1/namespaces/{namespace}/tables/{table}/metrics"  # a report; it changes nothing
MUTATIONS = 13


@pytest.fixture
def routes(client: Client, table: str) -> list[tuple[str, str]]:
    """(method, path) of every route, on things that exist, so that a request let through would change something."""
    namespace, name = table.split(".")
    endpoints = client.done("GET", "/v1/config")["endpoints"]
    names = {"namespace": namespace, "table": name, "view": "v"}
    plain = [endpoint.replace("/{prefix}", "") for endpoint in endpoints]
    ordered = sorted(route for route in plain if route != METRICS)
    return [("GET", "/v1/config")] + [(r.split()[0], r.split()[1].format(**names)) for r in ordered]


@pytest.mark.parametrize(
    "token", [None, "", "wrong-token-of-24-letters", "writer\u00e9"], ids=["none", "empty", "wrong", "latin"]
)
def test_without_a_known_token_every_route_is_401(
    stack: Stack, client: Client, routes: list[tuple[str, str]], token: str | None
) -> None:
    before = stack.content()

    for method, path in routes:
        answer = client.call(method, path, {} if method == "POST" else None, token=token)
        assert answer.status_code == 401, (method, path)
        assert answer.headers["WWW-Authenticate"] == "Bearer"
        assert method == "HEAD" or error_of(answer) == (401, "NotAuthorizedException")
    assert stack.content() == before


def test_a_reader_is_403_on_every_mutation(stack: Stack, client: Client, routes: list[tuple[str, str]]) -> None:
    mutations = [(method, path) for method, path in routes if method in {"POST", "DELETE"}]
    assert len(mutations) == MUTATIONS
    before = stack.content()

    for method, path in mutations:
        answer = client.call(method, path, {} if method == "POST" else None, token=AS_READER)
        assert error_of(answer) == (403, "ForbiddenException"), (method, path)
    assert stack.content() == before


@pytest.mark.parametrize("purge", ["", "?purgeRequested=true"], ids=["drop", "purge"])
def test_a_writer_removes_staging_tables_and_nothing_else(stack: Stack, client: Client, namespace: str, purge: str) -> None:
    for name in ("kpi", "stg_kpi"):
        client.create_table(namespace, name)
    kpi = {"namespace": [namespace], "name": "kpi"}
    before = stack.content()

    for method, path, body in [
        ("DELETE", table_path(namespace, "kpi") + purge, None),
        ("DELETE", namespace_path(namespace), None),
        ("POST", "/v1/tables/rename", {"source": kpi, "destination": kpi | {"name": "stg_x"}}),
        ("POST", "/v1/views/rename", {"source": kpi, "destination": kpi | {"name": "stg_x"}}),
    ]:
        answer = client.call(method, path, body)
        assert error_of(answer) == (403, "ForbiddenException"), path
        assert "maintenance token" in answer.json()["error"]["message"]
    assert stack.content() == before
    assert client.call("DELETE", table_path(namespace, "stg_kpi") + purge).status_code == 204


def test_maintenance_removes_anything(client: Client, table: str) -> None:
    namespace, name = table.split(".")
    assert client.call("DELETE", f"{table_path(namespace, name)}?purgeRequested=true", token=AS_MAINTENANCE).status_code == 204
    assert client.call("DELETE", namespace_path(namespace), token=AS_MAINTENANCE).status_code == 204


def test_another_warehouse_is_400(client: Client) -> None:
    answer = client.call("GET", "/v1/config?warehouse=s3%3A%2F%2Flakehouse%2Felsewhere")

    assert error_of(answer) == (400, "BadRequestException")
    assert "s3://lakehouse/warehouse" in answer.json()["error"]["message"]


def test_a_reader_reads(client: Client, routes: list[tuple[str, str]]) -> None:
    for method, path in routes:
        if method in {"GET", "HEAD"} and "/views/" not in path:
            assert client.call(method, path, token=AS_READER).status_code in {200, 204}, (method, path)
