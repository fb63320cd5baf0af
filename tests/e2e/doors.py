"""Who may do what, as one table: test_doors.py tries every cell on a running stack, docs/security.md shows it.

`python -m tests.e2e.doors` prints the table for docs/security.md.
"""

from __future__ import annotations

import re
import sys
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import boto3
import psycopg
import requests
import trino
from botocore import UNSIGNED
from botocore.client import Config
from botocore.exceptions import ClientError
from trino.exceptions import Error as TrinoError
from trino.exceptions import HttpError, TrinoQueryError

from include import lakehouse
from include.settings import Settings
from infra.services import mlflow_users
from infra.setup import object_store

NOBODY = "no secret"
"""A program on this machine that knows no secret."""
Attempt = Callable[[Settings, str], bool]
"""(settings, who): whether it went through; False only when it was refused for who it was."""


@dataclass(frozen=True)
class Door:
    """One thing that can be done, and who may: all others of its kind are refused."""

    server: str
    what: str
    attempt: Attempt
    who: tuple[str, ...]
    may: frozenset[str]


def _refused(answer: requests.Response) -> bool:
    """Whether an answer refuses the one who asked; raises for any other failure."""
    if answer.status_code in {401, 403}:
        return True
    answer.raise_for_status()
    return False


# --- Object store: users of its own, one for each engine
S3_USERS = (NOBODY, "landing", "spark", "trino", "catalog", "mlflow", "reader")
PREFIXES = {
    "landing": "lakehouse/landing/access-test",
    "the warehouse": "lakehouse/warehouse/access-test",
    "MLflow's artifacts": "mlflow/artifacts/access-test",
}


def _s3(action: str, prefix: str, settings: Settings, who: str) -> bool:
    """Put a new object, get or delete one that is not there: without the right a store does not say that it is not."""
    if who == NOBODY:
        where = {"endpoint_url": settings.minio_endpoint, "region_name": settings.s3_region}
        client = boto3.client("s3", **where, config=Config(signature_version=UNSIGNED))
    else:
        client = object_store.client(settings, who)
    bucket, folder = prefix.split("/", 1)
    call = {"put": partial(client.put_object, Body=b"x"), "get": client.get_object, "delete": client.delete_object}[action]
    try:
        call(Bucket=bucket, Key=f"{folder}/{uuid.uuid4()}")
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code not in {"AccessDenied", "NoSuchKey"}:
            raise
        return bool(code == "NoSuchKey")
    return True


def _s3_door(action: str, place: str, *may: str) -> Door:
    return Door("object store", f"{action} in {place}", partial(_s3, action, PREFIXES[place]), S3_USERS, frozenset(may))


# --- Catalog: one token for each kind of user
TOKENS = (NOBODY, "catalog_reader_token", "catalog_writer_token", "catalog_maintenance_token")
PROBED = "door_probe"


def _catalog(settings: Settings, who: str, method: str, path: str, body: Any = None) -> requests.Response:
    headers = {} if who == NOBODY else {"Authorization": f"Bearer {settings.secret(who)}"}
    return requests.request(method, f"{settings.iceberg_rest_uri}/v1/{path}", json=body, headers=headers, timeout=30)


def _catalog_read(settings: Settings, who: str) -> bool:
    return not _refused(_catalog(settings, who, "GET", "namespaces"))


def _catalog_commit(settings: Settings, who: str) -> bool:
    schema = {"type": "struct", "fields": [{"id": 1, "name": "n", "type": "int", "required": False}]}
    name = f"{PROBED}_{uuid.uuid4().hex[:8]}"
    answer = _catalog(settings, who, "POST", "namespaces/gold/tables", {"name": name, "schema": schema})
    if _refused(answer):
        return False
    _catalog(settings, "catalog_maintenance_token", "DELETE", f"namespaces/gold/tables/{name}").raise_for_status()
    return True


def _catalog_drop(settings: Settings, who: str) -> bool:
    """Of a table that is not there: who may not drop is refused before it is looked for."""
    answer = _catalog(settings, who, "DELETE", f"namespaces/gold/tables/{PROBED}")
    return answer.status_code == 404 or not _refused(answer)


