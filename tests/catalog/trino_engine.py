"""A Trino of these tests' own, with the product's configuration and a small heap."""

from __future__ import annotations

from typing import Any

from trino.exceptions import TrinoQueryError

from include import lakehouse
from include.settings import Settings
from infra.secrets import certificate
from infra.services import trino
from tests.catalog.processes import Process
from tests.catalog.stack import Stack


class Trino:
    """SQL on a running Trino."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def query(self, sql: str) -> list[list[Any]]:
        """Rows of a statement."""
        with lakehouse.connect(self.settings, "pv-lakehouse-tests", lakehouse.ADMIN) as connection:
            return list(connection.cursor().execute(sql).fetchall())


def process(stack: Stack, settings: Settings, table: str) -> Process:
    """Trino on the catalog of these settings, not yet started; it is ready when it can read the table."""
    certificate.prepare(settings)
    trino.write_files(settings)
    process = stack.process("trino", settings)
    answers, engine = process.ready, Trino(settings)

    def reads() -> bool:
        # SHOW SCHEMAS, the product's probe, is answered seconds before Trino counts itself among its workers.
        try:
            return answers() and engine.query(f"SELECT * FROM {table}") == []
        except TrinoQueryError:
            return False

    process.ready = reads
    return process
