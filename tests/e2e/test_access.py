"""Who may do what, tried: Trino's users and the object store's (infra/trino/etc/rules.json, docker/minio/init)."""

from __future__ import annotations

from typing import Any

import pytest
import requests
from botocore.exceptions import ClientError
from trino.exceptions import TrinoQueryError

from include import lakehouse
from include.settings import Settings
from infra.setup import object_store
from tests.e2e.conftest import Stack

pytestmark = pytest.mark.stack

KPI = "gold.daily_plant_kpi"


def ask(settings: Settings, user: str, sql: str) -> list[list[Any]]:
    """Rows of a statement of one of Trino's users."""
    return list(lakehouse.connect(settings, "access-test", user).cursor().execute(sql).fetchall())


@pytest.mark.parametrize(
    ("user", "sql"),
    [
        ("fetch", "SELECT count(*) FROM bronze.api_requests"),
        ("etl", "SELECT count(*) FROM bronze.api_requests"),
        ("analyst", f"SELECT count(*) FROM {KPI}"),
        ("analyst", "SELECT count(*) FROM silver.fact_generation_hourly"),
        ("analyst", "SELECT count(*) FROM information_schema.columns WHERE table_schema = 'gold'"),
        ("probe", "SELECT count(*) FROM TABLE(sequence(1, 2))"),
    ],
)
def test_a_user_of_trino_can_do_its_work(recorded_week: Stack, user: str, sql: str) -> None:
    ((count,),) = ask(recorded_week.settings, user, sql)

    assert count > 0


@pytest.mark.parametrize(
    ("user", "sql"),
    [
        ("fetch", f"SELECT count(*) FROM {KPI}"),
        ("fetch", "DELETE FROM bronze.api_requests"),
        ("fetch", "CREATE TABLE bronze.mine (a bigint)"),
        ("probe", f"SELECT count(*) FROM {KPI}"),
        ("analyst", "SELECT count(*) FROM bronze.api_requests"),
        ("analyst", f"DELETE FROM {KPI}"),
        ("analyst", f"DROP TABLE {KPI}"),
        ("analyst", "CREATE TABLE gold.mine (a bigint)"),
        ("analyst", "CREATE SCHEMA iceberg.mine"),
        ("analyst", "SELECT count(*) FROM iceberg.gold.daily_plant_kpi"),
        ("analyst", f"ALTER TABLE iceberg.{KPI} EXECUTE optimize"),
        ("analyst", "SELECT query FROM system.runtime.queries"),
        ("analyst", "CALL system.runtime.kill_query('20250101_000000_00000_aaaaa', 'no')"),
        ("etl", "SELECT query FROM system.runtime.queries"),
        ("etl", "CALL system.runtime.kill_query('20250101_000000_00000_aaaaa', 'no')"),
    ],
)
def test_a_user_of_trino_can_do_nothing_else(recorded_week: Stack, user: str, sql: str) -> None:
    with pytest.raises(TrinoQueryError) as refused:
        ask(recorded_week.settings, user, sql)

    assert refused.value.error_name == "PERMISSION_DENIED"


@pytest.mark.parametrize("procedure", ["optimize", "expire_snapshots(retention_threshold => '7d')", "remove_orphan_files"])
@pytest.mark.parametrize(("user", "table"), [("analyst", KPI), ("fetch", "bronze.api_requests")])
def test_a_reader_changes_no_table_by_a_procedure(recorded_week: Stack, user: str, table: str, procedure: str) -> None:
    schema, name = table.split(".")
    newest = f'SELECT snapshot_id FROM iceberg.{schema}."{name}$snapshots" ORDER BY committed_at DESC LIMIT 1'
    before = recorded_week.value(newest)

    with pytest.raises(TrinoQueryError):
        ask(recorded_week.settings, user, f"ALTER TABLE {table} EXECUTE {procedure}")

    assert recorded_week.value(newest) == before


def test_an_analyst_can_neither_see_nor_kill_anothers_query(recorded_week: Stack) -> None:
    settings = recorded_week.settings
    cursor = lakehouse.connect(settings, "access-test", "admin").cursor()
    cursor.execute("SELECT count(*) FROM TABLE(sequence(1, 1000000000)) t(n) WHERE n % 7 = 3")
    scheme, host, port = lakehouse.address_of(settings, "analyst")
    where = f"{scheme}://{host}:{port}/v1/query/{cursor.query_id}"
    session = requests.Session()
    session.trust_env = False  # REQUESTS_CA_BUNDLE would win over `verify`
    session.headers["X-Trino-User"] = "analyst"
    if scheme == "https":
        session.auth = ("analyst", lakehouse.password(settings, "analyst"))
    session.verify = str(settings.trino_authority)

    assert session.get(where, timeout=10).status_code == 403
    assert session.delete(where, timeout=10).status_code == 403
    cursor.cancel()


LANDING, WAREHOUSE, MLFLOW = "lakehouse/landing/access-test", "lakehouse/warehouse/access-test", "mlflow/artifacts/access-test"


def attempt(client: Any, action: str, place: str) -> None:
    """Put, get or delete an object; raises ClientError."""
    bucket, key = place.split("/", 1)
    calls = {"put": client.put_object, "get": client.get_object, "delete": client.delete_object}
    body = {"Body": b"x"} if action == "put" else {}
    calls[action](Bucket=bucket, Key=key, **body)


@pytest.mark.parametrize(
    ("user", "action", "place"),
    [
        ("landing", "put", LANDING),
        ("spark", "get", LANDING),
        ("spark", "put", WAREHOUSE),
        ("trino", "get", WAREHOUSE),
        ("catalog", "put", WAREHOUSE),
        ("reader", "get", WAREHOUSE),
        ("mlflow", "put", MLFLOW),
        ("spark", "delete", WAREHOUSE),
        ("mlflow", "delete", MLFLOW),
    ],
)
def test_a_user_of_the_object_store_can_do_its_work(stack: Stack, user: str, action: str, place: str) -> None:
    attempt(object_store.client(stack.settings, user), action, place)


@pytest.mark.parametrize(
    ("user", "action", "place"),
    [
        ("landing", "delete", LANDING),
        ("landing", "put", WAREHOUSE),
        ("landing", "get", WAREHOUSE),
        ("spark", "delete", LANDING),
        ("spark", "put", LANDING),
        ("spark", "put", MLFLOW),
        ("trino", "put", LANDING),
        ("trino", "get", LANDING),
        ("catalog", "get", LANDING),
        ("reader", "put", WAREHOUSE),
        ("reader", "delete", WAREHOUSE),
        ("reader", "get", LANDING),
        ("mlflow", "put", WAREHOUSE),
        ("mlflow", "get", LANDING),
    ],
)
def test_a_user_of_the_object_store_can_do_nothing_else(stack: Stack, user: str, action: str, place: str) -> None:
    with pytest.raises(ClientError) as refused:
        attempt(object_store.client(stack.settings, user), action, place)

    assert refused.value.response["Error"]["Code"] == "AccessDenied"
