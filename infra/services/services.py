"""The services of the native stack: in which order they start, their command lines, what each waits for.

Command lines are seen by everybody on the machine (`ps`): nothing secret may be in them.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from include.paths import PROJECT_ROOT
from include.settings import Settings
from infra import layout
from infra.services import environment, mlflow_users, postgres_user

Ports = dict[str, int]


@dataclass(frozen=True)
class Service:
    """One supervised process.

    priority: lower starts first and stops last. ports: by the variable that sets them.
    needs: services that must answer before this one is started, as far as the stack has them.
    """

    name: str
    priority: int
    command: Callable[[Settings], list[str]]
    env: Callable[[Settings], dict[str, str]]
    ports: Callable[[Settings], Ports]
    needs: tuple[str, ...] = ()
    stop_signal: str = "TERM"
    stop_seconds: int = 20


def port_of(url: str) -> int:
    """Port named in a URL."""
    parts = urlsplit(url)
    return parts.port or (443 if parts.scheme == "https" else 80)


def _postgres(settings: Settings) -> list[str]:
    drop = postgres_user.prefix(settings, postgres_user.id_of(settings)) if os.geteuid() == 0 else ["setpriv"]
    options = {
        "listen_addresses": settings.pv_bind_address,
        "port": str(settings.postgres_port),
        "unix_socket_directories": "",
        "max_connections": "120",
        "shared_buffers": "64MB",
        "log_timezone": "UTC",
        "timezone": "UTC",
    }
    flags = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
    # A change of user clears the parent-death signal: it is set again here, as Postgres' own "fast shutdown".
    return [
        *drop,
        "--pdeathsig",
        "INT",
        "--",
        str(layout.postgres_bin() / "postgres"),
        "-D",
        str(settings.pv_data_dir / "postgres"),
        *flags,
    ]


def _minio(settings: Settings) -> list[str]:
    console = f"{settings.pv_bind_address}:{settings.minio_console_port}"
    addresses = ["--address", f"{settings.pv_bind_address}:{port_of(settings.minio_endpoint)}", "--console-address", console]
    return [str(layout.MINIO), "server", "--quiet", str(settings.pv_data_dir / "minio"), *addresses]


VERSITYGW_HEALTH = "/_health"
"""No name that a bucket can have."""


def versitygw_folders(settings: Settings) -> tuple[Path, Path, Path]:
    """Where versitygw keeps buckets, old versions and users."""
    folder = settings.pv_data_dir / "versitygw"
    return folder / "buckets", folder / "versions", folder / "users"


def _versitygw(settings: Settings) -> list[str]:
    buckets, versions, users = (str(folder) for folder in versitygw_folders(settings))
    address = f"{settings.pv_bind_address}:{port_of(settings.minio_endpoint)}"
    gateway = ["--port", address, "--region", settings.s3_region, "--iam-dir", users, "--health", VERSITYGW_HEALTH, "--quiet"]
    modes = ["--dir-perms", "0700", "--file-perms", "0600"]  # its own modes do not follow the umask
    return [str(layout.VERSITYGW), *gateway, "posix", *modes, "--versioning-dir", versions, buckets]


def _object_lifecycle(settings: Settings) -> list[str]:
    return [str(layout.VENV_BIN / "python"), "-m", "infra.services.object_lifecycle"]


def _iceberg_rest(settings: Settings) -> list[str]:
    class_path = f"{layout.CATALOG_SERVER / 'iceberg-rest.jar'}:{layout.CATALOG_SERVER / 'lib'}/*"
    flags = ["-Xmx192m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:+ExitOnOutOfMemoryError"]
    return [str(layout.java_for_spark()), *flags, "-cp", class_path, "lakehouse.catalog.Main"]


def _spark_class(main: str, *arguments: str) -> list[str]:
    return [str(layout.SPARK_HOME / "bin" / "spark-class"), f"org.apache.spark.deploy.{main}", *arguments]


def _spark_master(settings: Settings) -> list[str]:
    address = urlsplit(settings.spark_master_url)
    return _spark_class(
        "master.Master", "--host", str(address.hostname), "--port", str(address.port), "--webui-port", str(settings.spark_ui_port)
    )


def _spark_worker(settings: Settings) -> list[str]:
    size = ["--cores", str(settings.spark_worker_cores), "--memory", f"{settings.spark_worker_memory_mb}M"]
    work = ["--work-dir", str(settings.pv_data_dir / "spark-work")]
    return _spark_class(
        "worker.Worker",
        "--host",
        settings.pv_host_name,
        "--port",
        str(settings.spark_worker_port),
        "--webui-port",
        str(settings.spark_worker_ui_port),
        *size,
        *work,
        settings.spark_master_url,
    )


def _trino(settings: Settings) -> list[str]:
    """Trino, as a node that coordinates or one that works: its files say which."""
    etc = PROJECT_ROOT / "infra" / "trino" / "etc"
    flags = [line for line in (etc / "jvm.config").read_text(encoding="utf-8").splitlines() if line]
    properties = [f"-Dconfig={environment.run_dir(settings) / 'trino.properties'}", f"-Dlog.levels-file={etc / 'log.properties'}"]
    main = ["-cp", f"{layout.TRINO_HOME / 'lib'}/*", "io.trino.server.TrinoServer"]
    return [str(layout.java_for_trino()), f"-Xmx{settings.trino_heap_mb}m", *flags, *properties, *main]


def _mlflow(settings: Settings) -> list[str]:
    address = urlsplit(settings.mlflow_tracking_uri)
    where = ["--host", settings.pv_bind_address, "--port", str(address.port), "--workers", "1"]
    # Under gunicorn it is the tracking server alone. Under uvicorn it has an assistant too, which runs commands for any login.
    gunicorn = ["--app-name", "basic-auth", "--gunicorn-opts", f"--config python:{mlflow_users.__name__}"]
    return [str(layout.VENV_BIN / "mlflow"), "server", *where, *gunicorn]


def _stand_in(settings: Settings) -> list[str]:
    where = ["--host", settings.pv_bind_address, "--port", str(settings.pv_stand_in_port)]
    return [str(layout.VENV_BIN / "python"), "-m", "tests.upstream", *where]


def _airflow(*arguments: str) -> Callable[[Settings], list[str]]:
    return lambda settings: [str(layout.VENV_BIN / "airflow"), *arguments]


def _no_ports(settings: Settings) -> Ports:
    return {}


SERVICES = (
    Service(
        "postgres", 10, _postgres, lambda s: environment.base(), lambda s: {"POSTGRES_PORT": s.postgres_port}, stop_signal="INT"
    ),
    Service(
        "minio",
        20,
        _minio,
        environment.minio,
        lambda s: {"MINIO_ENDPOINT": port_of(s.minio_endpoint), "MINIO_CONSOLE_PORT": s.minio_console_port},
    ),
    Service(
        "iceberg-rest",
        30,
        _iceberg_rest,
        environment.iceberg_rest,
        lambda s: {"ICEBERG_REST_URI": port_of(s.iceberg_rest_uri)},
        needs=("postgres", "minio", "versitygw"),
    ),
    Service(
        "spark-master",
        40,
        _spark_master,
        environment.spark_master,
        lambda s: {"SPARK_MASTER_URL": port_of(s.spark_master_url), "SPARK_UI_PORT": s.spark_ui_port},
    ),
    Service(
        "spark-worker",
        41,
        _spark_worker,
        environment.spark_worker,
        lambda s: {"SPARK_WORKER_PORT": s.spark_worker_port, "SPARK_WORKER_UI_PORT": s.spark_worker_ui_port},
    ),
    Service("trino", 50, _trino, environment.trino, lambda s: dict(s.trino_ports.values()), stop_seconds=30),
    Service(
        "mlflow",
        60,
        _mlflow,
        environment.mlflow,
        lambda s: {"MLFLOW_TRACKING_URI": port_of(s.mlflow_tracking_uri)},
        needs=("postgres",),
    ),
    Service(
        "airflow-api-server",
        70,
        _airflow("api-server"),
        environment.airflow,
        lambda s: {"AIRFLOW_PORT": s.airflow_port},
        needs=("postgres",),
    ),
    Service("airflow-dag-processor", 71, _airflow("dag-processor"), environment.airflow, _no_ports, needs=("postgres",)),
    Service(
        "airflow-triggerer", 72, _airflow("triggerer", "--skip-serve-logs"), environment.airflow, _no_ports, needs=("postgres",)
    ),
    Service(
        "airflow-scheduler",
        73,
        _airflow("scheduler", "--skip-serve-logs"),
        environment.airflow_tasks,
        lambda s: {"AIRFLOW_SCHEDULER_HEALTH_PORT": s.airflow_scheduler_health_port},
        needs=("postgres",),
        stop_seconds=40,
    ),
)


STAND_IN = Service(
    "stand-in-apis",
    5,
    lambda s: [
        str(layout.VENV_BIN / "python"),
        "-m",
        "tests.upstream",
        "--host",
        s.pv_bind_address,
        "--port",
        str(s.pv_stand_in_port),
    ],
    lambda s: environment.base(),
    lambda s: {"PV_STAND_IN_PORT": s.pv_stand_in_port or 0},
)


VERSITYGW = Service("versitygw", 20, _versitygw, environment.versitygw, lambda s: {"MINIO_ENDPOINT": port_of(s.minio_endpoint)})
"""In MinIO's place, with S3_SERVER=versitygw."""

