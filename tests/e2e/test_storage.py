"""What the lakehouse needs of the S3 that the stack runs on: features, and users that may no more than they must."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest
from botocore.exceptions import ClientError

from infra.setup import forged_requests, object_store
from infra.setup.forged_requests import Place
from tests.e2e.conftest import Stack
from tests.e2e.processes import native

pytestmark = pytest.mark.stack
ANYWHERE = Place("trino", "bucket", "http://store/bucket", "folder")
KINDS = [
    forged.kind for forged in (*forged_requests.without_name(ANYWHERE), *forged_requests.with_name(ANYWHERE, "name", "region"))
]


@contextmanager
def refused(*codes: str) -> Iterator[None]:
    with pytest.raises(ClientError) as refusal:
        yield
    assert refusal.value.response["Error"]["Code"] in codes


def place(uri: str) -> dict[str, str]:
    """Bucket and key of a new object under an S3 address."""
    parts = urlsplit(uri)
    return {"Bucket": parts.netloc, "Key": f"{parts.path.strip('/')}/test-storage/{uuid.uuid4().hex}"}


def test_a_landing_object_is_written_once_and_neither_replaced_nor_deleted_by_an_engine(stack: Stack) -> None:
    landing, target = object_store.client(stack.settings, "landing"), place(stack.settings.landing_uri)
    landing.put_object(**target, Body=b"first", IfNoneMatch="*")

    with refused("PreconditionFailed"):
        landing.put_object(**target, Body=b"second", IfNoneMatch="*")
    if stack.settings.s3_server == "minio":  # another store keeps the first one as a version, if it can
        with refused("PreconditionFailed"):
            landing.put_object(**target, Body=b"second")
    for engine in ("landing", "spark", "trino", "catalog", "reader"):
        with refused("AccessDenied"):
            object_store.client(stack.settings, engine).delete_object(**target)

    assert object_store.client(stack.settings, "spark").get_object(**target)["Body"].read() == b"first"


@pytest.mark.parametrize("kind", KINDS)
def test_a_forged_request_is_refused(stack: Stack, kind: str) -> None:
    s = stack.settings
    for place in forged_requests.places(s):
        name = s.secret(f"{place.engine}_s3_access_key")
        sent = [*forged_requests.without_name(place), *forged_requests.with_name(place, name, s.s3_region)]
        assert forged_requests.taken(forged for forged in sent if forged.kind == kind) == []


def test_no_forged_request_is_taken_whoever_it_names_and_nothing_of_the_probe_stays(stack: Stack) -> None:
    assert forged_requests.findings(stack.settings) == []

    administrator = object_store.client(stack.settings, "minio")
    for _, _, uri in object_store.places(stack.settings):
        parts = urlsplit(uri)
        left = administrator.list_objects_v2(Bucket=parts.netloc, Prefix=f"{parts.path.strip('/')}/{forged_requests.FOLDER}/")
        assert left["KeyCount"] == 0


def test_a_reader_of_the_warehouse_cannot_write_it_and_others_cannot_read_it(stack: Stack) -> None:
    target = place(stack.settings.iceberg_warehouse)
    writer = object_store.client(stack.settings, "trino")
    writer.put_object(**target, Body=b"rows")

    reader = object_store.client(stack.settings, "reader")
    assert reader.get_object(**target)["Body"].read() == b"rows"
    with refused("AccessDenied"):
        reader.put_object(**target, Body=b"other")
    for engine in ("landing", "mlflow"):
        with refused("AccessDenied"):
            object_store.client(stack.settings, engine).get_object(**target)
    writer.delete_objects(Bucket=target["Bucket"], Delete={"Objects": [{"Key": target["Key"]}]})


def test_what_is_replaced_or_deleted_is_kept_as_a_version(stack: Stack) -> None:
    administrator, target = object_store.client(stack.settings, "minio"), place(stack.settings.iceberg_warehouse)
    writer = object_store.client(stack.settings, "spark")
    for body in (b"first", b"second"):
        writer.put_object(**target, Body=body)
    writer.delete_object(**target)

    listed = administrator.list_object_versions(Bucket=target["Bucket"], Prefix=target["Key"])

    assert [version["Size"] for version in listed["Versions"]] == [len(b"second"), len(b"first")]
    assert len(listed["DeleteMarkers"]) == 1


def test_a_large_object_is_written_in_parts_and_may_be_given_up(stack: Stack) -> None:
    writer, target = object_store.client(stack.settings, "spark"), place(stack.settings.iceberg_warehouse)
    content = [b"a" * 5 * 2**20, b"b" * 1000]  # all parts but the last have 5 MiB at least

    def begin() -> dict[str, str]:
        return {**target, "UploadId": writer.create_multipart_upload(**target)["UploadId"]}

    given_up = begin()
    writer.upload_part(**given_up, PartNumber=1, Body=content[0])
    writer.abort_multipart_upload(**given_up)
    upload = begin()
    tags = [writer.upload_part(**upload, PartNumber=n, Body=part)["ETag"] for n, part in enumerate(content, 1)]
    assert [part["ETag"] for part in writer.list_parts(**upload)["Parts"]] == tags
    parts = [{"PartNumber": n, "ETag": tag} for n, tag in enumerate(tags, 1)]
    writer.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts})

    assert writer.get_object(**target)["Body"].read() == b"".join(content)
    writer.delete_object(**target)


def test_mlflow_keeps_and_gives_back_a_file(stack: Stack) -> None:
    path = f"api/2.0/mlflow-artifacts/artifacts/test-storage/{uuid.uuid4().hex}"
    stack.mlflow("admin", "PUT", path, data=b"a model").raise_for_status()

    assert stack.mlflow("admin", "GET", path).content == b"a model"


def test_the_status_says_how_the_store_answers(stack: Stack) -> None:
    status = native("status")

    assert status.returncode == 0, status.stdout
    assert re.search(r"^ +((minio|versitygw) +RUNNING|object store +external) +healthy$", status.stdout, re.MULTILINE), (
        status.stdout
    )
