"""Whether a stack takes a secret's value: the old one no more, the new one."""

from __future__ import annotations

from typing import Any

import boto3
import pytest
import requests
from botocore.exceptions import ClientError

from include.settings import Settings, names_of_generated
from infra.airflow_api import AirflowApi, AirflowApiError
from infra.setup.preparation import DONE_FOR


def changed(before: Settings, after: Settings) -> set[str]:
    """Attribute names of the secrets whose values differ."""
    return {name for name in names_of_generated() if getattr(before, name) != getattr(after, name)}


def said_in(text: str, *settings: Settings) -> list[str]:
    """Attribute names of the secrets whose value is in a text."""
    return [name for some in settings for name in names_of_generated() if some.has(name) and some.secret(name) in text]


def token_answer(settings: Settings, token: str) -> int:
    """Status of a catalog request."""
    headers = {"Authorization": f"Bearer {token}"}
    return requests.get(f"{settings.iceberg_rest_uri}/v1/namespaces", headers=headers, timeout=10).status_code


def session_answer(api: AirflowApi) -> int:
    """Status of an Airflow request with the token that a session has already."""
    token = api._session.headers["Authorization"]
    return requests.get(f"{api.base}/api/v2/variables", headers={"Authorization": token}, timeout=10).status_code


def look_into_bucket(settings: Settings, access_key: str, secret_key: str) -> Any:
    """Answer of MinIO to a listing."""
    client = boto3.client(
        "s3",
        endpoint_url=settings.minio_endpoint,
        region_name=settings.s3_region,
        aws_access_key_id=access_key,
        aws_secret_access_key=secret_key,
    )
    return client.list_objects_v2(Bucket="lakehouse", Prefix="warehouse/", MaxKeys=1)


def check_only_the_new_ones_are_taken(before: Settings, now: Settings, session: AirflowApi) -> None:
    """MinIO, the catalog, MLflow and Airflow, which are reached the same way natively and in containers."""
    for access_key, name in ((now.minio_access_key, "minio_secret_key"), (now.reader_s3_access_key, "reader_s3_secret_key")):
        with pytest.raises(ClientError, match="SignatureDoesNotMatch"):
            look_into_bucket(now, access_key, before.secret(name))
        assert look_into_bucket(now, access_key, now.secret(name))["KeyCount"] == 1
    with pytest.raises(ClientError, match="InvalidAccessKeyId"):
        look_into_bucket(now, before.reader_s3_access_key, before.secret("reader_s3_secret_key"))

    for name in ("catalog_writer_token", "catalog_reader_token", "catalog_maintenance_token"):
        assert token_answer(now, before.secret(name)) == 401
        assert token_answer(now, now.secret(name)) == 200

    for user in ("admin", "writer", "scientist", "reader"):
        for settings, answer in ((before, 401), (now, 200)):
            login = (user, settings.secret(f"mlflow_{user}_password"))
            assert requests.get(now.mlflow_tracking_uri, auth=login, timeout=10).status_code == answer

    with pytest.raises(AirflowApiError, match="refuses admin: 401"):
        AirflowApi(before).variable(DONE_FOR)
    assert session_answer(session) in {401, 403}
