"""MLflow's tracking server and model registry. Its users are `mlflow_users.py`'s."""

from __future__ import annotations

import base64
from urllib.parse import urlsplit

from include.settings import Settings
from infra import layout
from infra.services import mlflow_users
from infra.services.service import Environment, Service, base, database_url, get, port_of, run_dir, s3_keys, write_file

AUTH_FILE = "mlflow-auth.ini"
"""File of the run folder."""


def _command(settings: Settings) -> list[str]:
    address = urlsplit(settings.mlflow_tracking_uri)
    where = ["--host", settings.pv_bind_address, "--port", str(address.port), "--workers", "1"]
    # Under gunicorn it is the tracking server alone. Under uvicorn it has an assistant too, which runs commands for any login.
    gunicorn = ["--app-name", "basic-auth", "--gunicorn-opts", f"--config python:{mlflow_users.__name__}"]
    return [str(layout.VENV_BIN / "mlflow"), "server", *where, *gunicorn]


def hosts(settings: Settings) -> list[str]:
    """Names (with port) that MLflow answers to: this machine's own, the one of the other services, and what the settings add."""
    own = [f"{name}{port}" for name in ("localhost", "127.0.0.1") for port in ("", ":*")]
    return [*own, urlsplit(settings.mlflow_tracking_uri).netloc, *settings.mlflow_allowed_hosts]


def _env(settings: Settings) -> Environment:
    """Its database role, the S3 user of its artifacts, and the passwords that `mlflow_users` sets."""
    return base() | s3_keys(settings, "mlflow") | {
        "MLFLOW_AUTH_CONFIG_PATH": str(run_dir(settings) / AUTH_FILE),
        "MLFLOW_AUTH_ADMIN_USERNAME": mlflow_users.ADMIN,
        "MLFLOW_AUTH_ADMIN_PASSWORD": settings.secret("mlflow_admin_password"),
        **{mlflow_users.variable(user): settings.secret(f"mlflow_{user}_password") for user in mlflow_users.ROLES},
        "MLFLOW_FLASK_SERVER_SECRET_KEY": settings.secret("mlflow_session_key"),
        # Without workspaces every login may create experiments and models.
        "MLFLOW_ENABLE_WORKSPACES": "true",
        "MLFLOW_BACKEND_STORE_URI": database_url(settings, "mlflow"),
        "MLFLOW_ARTIFACTS_DESTINATION": settings.mlflow_artifacts_uri,
        "MLFLOW_SERVER_ALLOWED_HOSTS": ",".join(hosts(settings)),
        "MLFLOW_S3_ENDPOINT_URL": settings.minio_endpoint,
        "MLFLOW_BOTO_CLIENT_ADDRESSING_STYLE": "path" if settings.s3_path_style else "virtual",
        "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
        "MLFLOW_ENABLE_AI_GATEWAY": "false",
        "MLFLOW_MODEL_CATALOG_URI": "",
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "DO_NOT_TRACK": "true",
    }  # fmt: skip


def write_files(settings: Settings) -> None:
    """Where it keeps its users, and what one may do whom no role allows more."""
    address = database_url(settings, "mlflow").replace("%", "%%")  # a % begins a reference in such a file
    # A password is compared with its scrypt hash once a minute, not several times a request.
    values = {"default_permission": "NO_PERMISSIONS", "database_uri": address, "auth_cache_ttl_seconds": "60"}
    lines = ["[mlflow]", *(f"{name} = {value}" for name, value in values.items())]
    write_file(settings, AUTH_FILE, "\n".join(lines) + "\n")


def _probe(settings: Settings) -> str | None:
    """Ask as its reader for an experiment, which comes from Postgres."""
    login = base64.b64encode(f"{mlflow_users.READER}:{settings.secret('mlflow_reader_password')}".encode()).decode()
    where = f"{settings.mlflow_tracking_uri}/api/2.0/mlflow/experiments/search?max_results=1"
    get(where, {"Authorization": f"Basic {login}"})
    return None


MLFLOW = Service(
    "mlflow",
    _command,
    _env,
    _probe,
    ports=lambda settings: {"MLFLOW_TRACKING_URI": port_of(settings.mlflow_tracking_uri)},
    needs=("postgres",),
    uses=("minio", "versitygw"),
    files=write_files,
)
