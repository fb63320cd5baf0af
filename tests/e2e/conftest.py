"""The running test stack as tests see it: Airflow's API, Trino, the stand-in's control path, the recorded data."""

from __future__ import annotations

import csv
import time
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests

from include import lakehouse
from include.asked_runs import HOURLY_DAGS
from include.contracts import load
from include.paths import PROJECT_ROOT
from include.settings import Settings, load_settings
from infra.airflow_api import AirflowApi

RECORDED = PROJECT_ROOT / "infra" / "upstream" / "recorded"
RUN_LIMIT_SECONDS = 600
HOURS = [datetime(2025, 2, 10, 1, tzinfo=UTC) + timedelta(hours=n) for n in range(2)]
"""What `shuffled_hours` ran."""
LOSS_GAP_MWH = (
    "abs(expected_mwh - coalesce(energy_mwh, 0) - curtailed_economic_mwh - curtailed_network_mwh - unavailable_mwh"
    " - stored_mwh - not_known_mwh - unexplained_mwh)"
)
"""Of an hour of `gold.plant_loss_hourly`: by how much its parts do not add up."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests that look back at everything the others did run last."""
    items.sort(key=lambda item: item.get_closest_marker("looks_back") is not None)


class Stack:
    """A running stack; every method speaks to the real components."""

    hour_seconds: float

    def __init__(self, settings: Settings) -> None:
        self.use(settings)

    def use(self, settings: Settings) -> None:
        """Speak to the stack with these settings from now on: other secrets than before."""
        self.settings = settings
        self.airflow = AirflowApi(settings)
        self.stand_in = f"http://127.0.0.1:{settings.pv_stand_in_port}"

    def secrets(self) -> dict[str, str]:
        """Every secret that has a value, by the name of its variable."""
        values = {name.upper(): getattr(self.settings, name) for name in type(self.settings).model_fields}
        shown = {name: value.get_secret_value() for name, value in values.items() if hasattr(value, "get_secret_value")}
        return {name: value for name, value in shown.items() if value}

    def mlflow(self, user: str | None, method: str, path: str, **arguments: Any) -> requests.Response:
        """MLflow's answer to one of its users; to nobody's request for None."""
        login = (user, self.settings.secret(f"mlflow_{user}_password")) if user else None
        where = f"{self.settings.mlflow_tracking_uri}/{path}"
        return requests.request(method, where, auth=login, timeout=30, **arguments)

    def query(self, sql: str) -> list[list[Any]]:
        """Rows of a Trino statement."""
        return lakehouse.connect(self.settings, "pv-lakehouse-tests").cursor().execute(sql).fetchall()

    def value(self, sql: str) -> Any:
        """The one value a Trino statement gives."""
        ((value,),) = self.query(sql)
        return value

    def rows(self, table: str, where: str = "true") -> list[list[Any]]:
        """Rows of a table in the order of its key, without the columns that depend on when something was fetched."""
        contract = load(table)
        return self.query(
            f"SELECT {', '.join(contract.comparable_columns)} FROM {table} WHERE {where} ORDER BY {', '.join(contract.key)}"
        )

    def run(self, dag_id: str, start: datetime | None = None, end: datetime | None = None, **conf: Any) -> dict[str, Any]:
        """Run a DAG for [start, end) and wait for its end, whatever that is."""
        run_id = self.airflow.trigger(dag_id, start, end, conf)
        return self.airflow.wait(dag_id, run_id, RUN_LIMIT_SECONDS)

    def run_at_once(self, asked: list[tuple[str, datetime, datetime | None]]) -> list[dict[str, Any]]:
        """Run DAGs at the same time, each (DAG, start, end), and wait for their ends, whatever those are."""
        started = [(dag_id, self.airflow.trigger(dag_id, start, end)) for dag_id, start, end in asked]
        return [self.airflow.wait(dag_id, run_id, RUN_LIMIT_SECONDS) for dag_id, run_id in started]

    def succeed(self, dag_id: str, start: datetime, end: datetime, **conf: Any) -> None:
        """Run a DAG and expect success."""
        run = self.run(dag_id, start, end, **conf)
        assert run["state"] == "success", list(self.airflow.tasks(dag_id, run["dag_run_id"]))

    def run_hour(self, start: datetime) -> None:
        """The three hourly DAGs for the hour that starts then: both ingests at once, as they do not wait for each other."""
        end = start + timedelta(hours=1)
        for run in self.run_at_once([(dag_id, start, end) for dag_id in HOURLY_DAGS[:2]]):
            assert run["state"] == "success", list(self.airflow.tasks(run["dag_id"], run["dag_run_id"]))
        self.succeed(HOURLY_DAGS[2], start, end)

    def states(self, run: dict[str, Any]) -> dict[str, str]:
        """State by task of a run."""
        return {task: state for task, state, _ in self.airflow.tasks(run["dag_id"], run["dag_run_id"])}

    def outcomes(self, run: dict[str, Any]) -> dict[str, set[str]]:
        """Outcomes of a run's requests by source."""
        found: dict[str, set[str]] = defaultdict(set)
        listed = f"SELECT DISTINCT source, outcome FROM bronze.api_requests WHERE run_id = '{run['dag_run_id']}'"
        for source, outcome in self.query(listed):
            found[source].add(outcome)
        return dict(found)

    def control(self, method: str, path: str, body: Any = None) -> Any:
        """Steer the stand-in APIs."""
        answer = requests.request(method, f"{self.stand_in}/_control/{path}", json=body, timeout=10)
        answer.raise_for_status()
        return answer.json()

    def log(self, dag_id: str, run_id: str, task_id: str) -> str:
        """All log files of a task, as they lie on disk."""
        folder = self.settings.pv_data_dir / "airflow" / "logs" / f"dag_id={dag_id}" / f"run_id={run_id}" / f"task_id={task_id}"
        return "\n".join(path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.log")))


@pytest.fixture(scope="session")
def stack() -> Stack:
    return Stack(load_settings())


@pytest.fixture
def faults(stack: Stack) -> Iterator[Any]:
    """Switches faults of the stand-in on: `faults("invalid_key", endpoint="oe_data")`; all are off again after the test."""

    def switch_on(name: str, endpoint: str = "*", times: int | None = None, **params: Any) -> None:
        stack.control("POST", "faults", {"name": name, "endpoint": endpoint, "times": times, "params": params})

    yield switch_on
    stack.control("DELETE", "faults")


@pytest.fixture(scope="session")
def shuffled_hours(recorded_week: Stack) -> Stack:
    """`HOURS` by the hourly DAGs, the last one first; notes how long one took."""
    for hour in reversed(HOURS):
        began = time.monotonic()
        recorded_week.run_hour(hour)
        recorded_week.hour_seconds = time.monotonic() - began
    return recorded_week


@pytest.fixture(scope="session")
def recorded_energy() -> dict[tuple[str, str], list[float]]:
    """Hourly MWh of the recorded week by (facility code, network-local date), straight from the CSV."""
    hours: dict[tuple[str, str], list[float]] = defaultdict(list)
    with (RECORDED / "facility_energy_1h.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            hours[row["facility_code"], row["interval_start"][:10]].append(float(row["value"]))
    return dict(hours)


@pytest.fixture(scope="session")
def recorded_week(stack: Stack) -> Stack:
    """The recorded week, local to both networks, in one run."""
    complete = (
        "SELECT count(*) FROM gold.daily_plant_kpi WHERE ds BETWEEN DATE '2025-01-01' AND DATE '2025-01-07' AND missingness = 0"
    )
    if stack.value(complete) < 9 * 7:  # a stack that was kept for a second look has it already
        stack.succeed("rebuild_day", datetime(2024, 12, 31, 14, tzinfo=UTC), datetime(2025, 1, 7, 16, tzinfo=UTC))
    return stack
