"""Buckets, users and policies of the object store. Run by create-buckets.sh; every call may be repeated.

With S3_SERVER=external only buckets: how users are made is each store's own affair, and a bucket that is there keeps its rules.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import urlsplit

from minio import Minio
from minio.commonconfig import ENABLED, Filter
from minio.credentials.providers import StaticProvider
from minio.error import S3Error
from minio.lifecycleconfig import Expiration, LifecycleConfig, NoncurrentVersionExpiration, Rule
from minio.minioadmin import MinioAdmin
from minio.versioningconfig import VersioningConfig
from urllib3.exceptions import HTTPError

READ = ["s3:GetObject"]
WRITE = ["s3:PutObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"]
DELETE = ["s3:DeleteObject"]
# What a store answers that does not have the feature; the lakehouse works without versioning and expiry.
NOT_SUPPORTED = {"NotImplemented", "MethodNotAllowed", "VersioningNotConfigured"}


def bucket_and_prefix(uri: str) -> tuple[str, str]:
    """`s3://bucket/prefix` as (bucket, prefix without slashes at its ends)."""
    parts = urlsplit(uri)
    return parts.netloc, parts.path.strip("/")


def statements(uri: str, actions: list[str]) -> list[dict[str, Any]]:
    """Policy statements that allow actions on the objects under an S3 address, and listing of that part of the bucket."""
    bucket, prefix = bucket_and_prefix(uri)
    objects = f"arn:aws:s3:::{bucket}/{prefix}/*" if prefix else f"arn:aws:s3:::{bucket}/*"
    listing: dict[str, Any] = {"Effect": "Allow", "Action": ["s3:ListBucket"], "Resource": [f"arn:aws:s3:::{bucket}"]}
    if prefix:
        listing["Condition"] = {"StringLike": {"s3:prefix": [prefix, f"{prefix}/*"]}}
    place = {"Effect": "Allow", "Action": ["s3:GetBucketLocation"], "Resource": [f"arn:aws:s3:::{bucket}"]}
    return [{"Effect": "Allow", "Action": actions, "Resource": [objects]}, listing, place]


def policies(landing: str, warehouse: str, mlflow: str) -> dict[str, list[dict[str, Any]]]:
    """What each engine may do. Nobody may delete landing objects; only versions that lifecycle rules expire go away."""
    return {
        "landing": statements(landing, READ + WRITE),
        "spark": statements(landing, READ) + statements(warehouse, READ + WRITE + DELETE),
        "trino": statements(warehouse, READ + WRITE + DELETE),
        "catalog": statements(warehouse, READ + WRITE + DELETE),
        "mlflow": statements(mlflow, READ + WRITE + DELETE),
        "reader": statements(warehouse, READ),
    }


def ensure_bucket(client: Minio, name: str) -> bool:
    """Create a private bucket; False when it was there."""
    if client.bucket_exists(name):
        return False
    try:
        client.make_bucket(name)
    except S3Error as error:
        if error.code != "BucketAlreadyOwnedByYou":
            raise
        return False
    return True


def keep_versions(client: Minio, bucket: str, rules: LifecycleConfig) -> list[str]:
    """Keep replaced versions, as long as the rules say; returns what the store does not support."""
    steps: dict[str, Callable[[], object]] = {
        "versioning": lambda: client.set_bucket_versioning(bucket, VersioningConfig(ENABLED)),
        "expiry": lambda: client.set_bucket_lifecycle(bucket, rules),
    }
    missing = []
    for what, step in steps.items():
        try:
            step()
        except S3Error as error:
            if error.code not in NOT_SUPPORTED:
                raise
            missing.append(f"{what} of {bucket} ({error.code})")
    return missing


def lifecycle(noncurrent_days: int, landing_prefix: str | None, landing_days: int) -> LifecycleConfig:
    """Expiry of replaced versions, and of landing objects when a retention is set (0 keeps them)."""
    noncurrent = NoncurrentVersionExpiration(noncurrent_days=noncurrent_days)
    rules = [Rule(ENABLED, rule_filter=Filter(prefix=""), rule_id="noncurrent", noncurrent_version_expiration=noncurrent)]
    if landing_prefix and landing_days:
        keep = Filter(prefix=f"{landing_prefix}/")
        rules.append(Rule(ENABLED, rule_filter=keep, rule_id="landing-retention", expiration=Expiration(days=landing_days)))
    return LifecycleConfig(rules)


def policy_name(engine: str) -> str:
    """Name of the policy that is an engine's only right."""
    return f"lakehouse-{engine}"


