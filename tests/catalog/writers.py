"""Processes that append rows by PyIceberg and remember what they were told of each."""

from __future__ import annotations

import multiprocessing
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pyarrow
from pyiceberg.catalog import Catalog, load_catalog
from pyiceberg.exceptions import CommitFailedException, CommitStateUnknownException, ServerError, ServiceUnavailableError
from requests.exceptions import RequestException

from include.settings import Settings
from tests.catalog.client import pyiceberg

ACKNOWLEDGED, REFUSED, UNKNOWN = "acknowledged", "refused", "unknown"
PAUSE_SECONDS = 0.2  # after a failure
NO_LIMIT = 10**6

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


def append_rows(properties: dict[str, str], table: str, writer: int, wanted: int, stop: Path) -> Outcomes:
    """Append until so many rows are acknowledged, or a file says stop."""
    catalog = _open(properties, stop)
    outcomes: Outcomes = {}
    while Counter(outcomes.values())[ACKNOWLEDGED] < wanted and not stop.exists():
        row = f"{writer}-{len(outcomes)}"
        outcomes[row] = append(catalog, table, row)
        if outcomes[row] != ACKNOWLEDGED:
            time.sleep(PAUSE_SECONDS)
    return outcomes


def _open(properties: dict[str, str], stop: Path) -> Catalog:
    while True:
        try:
            return load_catalog("catalog", **properties)
        except (ServerError, ServiceUnavailableError, RequestException):
            if stop.exists():
                raise
            time.sleep(PAUSE_SECONDS)


class Writers:
    """Writers at work."""

    def __init__(self, futures: list[Future[Outcomes]], stop: Path) -> None:
        self._futures = futures
        self._stop = stop

    def stop(self) -> Outcomes:
        """Let each finish the row it is at; what was said of each row of all writers."""
        self._stop.touch()
        return self.finish()

    def finish(self) -> Outcomes:
        """The same, when each has as many rows acknowledged as it wanted."""
        return {row: outcome for future in self._futures for row, outcome in future.result().items()}


@contextmanager
def at_work(servers: Sequence[Settings], table: str, writers: int, wanted: int = NO_LIMIT) -> Iterator[Writers]:
    """So many processes append to one table, by turns through one of the servers, while the block runs."""
    properties = [pyiceberg(servers[n % len(servers)]) for n in range(writers)]
    context = multiprocessing.get_context("forkserver")  # imports once, then each writer is a fork
    context.set_forkserver_preload([__name__])
    with tempfile.TemporaryDirectory() as folder, ProcessPoolExecutor(writers, mp_context=context) as pool:
        stop = Path(folder) / "stop"
        try:
            yield Writers([pool.submit(append_rows, properties[n], table, n, wanted, stop) for n in range(writers)], stop)
        finally:
            stop.touch()


def assert_kept(outcomes: Outcomes, rows: Counter[str]) -> None:
    """Whatever was acknowledged is there, nothing is there twice, and nothing that was refused."""
    said = {kind: {row for row, outcome in outcomes.items() if outcome == kind} for kind in (ACKNOWLEDGED, REFUSED, UNKNOWN)}
    assert said[ACKNOWLEDGED] - set(rows) == set(), "lost"
    assert {row for row, count in rows.items() if count > 1} == set(), "doubled"
    assert set(rows) & said[REFUSED] == set(), "refused, yet there"
    assert set(rows) <= said[ACKNOWLEDGED] | said[UNKNOWN]
