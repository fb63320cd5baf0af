"""The environment of each process: what it needs, and only its own secrets. Pure functions of the settings."""

from __future__ import annotations

import json
import os
from pathlib import Path
from urllib.parse import quote, urlsplit

from include import lakehouse
from include.paths import PROJECT_ROOT
from include.settings import Settings
from infra import layout
from infra.install import class_data_archive
from infra.services import mlflow_users

# What any program may need from its caller. Everything else a service gets is named below.
PASSED_ON = ("HOME", "USER", "LANG", "LC_ALL", "TMPDIR", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "AWS_CA_BUNDLE", "CURL_CA_BUNDLE",
             "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy")  # fmt: skip


AUTHORITIES = "authorities.pem"
"""File of the run folder; see `authorities_given`."""
MLFLOW_AUTH = "mlflow-auth.ini"
"""File of the run folder; see `run_files.mlflow`."""


LIFECYCLE_NOTE = "object-lifecycle.json"
"""File of the run folder: how the last pass of object-lifecycle went."""


def base() -> dict[str, str]:
    """Environment common to all services: UTC, the project on Python's path, programs of the venv first."""
    passed = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    return (
        passed
        | _past_the_proxy(passed)
        | {
            "PATH": f"{layout.VENV_BIN}:{layout.SPARK_HOME / 'bin'}:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin",
            "TZ": "UTC",
            "PV_HOME": str(PROJECT_ROOT),
            "PYTHONPATH": str(PROJECT_ROOT),
            "PYTHONUNBUFFERED": "1",
        }
    )


def _past_the_proxy(passed: dict[str, str]) -> dict[str, str]:
    """What is on this machine is not asked through a company's proxy, where there is one."""
    if not {"http_proxy", "https_proxy"} & {name.lower() for name in passed}:
        return {}
    given = passed.get("no_proxy") or passed.get("NO_PROXY")
    return dict.fromkeys(("NO_PROXY", "no_proxy"), ",".join(filter(None, (given, "127.0.0.1,localhost"))))


def _java() -> dict[str, str]:
    return {"JAVA_HOME": str(layout.java_for_spark().parent.parent)}


def settings_of_process(settings: Settings) -> dict[str, str]:
    """Settings given to this process by its environment: they must reach processes that read settings themselves."""
    given = {name.upper() for name in type(settings).model_fields} & {name.upper() for name in os.environ}
    return {name: value for name, value in os.environ.items() if name.upper() in given} | {
        "PV_DATA_DIR": str(settings.pv_data_dir)
    }


def _s3_keys(settings: Settings, engine: str) -> dict[str, str]:
    return {
        "AWS_ACCESS_KEY_ID": settings.secret(f"{engine}_s3_access_key"),
        "AWS_SECRET_ACCESS_KEY": settings.secret(f"{engine}_s3_secret_key"),
        "AWS_REGION": settings.s3_region,
        "AWS_DEFAULT_REGION": settings.s3_region,
    }


def database_url(settings: Settings, role: str) -> str:
    """SQLAlchemy address of a role's own database (both have the same name)."""
    password = quote(settings.secret(f"{role}_db_password"), safe="")
    host = f"{settings.postgres_host}:{settings.postgres_port}"
    return f"postgresql+psycopg2://{role}:{password}@{host}/{role}"


def minio(settings: Settings) -> dict[str, str]:
    """MinIO: its administrator."""
    return base() | {
        "MINIO_ROOT_USER": settings.secret("minio_access_key"),
        "MINIO_ROOT_PASSWORD": settings.secret("minio_secret_key"),
        "MINIO_SITE_REGION": settings.s3_region,
        "MINIO_UPDATE": "off",
    }


def versitygw(settings: Settings) -> dict[str, str]:
    """versitygw: its administrator."""
    return base() | {
        "ROOT_ACCESS_KEY_ID": settings.minio_access_key,
        "ROOT_SECRET_ACCESS_KEY": settings.secret("minio_secret_key"),
    }


