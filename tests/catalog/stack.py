"""A Postgres, a MinIO and catalog servers of these tests' own: the product's command lines on other ports and data."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from pyiceberg.catalog import Catalog, load_catalog

from include.paths import PROJECT_ROOT
from include.settings import SECRETS_FOLDER_NAME, Settings
from infra.secrets import values
from infra.secrets.store import Store
from infra.services import databases, services
from infra.setup import preparation
from tests.catalog.client import pyiceberg
from tests.catalog.processes import Process, free_ports


def _settings(folder: Path) -> Settings:
    postgres, minio, console, catalog, trino, trino_https = free_ports(6)
    given: dict[str, Any] = {
        "pv_data_dir": folder,
        "postgres_port": postgres,
        "minio_endpoint": f"http://127.0.0.1:{minio}",
        "minio_console_port": console,
        "iceberg_rest_uri": f"http://127.0.0.1:{catalog}",
        "trino_port": trino,
        "trino_https_port": trino_https,
        "trino_heap_mb": 768,
    }
    secrets = folder / SECRETS_FOLDER_NAME
    values.fill(Store(secrets), Settings(_env_file=None, **given))  # type: ignore[call-arg]
    return Settings(_env_file=None, _secrets_dir=secrets, **given)  # type: ignore[call-arg]


class Stack:
    """The three processes, each of which a test may stop, kill or hang, and must leave running."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.settings = _settings(folder)
        self.postgres = self.process("postgres")
        self.minio = self.process("minio")
        self.catalog = self.process("iceberg-rest")
        self._started: list[Process] = []

    def process(self, name: str, settings: Settings | None = None) -> Process:
        """A service of the product, not yet started; with other settings it is a second one."""
        settings = settings or self.settings
        service = services.service(name)
        return Process(
            service.command(settings),
            service.env(settings),
            self.folder,
            self.folder / f"{name}.log",
            ready=lambda: services.problem(name, settings) is None,
            stop_signal=signal.Signals[f"SIG{service.stop_signal}"],
        )

    def start(self, *processes: Process) -> None:
        """Start what `stop` ends again, the last one first."""
        for process in processes:
            self._started.append(process)
            process.start()

    def start_all(self) -> None:
        """Postgres with its roles, MinIO with its buckets, the catalog."""
        databases.ensure_cluster(self.settings)
        (self.folder / "minio").mkdir()
        self.start(self.postgres, self.minio)
        databases.ensure_roles(self.settings)
        script = PROJECT_ROOT / "docker" / "minio" / "init" / "create-buckets.sh"
        env = preparation.buckets_env(self.settings) | {"PYTHON": sys.executable}
        subprocess.run([str(script)], env=env, check=True, stdout=subprocess.DEVNULL)
        self.start(self.catalog)

    def stop(self) -> None:
        """End everything; the logs stay, the data do not."""
        for process in reversed(self._started):
            process.stop()
        for name in ("postgres", "minio"):
            shutil.rmtree(self.folder / name, ignore_errors=True)

    def pyiceberg(self) -> Catalog:
        """A PyIceberg catalog that may write."""
        return load_catalog("catalog", **pyiceberg(self.settings))

    def rows(self, table: str) -> Counter[str]:
        """How often each value of the column `row` is in a table."""
        return Counter(self.pyiceberg().load_table(table).scan().to_arrow()["row"].to_pylist())

    def in_database(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """Rows of a statement on the catalog's database."""
        with databases.connect(self.settings, database="catalog") as connection:
            done = connection.execute(statement, values)
            return done.fetchall() if done.description else []

    def places_below(self, folder: str) -> list[str]:
        """Folders that the catalog keeps for tables and views, below one."""
        query = "SELECT place FROM iceberg_tables, unnest(places) place WHERE starts_with(place, %s) ORDER BY 1"
        return [place for (place,) in self.in_database(query, folder)]

    def log_since(self, size: int) -> str:
        """What the catalog server logged after the first so many bytes."""
        return self.catalog.log.read_bytes()[size:].decode()

    def content(self) -> dict[str, list[tuple[Any, ...]]]:
        """Everything that the catalog's database holds."""
        tables = ("iceberg_tables", "iceberg_namespace_properties")
        return {table: self.in_database(f"SELECT * FROM {table} ORDER BY 1, 2, 3") for table in tables}
