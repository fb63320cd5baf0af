"""Landing: one HTTP exchange is one immutable envelope, stored before anybody reads its body.

What belongs here: the envelope's form, its name, putting, listing and reading it. What a body means is in `readings`.
"""

import base64
import gzip
import itertools
import json
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

import boto3
from botocore.client import Config
from botocore.exceptions import BotoCoreError, ClientError

from include.errors import LandingConflict, LandingUnavailable
from include.settings import Settings
from include.windows import Window, iso_utc

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

ENVELOPE_VERSION = 1

# What tells afterwards where an answer came from and how old it was; cookies and the like stay out.
KEPT_HEADERS = (
    "age", "cache-control", "content-encoding", "content-length", "content-type", "date", "etag", "location",
    "retry-after", "server", "x-fastapi-cache", "x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset",
)  # fmt: skip


@dataclass(frozen=True)
class Run:
    """The Airflow run that asked; `run_type` is scheduled, manual or backfill."""

    dag_id: str
    run_id: str
    run_type: str
    try_number: int

    @property
    def longest_wait_seconds(self) -> float:
        """Longest single wait for a source; a backfill gives its place to the hourly runs instead of waiting longer."""
        return 70.0 if self.run_type == "backfill" else math.inf


@dataclass(frozen=True)
class Location:
    """A point weather is asked for, in degrees."""

    latitude: float
    longitude: float

    @property
    def location_id(self) -> str:
        """Six decimals of the registry's coordinates: the key of weather tables."""
        return f"{self.latitude:.6f},{self.longitude:.6f}"


@dataclass(frozen=True)
class Context:
    """What the request was for. `window` holds the labels wanted (None for the registry, which has no hours).

    `unit_codes`: of an answer about all units of a market, those that are read.
    """

    window: Window | None = None
    network_id: str | None = None
    dataset: str | None = None
    model: str | None = None
    facility_codes: tuple[str, ...] = ()
    locations: tuple[Location, ...] = ()
    unit_codes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Exchange:
    """One request and what came of it; `error` says why there is no (whole) answer. Never holds a key."""

    url: str
    params: tuple[tuple[str, str], ...]
    status: int | None
    headers: dict[str, str]
    body: bytes | None
    error: str | None
    fetched_at: datetime
    duration_ms: int


@dataclass(frozen=True)
class Envelope:
    """An exchange with its origin, in the form that is stored."""

    source: str
    exchange: Exchange
    context: Context
    run: Run
    n: int

    @property
    def name(self) -> str:
        """The object's name below LANDING_URI: source, start of what was asked, instant of the answer, run."""
        fetched_at = self.exchange.fetched_at.astimezone(UTC)
        # The registry has no window: its hour of fetching keeps the newest one last in a listing.
        start = self.context.window.start if self.context.window else fetched_at.replace(minute=0)
        return (
            f"{self.source}/{start:%Y%m%dT%H%MZ}/{fetched_at:%Y%m%dT%H%M%S.%fZ}"
            f"-{path_safe(self.run.run_id)}-{self.run.try_number}-{self.n}.json.gz"
        )

    def document(self) -> dict[str, Any]:
        """Return the JSON that is stored."""
        exchange, context, window = self.exchange, self.context, self.context.window
        return {
            "envelope_version": ENVELOPE_VERSION,
            "source": self.source,
            "request": {"method": "GET", "url": exchange.url, "params": [list(param) for param in exchange.params]},
            "context": {
                "window_start": iso_utc(window.start) if window else None,
                "window_end": iso_utc(window.end) if window else None,
                "network_id": context.network_id,
                "dataset": context.dataset,
                "model": context.model,
                "facility_codes": list(context.facility_codes),
                "locations": [
                    {"location_id": place.location_id, "latitude": place.latitude, "longitude": place.longitude}
                    for place in context.locations
                ],
                **({"unit_codes": list(context.unit_codes)} if context.unit_codes else {}),
            },
            "response": {"status": exchange.status, "headers": exchange.headers, **_stored_body(exchange.body)},
            "error": exchange.error,
            "fetched_at": f"{exchange.fetched_at.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}",
            "duration_ms": exchange.duration_ms,
            "run": {
                "dag_id": self.run.dag_id,
                "run_id": self.run.run_id,
                "run_type": self.run.run_type,
                "try_number": self.run.try_number,
                "n": self.n,
            },
        }

    def packed(self) -> bytes:
        """Return the stored bytes; the same envelope always gives the same bytes."""
        return gzip.compress(json.dumps(self.document(), separators=(",", ":")).encode("ascii"), mtime=0)


