"""No table keeps its files where another one does: orphan removal or a purge of one would delete files of the other."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pyarrow
import pytest
import requests

from tests.catalog.client import AS_MAINTENANCE, NO_UPDATES, SCHEMA, Client, error_of, namespace_path, set_property, table_path
from tests.catalog.stack import Stack

pytestmark = pytest.mark.catalog

BAD_REQUEST = (400, "BadRequestException")
TAKEN_OVER_WITHIN_SECONDS = 60


@pytest.fixture
def root(stack: Stack, namespace: str) -> str:
    """A folder of the warehouse that only this test uses."""
    return f"{stack.settings.iceberg_warehouse}/own/{namespace}"


def create(client: Client, namespace: str, name: str, location: str, **more: Any) -> requests.Response:
    return client.call(
        "POST", f"{namespace_path(namespace)}/tables", {"name": name, "schema": SCHEMA, "location": location} | more
    )


def move(client: Client, namespace: str, name: str, location: str) -> requests.Response:
    change = NO_UPDATES | {"updates": [{"action": "set-location", "location": location}]}
    return client.call("POST", table_path(namespace, name), change)


def assert_refused(answer: requests.Response, other: str) -> None:
    assert error_of(answer) == BAD_REQUEST, answer.text
    assert other in answer.json()["error"]["message"]


@pytest.mark.parametrize("place", ["", "/", "/data", "//data", "/./data/x"])
def test_a_table_inside_another_is_refused_wherever_it_is_said(
    stack: Stack, client: Client, namespace: str, root: str, place: str
) -> None:
    assert create(client, namespace, "t", f"{root}/t").status_code == 200
    assert create(client, namespace, "u", f"{root}/u").status_code == 200
    before, inside = stack.content(), f"{root}/t{place}"

    for answer in (
        create(client, namespace, "v", inside),
        create(client, namespace, "v", inside, **{"stage-create": True}),
        create(client, namespace, "v", f"{root}/v", properties={"write.data.path": inside}),
        move(client, namespace, "u", inside),
        client.call("POST", table_path(namespace, "u"), set_property("write.metadata.path", inside)),
        client.call("POST", f"{namespace_path(namespace)}/properties", {"removals": [], "updates": {"location": inside}}),
        client.call("POST", "/v1/namespaces", {"namespace": [f"{namespace}x"], "properties": {"location": inside}}),
    ):
        assert_refused(answer, f"{namespace}.t")
    assert stack.content() == before


def test_a_table_around_another_or_around_a_namespace_is_refused(stack: Stack, client: Client, namespace: str, root: str) -> None:
    assert create(client, namespace, "t", f"{root}/a/t").status_code == 200
    assert create(client, namespace, "u", f"{root}/u").status_code == 200
    client.done("POST", "/v1/namespaces", {"namespace": [f"{namespace}y"], "properties": {"location": f"{root}/y"}})

    for around in (f"{root}/a", root):
        assert_refused(create(client, namespace, "v", around), f"{namespace}.t")
        assert_refused(move(client, namespace, "u", around), f"{namespace}.t")
    assert_refused(create(client, namespace, "v", f"{root}/y"), f"namespace {namespace}y")
    assert_refused(create(client, namespace, "v", f"{stack.settings.iceberg_warehouse}/{namespace}"), f"namespace {namespace},")
    assert create(client, namespace, "v", f"{root}/a2").status_code == 200  # its name only begins like the other's


def test_a_registered_table_is_where_its_metadata_say(stack: Stack, client: Client, namespace: str) -> None:
    client.create_table(namespace, "t")
    file = client.done("GET", table_path(namespace, "t"))["metadata-location"]
    register = {"name": "stg_t", "metadata-location": file}

    assert_refused(client.call("POST", f"{namespace_path(namespace)}/register", register), f"{namespace}.t")
    assert client.call("DELETE", table_path(namespace, "t"), token=AS_MAINTENANCE).status_code == 204
    assert client.call("POST", f"{namespace_path(namespace)}/register", register).status_code == 200


def test_of_two_tables_at_once_that_overlap_one_is_made(stack: Stack, client: Client, namespace: str, root: str) -> None:
    for n in range(5):
        places = {f"a{n}": f"{root}/{n}", f"b{n}": f"{root}/{n}/in", f"c{n}": f"{root}/{n}/in/in", f"d{n}": f"{root}/{n}"}
        with ThreadPoolExecutor(len(places)) as pool:
            made = [pool.submit(create, Client(stack.settings), namespace, *item) for item in places.items()]
        assert sorted(done.result().status_code for done in made) == [200, 400, 400, 400]
        assert len(stack.places_below(f"{root}/{n}/")) == 1


def test_a_place_is_free_again_after_a_drop_and_follows_a_rename(client: Client, namespace: str, root: str) -> None:
    assert create(client, namespace, "stg_t", f"{root}/t").status_code == 200
    source = {"namespace": [namespace], "name": "stg_t"}
    client.done("POST", "/v1/tables/rename", {"source": source, "destination": source | {"name": "stg_u"}})

    assert_refused(create(client, namespace, "stg_t", f"{root}/t"), f"{namespace}.stg_u")
    assert client.call("DELETE", table_path(namespace, "stg_u")).status_code == 204
    assert create(client, namespace, "stg_t", f"{root}/t").status_code == 200


def test_a_view_has_a_place_too(client: Client, namespace: str, root: str) -> None:
    assert create(client, namespace, "t", f"{root}/t").status_code == 200
    version = {
        "version-id": 1,
        "timestamp-ms": 1,
        "schema-id": 0,
        "summary": {},
        "default-namespace": [namespace],
        "representations": [{"type": "sql", "sql": "SELECT 1", "dialect": "trino"}],
    }
    view = {"name": "v", "schema": SCHEMA, "view-version": version, "properties": {}}

    assert_refused(
        client.call("POST", f"{namespace_path(namespace)}/views", view | {"location": f"{root}/t/v"}), f"{namespace}.t"
    )
    client.done("POST", f"{namespace_path(namespace)}/views", view | {"location": f"{root}/v"})
    assert_refused(create(client, namespace, "u", f"{root}/v"), f"{namespace}.v")


def test_tables_of_an_older_server_are_taken_over(stack: Stack, client: Client, namespace: str, root: str) -> None:
    led_away = {"properties": {"write.metadata.path": f"{root}/m"}}
    assert create(client, namespace, "t", f"{root}/t", **led_away).status_code == 200
    assert create(client, namespace, "u", f"{root}/u").status_code == 200
    stack.in_database("UPDATE iceberg_tables SET places = NULL WHERE table_namespace = %s", namespace)
    assert_refused(create(client, namespace, "v", f"{root}/u/x"), f"{namespace}.u")  # by the name of the metadata file

    stack.in_database("ALTER TABLE iceberg_tables DROP COLUMN places")
    stack.in_database("DROP TABLE idempotency_keys")
    stack.catalog.stop()
    stack.catalog.start()

    until = time.monotonic() + TAKEN_OVER_WITHIN_SECONDS
    while stack.places_below(f"{root}/") != [f"{root}/m/", f"{root}/t/", f"{root}/u/"]:
        assert time.monotonic() < until, stack.places_below(f"{root}/")
        time.sleep(0.2)
    assert_refused(create(client, namespace, "v", f"{root}/t/x"), f"{namespace}.t")
    stack.pyiceberg().load_table(f"{namespace}.u").append(pyarrow.table({"row": ["1"]}))
    assert stack.rows(f"{namespace}.u") == {"1": 1}


def test_old_tables_that_share_a_folder_go_on(stack: Stack, client: Client, namespace: str, root: str) -> None:
    assert create(client, namespace, "t", f"{root}/t").status_code == 200
    assert create(client, namespace, "u", f"{root}/u").status_code == 200
    stack.in_database("UPDATE iceberg_tables SET places = %s WHERE table_namespace = %s", [f"{root}/t/", f"{root}/u/"], namespace)

    assert client.call("POST", table_path(namespace, "u"), set_property("a", "b")).status_code == 200
    assert client.call("POST", table_path(namespace, "u"), set_property("write.data.path", f"{root}/new")).status_code == 200
    assert stack.places_below(f"{root}/new/") == [f"{root}/new/"]
