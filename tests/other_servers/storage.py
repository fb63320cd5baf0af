"""What tests/on_other_servers.sh asks of versitygw, as the administrator of a person's own store would.

`settings FOLDER`: writes `storage.env`, the stack's settings for the store, with keys made up for this run (mode 0600).
`users`: waits for the server, makes a user for each engine and a policy for each bucket. Settings are the process environment's.
"""

from __future__ import annotations

import json
import os
import runpy
import secrets
import sys
import time
from collections import defaultdict
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import requests
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import BotoCoreError

from include.paths import PROJECT_ROOT
from include.settings import Settings, read_settings
from infra.native import object_store, preparation

ENGINES = ("landing", "spark", "trino", "catalog", "mlflow", "reader")
READY_WITHIN_SECONDS = 30
CREATE_BUCKETS = PROJECT_ROOT / "docker/minio/init/create_buckets.py"


def write_settings(path: Path) -> None:
    """Settings of a store that is not ours; access keys differ from their defaults, which nothing may rely on."""
    lines = ["S3_SERVER=external", "S3_REGION=us-east-1", f"MINIO_ENDPOINT={read_settings().minio_endpoint}"]
    lines += ["MINIO_ACCESS_KEY=second-admin", f"MINIO_SECRET_KEY={secrets.token_urlsafe(32)}"]
    for engine in ENGINES:
        name = f"{engine.upper()}_S3"
        lines += [f"{name}_ACCESS_KEY=second-{engine}", f"{name}_SECRET_KEY={secrets.token_urlsafe(32)}"]
    path.touch(mode=0o600)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def wait_until_ready(settings: Settings) -> None:
    """Raises the last failure when the administrator is not answered in time."""
    deadline = time.monotonic() + READY_WITHIN_SECONDS
    while True:
        try:
            object_store.client(settings, "minio").list_buckets()
            return
        except BotoCoreError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)


def make_user(settings: Settings, access_key: str, secret_key: str) -> None:
    """By versitygw's admin API; its own command line would have the secret in its arguments."""
    account = f"<Account><Access>{escape(access_key)}</Access><Secret>{escape(secret_key)}</Secret><Role>user</Role></Account>"
    request = AWSRequest("PATCH", f"{settings.minio_endpoint}/create-user", data=account.encode())
    request.headers["X-Amz-Content-Sha256"] = SigV4Auth(None, "s3", "").payload(request)
    administrator = Credentials(settings.minio_access_key, settings.secret("minio_secret_key"))
    SigV4Auth(administrator, "s3", settings.s3_region).add_auth(request)
    answer = requests.request("PATCH", request.url, data=request.body, headers=dict(request.headers), timeout=10)
    answer.raise_for_status()


def bucket_policies(settings: Settings) -> dict[str, list[dict[str, Any]]]:
    """Statements by bucket: what MinIO's users may do, said of buckets instead of users."""
    script = runpy.run_path(str(CREATE_BUCKETS))
    engines = script["policies"](settings.landing_uri, settings.iceberg_warehouse, settings.mlflow_artifacts_uri)
    statements: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for engine, allowed in engines.items():
        for statement in allowed:
            bucket = statement["Resource"][0].removeprefix("arn:aws:s3:::").split("/")[0]
            statements[bucket].append({**statement, "Principal": {"AWS": [getattr(settings, f"{engine}_s3_access_key")]}})
    return statements


def make_users(settings: Settings) -> None:
    """Users, buckets, policies."""
    wait_until_ready(settings)
    for engine in ENGINES:
        make_user(settings, getattr(settings, f"{engine}_s3_access_key"), settings.secret(f"{engine}_s3_secret_key"))
    print(f"second storage: {preparation.create_buckets(settings)}")
    administrator = object_store.client(settings, "minio")
    for bucket, statements in bucket_policies(settings).items():
        policy = {"Version": "2012-10-17", "Statement": statements}
        administrator.put_bucket_policy(Bucket=bucket, Policy=json.dumps(policy))


if __name__ == "__main__":
    os.umask(0o077)
    if sys.argv[1] == "settings":
        write_settings(Path(sys.argv[2]) / "storage.env")
    else:
        make_users(read_settings())
