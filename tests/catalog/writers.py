"""Processes that append rows by PyIceberg and remember what they were told of each."""

from __future__ import annotations

import multiprocessing
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager

import pyarrow
from pyiceberg.catalog import Catalog, load_catalog
from pyiceberg.exceptions import CommitFailedException, CommitStateUnknownException, ServerError, ServiceUnavailableError
from requests.exceptions import RequestException

ACKNOWLEDGED, REFUSED, UNKNOWN = "acknowledged", "refused", "unknown"
PAUSE_SECONDS = 0.2  # after a failure

Outcomes = dict[str, str]  # by row


def append(catalog: Catalog, table: str, row: str) -> str:
    """Append one row; what the writer may believe afterwards."""
    try:
        target = catalog.load_table(table)
    except (ServerError, ServiceUnavailableError, RequestException):
        return REFUSED  # no commit was sent
    try:
        target.append(pyarrow.table({"row": [row]}))
    except (CommitFailedException, ServiceUnavailableError):
        return REFUSED
    except (CommitStateUnknownException, ServerError, RequestException):
        return UNKNOWN
    return ACKNOWLEDGED


def append_rows(properties: dict[str, str], table: str, writer: int, wanted: int, seconds: float) -> Outcomes:
    """Append until so many rows are acknowledged or the time is over."""
    catalog = _open(properties, seconds)
    outcomes: Outcomes = {}
    until = time.monotonic() + seconds
    while time.monotonic() < until and Counter(outcomes.values())[ACKNOWLEDGED] < wanted:
        row = f"{writer}-{len(outcomes)}"
        outcomes[row] = append(catalog, table, row)
        if outcomes[row] != ACKNOWLEDGED:
            time.sleep(PAUSE_SECONDS)
    return outcomes


def _open(properties: dict[str, str], seconds: float) -> Catalog:
    until = time.monotonic() + seconds
    while True:
        try:
            return load_catalog("catalog", **properties)
        except (ServerError, ServiceUnavailableError, RequestException):
            if time.monotonic() > until:
                raise
            time.sleep(PAUSE_SECONDS)


class Writers:
    """Writers at work; `outcomes` waits for their end."""

    def __init__(self, futures: list[Future[Outcomes]]) -> None:
        self._futures = futures

    def outcomes(self) -> Outcomes:
        """What was said of each row of all writers."""
        return {row: outcome for future in self._futures for row, outcome in future.result().items()}


@contextmanager
def at_work(properties: dict[str, str], table: str, writers: int, wanted: int, seconds: float) -> Iterator[Writers]:
    """So many processes append to one table while the block runs."""
    context = multiprocessing.get_context("forkserver")  # imports once, then each writer is a fork
    context.set_forkserver_preload([__name__])
    with ProcessPoolExecutor(writers, mp_context=context) as pool:
        yield Writers([pool.submit(append_rows, properties, table, n, wanted, seconds) for n in range(writers)])


def assert_kept(outcomes: Outcomes, rows: Counter[str]) -> None:
    """Whatever was acknowledged is there, nothing is there twice, and nothing that was refused."""
    said = {kind: {row for row, outcome in outcomes.items() if outcome == kind} for kind in (ACKNOWLEDGED, REFUSED, UNKNOWN)}
    assert said[ACKNOWLEDGED] - set(rows) == set(), "lost"
    assert {row for row, count in rows.items() if count > 1} == set(), "doubled"
    assert set(rows) & said[REFUSED] == set(), "refused, yet there"
    assert set(rows) <= said[ACKNOWLEDGED] | said[UNKNOWN]
