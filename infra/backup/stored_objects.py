"""The object store's side of a backup: which versions belong to it, copying them into the pool and back.

Objects are written once under names of their own. So a version that the pool has is never asked for again.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from minio import Minio

from include.settings import Settings
from infra.backup.backup_folder import PARTIAL, BackupError, StoredObject, pool_file, pooled
from infra.services.object_versions import created
from infra.setup import object_store

CHUNK_BYTES = 2**20
CONNECTIONS = 8  # most objects are small: what counts is waiting for answers, not bytes


@dataclass(frozen=True)
class Version:
    """A version of an object, or the mark that it was deleted."""

    bucket: str
    key: str
    version: str
    size_bytes: int
    written: datetime
    is_deletion: bool = False


def client(settings: Settings) -> Minio:
    """The store, as its administrator: no other user reads every bucket, or old versions."""
    address = urlsplit(settings.minio_endpoint)
    password = settings.secret("minio_secret_key")
    is_secure = address.scheme == "https"
    return Minio(address.netloc, settings.minio_access_key, password, secure=is_secure, region=settings.s3_region)


def buckets(settings: Settings) -> list[str]:
    """Names of the buckets that hold something to keep."""
    return sorted(
        {urlsplit(uri).netloc for uri in (settings.landing_uri, settings.iceberg_warehouse, settings.mlflow_artifacts_uri)}
    )


def versions(settings: Settings, bucket: str) -> list[Version]:
    """Every version in a bucket, newest first for each key. Raises BackupError when the bucket keeps none.

    By boto3: MinIO's client takes no listing with nanoseconds, which versitygw's delete markers have.
    """
    found: dict[tuple[str, str], Version] = {}  # versitygw may say a version twice
    pages = object_store.client(settings, "minio").get_paginator("list_object_versions").paginate(Bucket=bucket)
    for page in pages:
        for kind in ("Versions", "DeleteMarkers"):
            for item in page.get(kind, []):
                key, version = item["Key"], item["VersionId"]
                if version == "null":
                    raise BackupError(f"{bucket}/{key} has no version: the bucket must be versioned, `make up` sets it so")
                written = created(version, item["LastModified"])
                found[key, version] = Version(bucket, key, version, item.get("Size", 0), written, kind == "DeleteMarkers")
    return list(found.values())


def choose(found: Iterable[Version], moment: datetime) -> list[Version]:
    """The version of each key that was current at the moment; of a key that had none then, the newest written later.

    What was deleted after the moment is chosen: a dump made after the moment may still refer to it.
    """
    history: dict[tuple[str, str], list[Version]] = defaultdict(list)
    for version in found:
        history[version.bucket, version.key].append(version)
    chosen = []
    for of_key in history.values():
        in_order = sorted(reversed(of_key), key=lambda version: version.written)
        before = [version for version in in_order if version.written <= moment]
        later = [version for version in in_order if version.written > moment and not version.is_deletion]
        if before and not before[-1].is_deletion:
            chosen.append(before[-1])
        elif later:
            chosen.append(later[-1])
    return chosen


def copy(store: Minio, chosen: Iterable[Version], pool: Path) -> tuple[list[StoredObject], int]:
    """Bring versions into the pool; returns what the manifest says of them, and how many were not there yet."""
    there = pooled(pool)

    def sum_of(version: Version) -> tuple[str, bool]:
        path = there.get(version.version)
        if path and path.stat().st_size == version.size_bytes:
            return path.name.partition(".")[2], False
        return _fetch(store, version, pool), True

    wanted = sorted(chosen, key=lambda version: (version.bucket, version.key))
    with ThreadPoolExecutor(CONNECTIONS) as threads:
        sums = list(threads.map(sum_of, wanted))
    objects = [
        StoredObject(bucket=v.bucket, key=v.key, version=v.version, size_bytes=v.size_bytes, sha256=sha256)
        for v, (sha256, _) in zip(wanted, sums, strict=True)
    ]
    return objects, sum(is_new for _, is_new in sums)


def _fetch(store: Minio, version: Version, pool: Path) -> str:
    """Copy one version, aside and renamed when it is whole; returns its sum."""
    aside = pool / version.version[:2] / f"{version.version}{PARTIAL}"
    aside.parent.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256()
    answer = store.get_object(version.bucket, version.key, version_id=version.version)
    try:
        with aside.open("wb") as file:
            for chunk in answer.stream(CHUNK_BYTES):
                digest.update(chunk)
                file.write(chunk)
    finally:
        answer.close()
        answer.release_conn()
    if aside.stat().st_size != version.size_bytes:
        raise BackupError(f"{version.bucket}/{version.key} broke off after {aside.stat().st_size} of {version.size_bytes} bytes")
    aside.rename(pool_file(pool, version.version, digest.hexdigest()))
    return digest.hexdigest()


def refuse_data(store: Minio, names: Iterable[str]) -> None:
    """Raises BackupError when a bucket is missing or holds anything."""
    for bucket in names:
        if not store.bucket_exists(bucket):
            raise BackupError(f"there is no bucket {bucket}: LANDING_URI and ICEBERG_WAREHOUSE must be those of the backup")
        if next(iter(store.list_objects(bucket, recursive=True)), None):
            raise BackupError(f"bucket {bucket} holds objects already: restore into an empty object store")


def put_back(store: Minio, objects: Iterable[StoredObject], pool: Path) -> None:
    """Write objects under their keys, then ask the store what it has. Raises BackupError when that is something else."""
    wanted = {(item.bucket, item.key): item for item in objects}

    def put(item: StoredObject) -> None:
        store.fput_object(item.bucket, item.key, str(pool_file(pool, item.version, item.sha256)))

    with ThreadPoolExecutor(CONNECTIONS) as threads:
        list(threads.map(put, wanted.values()))
    sizes = {
        (bucket, item.object_name): item.size
        for bucket in {bucket for bucket, _ in wanted}
        for item in store.list_objects(bucket, recursive=True)
    }
    if sizes != {name: item.size_bytes for name, item in wanted.items()}:
        raise BackupError("the object store does not hold what was put into it; remove the data and restore again")
