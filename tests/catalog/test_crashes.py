"""Postgres or the server goes away under writers and comes back: nothing acknowledged is lost, nothing is doubled."""

from __future__ import annotations

import time
from collections import Counter

import pytest

from tests.catalog import table_files, writers
from tests.catalog.client import Client
from tests.catalog.stack import Stack, pyiceberg

pytestmark = pytest.mark.catalog

WRITERS = 4
LOAD_SECONDS = 10.0
BEFORE_SECONDS = 3.0
AWAY_SECONDS = 1.5
NO_LIMIT = 10_000


def _assert_kept(stack: Stack, table: str, outcomes: writers.Outcomes) -> None:
    counts = Counter(outcomes.values())
    assert counts[writers.ACKNOWLEDGED] >= WRITERS, counts
    assert counts[writers.ACKNOWLEDGED] < len(outcomes), "nobody noticed: there was no fault"
    writers.assert_kept(outcomes, stack.rows(table))
    assert table_files.missing(stack.pyiceberg().load_table(table)) == []


def test_postgres_stops_and_starts_under_writers(stack: Stack, client: Client, table: str) -> None:
    with writers.at_work(pyiceberg(stack.settings), table, WRITERS, NO_LIMIT, LOAD_SECONDS) as work:
        time.sleep(BEFORE_SECONDS)
        stack.postgres.stop()
        time.sleep(AWAY_SECONDS)
        assert client.call("GET", "/healthz", token=None).status_code == 503
        stack.postgres.start()
        outcomes = work.outcomes()

    assert client.call("GET", "/healthz", token=None).status_code == 200  # by itself: the server was not restarted
    _assert_kept(stack, table, outcomes)


def test_the_server_is_killed_and_started_under_writers(stack: Stack, table: str) -> None:
    with writers.at_work(pyiceberg(stack.settings), table, WRITERS, NO_LIMIT, LOAD_SECONDS) as work:
        time.sleep(BEFORE_SECONDS)
        stack.catalog.kill()
        time.sleep(AWAY_SECONDS)
        stack.catalog.start()
        outcomes = work.outcomes()

    _assert_kept(stack, table, outcomes)
