"""What the service object-lifecycle does on a real store without rules; days pass in the question, not on the clock."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest

from infra.services import lifecycle_note, lifecycle_rules
from infra.setup import object_store
from tests.e2e.conftest import Stack
from tests.e2e.test_storage import refused

pytestmark = pytest.mark.stack


@pytest.fixture
def versitygw(stack: Stack) -> Stack:
    if stack.settings.s3_server != "versitygw":
        pytest.skip("a store that has lifecycle rules, or that somebody else looks after")
    return stack


@pytest.fixture
def put(versitygw: Stack) -> Iterator[Any]:
    """Writes an object of the warehouse and returns where it lies."""
    parts, folder = urlsplit(versitygw.settings.iceberg_warehouse), uuid.uuid4().hex
    writer = object_store.client(versitygw.settings, "spark")

    def write(name: str, body: bytes) -> dict[str, str]:
        target = {"Bucket": parts.netloc, "Key": f"{parts.path.strip('/')}/test-lifecycle/{folder}/{name}"}
        writer.put_object(**target, Body=body)
        return target

    yield write
    for item in writer.list_objects_v2(Bucket=parts.netloc, Prefix=f"{parts.path.strip('/')}/test-lifecycle/{folder}/")[
        "Contents"
    ]:
        writer.delete_object(Bucket=parts.netloc, Key=item["Key"])


def listed(stack: Stack, target: dict[str, str]) -> tuple[int, int]:
    """How many versions and delete markers an object has."""
    found = object_store.client(stack.settings, "minio").list_object_versions(Bucket=target["Bucket"], Prefix=target["Key"])
    return len(found.get("Versions", [])), len(found.get("DeleteMarkers", []))


def test_old_versions_go_when_their_days_are_over_and_current_ones_stay(versitygw: Stack, put: Any) -> None:
    settings, now = versitygw.settings, datetime.now(UTC)
    for body in (b"first", b"second"):
        replaced = put("replaced", body)
    writer, gone, odd = object_store.client(settings, "spark"), put("deleted", b"rows"), put("ä +&%/ü", b"rows")
    writer.delete_object(**gone)
    upload = writer.create_multipart_upload(**replaced)["UploadId"]

    lifecycle_rules.run_pass(settings, now + timedelta(days=settings.pv_noncurrent_days), page_size=2)
    assert (listed(versitygw, replaced), listed(versitygw, gone)) == ((2, 0), (1, 1))
    with refused("NoSuchUpload"):
        writer.list_parts(**replaced, UploadId=upload)
    over = now + timedelta(days=settings.pv_noncurrent_days + 1, minutes=1)
    lifecycle_rules.run_pass(settings, over, page_size=2)
    assert (listed(versitygw, replaced), listed(versitygw, gone)) == ((1, 0), (0, 1))
    lifecycle_rules.run_pass(settings, over)
    assert lifecycle_rules.run_pass(settings, over) == lifecycle_rules.Removed()

    assert listed(versitygw, gone) == (0, 0)
    assert writer.get_object(**replaced)["Body"].read() == b"second"
    assert writer.get_object(**odd)["Body"].read() == b"rows"


def test_its_key_reads_and_writes_nothing_and_deletes_no_object(versitygw: Stack, put: Any) -> None:
    target = put("kept", b"rows")
    lifecycle = object_store.client(versitygw.settings, lifecycle_rules.USER)

    for forbidden in (
        lambda: lifecycle.get_object(**target),
        lambda: lifecycle.put_object(**target, Body=b"other"),
        lambda: lifecycle.delete_object(**target),
        lambda: lifecycle.put_bucket_policy(Bucket=target["Bucket"], Policy="{}"),
    ):
        with refused("AccessDenied"):
            forbidden()


def test_the_service_says_that_its_last_pass_went_well(versitygw: Stack) -> None:
    assert lifecycle_note.finding(versitygw.settings) is None