def buckets(settings: Settings) -> dict[str, str]:
    """create-buckets.sh: the administrator, and every engine's S3 user where we make them."""
    engines = ("landing", "spark", "trino", "catalog", "mlflow", "reader") if settings.s3_server != "external" else ()
    if settings.s3_server == "versitygw":
        engines = (*engines, "lifecycle")
    users = {
        name.upper(): settings.secret(name)
        for engine in engines
        for name in (f"{engine}_s3_access_key", f"{engine}_s3_secret_key")
    }
    return base() | users | {
        "S3_SERVER": settings.s3_server,
        "MINIO_ENDPOINT": settings.minio_endpoint,
        "MINIO_ACCESS_KEY": settings.secret("minio_access_key"),
        "MINIO_SECRET_KEY": settings.secret("minio_secret_key"),
        "S3_REGION": settings.s3_region,
        "LANDING_URI": settings.landing_uri,
        "ICEBERG_WAREHOUSE": settings.iceberg_warehouse,
        "MLFLOW_ARTIFACTS_URI": settings.mlflow_artifacts_uri,
        "PV_LANDING_RETENTION_DAYS": str(settings.pv_landing_retention_days),
        "PV_NONCURRENT_DAYS": str(settings.pv_noncurrent_days),
    }  # fmt: skip


def object_lifecycle(settings: Settings) -> dict[str, str]:
    """The service that removes old versions where the store does not: it reads the settings itself."""
    return base() | settings_of_process(settings) | {
        "LIFECYCLE_S3_ACCESS_KEY": settings.secret("lifecycle_s3_access_key"),
        "LIFECYCLE_S3_SECRET_KEY": settings.secret("lifecycle_s3_secret_key"),
    }  # fmt: skip


def iceberg_rest(settings: Settings) -> dict[str, str]:
    """The catalog server: its database role, its S3 user, the tokens. Without one for maintenance nobody has that role."""
    address = urlsplit(settings.iceberg_rest_uri)
    return base() | {
        "CATALOG_JDBC_URL": f"jdbc:postgresql://{settings.postgres_host}:{settings.postgres_port}/catalog",
        "CATALOG_JDBC_USER": "catalog",
        "CATALOG_JDBC_PASSWORD": settings.secret("catalog_db_password"),
        "CATALOG_WRITER_TOKEN": settings.secret("catalog_writer_token"),
        "CATALOG_READER_TOKEN": settings.secret("catalog_reader_token"),
        "CATALOG_MAINTENANCE_TOKEN": settings.catalog_maintenance_token.get_secret_value(),
        "CATALOG_NAME": settings.iceberg_catalog,
        "CATALOG_WAREHOUSE": settings.iceberg_warehouse,
        "CATALOG_S3_ENDPOINT": settings.minio_endpoint,
        "CATALOG_S3_REGION": settings.s3_region,
        "CATALOG_S3_PATH_STYLE": str(settings.s3_path_style).lower(),
        "CATALOG_S3_ACCESS_KEY": settings.secret("catalog_s3_access_key"),
        "CATALOG_S3_SECRET_KEY": settings.secret("catalog_s3_secret_key"),
        "CATALOG_HOST": settings.pv_bind_address,
        "CATALOG_PORT": str(address.port),
    }


SPARK_AUTHENTICATION = {
    "spark.authenticate": "true",
    "spark.network.crypto.enabled": "true",
    "spark.network.crypto.authEngineVersion": "2",
    "spark.network.crypto.cipher": "AES/GCM/NoPadding",
    "spark.network.crypto.saslFallback": "false",
}
"""Daemons, drivers and executors must say the same: one with another cipher hangs for a minute and gives up without a reason."""


def spark_daemon(settings: Settings) -> dict[str, str]:
    """What master and worker have in common: the shared secret, in the environment, which Spark reads before its properties."""
    authentication = " ".join(f"-D{name}={value}" for name, value in SPARK_AUTHENTICATION.items())
    return base() | _java() | {
        "SPARK_HOME": str(layout.SPARK_HOME),
        "SPARK_LOCAL_IP": settings.pv_host_name,
        "SPARK_DAEMON_MEMORY": "256m",
        "SPARK_DAEMON_JAVA_OPTS": f"{class_data_archive.use_flags()} {authentication}",
        "_SPARK_AUTH_SECRET": settings.secret("spark_auth_secret"),
        "SPARK_WORKER_OPTS": "-Dspark.worker.cleanup.enabled=true -Dspark.worker.cleanup.appDataTtl=86400",
    }  # fmt: skip


