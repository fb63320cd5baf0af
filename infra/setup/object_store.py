"""An S3 store that the stack does not run (S3_SERVER=external): its buckets, and whether it takes the key of every engine.

Our own MinIO is not here: it is a service like the others (services, probes).
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from include.settings import Settings
from infra.refusal import RefusedError
from infra.setup import preparation

CONNECT_SECONDS = 5
READ_SECONDS = 20
FIXES = {
    "InvalidAccessKeyId": "no such user: check it",
    "SignatureDoesNotMatch": "its secret or S3_REGION is not the store's: check both",
    "NoSuchBucket": "make the bucket, or give MINIO_ACCESS_KEY and MINIO_SECRET_KEY of a user who may",
    "AccessDenied": "give it the rights that docs/storage.md lists",
}


class StoreError(RefusedError):
    """The store does not answer or refuses; a line for each finding, which names the variable to look at."""


def client(settings: Settings, user: str, attempts: int = 2) -> Any:
    """boto3 client of `minio` (the administrator) or of an engine's user, as `landing`."""
    import boto3
    from botocore.client import Config

    name = user if user == "minio" else f"{user}_s3"
    return boto3.client(
        "s3",
        endpoint_url=settings.minio_endpoint,
        region_name=settings.s3_region,
        aws_access_key_id=settings.secret(f"{name}_access_key"),
        aws_secret_access_key=settings.secret(f"{name}_secret_key"),
        config=Config(
            signature_version="s3v4",
            s3={"addressing_style": "path" if settings.s3_path_style else "virtual"},
            retries={"mode": "standard", "total_max_attempts": attempts},
            connect_timeout=CONNECT_SECONDS,
            read_timeout=READ_SECONDS,
        ),
    )


def places(settings: Settings) -> list[tuple[str, str, str]]:
    """(engine, variable, S3 address) of all that the engines read."""
    landing = ("LANDING_URI", settings.landing_uri)
    warehouse = ("ICEBERG_WAREHOUSE", settings.iceberg_warehouse)
    artifacts = ("MLFLOW_ARTIFACTS_URI", settings.mlflow_artifacts_uri)
    read = {
        "landing": [landing],
        "spark": [landing, warehouse],
        "trino": [warehouse],
        "catalog": [warehouse] if settings.catalog_server == "iceberg-rest" else [],
        "mlflow": [artifacts],
        "reader": [warehouse],
    }
    return [(engine, *place) for engine, all_places in read.items() for place in all_places]


def refusals(settings: Settings) -> list[str]:
    """A line for each place that an engine cannot list with its key; one line in all when the store does not answer."""
    from botocore.exceptions import BotoCoreError, ClientError

    lines = []
    for engine, variable, uri in places(settings):
        parts = urlsplit(uri)
        prefix = f"{parts.path.strip('/')}/" if parts.path.strip("/") else ""
        try:
            client(settings, engine).list_objects_v2(Bucket=parts.netloc, Prefix=prefix, MaxKeys=1)
        except ClientError as error:
            code = str(error.response["Error"].get("Code", ""))
            fix = FIXES.get(code, "see what the store says of it")
            lines.append(f"{settings.minio_endpoint} refuses {engine.upper()}_S3_ACCESS_KEY {uri} ({variable}): {code}; {fix}")
        except BotoCoreError as error:
            return [f"{settings.minio_endpoint} does not answer (S3_SERVER=external, MINIO_ENDPOINT): {error}"]
    return lines


def prepare(settings: Settings) -> str:
    """Make the buckets when the administrator's key is given, then ask with every engine's key; returns what was done.

    Raises StoreError when an engine is refused, PreparationError when the administrator is.
    """
    said = "buckets and users are taken as they are (no MINIO_SECRET_KEY)"
    if settings.minio_secret_key.get_secret_value():
        said = preparation.create_buckets(settings)
    if lines := refusals(settings):
        raise StoreError("\n".join(lines))
    return said
