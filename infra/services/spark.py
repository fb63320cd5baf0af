"""Spark: a standalone master and its worker, and the properties that applications are submitted with."""

from __future__ import annotations

from pathlib import Path
from string import Template
from typing import Any
from urllib.parse import urlsplit

from include.paths import PROJECT_ROOT
from include.settings import Settings
from infra import layout
from infra.install import class_data_archive
from infra.services.service import Environment, Ports, Service, base, folder, get, java, port_of, run_dir, s3_keys, write_file

AUTHENTICATION = {
    "spark.authenticate": "true",
    "spark.network.crypto.enabled": "true",
    "spark.network.crypto.authEngineVersion": "2",
    "spark.network.crypto.cipher": "AES/GCM/NoPadding",
    "spark.network.crypto.saslFallback": "false",
}
"""Daemons, drivers and executors must say the same: one with another cipher hangs for a minute and gives up without a reason."""
DEFAULTS = PROJECT_ROOT / "infra" / "spark" / "spark-defaults.conf"
LOGGING = PROJECT_ROOT / "infra" / "spark" / "log4j2.properties"


def memory(settings: Settings) -> Path:
    """What the master remembers of its applications while the stack is up."""
    return settings.pv_data_dir / "spark-master"


def properties_file(settings: Settings) -> Path:
    """What every application is submitted with; holds the catalog's writer token."""
    return run_dir(settings) / "spark.properties"


def write_properties(settings: Settings) -> None:
    """Write it."""
    lines, values = DEFAULTS.read_text(encoding="utf-8").splitlines(), _properties(settings)
    filled = (line if line.startswith("#") else Template(line).substitute(values) for line in lines)
    write_file(settings, properties_file(settings).name, "\n".join(filled) + "\n")


def _properties(settings: Settings) -> dict[str, str]:
    return {
        "SPARK_JVM_OPTIONS": f'{class_data_archive.use_flags()} "-Dlog4j2.configurationFile={LOGGING}"',
        "PYTHON": str(layout.VENV_BIN / "python"),
        "PV_HOME": str(PROJECT_ROOT),
        "DRIVER_HOST": settings.pv_host_name,
        "SPARK_AUTHENTICATION": "\n".join(f"{name} {value}" for name, value in AUTHENTICATION.items()),
        "SPARK_AUTH_SECRET": settings.secret("spark_auth_secret"),
        "ICEBERG_CATALOG": settings.iceberg_catalog,
        "ICEBERG_REST_URI": settings.iceberg_rest_uri,
        "ICEBERG_REST_WAREHOUSE": settings.catalog_warehouse,
        "CATALOG_WRITER_TOKEN": settings.secret("catalog_writer_token"),
        "MINIO_ENDPOINT": settings.minio_endpoint,
        "S3_PATH_STYLE": str(settings.s3_path_style).lower(),
        "S3_REGION": settings.s3_region,
    }


def _class(main: str, *arguments: str) -> list[str]:
    return [str(layout.SPARK_HOME / "bin" / "spark-class"), f"org.apache.spark.deploy.{main}", *arguments]


def _master_command(settings: Settings) -> list[str]:
    address = urlsplit(settings.spark_master_url)
    where = ["--host", str(address.hostname), "--port", str(address.port), "--webui-port", str(settings.spark_ui_port)]
    return _class("master.Master", *where)


def _worker_command(settings: Settings) -> list[str]:
    where = ["--host", settings.pv_host_name, "--port", str(settings.spark_worker_port)]
    page = ["--webui-port", str(settings.spark_worker_ui_port)]
    size = ["--cores", str(settings.spark_worker_cores), "--memory", f"{settings.spark_worker_memory_mb}M"]
    work = ["--work-dir", str(settings.pv_data_dir / "spark-work")]
    return _class("worker.Worker", *where, *page, *size, *work, settings.spark_master_url)


def _daemon_env(settings: Settings) -> Environment:
    """What master and worker have in common: the shared secret, in the environment, which Spark reads before its properties."""
    authentication = " ".join(f"-D{name}={value}" for name, value in AUTHENTICATION.items())
    return base() | java() | {
        "SPARK_HOME": str(layout.SPARK_HOME),
        "SPARK_LOCAL_IP": settings.pv_host_name,
        "SPARK_DAEMON_MEMORY": "256m",
        "SPARK_DAEMON_JAVA_OPTS": f"{class_data_archive.use_flags()} {authentication}",
        "_SPARK_AUTH_SECRET": settings.secret("spark_auth_secret"),
        "SPARK_WORKER_OPTS": "-Dspark.worker.cleanup.enabled=true -Dspark.worker.cleanup.appDataTtl=86400",
    }  # fmt: skip


def _master_env(settings: Settings) -> Environment:
    """The master remembers applications and workers: a driver would wait for ever for a new one that does not know it."""
    remembers = f'-Dspark.deploy.recoveryMode=FILESYSTEM "-Dspark.deploy.recoveryDirectory={memory(settings)}"'
    # The REST submission server takes programs from anybody, whatever spark.authenticate says.
    closed = "-Dspark.ui.killEnabled=false -Dspark.master.rest.enabled=false"
    daemon = _daemon_env(settings)
    return daemon | {
        "SPARK_LOCAL_IP": settings.pv_bind_address,  # of the web page; what it speaks with others by is in its arguments
        "SPARK_DAEMON_JAVA_OPTS": f"{daemon['SPARK_DAEMON_JAVA_OPTS']} {remembers} {closed}",
    }


def _worker_env(settings: Settings) -> Environment:
    """Executors inherit Spark's S3 keys from the worker."""
    return _daemon_env(settings) | s3_keys(settings, "spark")


def _page(settings: Settings) -> Any:
    return get(f"http://{urlsplit(settings.spark_master_url).hostname}:{settings.spark_ui_port}/json/")


def _probe_master(settings: Settings) -> str | None:
    status = _page(settings)["status"]
    return None if status == "ALIVE" else f"the master is {status}"


def _probe_worker(settings: Settings) -> str | None:
    alive = _page(settings)["aliveworkers"]
    return None if alive else "no worker is registered with the master"


def _master_ports(settings: Settings) -> Ports:
    return {"SPARK_MASTER_URL": port_of(settings.spark_master_url), "SPARK_UI_PORT": settings.spark_ui_port}


def _worker_ports(settings: Settings) -> Ports:
    return {"SPARK_WORKER_PORT": settings.spark_worker_port, "SPARK_WORKER_UI_PORT": settings.spark_worker_ui_port}


MASTER = Service("spark-master", _master_command, _master_env, _probe_master, _master_ports)
WORKER = Service(
    "spark-worker",
    _worker_command,
    _worker_env,
    _probe_worker,
    _worker_ports,
    uses=("spark-master", "iceberg-rest", "minio", "versitygw"),
    prepare=folder("spark-work"),
)