# --- Trino: users with a password; NOBODY claims to be the administrator
TRINO_USERS = (NOBODY, *lakehouse.USERS)
NOT_THERE = {"TABLE_NOT_FOUND", "NOT_FOUND"}


def _trino_connection(settings: Settings, who: str) -> Any:
    if who != NOBODY:
        return lakehouse.connect(settings, "access-test", who)
    session = requests.Session()
    session.trust_env = False
    session.verify = str(settings.trino_authority or True)
    where = {"host": settings.trino_host, "port": settings.trino_port, "http_scheme": settings.trino_scheme}
    claimed = {"user": lakehouse.ADMIN, "catalog": settings.iceberg_catalog, "source": "access-test"}
    return trino.dbapi.connect(**where, **claimed, http_session=session, max_attempts=1)


def _trino(sql: str, settings: Settings, who: str) -> bool:
    try:
        _trino_connection(settings, who).cursor().execute(sql).fetchall()
    except TrinoQueryError as error:
        if error.error_name not in {"PERMISSION_DENIED", *NOT_THERE}:
            raise
        return error.error_name in NOT_THERE
    except (TrinoError, HttpError) as error:
        if not re.search(r"\b40[13]\b", str(error)):
            raise
        return False
    return True


def _trino_door(what: str, sql: str, *may: str) -> Door:
    return Door("Trino", what, partial(_trino, sql), TRINO_USERS, frozenset(may))


# --- MLflow and Airflow: users with passwords
MLFLOW_USERS = (NOBODY, mlflow_users.ADMIN, *mlflow_users.ROLES)
AIRFLOW_USERS = (NOBODY, "admin", "viewer")


def _mlflow(method: str, path: str, body: Any, settings: Settings, who: str) -> bool:
    login = None if who == NOBODY else (who, settings.secret(f"mlflow_{who}_password"))
    where = f"{settings.mlflow_tracking_uri}/api/2.0/mlflow/{path}"
    body = {name: value.format(uuid.uuid4()) for name, value in body.items()} if body else None
    return not _refused(requests.request(method, where, json=body, auth=login, timeout=30))


def _mlflow_door(what: str, method: str, path: str, body: Any, *may: str) -> Door:
    return Door("MLflow", what, partial(_mlflow, method, path, body), MLFLOW_USERS, frozenset(may))


def _mlflow_model(name: str, settings: Settings, who: str) -> bool:
    """Tag a registered model that is there: the administrator makes it where it is not."""
    where = f"{settings.mlflow_tracking_uri}/api/2.0/mlflow/registered-models"
    admin = (mlflow_users.ADMIN, settings.secret("mlflow_admin_password"))
    made = requests.post(f"{where}/create", json={"name": name}, auth=admin, timeout=30)
    if made.json().get("error_code") != "RESOURCE_ALREADY_EXISTS":
        made.raise_for_status()
    tag = {"name": name, "key": "access-test", "value": "tried"}
    return _mlflow("POST", "registered-models/set-tag", tag, settings, who)


def _mlflow_model_door(what: str, name: str, *may: str) -> Door:
    return Door("MLflow", what, partial(_mlflow_model, name), MLFLOW_USERS, frozenset(may))


def _airflow(method: str, path: str, settings: Settings, who: str) -> bool:
    """A request whose body Airflow refuses as malformed only after it has looked who asks."""
    base = f"http://{settings.airflow_host}:{settings.airflow_port}"
    headers = {}
    if who != NOBODY:
        login = {"username": who, "password": settings.secret(f"airflow_{who}_password")}
        token = requests.post(f"{base}/auth/token", json=login, timeout=30)
        token.raise_for_status()
        headers["Authorization"] = f"Bearer {token.json()['access_token']}"
    answer = requests.request(method, f"{base}/api/v2{path}", json={"not": "a run"} if method == "POST" else None,
                              headers=headers, timeout=30)  # fmt: skip
    return answer.status_code == 422 or not _refused(answer)


def _airflow_door(what: str, method: str, path: str, *may: str) -> Door:
    return Door("Airflow", what, partial(_airflow, method, path), AIRFLOW_USERS, frozenset(may))


