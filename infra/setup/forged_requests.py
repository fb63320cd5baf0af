"""Forged requests, which every store must refuse: they name a key and prove nothing, or ask for more than they prove.

Sent to whatever store the stack is about to run on, before anything writes to it: a store may be set up to let anybody in, and
MinIO had several holes of this kind. The keys are the engines' own names (a hole lets in whoever has the rights) and public ones.
What a store takes lies below `access-probe/`, which nothing reads, and is deleted.
"""

from __future__ import annotations

import base64
import io
import tarfile
import uuid
import zlib
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode, urlsplit

import requests
from botocore.exceptions import BotoCoreError, ClientError

from include.settings import Settings
from infra.setup import object_store

FOLDER = "access-probe"
PUBLIC_NAMES = ("minioadmin", "lakehouse-admin", "trino")
"""What MinIO calls its administrator unless told otherwise, and what users of this stack were called once."""
AT_ONCE = 8
TIMEOUT_SECONDS = 10
LET_IN = frozenset({404, 409, 412})
"""Besides success: answers about an object or an upload, which nobody gets who is refused."""
CONTENT = b"probe"


@dataclass(frozen=True)
class Forged:
    """A request; `kind` is what a person reads when a store takes it."""

    kind: str
    method: str
    url: str
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True)
class Place:
    """Where an engine may write."""

    engine: str
    bucket: str
    bucket_url: str
    folder: str
    """The probe's own folder, new each time."""

    def at(self, name: str, **query: str) -> str:
        """Address of an object of the probe."""
        return f"{self.bucket_url}/{self.folder}/{name}" + (f"?{urlencode(query)}" if query else "")

    def listing(self, **query: str) -> str:
        """Address of a listing of the probe's folder."""
        return f"{self.bucket_url}?{urlencode({'list-type': '2', 'prefix': f'{self.folder}/', **query})}"


def places(settings: Settings) -> list[Place]:
    """One for each S3 address, with an engine that may write there; where the engine may delete too, it comes first."""
    endpoint = urlsplit(settings.minio_endpoint)
    writers = {
        "trino": settings.iceberg_warehouse,
        "mlflow": settings.mlflow_artifacts_uri,
        "landing": settings.landing_uri,
    }
    found = []
    for engine, uri in writers.items():
        parts = urlsplit(uri)
        by_path = f"{settings.minio_endpoint}/{parts.netloc}"
        by_host = f"{endpoint.scheme}://{parts.netloc}.{endpoint.netloc}"
        folder = f"{parts.path.strip('/')}/{FOLDER}/{uuid.uuid4().hex}".lstrip("/")
        found.append(Place(engine, parts.netloc, by_path if settings.s3_path_style else by_host, folder))
    return found


def without_name(place: Place) -> list[Forged]:
    """What anybody could send who knows no more than the bucket's name."""
    headers, body = in_chunks(CONTENT)
    return [
        Forged("an anonymous listing", "GET", place.listing()),
        Forged("an anonymous write", "PUT", place.at("anonymous"), body=CONTENT),
        Forged("an anonymous write in chunks", "PUT", place.at("anonymous-chunks"), headers, body),
    ]


def with_name(place: Place, access_key: str, region: str) -> list[Forged]:
    """What somebody could send who knows a user's name too."""
    now = datetime.now(UTC)
    credential = {"X-Amz-Credential": f"{access_key}/{now:%Y%m%d}/{region}/s3/aws4_request"}
    chunked, chunks = in_chunks(CONTENT)
    archive = _archive(f"{place.folder}/unpacked")
    archived, _ = in_chunks(archive)  # announced as such, but the hole was where nobody looked for chunks

    def signed(headers: dict[str, str]) -> dict[str, str]:
        """Headers with a signature that was made up."""
        headers = headers | {"X-Amz-Date": f"{now:%Y%m%dT%H%M%SZ}"}
        names = ";".join(sorted(["host", *(name.lower() for name in headers)]))
        by = f"AWS4-HMAC-SHA256 Credential={credential['X-Amz-Credential']}, SignedHeaders={names}, Signature={'0' * 64}"
        return headers | {"Authorization": by}

    part = {"partNumber": "1", "uploadId": FOLDER}
    extract = {"X-Amz-Meta-Snowball-Auto-Extract": "true"}
    payload = {"X-Amz-Content-Sha256": "UNSIGNED-PAYLOAD"}
    return [
        Forged("a write whose key is named in the query", "PUT", place.at("query", **credential), chunked, chunks),
        Forged("a part whose key is named in the query", "PUT", place.at("part", **credential, **part), chunked, chunks),
        Forged("a listing whose key is named in the query", "GET", place.listing(**credential)),
        Forged("a write with a made-up signature", "PUT", place.at("made-up"), signed(payload), CONTENT),
        Forged("a write in chunks with a made-up signature", "PUT", place.at("chunks"), signed(chunked), chunks),
        Forged("an archive with a made-up signature", "PUT", place.at("archive.tar"), signed(archived | extract), archive),
    ]


