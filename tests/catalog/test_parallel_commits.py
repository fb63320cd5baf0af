"""Many writers of one table at once, and many who create the same one."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.catalog import writers
from tests.catalog.client import SCHEMA, Client, namespace_path
from tests.catalog.processes import free_ports
from tests.catalog.stack import Stack

pytestmark = pytest.mark.catalog


def test_eight_writers_lose_nothing_and_double_nothing(stack: Stack, table: str) -> None:
    with writers.at_work([stack.settings], table, writers=8, wanted=10) as work:
        outcomes = work.finish()

    assert Counter(outcomes.values())[writers.ACKNOWLEDGED] == 80
    writers.assert_kept(outcomes, stack.rows(table))


def test_writers_through_two_servers_on_one_database_lose_nothing_and_double_nothing(stack: Stack, table: str) -> None:
    (port,) = free_ports(1)
    other = stack.settings.model_copy(update={"iceberg_rest_uri": f"http://127.0.0.1:{port}"})
    second = stack.process("iceberg-rest", other)
    stack.start(second)

    with writers.at_work([stack.settings, other], table, writers=4, wanted=5) as work:
        outcomes = work.finish()
    second.stop()

    assert Counter(outcomes.values())[writers.ACKNOWLEDGED] == 20
    writers.assert_kept(outcomes, stack.rows(table))


def test_of_eight_who_create_one_table_exactly_one_wins(client: Client, namespace: str) -> None:
    def create(number: int) -> tuple[int, str]:
        body = {"name": "t", "schema": SCHEMA, "properties": {"creator": str(number)}}
        answer = client.call("POST", f"{namespace_path(namespace)}/tables", body)
        return answer.status_code, answer.text

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(create, range(8)))

    assert sorted(status for status, _ in answers) == [200] + [409] * 7, answers
    winner = next(number for number, (status, _) in enumerate(answers) if status == 200)
    loaded = client.done("GET", f"{namespace_path(namespace)}/tables/t")
    assert loaded["metadata"]["properties"]["creator"] == str(winner)


def test_four_first_appends_to_an_empty_table_are_all_there(stack: Stack, table: str) -> None:
    with writers.at_work([stack.settings], table, writers=4, wanted=1) as work:
        outcomes = work.finish()

    assert Counter(outcomes.values())[writers.ACKNOWLEDGED] == 4
    writers.assert_kept(outcomes, stack.rows(table))
