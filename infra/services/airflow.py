"""Airflow: API server, DAG processor, triggerer, and the scheduler, which runs the tasks."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from include import lakehouse
from include.paths import PROJECT_ROOT
from include.settings import Settings
from infra import layout
from infra.services import mlflow_users, spark
from infra.services.service import (
    Environment,
    Service,
    base,
    database_url,
    folder,
    get,
    java,
    run_dir,
    s3_keys,
    settings_of_process,
    write_file,
)

AUTHORITIES = "authorities.pem"
"""File of the run folder; see `authorities_given`."""


def _command(*arguments: str) -> Callable[[Settings], list[str]]:
    return lambda settings: [str(layout.VENV_BIN / "airflow"), *arguments]


def env(settings: Settings) -> Environment:
    """What all of Airflow has. What its tasks need in addition: `env_of_tasks`."""
    api = f"http://{settings.airflow_host}:{settings.airflow_port}"
    home = settings.pv_data_dir / "airflow"
    return base() | settings_of_process(settings) | {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__AUTH_MANAGER": "airflow.providers.fab.auth_manager.fab_auth_manager.FabAuthManager",
        "AIRFLOW__CORE__DAGS_FOLDER": str(PROJECT_ROOT / "dags"),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(PROJECT_ROOT / "plugins"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__LOGGING__FILE_TASK_HANDLER_NEW_FOLDER_PERMISSIONS": "0o700",
        "AIRFLOW__LOGGING__FILE_TASK_HANDLER_NEW_FILE_PERMISSIONS": "0o600",
        "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
        "AIRFLOW__CORE__PARALLELISM": str(settings.airflow_parallelism),
        "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "True",
        "AIRFLOW__CORE__FERNET_KEY": settings.secret("airflow_fernet_key"),
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{api}/execution/",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": database_url(settings, "airflow"),
        "AIRFLOW__API__HOST": settings.pv_bind_address,
        "AIRFLOW__API__PORT": str(settings.airflow_port),
        "AIRFLOW__API__WORKERS": "1",
        "AIRFLOW__API__BASE_URL": settings.airflow_base_url or f"http://127.0.0.1:{settings.airflow_port}",
        "AIRFLOW__API__SECRET_KEY": settings.secret("airflow_api_secret_key"),
        "AIRFLOW__API_AUTH__JWT_SECRET": settings.secret("airflow_jwt_secret"),
        "AIRFLOW__SCHEDULER__ENABLE_HEALTH_CHECK": "True",
        "AIRFLOW__SCHEDULER__SCHEDULER_HEALTH_CHECK_SERVER_HOST": "127.0.0.1",
        "AIRFLOW__SCHEDULER__SCHEDULER_HEALTH_CHECK_SERVER_PORT": str(settings.airflow_scheduler_health_port),
        # The tasks of a scheduler that was killed run again after a minute, not after five.
        "AIRFLOW__SCHEDULER__ORPHANED_TASKS_CHECK_INTERVAL": "30",
        "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "120",
        "AIRFLOW__LOGGING__BASE_LOG_FOLDER": str(home / "logs"),
        "AIRFLOW__LOGGING__LOGGING_LEVEL": settings.pv_log_level,
        # A changed file is read at once whatever this says; reading unchanged ones is what an idle stack spends most on.
        "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "300",
    }  # fmt: skip


def env_of_tasks(settings: Settings) -> Environment:
    """The scheduler, which runs the tasks: these submit to Spark, ask Trino, call the two APIs and report to MLflow."""
    return env(settings) | java() | s3_keys(settings, "spark") | {
        "SPARK_HOME": str(layout.SPARK_HOME),
        "SPARK_LOCAL_IP": settings.pv_host_name,
        "PV_SPARK_PROPERTIES": str(spark.properties_file(settings)),
        "AIRFLOW_CONN_SPARK_DEFAULT": _spark_connection(settings),
        "AIRFLOW_CONN_TRINO_DEFAULT": _trino_connection(settings),
        "MLFLOW_TRACKING_USERNAME": mlflow_users.WRITER,
        "MLFLOW_TRACKING_PASSWORD": settings.secret("mlflow_writer_password"),
        **({"REQUESTS_CA_BUNDLE": str(run_dir(settings) / AUTHORITIES)} if authorities_given(settings) else {}),
    }  # fmt: skip


def authorities_given(settings: Settings) -> str | None:
    """Bundle of a company's authorities, in whose place tasks need one with Trino's too: requests prefers it to a session's."""
    return os.environ.get("REQUESTS_CA_BUNDLE") if settings.trino_authority else None


def _spark_connection(settings: Settings) -> str:
    master = urlsplit(settings.spark_master_url)
    extra = {"deploy-mode": "client"}
    return json.dumps({"conn_type": "spark", "host": f"spark://{master.hostname}", "port": master.port, "extra": extra})


def _trino_connection(settings: Settings) -> str:
    scheme, host, port = lakehouse.address_of(settings, lakehouse.ETL)
    extra = {"protocol": scheme, "catalog": settings.iceberg_catalog}
    if settings.trino_authority:
        extra["verify"] = str(settings.trino_authority)
    login = {"login": lakehouse.ETL, "password": lakehouse.password(settings, lakehouse.ETL)}
    return json.dumps({"conn_type": "trino", "host": host, "port": port, **login, "extra": extra})


def write_files_of_tasks(settings: Settings) -> None:
    """Write what the scheduler's tasks read."""
    spark.write_properties(settings)
    if given := authorities_given(settings):
        texts = [Path(file).read_text(encoding="utf-8") for file in (given, str(settings.trino_authority))]
        write_file(settings, AUTHORITIES, "\n".join(texts))
    (run_dir(settings) / "airflow-passwords.json").unlink(missing_ok=True)  # of versions in which Airflow kept no users


def _probe(component: str) -> Callable[[Settings], str | None]:
    """Return a look at Airflow's health page."""

    def probe(settings: Settings) -> str | None:
        health = get(f"http://{settings.airflow_host}:{settings.airflow_port}/api/v2/monitor/health")
        status = health[component]["status"]
        return None if status == "healthy" else f"Airflow's health page says {component} is {status}"

    return probe


_NEEDS = ("postgres",)

API_SERVER = Service(
    "airflow-api-server",
    _command("api-server"),
    env,
    _probe("metadatabase"),
    ports=lambda settings: {"AIRFLOW_PORT": settings.airflow_port},
    needs=_NEEDS,
    prepare=folder("airflow"),
)
DAG_PROCESSOR = Service("airflow-dag-processor", _command("dag-processor"), env, _probe("dag_processor"), needs=_NEEDS)
TRIGGERER = Service("airflow-triggerer", _command("triggerer", "--skip-serve-logs"), env, _probe("triggerer"), needs=_NEEDS)
SCHEDULER = Service(
    "airflow-scheduler",
    _command("scheduler", "--skip-serve-logs"),
    env_of_tasks,
    _probe("scheduler"),
    ports=lambda settings: {"AIRFLOW_SCHEDULER_HEALTH_PORT": settings.airflow_scheduler_health_port},
    needs=_NEEDS,
    uses=("trino", "spark-worker", "mlflow", "iceberg-rest", "minio", "versitygw", "stand-in-apis"),
    files=write_files_of_tasks,
    stop_seconds=40,
)
SERVICES = (API_SERVER, DAG_PROCESSOR, TRIGGERER, SCHEDULER)
