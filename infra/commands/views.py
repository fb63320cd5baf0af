"""What a person looks at: status, logs, addresses."""

from __future__ import annotations

import os

from include import lakehouse
from include.settings import Settings, read_settings
from infra.progress import say
from infra.services import services
from infra.setup import external_catalog, object_store
from infra.stack import supervision


def addresses(settings: Settings) -> list[tuple[str, str, str]]:
    """(what, address, how to log in) for a person."""
    secrets = os.path.relpath(settings.secrets_dir)
    authority = settings.trino_authority
    return [
        (
            "Airflow",
            f"http://127.0.0.1:{settings.airflow_port}",
            f"{settings.airflow_admin_user} or viewer, {secrets}/airflow_{{admin,viewer}}_password",
        ),
        (
            "Trino",
            "{}://{}:{}".format(*lakehouse.address_of(settings, lakehouse.ANALYST)),
            "analyst, " + ("no password" if settings.trino_scheme == "http" else f"{secrets}/trino_analyst_password"),
        ),
        (
            "Trino",
            "{}://{}:{}".format(*lakehouse.address_of(settings, lakehouse.ADMIN)),
            f"admin, {secrets}/trino_admin_password" + (f"; trust {os.path.relpath(authority)}" if authority else ""),
        ),
        ("MLflow", settings.mlflow_tracking_uri, f"reader or scientist, {secrets}/mlflow_{{reader,scientist}}_password"),
        (
            (
                "MinIO console",
                f"http://127.0.0.1:{settings.minio_console_port}",
                f"{secrets}/minio_{{access,secret}}_key",
            )
            if settings.s3_server == "minio"
            else (
                "S3",
                settings.minio_endpoint,
                "users of its own" if settings.s3_server == "external" else f"{secrets}/minio_{{access,secret}}_key",
            )
        ),
        ("Iceberg REST", settings.iceberg_rest_uri, f"{secrets}/catalog_reader_token"),
        ("Spark", f"http://127.0.0.1:{settings.spark_ui_port}", "no login"),
        (
            "Postgres",
            f"{settings.postgres_host}:{settings.postgres_port}",
            f"{settings.postgres_user}, {secrets}/postgres_password",
        ),
    ]


def print_addresses(settings: Settings) -> None:
    """Print where everything is."""
    for what, address, login in addresses(settings):
        say(f"  {what:<14} {address:<28} {login}")


def status() -> int:
    """Print what the supervisor and each service say; 0 when all is healthy."""
    settings = read_settings()
    interface = supervision.rpc(settings)
    if interface is None:
        say("the stack is down")
        return 3
    bad = 0
    for what, server, refusals in (
        ("object store", settings.s3_server, object_store.refusals),
        ("catalog", settings.catalog_server, external_catalog.refusals),
    ):
        if server == "external":
            finding = "; ".join(refusals(settings)) or None
            bad += finding is not None
            say(f"  {what:<22} {'external':<9} {finding or 'healthy'}")
    for name, state in supervision.states(interface).items():
        finding = services.problem(name, settings) if state == "RUNNING" else "not running"
        bad += finding is not None
        say(f"  {name:<22} {state:<9} {finding or 'healthy'}")
    print_addresses(settings)
    return 1 if bad else 0


def logs() -> int:
    """Follow the logs of all services until interrupted."""
    files = sorted(str(path) for path in supervision.log_dir(read_settings()).glob("*.log"))
    if not files:
        say("no logs yet: the stack was never started")
        return 3
    os.execvp("tail", ["tail", "-n", "20", "-F", *files])  # noqa: S606
