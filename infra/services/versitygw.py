"""versitygw: the object store with S3_SERVER=versitygw, and beside it the service that removes what is old."""

from __future__ import annotations

from pathlib import Path

from include.settings import Settings
from infra import layout
from infra.services import lifecycle_note
from infra.services.service import Environment, Service, base, get, port_of, settings_of_process

HEALTH = "/_health"
"""No name that a bucket can have."""


def folders(settings: Settings) -> tuple[Path, Path, Path]:
    """Where versitygw keeps buckets, old versions and users."""
    own = settings.pv_data_dir / "versitygw"
    return own / "buckets", own / "versions", own / "users"


def _command(settings: Settings) -> list[str]:
    buckets, versions, users = (str(path) for path in folders(settings))
    address = f"{settings.pv_bind_address}:{port_of(settings.minio_endpoint)}"
    gateway = ["--port", address, "--region", settings.s3_region, "--iam-dir", users, "--health", HEALTH, "--quiet"]
    modes = ["--dir-perms", "0700", "--file-perms", "0600"]  # its own modes do not follow the umask
    return [str(layout.VERSITYGW), *gateway, "posix", *modes, "--versioning-dir", versions, buckets]


def _env(settings: Settings) -> Environment:
    """Its administrator."""
    return base() | {
        "ROOT_ACCESS_KEY_ID": settings.minio_access_key,
        "ROOT_SECRET_ACCESS_KEY": settings.secret("minio_secret_key"),
    }


def _prepare(settings: Settings) -> None:
    for path in (settings.pv_data_dir / "versitygw", *folders(settings)):
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.chmod(0o700)  # the users' secrets lie there as they are


def _probe(settings: Settings) -> str | None:
    get(f"{settings.minio_endpoint}{HEALTH}")
    return None


def _lifecycle_command(settings: Settings) -> list[str]:
    return [str(layout.VENV_BIN / "python"), "-m", "infra.services.lifecycle_rules"]


def _lifecycle_env(settings: Settings) -> Environment:
    """It reads the settings itself."""
    return base() | settings_of_process(settings) | {
        "LIFECYCLE_S3_ACCESS_KEY": settings.secret("lifecycle_s3_access_key"),
        "LIFECYCLE_S3_SECRET_KEY": settings.secret("lifecycle_s3_secret_key"),
    }  # fmt: skip


VERSITYGW = Service(
    "versitygw",
    _command,
    _env,
    _probe,
    ports=lambda settings: {"MINIO_ENDPOINT": port_of(settings.minio_endpoint)},
    prepare=_prepare,
)

OBJECT_LIFECYCLE = Service(
    "object-lifecycle",
    _lifecycle_command,
    _lifecycle_env,
    lifecycle_note.finding,
    needs=("versitygw",),
    prepare=lambda settings: lifecycle_note.note_path(settings).unlink(missing_ok=True),
)
"""versitygw has no lifecycle rules."""
