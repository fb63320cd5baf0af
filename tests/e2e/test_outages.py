"""Parts that are away: what only watches never fails a data task, a source that is away is an outage that is survived."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest

from infra.services import services
from infra.stack import supervision
from tests.e2e.conftest import Stack

pytestmark = pytest.mark.stack

HOUR = datetime(2025, 3, 5, 2, tzinfo=UTC)


@contextmanager
def stopped(stack: Stack, name: str) -> Iterator[None]:
    """Stop a service; it runs again afterwards."""
    supervision.rpc(stack.settings).stopProcess(name, True)
    try:
        yield
    finally:
        supervision.start(supervision.rpc(stack.settings), name)
        assert services.wait_for(name, stack.settings, 120) is None, name


@pytest.mark.long
def test_gold_is_published_while_mlflow_is_down(recorded_week: Stack) -> None:
    with stopped(recorded_week, "mlflow"):
        run = recorded_week.run("silver_to_gold", HOUR, HOUR + timedelta(hours=1))

    assert run["state"] == "success"
    assert "MLflow" in recorded_week.log("silver_to_gold", run["dag_run_id"], "report_publication")


@pytest.mark.long
def test_a_source_that_does_not_answer_is_kept_as_an_error_and_asked_again(recorded_week: Stack) -> None:
    with stopped(recorded_week, "stand-in-apis"):
        run_id = recorded_week.airflow.trigger("ingest_oe_bronze", HOUR, HOUR + timedelta(hours=1))
        while recorded_week.airflow.run("ingest_oe_bronze", run_id)["state"] != "failed" and not any(
            state == "up_for_retry" for _, state, _ in recorded_week.airflow.tasks("ingest_oe_bronze", run_id)
        ):
            time.sleep(0.5)

    run = recorded_week.airflow.wait("ingest_oe_bronze", run_id, 600)

    assert run["state"] == "success", recorded_week.states(run)
    assert {outcome for found in recorded_week.outcomes(run).values() for outcome in found} == {"error", "ok"}
