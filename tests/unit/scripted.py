"""A server that answers from a script, one answer a request, and remembers what it was asked; and a clock to go with it."""

import json
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from include.sources.exchange import Clock


@dataclass
class Scripted:
    status: int = 200
    body: bytes | str | dict[str, Any] | list[Any] = b""
    headers: dict[str, str] = field(default_factory=dict)
    delay_seconds: float = 0.0
    drop: bool = False  # close without an answer
    announce_bytes: int | None = None  # a Content-Length that the body does not reach

    @property
    def bytes(self) -> bytes:
        if isinstance(self.body, bytes):
            return self.body
        return self.body.encode() if isinstance(self.body, str) else json.dumps(self.body).encode()


@dataclass(frozen=True)
class Seen:
    path: str
    params: list[tuple[str, str]]
    headers: dict[str, str]

    @property
    def key(self) -> str | None:
        return self.headers.get("authorization")


class ScriptedServer:
    def __init__(self) -> None:
        self.script: list[Scripted] = []
        self.seen: list[Seen] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer._answer(self)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def _answer(self, handler: BaseHTTPRequestHandler) -> None:
        parts = urlsplit(handler.path)
        headers = {name.lower(): value for name, value in handler.headers.items()}
        self.seen.append(Seen(parts.path, parse_qsl(parts.query), headers))
        answer = self.script.pop(0) if self.script else Scripted(599, "the script is over")
        time.sleep(answer.delay_seconds)
        if answer.drop:
            handler.close_connection = True
            handler.connection.shutdown(2)
            return
        # Without the real clock's Date, which no stepped clock agrees with: a test that wants one scripts it.
        handler.send_response_only(answer.status)
        for name, value in answer.headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(answer.announce_bytes or len(answer.bytes)))
        handler.end_headers()
        handler.wfile.write(answer.bytes)
        handler.close_connection = True

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class SteppedClock:
    """Stands still but for sleeping, which it notes and does not do."""

    def __init__(self, now: datetime = datetime(2026, 11, 24, 20, 5, tzinfo=UTC)) -> None:
        self.now = now
        self.sleeps: list[float] = []
        self._started = now

    def _sleep(self, seconds: float) -> None:
        self.sleeps.append(seconds)
        self.now += timedelta(seconds=seconds)

    @property
    def clock(self) -> Clock:
        return Clock(lambda: self.now, self._sleep, lambda: (self.now - self._started).total_seconds() + 1000.0)
