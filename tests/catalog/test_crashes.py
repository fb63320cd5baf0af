"""Postgres or the server goes away under writers and comes back: nothing acknowledged is lost, nothing is doubled."""

from __future__ import annotations

import time
from collections import Counter

import pytest

from tests.catalog import table_files, writers
from tests.catalog.client import Client
from tests.catalog.stack import Stack

pytestmark = pytest.mark.catalog

WRITERS = 4
COMMITS = 12  # before the fault, and after it
AWAY_SECONDS = 3.0


def _assert_kept(stack: Stack, table: str, outcomes: writers.Outcomes) -> None:
    assert Counter(outcomes.values())[writers.ACKNOWLEDGED] < len(outcomes), "nobody noticed: there was no fault"
    writers.assert_kept(outcomes, stack.rows(table))
    assert table_files.missing(stack.pyiceberg().load_table(table)) == []


def test_postgres_stops_and_starts_under_writers(stack: Stack, client: Client, table: str) -> None:
    with writers.at_work([stack.settings], table, WRITERS) as work:
        client.wait_for_commits(table, COMMITS)
        stack.postgres.stop()
        time.sleep(AWAY_SECONDS)
        assert client.call("GET", "/v1/namespaces").status_code == 503
        stack.postgres.start()
        client.wait_for_commits(table, COMMITS)  # by itself: the server was not restarted
        outcomes = work.stop()

    assert client.call("GET", "/v1/namespaces").status_code == 200
    _assert_kept(stack, table, outcomes)


def test_the_server_is_killed_and_started_under_writers(stack: Stack, client: Client, table: str) -> None:
    with writers.at_work([stack.settings], table, WRITERS) as work:
        client.wait_for_commits(table, COMMITS)
        stack.catalog.kill()
        time.sleep(AWAY_SECONDS)
        stack.catalog.start()
        client.wait_for_commits(table, COMMITS)
        outcomes = work.stop()

    _assert_kept(stack, table, outcomes)
