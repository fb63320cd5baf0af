"""Lifecycle rules for a store that has none of its own (S3_SERVER=versitygw): the service `object-lifecycle`.

The rules are those that MinIO is given (docker/minio/init/create_buckets.py), with S3's meaning of a day: a version goes at the
first midnight (UTC) that comes when the days are over. Every pass looks at what is there, so it may be cut short and repeated.
"""

from __future__ import annotations

import sys
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from botocore.exceptions import BotoCoreError, ClientError

from include.settings import Settings, SettingsError, load_settings, read_settings
from infra.services.lifecycle_note import PASS_EVERY_SECONDS, write_note
from infra.services.object_versions import created
from infra.setup import object_store

USER = "lifecycle"
UNFINISHED_UPLOADS_FOR = timedelta(days=1)
"""MinIO's own limit."""
AGAIN_AFTER_FAILURE_SECONDS = 300.0
LARGEST_REQUEST = 500


@dataclass(frozen=True, slots=True)
class Version:
    """A version of an object, or the mark that it was deleted."""

    key: str
    version_id: str
    last_modified: datetime
    is_current: bool
    is_deletion: bool

    @property
    def created(self) -> datetime:
        """When it was made, as its id or else the store says."""
        return created(self.version_id, self.last_modified)


@dataclass(frozen=True)
class Removed:
    """What a pass did."""

    versions: int = 0
    landing_objects: int = 0
    uploads: int = 0


class LifecycleError(RuntimeError):
    """The store refused a part of a pass; the message says what."""


def is_over(begin: datetime, days: int, now: datetime) -> bool:
    """Whether so many days have passed and a midnight (UTC) after them has come."""
    end = begin.astimezone(UTC) + timedelta(days=days)
    midnight = end.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    return now >= midnight


def expired_versions(of_key: Iterable[Version], days: int, now: datetime) -> list[Version]:
    """Versions of one key to remove: those replaced or deleted so many days ago, and a delete marker that is left alone.

    Never the current version of an object. A version is noncurrent since its successor was made. Where a store's times contradict
    each other the latest counts, so that nothing goes early.
    """
    current, *noncurrent = sorted(of_key, key=lambda v: (v.is_current, v.created, v.version_id), reverse=True)
    if not current.is_current:  # a writer came between two pages of the listing: the next pass sees it whole
        return []
    if current.is_deletion and not noncurrent:
        return [current] if is_over(max(current.created, current.last_modified), days, now) else []
    expired, successor = [], current
    for version in noncurrent:
        since = max(successor.created, successor.last_modified, version.last_modified)
        if not version.is_current and is_over(since, days, now):
            expired.append(version)
        successor = version
    return expired


def is_expired_object(of_key: Iterable[Version], prefix: str, days: int, now: datetime) -> bool:
    """Whether a key's object lies below the prefix and is older than so many days; 0 keeps it for ever."""
    return bool(days) and any(
        version.is_current
        and not version.is_deletion
        and version.key.startswith(prefix)
        and is_over(max(version.created, version.last_modified), days, now)
        for version in of_key
    )


def by_key(pages: Iterable[dict[str, Any]]) -> Iterator[list[Version]]:
    """The versions of each key, from the pages of a listing, in which those of one key follow each other.

    A page's last key waits for the next page. versitygw says a version twice when a page ends with it.
    """
    waiting: dict[str, dict[str, Version]] = defaultdict(dict)
    for page in pages:
        for kind in ("Versions", "DeleteMarkers"):
            for item in page.get(kind, []):
                version = Version(
                    item["Key"], item["VersionId"], item["LastModified"], item["IsLatest"], is_deletion=kind == "DeleteMarkers"
                )
                waiting[version.key][version.version_id] = version
        last = page.get("NextKeyMarker") if page.get("IsTruncated") else None
        for key in [key for key in waiting if key != last]:
            yield list(waiting.pop(key).values())
    for versions in waiting.values():
        yield list(versions.values())


def buckets(settings: Settings) -> list[str]:
    """The store's buckets that the stack uses."""
    return sorted(
        {urlsplit(uri).netloc for uri in (settings.landing_uri, settings.iceberg_warehouse, settings.mlflow_artifacts_uri)}
    )


def run_pass(settings: Settings, now: datetime, page_size: int = 1000) -> Removed:
    """Apply the rules to every bucket. Raises LifecycleError, and what boto3 raises."""
    store = object_store.client(settings, USER)
    landing = urlsplit(settings.landing_uri)
    prefix = f"{landing.path.strip('/')}/" if landing.path.strip("/") else ""
    versions = objects = uploads = 0
    for bucket in buckets(settings):
        paging = {"PageSize": page_size}
        pages = store.get_paginator("list_object_versions").paginate(Bucket=bucket, PaginationConfig=paging)
        old: list[dict[str, str]] = []
        landed: list[dict[str, str]] = []
        for of_key in by_key(pages):
            expired = expired_versions(of_key, settings.pv_noncurrent_days, now)
            old += [{"Key": version.key, "VersionId": version.version_id} for version in expired]
            if bucket == landing.netloc and is_expired_object(of_key, prefix, settings.pv_landing_retention_days, now):
                landed.append({"Key": of_key[0].key})
        _delete(store, bucket, old)
        _delete(store, bucket, landed)
        versions, objects = versions + len(old), objects + len(landed)
        uploads += _give_up_uploads(store, bucket, now - UNFINISHED_UPLOADS_FOR)
    return Removed(versions, objects, uploads)


def _delete(store: Any, bucket: str, named: list[dict[str, str]]) -> None:
    for first in range(0, len(named), LARGEST_REQUEST):
        some = named[first : first + LARGEST_REQUEST]
        if errors := store.delete_objects(Bucket=bucket, Delete={"Objects": some, "Quiet": True}).get("Errors"):
            raise LifecycleError(f"{bucket}/{errors[0]['Key']}: {errors[0]['Code']}; {len(errors)} of {len(some)}")


def _give_up_uploads(store: Any, bucket: str, before: datetime) -> int:
    pages = store.get_paginator("list_multipart_uploads").paginate(Bucket=bucket)
    old = [upload for page in pages for upload in page.get("Uploads", []) if upload["Initiated"] < before]
    for upload in old:
        store.abort_multipart_upload(Bucket=bucket, Key=upload["Key"], UploadId=upload["UploadId"])
    return len(old)


def ask(settings: Settings) -> None:
    """Raises what boto3 raises when the store does not take the key."""
    store = object_store.client(settings, USER)
    for bucket in buckets(settings):
        store.list_object_versions(Bucket=bucket, MaxKeys=1)


def serve(settings: Settings) -> None:
    """Pass after pass, each with the days that the settings say then; does not return.

    It is healthy once the store takes its key: a first pass over many objects takes its time.
    """
    while True:
        try:
            settings = read_settings()
            ask(settings)
            write_note(settings, None)
            removed = run_pass(settings, datetime.now(UTC))
        except (BotoCoreError, ClientError, LifecycleError, SettingsError) as error:
            _say(f"failed, again in {AGAIN_AFTER_FAILURE_SECONDS:.0f} s: {error}")
            write_note(settings, f"{type(error).__name__}: {error}")
            time.sleep(AGAIN_AFTER_FAILURE_SECONDS)
            continue
        _say(f"removed {removed.versions} old versions, {removed.landing_objects} landing objects, {removed.uploads} uploads")
        write_note(settings, None)
        time.sleep(PASS_EVERY_SECONDS)


def _say(line: str) -> None:
    sys.stdout.write(f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ} object-lifecycle: {line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    serve(load_settings())
