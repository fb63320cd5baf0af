"""Who gets in where only containers are: Postgres' roles, Trino over TLS."""

from __future__ import annotations

import pytest
import requests
from trino.auth import BasicAuthentication
from trino.dbapi import connect
from trino.exceptions import Error as TrinoError
from trino.exceptions import TrinoConnectionError

from include import lakehouse
from tests.compose.docker import compose
from tests.e2e.conftest import Stack

pytestmark = pytest.mark.stack

CONNECT = """
import psycopg, sys
from include.settings import read_settings
settings = read_settings()
for role in "airflow", "mlflow", "catalog":
    for database in "airflow", "mlflow", "catalog", "postgres":
        try:
            psycopg.connect(host=settings.postgres_host, port=settings.postgres_port, dbname=database, user=role,
                            password=settings.secret(role + "_db_password"), connect_timeout=5).close()
            print(role, database)
        except psycopg.OperationalError:
            pass
"""


def test_a_role_of_postgres_reaches_its_own_database_only(stack: Stack) -> None:
    reached = compose("run", "--rm", "--no-deps", "-T", "--entrypoint", "python", "postgres-init", "-c", CONNECT)

    assert [line for line in reached.splitlines() if line.split()[0] in {"airflow", "mlflow", "catalog"}] == [
        "airflow airflow",
        "mlflow mlflow",
        "catalog catalog",
    ]


@pytest.mark.parametrize("service", ["trino", "spark-worker", "minio"])
def test_who_has_nothing_to_ask_of_postgres_does_not_find_it(stack: Stack, service: str) -> None:
    look = "import socket; socket.create_connection(('postgres', 5432), 3)"

    assert "gaierror" in compose("exec", "-T", service, "python3", "-c", look, check=False)


def test_trino_wants_tls_a_known_authority_and_the_right_password(stack: Stack) -> None:
    s = stack.settings
    right = BasicAuthentication("analyst", lakehouse.password(s, "analyst"))
    where = {"host": s.trino_host, "port": s.trino_port, "user": "analyst", "http_scheme": "https", "max_attempts": 1}

    for options in (
        {"auth": BasicAuthentication("analyst", lakehouse.password(s, "admin")), "verify": str(s.trino_ca_file)},
        {"auth": right, "verify": True},
        {"verify": str(s.trino_ca_file)},
        {"auth": right, "verify": str(s.trino_ca_file), "user": "admin"},
    ):
        with pytest.raises((TrinoError, TrinoConnectionError, requests.RequestException)):
            connect(**where | options).cursor().execute("SELECT 1").fetchall()
    with pytest.raises(requests.RequestException):
        requests.get(f"http://{s.trino_host}:{s.trino_port}/v1/info", timeout=5).raise_for_status()
    # Plain HTTP, which nodes use among themselves, takes no statements even from inside.
    request = "u.Request('http://trino:8082/v1/statement', b'SELECT 1', {'X-Trino-User': 'admin'})"
    inside = f"import urllib.request as u; u.urlopen({request})"
    assert "403" in compose("exec", "-T", "airflow-scheduler", "python3", "-c", inside, check=False)
