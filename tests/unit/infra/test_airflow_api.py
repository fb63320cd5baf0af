"""Airflow's API on a machine that is busy: what reads is asked again, what changes something is not."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from infra import airflow_api
from infra.airflow_api import AirflowApi, AirflowApiError


class Slow(BaseHTTPRequestHandler):
    """Gives its first `late` answers too late."""

    late = 0
    asked: list[str]
    over: threading.Event

    def do_GET(self) -> None:
        self.asked.append(self.command)
        if len(self.asked) <= self.late:
            self.over.wait(20)
            return
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def do_POST(self) -> None:
        self.do_GET()

    def log_message(self, *_: Any) -> None: ...


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Iterator[AirflowApi]:
    monkeypatch.setattr(airflow_api, "TIMEOUT_SECONDS", 0.4)
    monkeypatch.setattr(Slow, "asked", [], raising=False)
    monkeypatch.setattr(Slow, "over", threading.Event(), raising=False)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Slow)
    threading.Thread(target=server.serve_forever, daemon=True).start()

    class Known:
        airflow_host, airflow_port, airflow_admin_user = "127.0.0.1", server.server_port, "admin"

        def secret(self, _: str) -> str:
            return "a-password"

    known: Any = Known()
    asking = AirflowApi(known)
    asking._session.headers["Authorization"] = "Bearer a-token"
    yield asking
    Slow.over.set()
    server.shutdown()
    server.server_close()


def test_a_late_answer_to_a_question_is_asked_for_again(api: AirflowApi, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Slow, "late", 2)

    assert api.call("GET", "/dags") == {}
    assert Slow.asked == ["GET"] * 3


@pytest.mark.parametrize(("method", "late", "times"), [("GET", 9, 3), ("POST", 1, 1)])
def test_what_never_answers_or_may_have_been_done_is_said(
    api: AirflowApi, monkeypatch: pytest.MonkeyPatch, method: str, late: int, times: int
) -> None:
    monkeypatch.setattr(Slow, "late", late)

    with pytest.raises(AirflowApiError, match="does not answer"):
        api.call(method, "/dags/a/dagRuns")
    assert Slow.asked == [method] * times