def spark_memory(settings: Settings) -> Path:
    """What the Spark master remembers of its applications while the stack is up."""
    return settings.pv_data_dir / "spark-master"


def spark_master(settings: Settings) -> dict[str, str]:
    """Spark master. It remembers applications and workers: a driver would wait for ever for a new one that does not know it."""
    remembers = f'-Dspark.deploy.recoveryMode=FILESYSTEM "-Dspark.deploy.recoveryDirectory={spark_memory(settings)}"'
    # The REST submission server takes programs from anybody, whatever spark.authenticate says.
    closed = "-Dspark.ui.killEnabled=false -Dspark.master.rest.enabled=false"
    daemon = spark_daemon(settings)
    return daemon | {
        "SPARK_LOCAL_IP": settings.pv_bind_address,  # of the web page; what it speaks with others by is in its arguments
        "SPARK_DAEMON_JAVA_OPTS": f"{daemon['SPARK_DAEMON_JAVA_OPTS']} {remembers} {closed}",
    }


def spark_worker(settings: Settings) -> dict[str, str]:
    """Spark worker: executors inherit Spark's S3 keys from it."""
    return spark_daemon(settings) | _s3_keys(settings, "spark")


def spark_properties(settings: Settings) -> dict[str, str]:
    """Values for infra/spark/spark-defaults.conf."""
    logging = f'"-Dlog4j2.configurationFile={PROJECT_ROOT / "infra" / "spark" / "log4j2.properties"}"'
    return {
        "SPARK_JVM_OPTIONS": f"{class_data_archive.use_flags()} {logging}",
        "PYTHON": str(layout.VENV_BIN / "python"),
        "PV_HOME": str(PROJECT_ROOT),
        "DRIVER_HOST": settings.pv_host_name,
        "SPARK_AUTHENTICATION": "\n".join(f"{name} {value}" for name, value in SPARK_AUTHENTICATION.items()),
        "SPARK_AUTH_SECRET": settings.secret("spark_auth_secret"),
        "ICEBERG_CATALOG": settings.iceberg_catalog,
        "ICEBERG_REST_URI": settings.iceberg_rest_uri,
        "ICEBERG_REST_WAREHOUSE": settings.catalog_warehouse,
        "CATALOG_WRITER_TOKEN": settings.secret("catalog_writer_token"),
        "MINIO_ENDPOINT": settings.minio_endpoint,
        "S3_PATH_STYLE": str(settings.s3_path_style).lower(),
        "S3_REGION": settings.s3_region,
    }


def trino(settings: Settings) -> dict[str, str]:
    """Trino: S3 users and tokens, its own for writing and the reader's; its files under infra/trino read these names."""
    ports = {scheme: str(port) for scheme, (_, port) in settings.trino_ports.items()}
    return base() | {
        "TRINO_HTTPS_PORT": ports["https"],
        "TRINO_HTTP_PORT": ports["http"],
        "TRINO_BIND": settings.pv_bind_address,
        "TRINO_NODE": settings.pv_host_name,
        "TRINO_COORDINATOR": settings.trino_host,
        "TRINO_INTERNAL_SECRET": settings.secret("trino_internal_secret"),
        "TRINO_CERTIFICATE_FILE": str(settings.trino_certificate),
        "TRINO_ETC": str(PROJECT_ROOT / "infra" / "trino" / "etc"),
        "TRINO_PASSWORD_FILE": str(run_dir(settings) / "trino-passwords"),
        "TRINO_CATALOG_DIR": str(run_dir(settings) / "trino-catalog"),
        "TRINO_PLUGIN_DIR": str(layout.TRINO_HOME / "plugin"),
        "ICEBERG_REST_URI": settings.iceberg_rest_uri,
        "ICEBERG_REST_WAREHOUSE": settings.catalog_warehouse,
        "CATALOG_WRITER_TOKEN": settings.secret("catalog_writer_token"),
        "MINIO_ENDPOINT": settings.minio_endpoint,
        "S3_REGION": settings.s3_region,
        "S3_PATH_STYLE": str(settings.s3_path_style).lower(),
        "CATALOG_READER_TOKEN": settings.secret("catalog_reader_token"),
        "READER_S3_ACCESS_KEY": settings.secret("reader_s3_access_key"),
        "READER_S3_SECRET_KEY": settings.secret("reader_s3_secret_key"),
        "TRINO_S3_ACCESS_KEY": settings.secret("trino_s3_access_key"),
        "TRINO_S3_SECRET_KEY": settings.secret("trino_s3_secret_key"),
    }


