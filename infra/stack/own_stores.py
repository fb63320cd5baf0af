"""The object stores that the stack runs itself, one in a data folder: what must be so before the chosen one is started."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from include.settings import Settings
from infra.install import steps as install
from infra.services import versitygw
from infra.setup.object_store import StoreError

INSTALLED_BY = {"versitygw": "versitygw"}
"""Step of infra.install.steps by store, where it is not one of every installation."""


def get_ready(settings: Settings) -> None:
    """Before anything starts: the store's program is there, and the data folder is not another store's. Raises StoreError.

    Installs the program of a store that not everybody has; raises InstallError.
    """
    refuse_other(settings)
    if settings.s3_server == "versitygw":
        refuse_without_attributes(settings.pv_data_dir)
    if step := INSTALLED_BY.get(settings.s3_server):
        install.install(step)


def refuse_other(settings: Settings) -> None:
    """Raises StoreError when the data folder holds objects of another store of ours: the tables would be without their files."""
    buckets = {"minio": settings.pv_data_dir / "minio", "versitygw": versitygw.folders(settings)[0]}
    if settings.s3_server not in buckets:
        return
    for server, folder in buckets.items():
        if server != settings.s3_server and holds_objects(folder):
            raise StoreError(
                f"{folder} holds the objects of S3_SERVER={server}: {settings.s3_server} needs a PV_DATA_DIR of its own; "
                "docs/storage.md says how objects move"
            )


def holds_objects(folder: Path) -> bool:
    """Whether a folder of buckets holds anything in one of them; names with a dot are the store's own."""
    buckets = [path for path in folder.glob("[!.]*") if path.is_dir()] if folder.is_dir() else []
    return any(True for bucket in buckets for _ in bucket.glob("[!.]*"))


def refuse_without_attributes(folder: Path) -> None:
    """Raises StoreError when files there cannot have extended attributes, in which versitygw keeps an object's metadata."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=folder) as file:
        try:
            os.setxattr(file.name, "user.pv-lakehouse", b"1")
        except OSError as error:
            raise StoreError(
                f"{folder} is on a file system without extended attributes ({error.strerror}), which S3_SERVER=versitygw needs: "
                "set PV_DATA_DIR to another, or S3_SERVER=minio"
            ) from error
