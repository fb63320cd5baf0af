"""Deadline alerts: which runs can be late, from when, and who is told."""

import asyncio
import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from loaded_dags import dags

from plugins.deadlines import report_late_run

LATE_AFTER = {"ingest_oe_bronze": 20, "ingest_om_bronze": 25, "silver_to_gold": 30}
HOUR_END = datetime(2025, 1, 1, 5, tzinfo=UTC)
CONTEXT = {
    "dag_run": {
        "dag_id": "silver_to_gold",
        "dag_run_id": "scheduled__x",
        "state": "running",
        "data_interval_end": "2025-01-01T05:00:00Z",
    },
    "deadline": {"id": "1", "deadline_time": "2025-01-01T05:30:00Z"},
}


class Webhook(HTTPServer):
    """Keeps what was posted to it."""

    status = 200

    def __init__(self) -> None:
        self.posted: list[dict[str, Any]] = []
        super().__init__(("127.0.0.1", 0), _Receiver)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/services/T0/SECRET"


class _Receiver(BaseHTTPRequestHandler):
    server: Webhook

    def do_POST(self) -> None:
        self.server.posted.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
        self.send_response(self.server.status)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def webhook() -> Iterator[Webhook]:
    server = Webhook()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def in_scheduler(dag_id: str) -> Any:
    """Return the DAG's alert as the scheduler reads it from the database."""
    from airflow.serialization.decoders import decode_deadline_alert
    from airflow.serialization.encoders import encode_deadline_alert

    (alert,) = dags()[dag_id].deadline
    return decode_deadline_alert(encode_deadline_alert(alert))


def deadline_of(dag_id: str, run_type: str) -> datetime | None:
    from airflow.models import DagRun
    from airflow.utils.session import create_session
    from airflow.utils.types import DagRunType

    with create_session() as session:
        run = DagRun(
            dag_id=dag_id,
            run_id=f"{run_type}__{dag_id}",
            run_type=DagRunType(run_type),
            logical_date=HOUR_END - timedelta(hours=1),
            data_interval=(HOUR_END - timedelta(hours=1), HOUR_END),
            run_after=HOUR_END + timedelta(minutes=10),
        )
        session.add(run)
        session.flush()
        alert = in_scheduler(dag_id)
        deadline = alert.reference.evaluate_with(session=session, interval=alert.interval, dag_id=dag_id, run_id=run.run_id)
        session.rollback()
    return deadline


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize(("dag_id", "minutes"), LATE_AFTER.items())
def test_a_scheduled_run_is_late_so_many_minutes_after_the_end_of_its_hour(dag_id: str, minutes: int) -> None:
    assert deadline_of(dag_id, "scheduled") == HOUR_END + timedelta(minutes=minutes)


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize("run_type", ["backfill", "manual"])
def test_a_backfill_or_a_run_by_hand_is_never_late(run_type: str) -> None:
    assert deadline_of("silver_to_gold", run_type) is None


def test_only_the_hourly_dags_have_a_deadline() -> None:
    assert {dag_id for dag_id, dag in dags().items() if dag.deadline} == set(LATE_AFTER)


def test_the_callback_can_be_imported_where_it_runs() -> None:
    assert in_scheduler("silver_to_gold").callback.path == "plugins.deadlines.report_late_run"


def test_a_late_run_is_logged_and_posted(
    webhook: Webhook, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("PV_ALERT_WEBHOOK_URL", webhook.url)

    asyncio.run(report_late_run(promise="Gold within 30 minutes", context=CONTEXT))

    (message,) = webhook.posted
    assert message["text"] == (
        "LATE: Gold within 30 minutes. Run scheduled__x of silver_to_gold (running) missed 2025-01-01T05:30:00Z"
    )
    assert (message["dag_id"], message["run_id"], message["state"]) == ("silver_to_gold", "scheduled__x", "running")
    assert message["text"] in caplog.text


def test_without_a_webhook_a_late_run_is_only_logged(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.delenv("PV_ALERT_WEBHOOK_URL", raising=False)

    asyncio.run(report_late_run(promise="Gold", context=CONTEXT))

    assert [record.levelname for record in caplog.records if record.name == "plugins.deadlines"] == ["ERROR"]


def test_a_webhook_that_fails_is_logged_without_its_secret_address(
    webhook: Webhook, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    webhook.status = 500
    monkeypatch.setenv("PV_ALERT_WEBHOOK_URL", webhook.url)

    asyncio.run(report_late_run(promise="Gold", context=CONTEXT))

    assert "was logged but not sent to PV_ALERT_WEBHOOK_URL: HTTPError" in caplog.text
    assert "SECRET" not in "".join(record.getMessage() for record in caplog.records if record.name == "plugins.deadlines")