@dataclass
class Landing:
    """The landing folder in the object store. Raises `LandingUnavailable` where the store does not answer."""

    settings: Settings
    _client: "S3Client" = field(init=False, repr=False)
    _numbers: Iterator[int] = field(init=False, repr=False, default_factory=lambda: itertools.count(1))

    def __post_init__(self) -> None:
        """Open a client; nothing is sent yet."""
        settings = self.settings
        parts = urlsplit(settings.landing_uri)
        self._bucket, self._prefix = parts.netloc, parts.path.strip("/")
        self._client = boto3.client(
            "s3",
            endpoint_url=settings.minio_endpoint,
            region_name=settings.s3_region,
            aws_access_key_id=settings.landing_s3_access_key,
            aws_secret_access_key=settings.landing_s3_secret_key.get_secret_value(),
            config=Config(
                s3={"addressing_style": "path" if settings.s3_path_style else "virtual"},
                retries={"mode": "standard", "max_attempts": 5},
                connect_timeout=10,
                read_timeout=60,
            ),
        )

    def put(self, source: str, exchange: Exchange, context: Context, run: Run) -> tuple[str, dict[str, Any]]:
        """Store one exchange; return its key inside the bucket (the `request_id`) and the stored document.

        Raises `LandingConflict` where another envelope has the name already: nothing is ever overwritten.
        """
        envelope = Envelope(source, exchange, context, run, next(self._numbers))
        key, packed = self._key(envelope.name), envelope.packed()
        try:
            self._client.put_object(Bucket=self._bucket, Key=key, Body=packed, IfNoneMatch="*", ContentType="application/gzip")
        except ClientError as fault:
            # The first try may have arrived though its answer was lost; then our own bytes are there already.
            if _code(fault) not in {"PreconditionFailed", "412"}:
                raise self._unavailable(f"put {key}", fault) from fault
            if self._bytes(key) != packed:
                raise LandingConflict(f"landing: {key} exists with other content; nothing was overwritten") from None
        except BotoCoreError as fault:
            raise self._unavailable(f"put {key}", fault) from fault
        return key, envelope.document()

    def keys(self, source: str) -> list[str]:
        """Return the keys of all envelopes of a source, in the order of their names."""
        prefix = self._key(f"{source}/")
        try:
            pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=prefix)
            return sorted(entry["Key"] for page in pages for entry in page.get("Contents", ()))
        except (ClientError, BotoCoreError) as fault:
            raise self._unavailable(f"list {prefix}", fault) from fault

    def read(self, key: str) -> dict[str, Any]:
        """Return the document stored under a key."""
        return unpack(self._bytes(key))

    def _key(self, name: str) -> str:
        return f"{self._prefix}/{name}" if self._prefix else name

    def _bytes(self, key: str) -> bytes:
        try:
            return self._client.get_object(Bucket=self._bucket, Key=key)["Body"].read()
        except (ClientError, BotoCoreError) as fault:
            raise self._unavailable(f"read {key}", fault) from fault

    def _unavailable(self, action: str, fault: Exception) -> LandingUnavailable:
        return LandingUnavailable(
            f"landing: cannot {action} in bucket {self._bucket} at {self.settings.minio_endpoint}: {fault}. "
            "Check that the object store runs, and LANDING_URI and LANDING_S3_ACCESS_KEY"
        )


def unpack(packed: bytes) -> dict[str, Any]:
    """Return the document of stored bytes."""
    return cast("dict[str, Any]", json.loads(gzip.decompress(packed)))


def path_safe(run_id: str) -> str:
    """Return a run id fit for an object name: `-` parts the fields of a name, so it is replaced too."""
    return re.sub(r"[^A-Za-z0-9_.]+", "_", run_id)[:120]


def kept_headers(headers: Sequence[tuple[str, str]]) -> dict[str, str]:
    """Return the response headers worth keeping, names in lower case."""
    return {name.lower(): value for name, value in headers if name.lower() in KEPT_HEADERS}


def _stored_body(body: bytes | None) -> dict[str, str | None]:
    """Return text as received; what is not UTF-8 goes into base64 so that no byte is lost."""
    if body is None:
        return {"body": None}
    try:
        return {"body": body.decode("utf-8")}
    except UnicodeDecodeError:
        return {"body": base64.b64encode(body).decode("ascii"), "body_encoding": "base64"}


def _code(fault: ClientError) -> str:
    return str(fault.response.get("Error", {}).get("Code", ""))
