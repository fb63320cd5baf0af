"""Every generated secret gets a new value on the running stack: the old ones are refused, and an hour runs with the new ones."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import boto3
import psycopg
import pytest
import requests
from botocore.exceptions import ClientError

from include.settings import Settings, load_settings, names_of_generated, new_secret
from infra.native import databases, rotation
from infra.native.airflow_api import AirflowApi, AirflowApiError
from infra.native.preparation import DONE_FOR
from tests.e2e.conftest import Stack
from tests.e2e.processes import native

pytestmark = [pytest.mark.stack, pytest.mark.looks_back]


def rotate(stack: Stack, *names: str) -> None:
    """Rotate by the command a person uses, and speak to the stack with the new values."""
    before = stack.settings
    done = native("rotate", *names)
    assert done.returncode == 0, done.stdout + done.stderr
    load_settings.cache_clear()
    stack.use(load_settings())
    for settings in (before, stack.settings):
        assert not [name for name in names_of_generated() if settings.secret(name) in done.stdout + done.stderr]


def changed(before: Settings, after: Settings) -> set[str]:
    return {name for name in names_of_generated() if before.secret(name) != after.secret(name)}


def token_answer(settings: Settings, token: str) -> int:
    """Status of a catalog request."""
    headers = {"Authorization": f"Bearer {token}"}
    return requests.get(f"{settings.iceberg_rest_uri}/v1/namespaces", headers=headers, timeout=10).status_code


def session_answer(api: AirflowApi) -> int:
    """Status of an Airflow request with the token that a session has already."""
    token = api._session.headers["Authorization"]
    return requests.get(f"{api.base}/api/v2/variables", headers={"Authorization": token}, timeout=10).status_code


def look_into_bucket(settings: Settings, access_key: str, secret_key: str) -> Any:
    client = boto3.client(
        "s3",
        endpoint_url=settings.minio_endpoint,
        region_name=settings.s3_region,
        aws_access_key_id=access_key,
        aws_secret_access_key=secret_key,
    )
    return client.list_objects_v2(Bucket="lakehouse", Prefix="warehouse/", MaxKeys=1)


def log_in_to_postgres(settings: Settings, role: str, password: str) -> None:
    database = settings.postgres_db if role == settings.postgres_user else role
    where = {"host": settings.postgres_host, "port": settings.postgres_port, "dbname": database, "user": role}
    psycopg.connect(**where, password=password, connect_timeout=5).close()


def logins_to_postgres(settings: Settings) -> dict[str, str]:
    own = {role: password.get_secret_value() for role, password in databases.roles(settings).items()}
    return own | {settings.postgres_user: settings.secret("postgres_password")}


@pytest.mark.long
def test_every_secret_is_rotated_and_the_stack_works_on(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    first = stack.settings
    done_for = stack.airflow.variable(DONE_FOR)
    session = stack.airflow
    assert done_for and session_answer(session) == 200

    # when: the two that change data alone, one with a value that is given; then all
    monkeypatch.setenv("POSTGRES_PASSWORD", given := new_secret("postgres_password"))
    rotate(stack, "POSTGRES_PASSWORD")
    monkeypatch.delenv("POSTGRES_PASSWORD")
    assert changed(first, stack.settings) == {"postgres_password"}
    assert stack.settings.secret("postgres_password") == given

    rotate(stack, "AIRFLOW_FERNET_KEY")
    assert changed(first, stack.settings) == {"postgres_password", "airflow_fernet_key"}
    assert session_answer(session) == 200
    assert stack.airflow.variable(DONE_FOR) == done_for

    second = stack.settings
    rotate(stack, "all")
    now = stack.settings
    assert changed(second, now) == changed(first, now) == set(names_of_generated())

    # then: the old ones are refused, the new ones work
    for role, password in logins_to_postgres(second).items():
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            log_in_to_postgres(now, role, password)
    for role, password in logins_to_postgres(now).items():
        log_in_to_postgres(now, role, password)

    for access_key, name in ((now.minio_access_key, "minio_secret_key"), (now.reader_s3_access_key, "reader_s3_secret_key")):
        with pytest.raises(ClientError, match="SignatureDoesNotMatch"):
            look_into_bucket(now, access_key, second.secret(name))
        assert look_into_bucket(now, access_key, now.secret(name))["KeyCount"] == 1

    for name in ("catalog_writer_token", "catalog_reader_token"):
        assert token_answer(now, second.secret(name)) == 401
        assert token_answer(now, now.secret(name)) == 200

    with pytest.raises(AirflowApiError, match="refuses admin: 401"):
        AirflowApi(second).variable(DONE_FOR)
    assert session_answer(session) in {401, 403}
    assert stack.airflow.variable(DONE_FOR) == done_for

    stack.run_hour(datetime(2025, 1, 5, 3, tzinfo=UTC))


def test_a_rotation_that_was_cut_short_is_ended_by_the_next_one(stack: Stack) -> None:
    # given Postgres has the coming password, the file the old one
    before = stack.settings
    rotation.begin(before, {"postgres_password": new_secret("postgres_password")})
    coming = rotation.coming(before)
    assert coming
    rotation.change_superuser(before, coming)

    rotate(stack, "READER_S3_SECRET_KEY")

    assert changed(before, stack.settings) == {"postgres_password", "reader_s3_secret_key"}
    assert stack.settings.secret("postgres_password") == coming.secret("postgres_password")
    assert rotation.coming(stack.settings) is None
    databases.connect(stack.settings).close()