# --- Postgres: a role and a database for each service; containers publish no port of it
ROLES = ("airflow", "mlflow", "catalog")


def _postgres(database: str, settings: Settings, who: str) -> bool:
    password = "guessed" if who == NOBODY else settings.secret(f"{who}_db_password")
    where = {"host": settings.postgres_host, "port": settings.postgres_port, "dbname": database}
    try:
        psycopg.connect(**where, user=database if who == NOBODY else who, password=password, connect_timeout=5).close()
    except psycopg.OperationalError as error:
        if not re.search(r"password authentication failed|no pg_hba.conf entry|permission denied for database", str(error)):
            raise
        return False
    return True


DOORS = (
    _s3_door("put", "landing", "landing"),
    _s3_door("get", "landing", "landing", "spark"),
    _s3_door("delete", "landing"),
    _s3_door("put", "the warehouse", "spark", "trino", "catalog"),
    _s3_door("get", "the warehouse", "spark", "trino", "catalog", "reader"),
    _s3_door("delete", "the warehouse", "spark", "trino", "catalog"),
    _s3_door("put", "MLflow's artifacts", "mlflow"),
    _s3_door("get", "MLflow's artifacts", "mlflow"),
    _s3_door("delete", "MLflow's artifacts", "mlflow"),
    Door("catalog", "read", _catalog_read, TOKENS, frozenset(TOKENS[1:])),
    Door("catalog", "create, commit", _catalog_commit, TOKENS, frozenset(TOKENS[2:])),
    Door("catalog", "drop a table that is not `stg_…`", _catalog_drop, TOKENS, frozenset(TOKENS[3:])),
    _trino_door("SELECT from Gold", "SELECT count(*) FROM gold.daily_plant_kpi", "admin", "etl", "analyst"),
    _trino_door("SELECT from Bronze", "SELECT count(*) FROM bronze.api_requests", "admin", "etl", "fetch"),
    _trino_door("DML", "DELETE FROM gold.daily_plant_kpi WHERE false", "admin", "etl"),
    _trino_door("DDL", "CREATE SCHEMA IF NOT EXISTS gold", "admin", "etl"),
    _trino_door("see others' queries", "SELECT count(*) FROM system.runtime.queries", "admin"),
    _trino_door("end others' queries", "CALL system.runtime.kill_query('20250101_000000_00000_aaaaa', 'no')", "admin"),
    _mlflow_door("read", "GET", "experiments/search?max_results=1", None, *MLFLOW_USERS[1:]),
    _mlflow_door("create, log", "POST", "experiments/create", {"name": "access-test {}"}, "admin", "writer", "scientist"),
    _mlflow_door(
        "register a model", "POST", "registered-models/create", {"name": "access-test-{}"}, "admin", "writer", "scientist"
    ),
    _mlflow_model_door(
        f"change the model `{mlflow_users.PLANT_ENERGY}`", mlflow_users.PLANT_ENERGY, "admin", "writer", "scientist"
    ),
    _mlflow_model_door("change another's model", "access-test-of-admin", "admin", "scientist"),
    _airflow_door("look", "GET", "/dags", "admin", "viewer"),
    _airflow_door("trigger", "POST", "/dags/silver_to_gold/dagRuns", "admin"),
    _airflow_door("read variables", "GET", "/variables", "admin"),
)
NATIVE_DOORS = tuple(
    Door("Postgres", f"database `{name}`", partial(_postgres, name), (NOBODY, *ROLES), frozenset({name})) for name in ROLES
)
"""In containers Postgres is on a network of its own: tests/compose/test_access_inside.py."""


def table() -> str:
    """The table of docs/security.md."""
    lines = ["| server | what | who may | who is refused |", "|---|---|---|---|"]
    for door in (*DOORS, *NATIVE_DOORS):
        may = [who for who in door.who if who in door.may]
        others = [who for who in door.who if who not in door.may]
        lines.append(f"| {door.server} | {door.what} | {', '.join(may) or 'nobody'} | {', '.join(others)} |")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.stdout.write(f"{table()}\n")
