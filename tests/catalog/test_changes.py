"""What a change leaves: all of it or nothing, a line in the log, and lists that stay whole meanwhile."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.catalog.client import AS_MAINTENANCE, Client, error_of, namespace_path, set_property, table_path
from tests.catalog.postgres_proxy import Cut, PostgresProxy
from tests.catalog.processes import free_ports
from tests.catalog.stack import Stack

pytestmark = pytest.mark.catalog


def pages(client: Client, path: str, size: int) -> Iterator[list[str]]:
    """Names on each page of a list."""
    token = ""
    while token is not None:
        page = client.done("GET", f"{path}?pageSize={size}&pageToken={token}")
        yield [item["name"] for item in page["identifiers"]]
        token = page["next-page-token"]


def test_pages_are_sorted_and_whole_while_commits_go_on(client: Client, namespace: str) -> None:
    tables, names = f"{namespace_path(namespace)}/tables", [f"t{n}" for n in (7, 3, 9, 1, 5, 8, 2, 6, 4)]
    for name in [*names, "stg_first"]:
        client.create_table(namespace, name)

    seen: list[str] = []
    for number, page in enumerate(pages(client, tables, size=3)):
        seen += page
        for name in names[:4]:  # its row moves behind all others
            client.done("POST", table_path(namespace, name), set_property("page", str(number)))
        if number == 0:
            assert client.call("DELETE", table_path(namespace, "stg_first")).status_code == 204
        if number == 1:
            client.create_table(namespace, "a")

    assert seen == ["stg_first", *sorted(names)]


def test_properties_are_set_and_removed_together_or_not_at_all(stack: Stack, namespace: str) -> None:
    proxy = PostgresProxy(stack.settings.postgres_port)
    (port,) = free_ports(1)
    changes = {"postgres_port": proxy.port, "iceberg_rest_uri": f"http://127.0.0.1:{port}"}
    settings = stack.settings.model_copy(update=changes)
    server, client, path = stack.process("iceberg-rest", settings), Client(settings), namespace_path(namespace)
    stack.start(server)
    client.done("POST", f"{path}/properties", {"updates": {"old": "1"}, "removals": []})
    change = {"updates": {"new": "1"}, "removals": ["old"]}

    proxy.arm(Cut.BEFORE, b"DELETE FROM iceberg_namespace_properties")
    assert error_of(client.call("POST", f"{path}/properties", change)) == (500, "CommitStateUnknownException")

    properties = Client(stack.settings).done("GET", path)["properties"]
    assert {key: properties[key] for key in properties if key != "location"} == {"old": "1"}
    done = client.done("POST", f"{path}/properties", change)
    assert (done["updated"], done["removed"]) == (["new"], ["old"])
    server.stop()
    proxy.close()


def test_a_line_says_by_which_token_what_was_changed(stack: Stack, client: Client, namespace: str) -> None:
    size = stack.catalog.log.stat().st_size
    client.create_table(namespace, "t")
    client.done("POST", table_path(namespace, "t"), set_property("a", "b"))
    assert client.call("DELETE", table_path(namespace, "t")).status_code == 403
    assert client.call("DELETE", f"{table_path(namespace, 't')}?purgeRequested=true", token=AS_MAINTENANCE).status_code == 204

    log = stack.log_since(size)
    lines = [line.split(" change - ", 1)[1] for line in log.splitlines() if " change - " in line]
    assert lines == [
        f"token=writer createTable {namespace}.t",
        f"token=writer updateTable {namespace}.t SetProperties",
        f"token=maintenance dropTable {namespace}.t purge",
    ]
    assert not [token for token in (client.writer, client.reader, client.maintenance) if token in log]
