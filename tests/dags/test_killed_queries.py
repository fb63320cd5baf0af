"""A killed task takes its Trino query with it (on the running stack)."""

import threading
import time
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowException

from include import lakehouse
from include.settings import read_settings
from infra.services import airflow
from plugins.operators import TrinoOperator

pytestmark = pytest.mark.stack

# 10^12 rows to compare: Trino would be busy with it for an hour.
ENDLESS = """
SELECT count(*) FROM unnest(sequence(1, 10000)) AS a (x) CROSS JOIN unnest(sequence(1, 10000)) AS b (y)
CROSS JOIN unnest(sequence(1, 10000)) AS c (z) WHERE x * y + z = -1
"""


@pytest.fixture
def task(monkeypatch: pytest.MonkeyPatch) -> TrinoOperator:
    env = airflow.env_of_tasks(read_settings())
    for name in {"AIRFLOW_CONN_TRINO_DEFAULT", "REQUESTS_CA_BUNDLE"} & set(env):  # the bundle has Trino's authority in it
        monkeypatch.setenv(name, env[name])
    return TrinoOperator(task_id="endless", sql=["endless.sql"])


def state_of(query_id: str) -> tuple[str, str | None]:
    connection = lakehouse.connect(read_settings(), "pv-lakehouse-tests", lakehouse.ADMIN)
    rows: list[Any] = (
        connection.cursor()
        .execute("SELECT state, error_code FROM system.runtime.queries WHERE query_id = ?", (query_id,))
        .fetchall()
    )
    return tuple(rows[0])


def test_killing_a_task_cancels_its_running_query(task: TrinoOperator) -> None:
    errors: list[BaseException] = []

    def run() -> None:
        try:
            task.run_statement("endless.sql", ENDLESS)
        except AirflowException as error:
            errors.append(error)

    worker = threading.Thread(target=run, daemon=True)
    worker.start()
    query_id = running_query(task)
    assert state_of(query_id)[0] == "RUNNING"

    task.on_kill()

    worker.join(timeout=20)
    assert not worker.is_alive()
    assert state_of(query_id) == ("FAILED", "USER_CANCELED")
    assert "endless.sql" in str(errors[0])


def running_query(task: TrinoOperator) -> str:
    """Return the id of the task's query as soon as Trino works on it."""
    for _ in range(100):
        cursor = task._hook._running
        if cursor is not None and cursor.query_id and state_of(cursor.query_id)[0] == "RUNNING":
            return str(cursor.query_id)
        time.sleep(0.1)
    raise AssertionError("the query did not start within 10 s")
