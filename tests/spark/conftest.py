"""A real local Spark with a real Iceberg catalog on a temporary folder; one session for the whole run."""

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from include import contracts
from tests.spark.lakehouse import Lakehouse

PROJECT_ROOT = Path(__file__).resolve().parents[2]
ICEBERG = PROJECT_ROOT / ".lakehouse/opt/spark-jars/iceberg-spark-runtime-4.1_2.13-1.12.0.jar"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "spark" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.spark)


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkSession]:
    os.environ.update(PYSPARK_PYTHON=sys.executable, PYTHONPATH=str(PROJECT_ROOT), SPARK_LOCAL_IP="127.0.0.1")
    options = {
        "spark.jars": str(ICEBERG),
        "spark.driver.memory": "2g",
        # Both compilers: with the quick one alone, as the jobs run, its 48 MB of code are full after some fifty jobs.
        "spark.driver.extraJavaOptions": "-XX:+UseSerialGC -Xmn600m",
        "spark.sql.adaptive.enabled": "false",
        # What a page would show of past queries is held in memory even without the page.
        "spark.sql.ui.retainedExecutions": "1",
        "spark.ui.retainedJobs": "1",
        "spark.ui.retainedStages": "1",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.sql.shuffle.partitions": "2",
        "spark.sql.session.timeZone": "UTC",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.local.dir": str(tmp_path_factory.mktemp("spark-local")),
        "spark.sql.extensions": "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions",
        "spark.sql.catalog.iceberg": "org.apache.iceberg.spark.SparkCatalog",
        "spark.sql.catalog.iceberg.type": "hadoop",
        "spark.sql.catalog.iceberg.warehouse": str(tmp_path_factory.getbasetemp() / "warehouse"),
        # Each test finds the tables as they were made; a cached one would be the last test's.
        "spark.sql.catalog.iceberg.cache-enabled": "false",
        "spark.sql.defaultCatalog": "iceberg",
    }
    builder = SparkSession.builder.master("local[2]").appName("tests")
    for name, value in options.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    for table in contracts.load_all():
        layout = ", ".join(term.replace("day(", "days(").replace("month(", "months(") for term in table.partitioning)
        partitioned = f" PARTITIONED BY ({layout})" if layout else ""
        session.sql(f"CREATE NAMESPACE IF NOT EXISTS iceberg.{table.schema_name}")
        session.sql(f"CREATE TABLE {table.name} ({table.spark_schema()}) USING iceberg{partitioned}")
        session.sql(f"ALTER TABLE {table.name} WRITE ORDERED BY {', '.join(table.sort_order)}")
    yield session
    session.stop()


@pytest.fixture(scope="session")
def empty_warehouse(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the warehouse with empty tables."""
    copy = tmp_path_factory.getbasetemp() / "empty-warehouse"
    shutil.copytree(tmp_path_factory.getbasetemp() / "warehouse", copy)
    return copy


@pytest.fixture
def lakehouse(spark: SparkSession, empty_warehouse: Path, tmp_path: Path) -> Lakehouse:
    """Empty tables as their contracts say, and an empty landing folder."""
    house = Lakehouse(spark, tmp_path, empty_warehouse)
    house.empty_tables()
    return house
