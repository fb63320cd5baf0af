"""A scratch Airflow of its own: SQLite, this project's DAGs and plugins, connections from the environment, no services.

Set before anything imports Airflow, which reads its configuration at import.
"""

import json
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

PROJECT_ROOT = Path(__file__).resolve().parents[2]
SCRATCH = tempfile.TemporaryDirectory(prefix="airflow-tests-")

os.environ.update(
    AIRFLOW_HOME=SCRATCH.name,
    AIRFLOW__DATABASE__SQL_ALCHEMY_CONN=f"sqlite:///{SCRATCH.name}/airflow.db",
    AIRFLOW__CORE__DAGS_FOLDER=str(PROJECT_ROOT / "dags"),
    AIRFLOW__CORE__PLUGINS_FOLDER=str(PROJECT_ROOT / "plugins"),
    AIRFLOW__CORE__LOAD_EXAMPLES="False",
    AIRFLOW__CORE__UNIT_TEST_MODE="False",
    AIRFLOW__LOGGING__LOGGING_LEVEL="WARNING",
    AIRFLOW_CONN_SPARK_DEFAULT=json.dumps(
        {"conn_type": "spark", "host": "spark://127.0.0.1", "port": 7077, "extra": {"deploy-mode": "client"}}
    ),
    # Nothing listens there: the fast tests reach no service.
    AIRFLOW_CONN_TRINO_DEFAULT=json.dumps(
        {"conn_type": "trino", "host": "127.0.0.1", "port": 1, "login": "admin", "extra": {"catalog": "iceberg"}}
    ),
)


@pytest.fixture(scope="session")
def database() -> Iterator[None]:
    """Airflow's tables in the scratch database."""
    from airflow import settings
    from airflow.models.base import Base
    from airflow.utils.db import import_all_models

    import_all_models()
    Base.metadata.create_all(settings.get_engine())
    yield
    settings.get_engine().dispose()