OBJECT_LIFECYCLE = Service(
    "object-lifecycle", 61, _object_lifecycle, environment.object_lifecycle, _no_ports, needs=("versitygw",)
)
"""Beside it: it has no lifecycle rules."""


TRINO_WORKER = Service("trino-worker", 51, _trino, environment.trino, lambda s: {}, stop_seconds=30)
"""Only in containers, on machines with more cores than one Trino uses."""


def of(settings: Settings) -> tuple[Service, ...]:
    """The services that these settings ask for, in the order of their start."""
    left_out = {"minio"} if settings.s3_server != "minio" else set()
    left_out |= {"iceberg-rest"} if settings.catalog_server == "external" else set()
    stand_in = (STAND_IN,) if settings.pv_stand_in_port else ()
    store = (VERSITYGW, OBJECT_LIFECYCLE) if settings.s3_server == "versitygw" else ()
    ours = (*(service for service in SERVICES if service.name not in left_out), *store)
    return (*stand_in, *sorted(ours, key=lambda service: service.priority))


def service(name: str, settings: Settings) -> Service:
    """Service by name; raises KeyError naming the known ones."""
    known = (*of(settings), TRINO_WORKER)
    for candidate in known:
        if candidate.name == name:
            return candidate
    raise KeyError(f"no service {name}; known: {', '.join(s.name for s in known)}")
