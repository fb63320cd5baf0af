"""Health checks: each sends a service a real request and returns None when all is well, else one line that says what is not."""

from __future__ import annotations

import base64
import json
import socket
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from include.settings import Settings
from infra.services import databases, mlflow_users, services

TIMEOUT_SECONDS = 3
Probe = Callable[[Settings], str | None]


def _get(url: str, headers: dict[str, str] | None = None) -> Any:
    request = urllib.request.Request(url, headers=headers or {})  # noqa: S310  http to 127.0.0.1, from settings
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=TIMEOUT_SECONDS) as answer:
        body = answer.read()
    return json.loads(body) if body[:1] in (b"{", b"[") else body.decode()


def _postgres(settings: Settings) -> str | None:
    with databases.connect(settings) as connection:
        connection.execute("SELECT 1")
    return None


def _minio(settings: Settings) -> str | None:
    _get(f"{settings.minio_endpoint}/minio/health/cluster")
    return None


def _versitygw(settings: Settings) -> str | None:
    _get(f"{settings.minio_endpoint}{services.VERSITYGW_HEALTH}")
    return None


def _object_lifecycle(settings: Settings) -> str | None:
    from infra.services import object_lifecycle

    return object_lifecycle.finding(settings)


def _iceberg_rest(settings: Settings) -> str | None:
    token = settings.secret("catalog_reader_token")
    _get(f"{settings.iceberg_rest_uri}/v1/namespaces", {"Authorization": f"Bearer {token}"})
    return None


def _spark_page(settings: Settings) -> Any:
    return _get(f"http://{urlsplit(settings.spark_master_url).hostname}:{settings.spark_ui_port}/json/")


def _spark_master(settings: Settings) -> str | None:
    status = _spark_page(settings)["status"]
    return None if status == "ALIVE" else f"the master is {status}"


def _spark_worker(settings: Settings) -> str | None:
    alive = _spark_page(settings)["aliveworkers"]
    return None if alive else "no worker is registered with the master"


def _trino(settings: Settings) -> str | None:
    from include import lakehouse

    options = {"request_timeout": TIMEOUT_SECONDS, "max_attempts": 1}
    cursor = lakehouse.connect(settings, "pv-lakehouse-probe", lakehouse.PROBE, **options).cursor()
    _greet_trino(settings)
    # The second needs a node that takes work, which comes some seconds after the first is answered.
    for question in (f"SHOW SCHEMAS FROM {lakehouse.READ_ONLY_CATALOG}", "SELECT count(*) FROM TABLE(sequence(1, 2))"):
        cursor.execute(question)
        cursor.fetchall()
    return None


def _greet_trino(settings: Settings) -> None:
    """Raises what a client meets whom Trino's certificate does not convince: it has expired, or is not read yet."""
    if settings.trino_scheme == "https":
        return  # the questions go that way
    port = settings.trino_ports["https"][1]
    context = ssl.create_default_context(cafile=settings.trino_authority)
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT  # as requests and Java do not ask for it either
    with (
        socket.create_connection((settings.trino_host, port), TIMEOUT_SECONDS) as plain,
        context.wrap_socket(plain, server_hostname=settings.trino_host),
    ):
        pass


def _mlflow(settings: Settings) -> str | None:
    login = base64.b64encode(f"{mlflow_users.READER}:{settings.secret('mlflow_reader_password')}".encode()).decode()
    where = f"{settings.mlflow_tracking_uri}/api/2.0/mlflow/experiments/search?max_results=1"
    _get(where, {"Authorization": f"Basic {login}"})
    return None


def _airflow(component: str) -> Probe:
    def probe(settings: Settings) -> str | None:
        health = _get(f"http://{settings.airflow_host}:{settings.airflow_port}/api/v2/monitor/health")
        status = health[component]["status"]
        return None if status == "healthy" else f"Airflow's health page says {component} is {status}"

    return probe


def _stand_in(settings: Settings) -> str | None:
    _get(f"http://127.0.0.1:{settings.pv_stand_in_port}/v4/health")
    return None


PROBES: dict[str, Probe] = {
    "stand-in-apis": _stand_in,
    "postgres": _postgres,
    "minio": _minio,
    "versitygw": _versitygw,
    "object-lifecycle": _object_lifecycle,
    "iceberg-rest": _iceberg_rest,
    "spark-master": _spark_master,
    "spark-worker": _spark_worker,
    "trino": _trino,
    "mlflow": _mlflow,
    "airflow-api-server": _airflow("metadatabase"),
    "airflow-dag-processor": _airflow("dag_processor"),
    "airflow-triggerer": _airflow("triggerer"),
    "airflow-scheduler": _airflow("scheduler"),
}


def problem(name: str, settings: Settings) -> str | None:
    """What is wrong with a service, or None."""
    try:
        return PROBES[name](settings)
    except Exception as error:  # any failure of a probe is its finding
        return f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"


def wait_for(name: str, settings: Settings, limit_seconds: float, still_running: Callable[[], bool] = lambda: True) -> str | None:
    """Ask until a service answers; the last finding when it does not within the limit or stops running for good."""
    deadline = time.monotonic() + limit_seconds
    while (finding := problem(name, settings)) is not None:
        if time.monotonic() > deadline or not still_running():
            return finding
        time.sleep(0.3)
    return None
