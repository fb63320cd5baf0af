"""The connection to Postgres breaks at a commit: before, inside or after it. The one fault that can cost a table.

A client that hears "conflict" deletes the files of its snapshot. So it must never hear that of a commit that may be live.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pyarrow
import pytest
from pyiceberg.catalog import Catalog, load_catalog
from pyiceberg.exceptions import CommitStateUnknownException
from trino.exceptions import TrinoQueryError

from tests.catalog import table_files, trino_engine
from tests.catalog.client import AS_MAINTENANCE, SCHEMA, Client, error_of, namespace_path, pyiceberg, table_path
from tests.catalog.postgres_proxy import Cut, PostgresProxy
from tests.catalog.processes import free_ports
from tests.catalog.stack import Stack
from tests.catalog.trino_engine import Trino

pytestmark = pytest.mark.catalog

PREPARED_AFTER = 6  # the driver prepares a statement on the server at its fifth run on one connection
EVERY_CUT = pytest.mark.parametrize("cut", Cut, ids=lambda cut: cut.name.lower())


class Engines:
    """PyIceberg, Trino and plain HTTP on a catalog server behind the proxy."""

    def __init__(self, proxy: PostgresProxy, catalog: Catalog, trino: Trino, client: Client) -> None:
        self.proxy, self.catalog, self.trino, self.client = proxy, catalog, trino, client

    def append(self, table: str, row: str) -> None:
        self.catalog.load_table(table).append(pyarrow.table({"row": [row]}))

    def insert(self, table: str, row: str) -> None:
        self.trino.query(f"INSERT INTO {table} VALUES '{row}'")

    def assert_intact(self, table: str, expected: set[str]) -> None:
        """Both engines see each expected row once, and no file is missing."""
        seen = self.catalog.load_table(table)
        assert table_files.missing(seen) == []
        assert Counter(seen.scan().to_arrow()["row"].to_pylist()) == Counter(expected)
        assert Counter(row for (row,) in self.trino.query(f"SELECT row FROM {table}")) == Counter(expected)

    def assert_cut(self, cut: Cut) -> None:
        """It broke where it should; what was run had really changed the row of the table."""
        assert self.proxy.cuts == [cut]
        assert self.proxy.commands == ([] if cut is Cut.BEFORE else [b"UPDATE 1"])


@pytest.fixture(scope="module")
def engines(stack: Stack) -> Iterator[Engines]:
    proxy = PostgresProxy(stack.settings.postgres_port)
    (port,) = free_ports(1)
    changes = {"postgres_port": proxy.port, "iceberg_rest_uri": f"http://127.0.0.1:{port}"}
    settings = stack.settings.model_copy(update=changes)
    server, client = stack.process("iceberg-rest", settings), Client(settings)
    stack.start(server)
    client.create_namespace("trino")
    client.create_table("trino", "is_ready")
    engine = trino_engine.process(stack, settings, "trino.is_ready")
    stack.start(engine)
    yield Engines(proxy, load_catalog("behind the proxy", **pyiceberg(settings)), Trino(settings), client)
    engine.stop()
    server.stop()
    proxy.close()


@EVERY_CUT
@pytest.mark.parametrize("commits_before", [0, PREPARED_AFTER], ids=["fresh", "prepared"])
def test_pyiceberg_hears_unknown_and_the_row_is_there_if_it_was_committed(
    engines: Engines, table: str, cut: Cut, commits_before: int
) -> None:
    expected = {f"before-{n}" for n in range(commits_before)}
    for row in sorted(expected):
        engines.append(table, row)
    named = engines.proxy.named_statements

    engines.proxy.arm(cut)
    with pytest.raises(CommitStateUnknownException):
        engines.append(table, "cut")

    engines.assert_cut(cut)
    assert engines.proxy.named_statements == named + bool(commits_before)
    expected |= {"cut"} if cut is Cut.COMMITTED else set()
    engines.assert_intact(table, expected)
    engines.append(table, "next")
    engines.assert_intact(table, expected | {"next"})


@EVERY_CUT
def test_trino_hears_an_error_that_is_no_conflict_and_the_row_is_there_if_it_was_committed(
    engines: Engines, table: str, cut: Cut
) -> None:
    engines.insert(table, "first")

    engines.proxy.arm(cut)
    with pytest.raises(TrinoQueryError) as failure:
        engines.insert(table, "cut")

    engines.assert_cut(cut)
    assert "unknown" in str(failure.value).lower() or "not known" in str(failure.value)
    assert "conflict" not in str(failure.value).lower()
    expected = {"first"} | ({"cut"} if cut is Cut.COMMITTED else set())
    engines.assert_intact(table, expected)
    engines.insert(table, "next")
    engines.assert_intact(table, expected | {"next"})


@pytest.mark.parametrize(
    ("statement", "method", "path", "body", "asked", "status"),
    [
        (b"INSERT INTO iceberg_tables", "POST", "{tables}", {"name": "u", "schema": SCHEMA}, "{tables}/u", 200),
        (b"DELETE FROM iceberg_tables", "DELETE", "{tables}/t", None, "{tables}/t", 404),
        (b"UPDATE iceberg_tables SET table_", "POST", "/v1/tables/rename", "rename", "{tables}/u", 200),
        (b"INSERT INTO iceberg_namespace", "POST", "/v1/namespaces", "nested", "{inner}", 200),
    ],
    ids=["create", "drop", "rename", "namespace"],
)
def test_any_change_whose_reply_is_lost_is_unknown_and_was_made(
    engines: Engines, table: str, statement: bytes, method: str, path: str, body: object, asked: str, status: int
) -> None:
    namespace, _ = table.split(".")
    source = {"namespace": [namespace], "name": "t"}
    bodies = {"rename": {"source": source, "destination": source | {"name": "u"}}, "nested": {"namespace": [namespace, "inner"]}}
    places = {"tables": table_path(namespace, "t")[:-2], "inner": namespace_path(namespace, "inner")}

    engines.proxy.arm(Cut.COMMITTED, statement)
    answer = engines.client.call(method, path.format(**places), bodies.get(str(body), body), token=AS_MAINTENANCE)

    assert error_of(answer) == (500, "CommitStateUnknownException")
    assert engines.proxy.cuts == [Cut.COMMITTED]
    assert engines.client.call("GET", asked.format(**places)).status_code == status


def test_when_nothing_is_cut_trino_makes_and_drops_staging_tables_and_drops_nothing_else(engines: Engines, table: str) -> None:
    """Here because Trino runs here. Its CREATE is staged at the catalog, its DROP a purge."""
    namespace, _ = table.split(".")
    staging, kept = f"{namespace}.stg_t", f"{namespace}.kpi"
    for statement in (
        f"CREATE TABLE {staging} AS SELECT 'a' AS row",
        f"CREATE TABLE {kept} AS SELECT 'a' AS row",
        f"CREATE OR REPLACE TABLE {kept} AS SELECT 'b' AS row",
    ):
        engines.trino.query(statement)
    file = engines.catalog.load_table(staging).metadata_location

    engines.trino.query(f"DROP TABLE {staging}")
    with pytest.raises(TrinoQueryError):
        engines.trino.query(f"DROP TABLE {kept}")

    assert not engines.catalog.table_exists(staging)
    assert not engines.catalog.load_table(kept).io.new_input(file).exists()
    engines.assert_intact(kept, {"b"})
