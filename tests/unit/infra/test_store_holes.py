"""Our MinIO refuses what its last public version takes, and still does what the lakehouse's clients ask of it."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import boto3
import pytest
import requests
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from minio.credentials.providers import StaticProvider
from minio.minioadmin import MinioAdmin

from include.settings import Settings
from infra.setup import forged_requests, object_store, preparation
from infra.setup.object_store import StoreError
from tests.catalog.stack import Stack

pytestmark = pytest.mark.needs_minio
LANDING = {"Bucket": "lakehouse", "Key": "landing/test/object"}
WAREHOUSE = {"Bucket": "lakehouse", "Key": "warehouse/test/object"}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """MinIO alone, started by the product's command line, with its users and buckets."""
    stack = Stack(tmp_path_factory.mktemp("store"))
    (stack.folder / "minio").mkdir()
    stack.start(stack.minio)
    try:
        preparation.create_buckets(stack.settings)
        yield stack.settings
    finally:
        stack.stop()


@pytest.fixture
def administrator(store: Settings) -> MinioAdmin:
    root = StaticProvider(store.minio_access_key, store.secret("minio_secret_key"))
    return MinioAdmin(endpoint=store.minio_endpoint.removeprefix("http://"), credentials=root, region="us-east-1", secure=False)


@contextmanager
def refused(code: str) -> Iterator[None]:
    with pytest.raises(ClientError) as refusal:
        yield
    assert refusal.value.response["Error"]["Code"] == code


def signed(store: Settings, engine: str, method: str, path: str, headers: dict[str, str], body: bytes = b"") -> int:
    """Status of a request with the right signature of an engine's user, or the administrator's."""
    name = engine if engine == "minio" else f"{engine}_s3"
    request = AWSRequest(method, f"{store.minio_endpoint}{path}", headers=headers, data=body)
    request.headers["X-Amz-Content-Sha256"] = hashlib.sha256(body).hexdigest()
    SigV4Auth(Credentials(store.secret(f"{name}_access_key"), store.secret(f"{name}_secret_key")), "s3", "us-east-1").add_auth(
        request
    )
    return requests.request(method, request.url, headers=dict(request.headers), data=body, timeout=10).status_code


def test_no_forged_request_is_taken_and_nothing_of_the_probe_stays(store: Settings) -> None:
    assert forged_requests.findings(store) == []
    forged_requests.refuse(store)

    listed = object_store.client(store, "minio").list_objects_v2(Bucket="lakehouse")
    assert not [entry["Key"] for entry in listed.get("Contents", ()) if forged_requests.FOLDER in entry["Key"]]


def test_a_forged_request_is_answered_with_403(store: Settings) -> None:
    place = forged_requests.places(store)[0]
    (write,) = (
        forged
        for forged in forged_requests.with_name(place, store.trino_s3_access_key, store.s3_region)
        if forged.kind == "a write whose key is named in the query"
    )

    assert requests.put(write.url, headers=write.headers, data=write.body, timeout=10).status_code == 403


@pytest.mark.parametrize(
    ("method", "path", "headers"),
    [
        ("PUT", "/lakehouse/warehouse/archive.tar", {"X-Amz-Meta-Snowball-Auto-Extract": "true"}),
        ("PUT", "/lakehouse/warehouse/object", {"X-Minio-Replication-Server-Side-Encryption-Iv": "made-up"}),
        ("PUT", "/lakehouse/warehouse/object", {"X-Minio-Source-Replication-Request": "true"}),
        ("PUT", "/lakehouse/warehouse/object", {"X-Amz-Replication-Status": "REPLICA"}),
        ("POST", "/lakehouse/warehouse/object?select=&select-type=2", {}),
    ],
    ids=["archive", "replication metadata", "replication", "replica", "select"],
)
def test_kinds_that_no_client_of_ours_sends_are_refused_even_to_the_administrator(
    store: Settings, method: str, path: str, headers: dict[str, str]
) -> None:
    assert signed(store, "minio", method, path, headers, b"content") == 403


def test_an_upload_by_a_form_is_refused(store: Settings) -> None:
    form = {"key": "warehouse/object", "bucket": "lakehouse", "X-Amz-Credential": store.trino_s3_access_key}
    answer = requests.post(f"{store.minio_endpoint}/lakehouse", data=form, files={"file": b"content"}, timeout=10)

    assert answer.status_code == 403


def test_a_header_does_not_stand_in_for_the_prefix_that_a_policy_allows(store: Settings) -> None:
    listing = "/lakehouse?list-type=2&prefix=warehouse%2F"

    assert signed(store, "landing", "GET", listing, {}) == 403
    assert signed(store, "landing", "GET", listing, {"Prefix": "landing"}) == 403
    assert signed(store, "trino", "GET", listing, {}) == 200


def test_routes_between_servers_are_not_there(store: Settings) -> None:
    """CVE-2026-42600 needs one of them: a MinIO that is several servers has it, ours is one."""
    answer = requests.post(f"{store.minio_endpoint}/minio/storage/minio/v63/rmpl", data=b"x", timeout=10)

    assert answer.status_code == 426, answer.text  # what it says to a route between servers that it does not have


