"""Envelopes, errors and the key check of OpenElectricity v4."""

from __future__ import annotations

import json
import zlib
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from fastapi import Request
from fastapi.responses import Response

from infra.upstream.state import bitten_of, state_of

API_VERSION = "4.5.11"
_SYDNEY = ZoneInfo("Australia/Sydney")
_FREE_OF_CREDIT_LIMIT = ("/me",)


class ApiError(Exception):
    """An error of the app itself, answered in its envelope."""

    def __init__(self, status: int, error: str) -> None:
        super().__init__(error)
        self.status, self.error = status, error


def error_response(status: int, error: str, headers: dict[str, str] | None = None) -> Response:
    """The envelope: `error`, not the `detail` that the docs promise."""
    body = {"version": API_VERSION, "response_status": "ERROR", "error": error, "success": False}
    return json_response(body, status, headers)


def json_response(body: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """JSON as both sources write it; a NaN in the data is written bare."""
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return Response(text, status, headers, media_type="application/json")


def envelope(now: datetime, data: Any, **more: Any) -> dict[str, Any]:
    """A good answer. `created_at` is Sydney time with daylight saving, unlike the data."""
    created_at = now.astimezone(_SYDNEY).replace(microsecond=0).isoformat()
    return {"version": API_VERSION, "created_at": created_at, "success": True, "data": data, **more}


def cached_response(body: Any, seconds: int) -> Response:
    """With the headers of the source's cache; this server never serves a HIT."""
    response = json_response(body)
    tag = zlib.crc32(bytes(response.body))
    response.headers.update({"Cache-Control": f"max-age={seconds}", "ETag": f"W/{tag}", "X-FastAPI-Cache": "MISS"})
    return response


def sent_key(authorization: str | None) -> str | None:
    """The bearer key of a header, None without one. The scheme's case does not matter."""
    scheme, _, key = (authorization or "").partition(" ")
    return key.strip() if scheme.lower() == "bearer" and key.strip() else None


def check_key(request: Request) -> None:
    """Refuse a bad key; without any the request is the free plan's."""
    if request.headers.get("authorization") is not None:
        require_key(request)


def require_key(request: Request) -> str:
    """Refuse what has no key, a bad key, or a key whose credits are used up. Dependencies run before validation."""
    state = state_of(request)
    key = sent_key(request.headers.get("authorization"))
    if key is None:
        raise ApiError(401, "Not authenticated")
    if not state.accepts(key):
        raise ApiError(401, "Invalid API key")
    params = bitten_of(request).params("credit_limit")
    today = key, state.clock.now().date().isoformat()
    if request.url.path.endswith(_FREE_OF_CREDIT_LIMIT):
        return key
    if params is not None and state.credits_used[today] >= params.get("credits", 500):
        raise ApiError(401, "Authentication failed")
    state.credits_used[today] += 1
    return key
