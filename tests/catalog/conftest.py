"""One Postgres, MinIO and catalog server for all tests of this folder; each test works in a namespace of its own."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest

from tests.catalog.client import Client
from tests.catalog.stack import Stack


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    stack = Stack(tmp_path_factory.mktemp("catalog"))
    try:
        stack.start_all()
        yield stack
    finally:
        stack.stop()


@pytest.fixture
def client(stack: Stack) -> Client:
    return Client(stack.settings)


@pytest.fixture
def namespace(client: Client) -> str:
    name = f"n_{uuid.uuid4().hex[:8]}"
    client.create_namespace(name)
    return name


@pytest.fixture
def table(client: Client, namespace: str) -> str:
    """Full name of an empty table with the one column `row`."""
    client.create_table(namespace, "t")
    return f"{namespace}.t"
