"""The outermost layer: finds the faults of a request, lets the answer through or spoils it, and counts."""

from __future__ import annotations

import asyncio
import time
from collections.abc import MutableMapping
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any
from urllib.parse import parse_qsl

from fastapi.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from infra.upstream.answer_faults import replacing_answer, spoiled
from infra.upstream.clock import parse_instant
from infra.upstream.connections import drop_connection
from infra.upstream.faults import Fault
from infra.upstream.openelectricity_answers import sent_key
from infra.upstream.state import State, fingerprint

CONTROL_PATH = "/_control"
_OPEN_METEO = {
    "/v1/archive": "om_archive",
    "/v1/forecast": "om_forecast",
    "/v1/air-quality": "om_air_quality",
    "/v1/satellite": "om_satellite",
}
DROPPED = "dropped"


def endpoint_of(path: str) -> str:
    """Name of the endpoint that a path belongs to."""
    if path in _OPEN_METEO:
        return _OPEN_METEO[path]
    if path.startswith("/nemweb"):
        return "aemo_day" if path.endswith(".zip") else "aemo_listing"
    path = path.removeprefix("/v4")
    if path.startswith("/facilities"):
        return "oe_facilities"
    if path.startswith("/data/facilities"):
        return "oe_data"
    if path.startswith("/data/network"):
        return "oe_network"
    if path.startswith("/market/network"):
        return "oe_market"
    return "oe_me" if path == "/me" else "oe_other"


class Exchange:
    """ASGI layer around the routes; the control path passes untouched."""

    def __init__(self, app: ASGIApp, state: State) -> None:
        self._app, self._state = app, state

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or scope["path"].startswith(CONTROL_PATH):
            await self._app(scope, receive, send)
            return
        endpoint = endpoint_of(scope["path"])
        key = sent_key(_header(scope, b"authorization"))
        bitten = self._state.faults.bite(endpoint, key)
        scope["upstream_bitten"] = bitten
        status = Status(send, _date(self._state, bitten.params("wrong_date")))
        started = time.perf_counter()
        try:
            await self._serve(scope, receive, status, endpoint, bitten.answer)
        finally:
            self._log(scope, endpoint, key, status.told, time.perf_counter() - started)

    async def _serve(self, scope: Scope, receive: Receive, send: Status, endpoint: str, fault: Fault | None) -> None:
        if fault is None:
            await self._app(scope, receive, send)
            return
        if fault.name == "dropped":
            send.told = DROPPED
            await drop_connection(scope)
            return
        if fault.name == "slow":
            await asyncio.sleep(fault.params.get("seconds", 5))
            await self._app(scope, receive, send)
            return
        instead = replacing_answer(fault, endpoint)
        if instead is not None:
            await instead(scope, receive, send)
            return
        await self._serve_spoiled(scope, receive, send, endpoint, fault)

    async def _serve_spoiled(self, scope: Scope, receive: Receive, send: Status, endpoint: str, fault: Fault) -> None:
        real = Captured()
        await self._app(scope, receive, real)
        made = spoiled(fault, endpoint, real.body) if real.status == 200 else None
        if made is None:
            await Response(real.body, real.status, media_type="application/json")(scope, receive, send)
        elif made.breaks_off:
            await _break_off(made.body, len(real.body), scope, send)
        else:
            await Response(made.body, 200, media_type=made.content_type)(scope, receive, send)

    def _log(self, scope: Scope, endpoint: str, key: str | None, status: str, seconds: float) -> None:
        path = scope["path"]
        self._state.counts[scope["method"], path, status] += 1
        self._state.log.append({
            "at": self._state.clock.now().isoformat(), "method": scope["method"], "path": path, "endpoint": endpoint,
            "params": parse_qsl(scope["query_string"].decode(), keep_blank_values=True), "status": status,
            "key": fingerprint(key), "milliseconds": round(seconds * 1000, 1),
        })  # fmt: skip


class Status:
    """A `send` that writes the `date` header and remembers the status."""

    def __init__(self, send: Send, date: datetime | None) -> None:
        self._send, self._date, self.told = send, date, "none"

    async def __call__(self, message: Message) -> None:
        """Pass a message on."""
        if message["type"] == "http.response.start":
            self.told = str(message["status"])
            if self._date is not None:
                message["headers"] = [*message.get("headers", ()), (b"date", format_datetime(self._date, usegmt=True).encode())]
        await self._send(message)


class Captured:
    """A `send` that keeps the answer."""

    def __init__(self) -> None:
        self.status, self.body = 0, b""

    async def __call__(self, message: MutableMapping[str, Any]) -> None:
        """Keep a message."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
        self.body += message.get("body", b"")


async def _break_off(body: bytes, promised: int, scope: Scope, send: Send) -> None:
    """Promise more than is sent, then close the connection."""
    headers = [(b"content-type", b"application/json"), (b"content-length", str(promised).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": True})
    await drop_connection(scope, after_sending=True)


def _date(state: State, wrong: dict[str, Any] | None) -> datetime | None:
    """The instant of the `date` header: real time, whatever the data is made for; none while the clock is set elsewhere."""
    if wrong is None:
        return datetime.now(UTC) if state.clock.is_real else None
    if "at" in wrong:
        return parse_instant(wrong["at"])
    return datetime.now(UTC) + timedelta(seconds=wrong.get("seconds", -3600))


def _header(scope: Scope, name: bytes) -> str | None:
    return next((value.decode("latin-1") for key, value in scope["headers"] if key == name), None)
