"""MinIO or Postgres neither dies nor answers (SIGSTOP): what does not need it goes on, the rest ends in time."""

from __future__ import annotations

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pytest
import requests

from tests.catalog import writers
from tests.catalog.client import Client, namespace_path, set_property
from tests.catalog.stack import Stack

pytestmark = pytest.mark.catalog

AT_WORK_ON_THE_STORE = 16  # two thirds of CATALOG_THREADS
LOADS = 30
SOON_SECONDS = 2.0  # on a busy machine; what waits for the fault waits five seconds or more
LONGEST_SECONDS = 40.0
RECOVERY_SECONDS = 30.0


@dataclass(frozen=True)
class Answer:
    status: int
    seconds: float
    headers: Any


def ask(stack: Stack, method: str, path: str, body: Any = None) -> Answer:
    began = time.monotonic()
    answer: requests.Response = Client(stack.settings).call(method, path, body, seconds=120)
    return Answer(answer.status_code, time.monotonic() - began, answer.headers)


def assert_soon(answer: Answer, status: int = 200) -> None:
    assert (answer.status, answer.seconds < SOON_SECONDS) == (status, True), answer


def test_a_hung_store_holds_up_only_what_needs_it(stack: Stack, client: Client, table: str) -> None:
    namespace = namespace_path(table.split(".")[0])
    load = f"{namespace}/tables/t"

    with ThreadPoolExecutor(LOADS + 1) as pool:
        with stack.minio.hung():
            loads = [pool.submit(ask, stack, "GET", load) for _ in range(LOADS)]
            time.sleep(1)
            commit = pool.submit(ask, stack, "POST", load, set_property("not", "begun"))
            while sum(not future.done() for future in [*loads, commit]) > AT_WORK_ON_THE_STORE:
                for path in ("/v1/config", "/v1/namespaces", namespace, f"{namespace}/tables"):
                    assert_soon(ask(stack, "GET", path))
                assert_soon(ask(stack, "HEAD", namespace), 204)
                time.sleep(1)
            refused = [future.result() for future in [*loads, commit] if future.done()]
            assert commit.result() in refused
            assert len(refused) == LOADS - AT_WORK_ON_THE_STORE + 1
            assert {(answer.status, answer.headers["Retry-After"]) for answer in refused} == {(503, "1")}
        resumed = time.monotonic()
        statuses = Counter(future.result().status for future in loads)

    assert statuses == {200: AT_WORK_ON_THE_STORE, 503: LOADS - AT_WORK_ON_THE_STORE}
    assert time.monotonic() - resumed < RECOVERY_SECONDS
    loaded = client.done("GET", load)
    assert "not" not in loaded["metadata"]["properties"]
    client.done("POST", load, set_property("and", "now"))


def test_a_hung_database_ends_every_request_in_time_and_loses_nothing(stack: Stack, client: Client, table: str) -> None:
    namespace = namespace_path(table.split(".")[0])
    load = f"{namespace}/tables/t"

    with writers.at_work([stack.settings], table, writers=3) as work:
        client.wait_for_commits(table, 6)
        with ThreadPoolExecutor(60) as pool, stack.postgres.hung():
            held = [pool.submit(ask, stack, "GET", path) for path in [load, f"{namespace}/tables"] * 20]
            commits = [pool.submit(ask, stack, "POST", load, set_property(f"p{n}", "x")) for n in range(10)]
            for _ in range(3):
                time.sleep(1)
                assert_soon(ask(stack, "GET", "/v1/config"))
            answers = [future.result() for future in held]
            unsure = [future.result() for future in commits]
        client.wait_for_commits(table, 6)
        outcomes = work.stop()

    assert max(answer.seconds for answer in answers + unsure) < LONGEST_SECONDS
    assert {(answer.status, answer.headers["Retry-After"]) for answer in answers} == {(503, "1")}
    assert {answer.status for answer in unsure} <= {500, 503}  # unknown, or not begun
    for path in (load, f"{namespace}/tables", "/v1/namespaces"):
        assert_soon(ask(stack, "GET", path))
    client.done("POST", load, set_property("and", "now"))
    assert Counter(outcomes.values())[writers.ACKNOWLEDGED] < len(outcomes), "nobody noticed: there was no fault"
    writers.assert_kept(outcomes, stack.rows(table))
