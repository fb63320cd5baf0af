"""Many requests leave the server's memory where it was. CATALOG_SOAK_REQUESTS sets how many, for a long soak."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.catalog.client import Client, namespace_path, set_property
from tests.catalog.stack import Stack

pytestmark = pytest.mark.catalog

REQUESTS = int(os.environ.get("CATALOG_SOAK_REQUESTS", "10000"))
WARM_UP = 2_000
CLIENTS = 4
GROWTH = 1.25


class Worker:
    """One client with a table of its own, so that its commits meet no conflict."""

    def __init__(self, stack: Stack, namespace: str, number: int) -> None:
        self._client = Client(stack.settings)
        self._client.create_table(namespace, f"t{number}")
        self._namespace = namespace_path(namespace)
        self._table = f"{self._namespace}/tables/t{number}"
        self._sent = 0

    def send(self, count: int) -> None:
        """So many requests: of twenty, nine loads, five lists, four questions whether a table exists, two commits."""
        for _ in range(count):
            kind = self._sent % 20
            self._sent += 1
            if kind < 9:
                self._client.done("GET", self._table)
            elif kind < 14:
                self._client.done("GET", f"{self._namespace}/tables")
            elif kind < 18:
                self._client.done("HEAD", self._table)
            else:
                self._client.done("POST", self._table, set_property("sent", str(self._sent)))


def test_memory_does_not_grow(stack: Stack, namespace: str) -> None:
    workers = [Worker(stack, namespace, number) for number in range(CLIENTS)]

    def send(count: int) -> int:
        with ThreadPoolExecutor(CLIENTS) as pool:
            list(pool.map(lambda worker: worker.send(count // CLIENTS), workers))
        return stack.catalog.rss_bytes

    warm = send(WARM_UP)
    after = send(REQUESTS - WARM_UP)

    assert after <= warm * GROWTH, f"{warm >> 20} MiB after {WARM_UP} requests, {after >> 20} MiB after {REQUESTS}"