def on_an_object(place: Place, name: str, presigned: str) -> list[Forged]:
    """What may be tried with an object that is there; `presigned` is an address that allows to write one other object."""
    copied = {"X-Amz-Copy-Source": f"/{place.bucket}/{place.folder}/{name}"}
    return [
        Forged("an anonymous read", "GET", place.at(name)),
        Forged("a copy by an address that allows a write", "PUT", presigned, copied),
        Forged("an anonymous delete", "DELETE", place.at(name)),
    ]


def in_chunks(content: bytes) -> tuple[dict[str, str], bytes]:
    """Headers and body of an upload whose checksum follows its content and is not signed."""
    checksum = base64.b64encode(zlib.crc32(content).to_bytes(4, "big"))
    headers = {
        "X-Amz-Content-Sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
        "X-Amz-Decoded-Content-Length": str(len(content)),
        "X-Amz-Trailer": "x-amz-checksum-crc32",
        "Content-Encoding": "aws-chunked",
    }
    return headers, b"%x\r\n%b\r\n0\r\nx-amz-checksum-crc32:%b\r\n\r\n" % (len(content), content, checksum)


def _archive(name: str) -> bytes:
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w") as archive:
        entry = tarfile.TarInfo(name)
        entry.size = len(CONTENT)
        archive.addfile(entry, io.BytesIO(CONTENT))
    return content.getvalue()


def is_taken(forged: Forged) -> bool:
    """Send a request; whether the store let it in, even if it then found no such object or upload."""
    answer = requests.request(
        forged.method,
        forged.url,
        headers=forged.headers,
        data=forged.body,
        timeout=TIMEOUT_SECONDS,
        allow_redirects=False,
        auth=lambda prepared: prepared,  # else a password of ~/.netrc is added
    )
    return answer.status_code < HTTPStatus.MULTIPLE_CHOICES or answer.status_code in LET_IN


def taken(requests_to_send: Iterable[Forged]) -> list[str]:
    """Kinds of the requests that the store takes, each once."""
    to_send = list(requests_to_send)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = list(pool.map(is_taken, to_send))
    return list(dict.fromkeys(forged.kind for forged, was_taken in zip(to_send, answers, strict=True) if was_taken))


def findings(settings: Settings) -> list[str]:
    """Kinds of forged requests that the store takes; what it took is deleted. Raises requests' and botocore's errors."""
    first, *others = all_places = places(settings)
    writer = object_store.client(settings, first.engine)
    witness = {"Bucket": first.bucket, "Key": f"{first.folder}/witness"}
    writer.put_object(**witness, Body=CONTENT)
    try:
        presigned = writer.generate_presigned_url("put_object", {**witness, "Key": f"{first.folder}/copied"}, ExpiresIn=60)
        names = {place: settings.secret(f"{place.engine}_s3_access_key") for place in all_places}
        to_send = [*without_name(first), *(forged for place in others for forged in without_name(place))]
        to_send += [forged for place, name in names.items() for forged in with_name(place, name, settings.s3_region)]
        to_send += [forged for name in _administrators(settings) for forged in with_name(first, name, settings.s3_region)]
        return [*taken(to_send), *_second_write(writer, witness), *taken(on_an_object(first, "witness", presigned))]
    finally:
        for place in all_places:
            _delete(settings, place)


def _second_write(writer: Any, witness: dict[str, str]) -> list[str]:
    """Nothing where the store refuses to write an object twice to whoever asks for that: landing is written once by it."""
    try:
        writer.put_object(**witness, Body=CONTENT, IfNoneMatch="*")
    except ClientError as error:
        if error.response["Error"].get("Code") in {"PreconditionFailed", "412"}:
            return []
    return ["a second write with If-None-Match: * (conditional writes)"]


def _administrators(settings: Settings) -> list[str]:
    return [*PUBLIC_NAMES, *([settings.minio_access_key] if settings.has("minio_access_key") else [])]


def _delete(settings: Settings, place: Place) -> None:
    """Remove what is in the probe's folder, as far as somebody may whose key is here."""
    client: Any = object_store.client(settings, "minio" if settings.has("minio_secret_key") else place.engine)
    try:
        for entry in client.list_objects_v2(Bucket=place.bucket, Prefix=f"{place.folder}/").get("Contents", ()):
            client.delete_object(Bucket=place.bucket, Key=entry["Key"])
    except ClientError:
        pass  # nobody may delete in landing; what lies here is in nobody's way


def refuse(settings: Settings) -> None:
    """Raise StoreError, with the kinds of forged requests that the store takes, when there are any."""
    try:
        kinds = findings(settings)
    except (BotoCoreError, ClientError, requests.RequestException) as error:
        raise object_store.StoreError(f"{settings.minio_endpoint} cannot be asked to refuse forged requests: {error}") from None
    if kinds:
        raise object_store.StoreError(
            f"{settings.minio_endpoint} (S3_SERVER={settings.s3_server}) takes {', '.join(kinds)}: nothing more is started on "
            "it, see docs/storage.md, Forged requests"
        )
