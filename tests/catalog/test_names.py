"""Names and places: what is taken comes back as it was given and works, everything else is refused with 400."""

from __future__ import annotations

import uuid

import pyarrow
import pytest

from tests.catalog import table_files
from tests.catalog.client import AS_MAINTENANCE, NO_UPDATES, SCHEMA, Client, error_of, namespace_path, table_path
from tests.catalog.stack import Stack

pytestmark = pytest.mark.catalog

BAD_REQUEST = (400, "BadRequestException")
ODD = ["ünïcode 陽 🌞", "two words ", "per%cent %20", 'it\'s "quoted"', "a+b&c=d;e,f", "[x]{y}|^`~", "under_score", "$@!*()<>:"]
OUTSIDE = [
    "s3://lakehouse/landing/x",
    "s3://other/warehouse/x",
    "s3://lakehouse/warehouse2/x",
    "s3://lakehouse/warehouse/../landing",
    "s3a://lakehouse/warehouse/x",
    "file:///var/x",
    "/var/x",
    "http://127.0.0.1/x",
]
UNREADABLE = ["s3://lakehouse/warehouse/x?y", "s3://lakehouse/warehouse/x#y"]  # S3 clients end the key there


@pytest.fixture
def unique() -> str:
    return uuid.uuid4().hex[:6]


@pytest.mark.parametrize("name", ODD)
def test_odd_names_come_back_and_hold_rows(stack: Stack, client: Client, unique: str, name: str) -> None:
    namespace, table = f"{name}{unique}", name
    client.create_namespace(namespace)
    client.create_table(namespace, table)

    assert [namespace] in client.done("GET", "/v1/namespaces")["namespaces"]
    assert client.done("GET", namespace_path(namespace))["namespace"] == [namespace]
    listed = client.done("GET", f"{namespace_path(namespace)}/tables")["identifiers"]
    assert listed == [{"namespace": [namespace], "name": table}]
    assert client.call("HEAD", table_path(namespace, table)).status_code == 204
    loaded = stack.pyiceberg().load_table((namespace, table))
    loaded.append(pyarrow.table({"row": ["1"]}))
    again = stack.pyiceberg().load_table((namespace, table))
    assert again.scan().to_arrow()["row"].to_pylist() == ["1"]
    assert table_files.missing(again) == []
    for path in (table_path(namespace, table), namespace_path(namespace)):
        assert client.call("DELETE", path, token=AS_MAINTENANCE).status_code == 204


def test_names_that_are_patterns_in_sql_match_only_themselves(client: Client, unique: str) -> None:
    for name in (f"a_b{unique}", f"a%{unique}"):
        client.create_namespace(name)
        assert client.call("HEAD", namespace_path(name.replace("_", "x").replace("%", "xyz"))).status_code == 404
        client.create_namespace(name.replace("_", "x").replace("%", "xyz"))
        client.create_namespace(name, "inner")
        assert client.done("GET", f"/v1/namespaces?parent={name.replace('%', '%25')}")["namespaces"] == [[name, "inner"]]


def test_the_property_that_makes_a_namespace_exist_cannot_be_removed(client: Client, namespace: str) -> None:
    answer = client.call("POST", f"{namespace_path(namespace)}/properties", {"removals": ["exists"]})

    assert error_of(answer) == BAD_REQUEST
    assert client.call("HEAD", namespace_path(namespace)).status_code == 204


def test_nested_namespaces_come_back(client: Client, unique: str) -> None:
    levels = [f"a{unique}", "b c", "ü%"]
    for depth in (1, 2, 3):
        client.create_namespace(*levels[:depth])

    assert client.done("GET", namespace_path(*levels))["namespace"] == levels
    assert client.call("HEAD", namespace_path(levels[0], "other")).status_code == 404


@pytest.mark.parametrize(
    "name", ["", " ", ".", "..", "a.b", "a/b", "a\\b", "a\u0000b", "a\nb", "x" * 201, "ü" * 101, "a?b", "a#b", "a\ud800b"]
)
def test_names_that_cannot_be_kept_are_400(stack: Stack, client: Client, namespace: str, name: str) -> None:
    before = stack.content()

    answers = [client.call("POST", "/v1/namespaces", {"namespace": [name]})]
    if name != "a.b":  # a table may have a dot
        answers.append(client.call("POST", f"{namespace_path(namespace)}/tables", {"name": name, "schema": SCHEMA}))

    assert [error_of(answer) for answer in answers] == [BAD_REQUEST] * len(answers)
    assert stack.content() == before


@pytest.mark.parametrize("location", OUTSIDE + UNREADABLE)
def test_places_outside_the_warehouse_are_400(stack: Stack, client: Client, table: str, location: str) -> None:
    namespace = table.split(".")[0]
    before = stack.content()
    tables = f"{namespace_path(namespace)}/tables"
    move = NO_UPDATES | {"updates": [{"action": "set-location", "location": location}]}
    steer = NO_UPDATES | {"updates": [{"action": "set-properties", "updates": {"write.data.path": location}}]}
    requests = [
        (tables, {"name": "u", "schema": SCHEMA, "location": location}),
        (tables, {"name": "u", "schema": SCHEMA, "stage-create": True, "location": location}),
        (tables, {"name": "u", "schema": SCHEMA, "properties": {"write.metadata.path": location}}),
        (f"{tables}/t", move),
        (f"{tables}/t", steer),
        (f"{namespace_path(namespace)}/register", {"name": "u", "metadata-location": f"{location}/v1.metadata.json"}),
        ("/v1/namespaces", {"namespace": ["m"], "properties": {"location": location}}),
        (f"{namespace_path(namespace)}/properties", {"removals": [], "updates": {"location": location}}),
    ]

    for path, body in requests:
        assert error_of(client.call("POST", path, body)) == BAD_REQUEST, (path, body)
    assert stack.content() == before