def test_sessions_of_the_console_are_not_encrypted_by_what_others_know(store: Settings) -> None:
    console = f"http://127.0.0.1:{store.minio_console_port}/api/v1/login"
    login = {"accessKey": store.minio_access_key, "secretKey": store.secret("minio_secret_key")}
    token = b64decode(requests.post(console, json=login, timeout=10).cookies["token"])
    deployment = json.loads((store.pv_data_dir / "minio/.minio.sys/format.json").read_text())["id"].encode()

    algorithm, iv, nonce, sealed = token[0], token[1:17], token[17:29], token[29:]
    assert algorithm == 0  # AES-GCM, on every machine with AES instructions
    key = hmac.digest(hashlib.pbkdf2_hmac("sha1", deployment, deployment, 4096, 32), iv, "sha256")
    with pytest.raises(InvalidTag):
        AESGCM(key).decrypt(nonce, sealed, b"")


def test_who_may_not_delete_cannot_replace_either(store: Settings) -> None:
    landing, spark = object_store.client(store, "landing"), object_store.client(store, "spark")
    landing.put_object(**LANDING, Body=b"first")

    with refused("PreconditionFailed"):
        landing.put_object(**LANDING, Body=b"second")
    upload = {**LANDING, "UploadId": landing.create_multipart_upload(**LANDING)["UploadId"]}
    part = {"ETag": landing.upload_part(**upload, PartNumber=1, Body=b"second")["ETag"], "PartNumber": 1}
    with refused("PreconditionFailed"):
        landing.complete_multipart_upload(**upload, MultipartUpload={"Parts": [part]})
    landing.put_object(Bucket="lakehouse", Key="landing/test/other", Body=b"other")
    with refused("AccessDenied"):
        landing.copy_object(**LANDING, CopySource="lakehouse/landing/test/other")
    assert spark.get_object(**LANDING)["Body"].read() == b"first"


def test_who_may_delete_may_replace_and_copy(store: Settings) -> None:
    trino = object_store.client(store, "trino")
    for body in (b"first", b"second"):
        trino.put_object(**WAREHOUSE, Body=body)
    copy = {**WAREHOUSE, "Key": "warehouse/test/copy"}

    trino.copy_object(**copy, CopySource=f"{WAREHOUSE['Bucket']}/{WAREHOUSE['Key']}")

    assert trino.get_object(**copy)["Body"].read() == b"second"


def test_an_address_with_a_signature_in_it_is_good_for_what_was_signed(store: Settings) -> None:
    trino = object_store.client(store, "trino")
    target = {**WAREHOUSE, "Key": "warehouse/test/presigned"}

    def address(method: str, **more: Any) -> str:
        made: str = trino.generate_presigned_url(method, {**target, **more})
        return made

    assert requests.put(address("put_object"), data=b"content", timeout=10).status_code == 200
    assert requests.get(address("get_object"), timeout=10).content == b"content"
    tagged = address("put_object", Metadata={"who": "me"})
    assert requests.put(tagged, data=b"content", headers={"x-amz-meta-who": "me"}, timeout=10).status_code == 200
    assert requests.put(address("put_object"), headers={"x-amz-meta-who": "me"}, timeout=10).status_code == 403


def test_former_names_of_users_are_removed_and_a_persons_own_user_stays(store: Settings, administrator: MinioAdmin) -> None:
    administrator.user_add("trino", store.secret("trino_s3_secret_key"))
    administrator.policy_set("lakehouse-trino", user="trino")
    administrator.user_add("somebody", "a-secret-of-somebody")
    administrator.policy_set("readonly", user="somebody")

    preparation.create_buckets(store)

    users = json.loads(administrator.user_list())
    ours = {store.secret(f"{engine}_s3_access_key") for engine in ("landing", "spark", "trino", "catalog", "mlflow", "reader")}
    assert set(users) == ours | {"somebody"}
    former = boto3.client(
        "s3",
        endpoint_url=store.minio_endpoint,
        region_name="us-east-1",
        aws_access_key_id="trino",
        aws_secret_access_key=store.secret("trino_s3_secret_key"),
    )
    with refused("InvalidAccessKeyId"):
        former.put_object(**WAREHOUSE, Body=b"former")


@pytest.fixture
def open_store() -> Iterator[str]:
    """Address of a store that lets everybody in."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            body = b"<ListBucketResult/>" if self.command == "GET" else b""
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_PUT(self) -> None:
            self.do_GET()

        def do_DELETE(self) -> None:
            self.do_GET()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_a_store_that_takes_them_is_refused_in_one_line(open_store: str, store: Settings) -> None:
    anything_goes = store.model_copy(update={"minio_endpoint": open_store})

    with pytest.raises(StoreError) as refusal:
        forged_requests.refuse(anything_goes)

    (line,) = str(refusal.value).splitlines()
    assert line.startswith(f"{open_store} (S3_SERVER=minio) takes an anonymous listing, an anonymous write, ")
    for kind in (
        "a part whose key is named in the query",
        "an archive with a made-up signature",
        "a second write with If-None-Match",
    ):
        assert kind in line
