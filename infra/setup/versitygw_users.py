"""versitygw's users and what each may do. Called by docker/minio/init/create_buckets.py; every call may be repeated.

Its policies belong to buckets, not to users: what MinIO's users may do is said of the buckets, with access keys as principals.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote
from xml.sax.saxutils import escape

import requests
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from infra.refusal import RefusedError

TIMEOUT_SECONDS = 10
LIFECYCLE = "lifecycle"
Statements = list[dict[str, Any]]


class AdminError(RefusedError):
    """versitygw's admin API refused a request."""


@dataclass(frozen=True)
class Admin:
    """The admin API. Its own command line would have the secrets in its arguments."""

    endpoint: str
    access_key: str
    secret_key: str
    region: str

    def call(self, path: str, body: str) -> bool:
        """Send a signed PATCH; whether what it is about is there. Raises AdminError for any other refusal."""
        request = AWSRequest("PATCH", f"{self.endpoint}/{path}", data=body.encode())
        signer = SigV4Auth(Credentials(self.access_key, self.secret_key), "s3", self.region)
        request.headers["X-Amz-Content-Sha256"] = signer.payload(request)
        signer.add_auth(request)
        session = requests.Session()
        session.trust_env = False  # the store is a neighbour: no proxy stands between
        headers = dict(request.headers)
        answer = session.request("PATCH", str(request.url), data=request.body, headers=headers, timeout=TIMEOUT_SECONDS)
        if answer.status_code >= 400 and "UserNotFound" not in answer.text:
            raise AdminError(f"{self.endpoint}/{path.partition('?')[0]}: {answer.status_code} {answer.text[:300]}")
        return answer.status_code < 400

    def ensure_user(self, access_key: str, secret_key: str) -> None:
        """Create a user without a right of its own, or give it this secret."""
        secret = f"<Secret>{escape(secret_key)}</Secret>"
        if not self.call(f"update-user?access={quote(access_key, safe='')}", f"<MutableProps>{secret}</MutableProps>"):
            self.call("create-user", f"<Account><Access>{escape(access_key)}</Access>{secret}<Role>user</Role></Account>")


def bucket_policies(engines: Mapping[str, Statements], access_keys: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """A policy for each bucket, from what each engine may do."""
    found: dict[str, Statements] = defaultdict(list)
    for engine, statements in engines.items():
        for statement in statements:
            bucket = statement["Resource"][0].removeprefix("arn:aws:s3:::").split("/")[0]
            found[bucket].append({**statement, "Principal": {"AWS": [access_keys[engine]]}})
    return {bucket: {"Version": "2012-10-17", "Statement": statements} for bucket, statements in found.items()}


def lifecycle_statements(buckets: list[str], expiring: str | None) -> Statements:
    """What object-lifecycle may do: list, remove versions, give up uploads; delete objects only of landing with a retention.

    `expiring` is landing's address then. It reads nothing.
    """
    statements: Statements = []
    for bucket in buckets:
        whole, objects = f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"
        lists = ["s3:ListBucketVersions", "s3:ListBucketMultipartUploads"]
        removes = ["s3:DeleteObjectVersion", "s3:AbortMultipartUpload"]
        statements += [
            {"Effect": "Allow", "Action": lists, "Resource": [whole]},
            {"Effect": "Allow", "Action": removes, "Resource": [objects]},
        ]
    if expiring:
        objects = f"arn:aws:s3:::{expiring.removeprefix('s3://').strip('/')}/*"
        statements.append({"Effect": "Allow", "Action": ["s3:DeleteObject"], "Resource": [objects]})
    return statements


def ensure_users(
    admin: Admin, env: Mapping[str, str], engines: Mapping[str, Statements], buckets: list[str], expiring: str | None
) -> dict[str, dict[str, Any]]:
    """Make every engine's user and the lifecycle's, with keys from the environment; returns the policy for each bucket.

    Raises AdminError.
    """
    everybody = {**engines, LIFECYCLE: lifecycle_statements(buckets, expiring)}
    keys = {engine: env[f"{engine.upper()}_S3_ACCESS_KEY"] for engine in everybody}
    for engine, access_key in keys.items():
        admin.ensure_user(access_key, env[f"{engine.upper()}_S3_SECRET_KEY"])
    return bucket_policies(everybody, keys)
