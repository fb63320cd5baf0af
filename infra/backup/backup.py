"""`make backup`: the databases and all objects of the running stack (docs/decisions/013)."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
from botocore.exceptions import BotoCoreError, ClientError
from minio.error import MinioException
from urllib3.exceptions import HTTPError

from include.settings import Settings
from infra.backup import backup_folder, database_dumps, stored_objects
from infra.backup.backup_folder import PARTIAL, BackupError, Manifest
from infra.progress import say
from infra.services import databases, services

CLOCKS_DIFFER_BY = timedelta(minutes=5)
"""The object store tells when it wrote by a clock of its own. Looking back further only copies some deleted objects more."""


@contextmanager
def told_in_a_line() -> Iterator[None]:
    """Failures of disk, database or object store are a backup's: BackupError."""
    try:
        yield
    except (OSError, psycopg.Error, MinioException, HTTPError, BotoCoreError, ClientError) as error:
        raise BackupError(f"{type(error).__name__}: {error}") from error


def backup(settings: Settings) -> Path:
    """Back the running stack up; returns the new backup's folder. Raises BackupError."""
    backup_folder.refuse_others(settings)
    began, clock = datetime.now(UTC), time.monotonic()
    for name in ("postgres", settings.s3_server):
        if finding := services.problem(name, settings):
            raise BackupError(f"{name} does not answer, a backup is made of a running stack: {finding}")
    databases.refuse_unfinished_restore(settings)
    with told_in_a_line(), backup_folder.only_one(settings.pv_backup_dir):
        for left_over in settings.pv_backup_dir.glob(f"*{PARTIAL}"):
            shutil.rmtree(left_over)
        folder = settings.pv_backup_dir / f"{began:%Y%m%dT%H%M%SZ}"
        manifest, copied = _write(settings, began, folder.with_name(folder.name + PARTIAL), backup_folder.pool_of(folder))
        backup_folder.remove_unused(settings.pv_backup_dir, say)
    size_mib, seconds = sum(item.size_bytes for item in manifest.objects) / 2**20, time.monotonic() - clock
    say(f"backup: {folder}: {len(manifest.objects)} objects, {size_mib:.1f} MiB, {copied} of them new; {seconds:.0f} s")
    return folder


def _write(settings: Settings, began: datetime, aside: Path, pool: Path) -> tuple[Manifest, int]:
    """Write a backup aside and give it its name when it is whole; returns its manifest and how many objects were copied."""
    aside.mkdir()
    dumps = tuple(database_dumps.dump(settings, name, aside) for name in database_dumps.ORDER)
    store = stored_objects.client(settings)
    found = [version for bucket in stored_objects.buckets(settings) for version in stored_objects.versions(settings, bucket)]
    objects, copied = stored_objects.copy(store, stored_objects.choose(found, began - CLOCKS_DIFFER_BY), pool)
    keys = database_dumps.fingerprints(settings)
    manifest = Manifest(began_utc=began, fernet=keys, dumps=dumps, objects=tuple(objects))
    backup_folder.write_manifest(aside, manifest)
    os.sync()  # the name must not reach the disk before what it stands for
    aside.rename(aside.with_name(aside.name.removesuffix(PARTIAL)))
    return manifest, copied
