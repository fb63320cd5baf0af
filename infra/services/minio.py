"""MinIO: the stack's object store unless S3_SERVER says otherwise."""

from __future__ import annotations

from include.settings import Settings
from infra import layout
from infra.services.service import Environment, Ports, Service, base, folder, get, port_of


def _command(settings: Settings) -> list[str]:
    console = f"{settings.pv_bind_address}:{settings.minio_console_port}"
    addresses = ["--address", f"{settings.pv_bind_address}:{port_of(settings.minio_endpoint)}", "--console-address", console]
    return [str(layout.MINIO), "server", "--quiet", str(settings.pv_data_dir / "minio"), *addresses]


def _env(settings: Settings) -> Environment:
    """Its administrator."""
    return base() | {
        "MINIO_ROOT_USER": settings.secret("minio_access_key"),
        "MINIO_ROOT_PASSWORD": settings.secret("minio_secret_key"),
        "MINIO_SITE_REGION": settings.s3_region,
        "MINIO_UPDATE": "off",
    }


def _probe(settings: Settings) -> str | None:
    get(f"{settings.minio_endpoint}/minio/health/cluster")
    return None


def _ports(settings: Settings) -> Ports:
    return {"MINIO_ENDPOINT": port_of(settings.minio_endpoint), "MINIO_CONSOLE_PORT": settings.minio_console_port}


MINIO = Service("minio", _command, _env, _probe, _ports, prepare=folder("minio"))
