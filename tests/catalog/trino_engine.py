"""A Trino of these tests' own, with the product's configuration and a small heap."""

from __future__ import annotations

from typing import Any

from trino.dbapi import connect

from include.settings import PROJECT_ROOT, Settings
from infra.native import environment
from tests.catalog.processes import Process
from tests.catalog.stack import Stack


def process(stack: Stack, settings: Settings) -> Process:
    """Trino on the catalog of these settings, not yet started."""
    catalogs = environment.run_dir(settings) / "trino-catalog"
    catalogs.mkdir(parents=True)
    source = PROJECT_ROOT / "infra" / "trino" / "etc" / "catalog" / "iceberg.properties"
    (catalogs / f"{settings.iceberg_catalog}.properties").write_text(source.read_text(encoding="utf-8"), encoding="utf-8")
    return stack.process("trino", settings)


class Trino:
    """SQL on a running Trino."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def query(self, sql: str) -> list[list[Any]]:
        """Rows of a statement."""
        s = self.settings
        with connect(host=s.trino_host, port=s.trino_port, user=s.trino_user, catalog=s.iceberg_catalog) as connection:
            return connection.cursor().execute(sql).fetchall()