def mlflow_hosts(settings: Settings) -> list[str]:
    """Names (with port) that MLflow answers to: this machine's own, the one of the other services, and what the settings add."""
    own = [f"{name}{port}" for name in ("localhost", "127.0.0.1") for port in ("", ":*")]
    return [*own, urlsplit(settings.mlflow_tracking_uri).netloc, *settings.mlflow_allowed_hosts]


def mlflow(settings: Settings) -> dict[str, str]:
    """MLflow: its database role, the S3 user of its artifacts, and the passwords that `mlflow_users` sets."""
    return base() | _s3_keys(settings, "mlflow") | {
        "MLFLOW_AUTH_CONFIG_PATH": str(run_dir(settings) / MLFLOW_AUTH),
        "MLFLOW_AUTH_ADMIN_USERNAME": mlflow_users.ADMIN,
        "MLFLOW_AUTH_ADMIN_PASSWORD": settings.secret("mlflow_admin_password"),
        **{mlflow_users.variable(user): settings.secret(f"mlflow_{user}_password") for user in mlflow_users.ROLES},
        "MLFLOW_FLASK_SERVER_SECRET_KEY": settings.secret("mlflow_session_key"),
        # Without workspaces every login may create experiments and models.
        "MLFLOW_ENABLE_WORKSPACES": "true",
        "MLFLOW_BACKEND_STORE_URI": database_url(settings, "mlflow"),
        "MLFLOW_ARTIFACTS_DESTINATION": settings.mlflow_artifacts_uri,
        "MLFLOW_SERVER_ALLOWED_HOSTS": ",".join(mlflow_hosts(settings)),
        "MLFLOW_S3_ENDPOINT_URL": settings.minio_endpoint,
        "MLFLOW_BOTO_CLIENT_ADDRESSING_STYLE": "path" if settings.s3_path_style else "virtual",
        "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
        "MLFLOW_ENABLE_AI_GATEWAY": "false",
        "MLFLOW_MODEL_CATALOG_URI": "",
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "DO_NOT_TRACK": "true",
    }  # fmt: skip


def airflow(settings: Settings) -> dict[str, str]:
    """Airflow's services. What its tasks need in addition: `airflow_tasks`."""
    api = f"http://{settings.airflow_host}:{settings.airflow_port}"
    folder = settings.pv_data_dir / "airflow"
    return base() | settings_of_process(settings) | {
        "AIRFLOW_HOME": str(folder),
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
        "AIRFLOW__LOGGING__BASE_LOG_FOLDER": str(folder / "logs"),
        "AIRFLOW__LOGGING__LOGGING_LEVEL": settings.pv_log_level,
        # A changed file is read at once whatever this says; reading unchanged ones is what an idle stack spends most on.
        "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "300",
    }  # fmt: skip


def airflow_tasks(settings: Settings) -> dict[str, str]:
    """The scheduler, which runs the tasks: these submit to Spark, ask Trino, call the two APIs and report to MLflow."""
    return airflow(settings) | _java() | _s3_keys(settings, "spark") | {
        "SPARK_HOME": str(layout.SPARK_HOME),
        "SPARK_LOCAL_IP": settings.pv_host_name,
        "PV_SPARK_PROPERTIES": str(run_dir(settings) / "spark.properties"),
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


def run_dir(settings: Settings) -> Path:
    """Folder of files that are written at each start: configuration with secrets filled in, process groups."""
    return settings.pv_data_dir / "run"