def ensure_user(admin: MinioAdmin, engine: str, access_key: str, secret_key: str, policy: list[dict[str, Any]]) -> None:
    """Create or update one S3 user whose only right is the engine's policy."""
    name = policy_name(engine)
    admin.policy_add(name, policy={"Version": "2012-10-17", "Statement": policy})
    admin.user_add(access_key, secret_key)
    attached = json.loads(admin.user_info(access_key)).get("policyName") or ""
    if attached != name:
        admin.policy_set(name, user=access_key)


def remove_former_users(admin: MinioAdmin, engines: Iterable[str], current: set[str]) -> None:
    """Remove who has an engine's policy under another name than today's: from before a rotation, or from public code."""
    names = {policy_name(engine) for engine in engines}
    for access_key, user in json.loads(admin.user_list()).items():
        if user.get("policyName") in names and access_key not in current:
            admin.user_remove(access_key)


def make_users_of_versitygw(
    client: Minio, engines: dict[str, list[dict[str, Any]]], buckets: list[str], expiring: str | None
) -> None:
    """Users of the engines and of object-lifecycle, and each bucket's policy; `expiring`: landing's address with a retention."""
    from infra.setup import versitygw_users as users

    env = os.environ
    admin = users.Admin(env["MINIO_ENDPOINT"], env["MINIO_ACCESS_KEY"], env["MINIO_SECRET_KEY"], env["S3_REGION"])
    for bucket, policy in users.ensure_users(admin, env, engines, buckets, expiring).items():
        client.set_bucket_policy(bucket, json.dumps(policy))


def main() -> None:
    """Make the object store as the environment says."""
    env = os.environ
    endpoint = urlsplit(env["MINIO_ENDPOINT"])
    secure = endpoint.scheme == "https"
    user, password, region = env["MINIO_ACCESS_KEY"], env["MINIO_SECRET_KEY"], env["S3_REGION"]
    client = Minio(endpoint.netloc, access_key=user, secret_key=password, secure=secure, region=region)
    landing, warehouse, mlflow = env["LANDING_URI"], env["ICEBERG_WAREHOUSE"], env["MLFLOW_ARTIFACTS_URI"]

    landing_bucket, landing_prefix = bucket_and_prefix(landing)
    noncurrent_days, landing_days = int(env["PV_NONCURRENT_DAYS"]), int(env["PV_LANDING_RETENTION_DAYS"])
    buckets = sorted({landing_bucket, bucket_and_prefix(warehouse)[0], bucket_and_prefix(mlflow)[0]})
    server, missing = env["S3_SERVER"], []
    for bucket in buckets:
        prefix = landing_prefix if bucket == landing_bucket else None
        is_new = ensure_bucket(client, bucket)
        if server == "versitygw":  # its old versions are the service object-lifecycle's
            client.set_bucket_versioning(bucket, VersioningConfig(ENABLED))
        elif is_new or server == "minio":
            missing += keep_versions(client, bucket, lifecycle(noncurrent_days, prefix, landing_days))
        else:
            missing.append(f"versioning and expiry of {bucket} (it was there)")
    if server == "versitygw":
        make_users_of_versitygw(client, policies(landing, warehouse, mlflow), buckets, landing if landing_days else None)
    elif server == "minio":
        root = StaticProvider(user, password)
        admin = MinioAdmin(endpoint=endpoint.netloc, region=region, credentials=root, secure=secure)
        users = policies(landing, warehouse, mlflow)
        for engine, policy in users.items():
            name = engine.upper()
            ensure_user(admin, engine, env[f"{name}_S3_ACCESS_KEY"], env[f"{name}_S3_SECRET_KEY"], policy)
        remove_former_users(admin, users, {env[f"{engine.upper()}_S3_ACCESS_KEY"] for engine in users})
    else:
        missing.append("users and their policies (S3_SERVER=external)")
    print(f"buckets {', '.join(buckets)} are there" + (f"; not done: {', '.join(missing)}" if missing else ", and all users"))


if __name__ == "__main__":
    try:
        main()
    except KeyError as error:
        sys.exit(f"create-buckets: set {error.args[0]}")
    except S3Error as error:
        who = f"{os.environ['MINIO_ENDPOINT']} refuses MINIO_ACCESS_KEY"
        sys.exit(f"create-buckets: {who}, bucket {error.bucket_name}: {error.code}, {error.message}")
    except RuntimeError as error:
        sys.exit(f"create-buckets: {error}")
    except (OSError, HTTPError) as error:
        sys.exit(f"create-buckets: {os.environ['MINIO_ENDPOINT']} does not answer (MINIO_ENDPOINT): {error}")
