"""Faults of the exchange: answers that replace the real one, and bodies that are spoiled while they are sent."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from fastapi.responses import Response

from infra.upstream.faults import Fault
from infra.upstream.openelectricity_answers import error_response, json_response
from infra.upstream.openmeteo_answers import refusal
from infra.upstream.openmeteo_limits import REASONS, TOO_MUCH
from infra.upstream.openmeteo_query import UNKNOWN_NAME, VARIABLE_TYPE

Params = dict[str, Any]
HTML = "<html><head><title>{status}</title></head><body><center><h1>{status} Bad Gateway</h1></center></body></html>"
STREAMING_TEXT = b"Unexpected error while streaming data: timeoutReached"


@dataclass(frozen=True)
class Spoiled:
    """A body as it leaves: `breaks_off` closes the connection before the promised length is reached."""

    body: bytes
    content_type: str = "application/json"
    breaks_off: bool = False


def replacing_answer(fault: Fault, endpoint: str) -> Response | None:
    """The answer that is given instead of the real one, or None for faults that spoil the real one."""
    is_open_meteo = endpoint.startswith("om_")
    make = _REPLACING.get(fault.name)
    return None if make is None else make(fault.params, is_open_meteo)


def spoiled(fault: Fault, endpoint: str, body: bytes) -> Spoiled | None:
    """The real body, spoiled; None for faults that leave the body alone."""
    spoil = _SPOILING.get(fault.name)
    return None if spoil is None else spoil(fault.params, endpoint, body)


def _said(status: int, openelectricity: str, open_meteo: str) -> Callable[[Params, bool], Response]:
    def answer(params: Params, is_open_meteo: bool) -> Response:
        if is_open_meteo:
            return refusal(status, str(params.get("reason", open_meteo)))
        return error_response(status, str(params.get("error", params.get("reason", openelectricity))))

    return answer


def _rate_limited(params: Params, is_open_meteo: bool) -> Response:
    if is_open_meteo:
        return refusal(429, REASONS["minutely"])
    seconds = params.get("retry_after", 1)
    headers = {} if seconds is None else {"Retry-After": str(seconds)}
    return error_response(429, "Rate limit exceeded", headers)


def _validation(params: Params, is_open_meteo: bool) -> Response:
    detail = [{"type": "missing", "loc": ["query", "metrics"], "msg": "Field required", "input": None}]
    return json_response({"detail": detail}, 422)


def _bad_gateway(params: Params, is_open_meteo: bool) -> Response:
    status = int(params.get("status", 502))
    return Response(HTML.format(status=status), status, media_type="text/html")


def _limit(window: str) -> Callable[[Params, bool], Response]:
    return _said(429, REASONS[window], REASONS[window])


_REPLACING: dict[str, Callable[[Params, bool], Response]] = {
    "not_authenticated": _said(401, "Not authenticated", "API key required. Please add &apikey= to the URL."),
    "invalid_key": _said(401, "Invalid API key", "The supplied API key is invalid."),
    "auth_failed": _said(401, "Authentication failed", "API key required. Please add &apikey= to the URL."),
    "forbidden": _said(403, "Insufficient permissions", "The archive needs the Professional plan"),
    "not_found": _said(404, "No data available for facility=['X'] in the specified time range", "Not Found"),
    "no_data_416": _said(416, "No data available for facility=['X'] in the specified time range", "Not Found"),
    "bad_request": _said(400, "Date start must be timezone naive and in network time", "No data is available for this location"),
    "server_error": _said(500, "An internal server error occurred. Please try again later.", "Something went wrong."),
    "maintenance": _said(503, "Maintenance Mode", "The service is overloaded"),
    "rate_limited": _rate_limited,
    "validation": _validation,
    "bad_gateway": _bad_gateway,
    "not_json": lambda params, is_open_meteo: Response("<html><body>Just a moment...</body></html>", 200, media_type="text/html"),
    "minutely_limit": _limit("minutely"),
    "hourly_limit": _limit("hourly"),
    "daily_limit": _limit("daily"),
    "too_many_concurrent": _limit("concurrent"),
    "unknown_variable": _said(400, "Unsupported metrics: x", UNKNOWN_NAME.format(type=VARIABLE_TYPE, value="x,y")),
    "too_much_data": _said(
        400, "Date range too large for 1h interval. Maximum range is 32 days.",
        TOO_MUCH,
    ),
}  # fmt: skip


def _truncated(params: Params, endpoint: str, body: bytes) -> Spoiled:
    return Spoiled(body[: len(body) // 2], breaks_off=not params.get("clean", False))


def _streaming_error(params: Params, endpoint: str, body: bytes) -> Spoiled:
    """Open-Meteo streams: a failure appends its text in the middle of the JSON, the status is long sent."""
    return Spoiled(body[: len(body) // 2] + STREAMING_TEXT)


def _wrong_shape(params: Params, endpoint: str, body: bytes) -> Spoiled:
    document = json.loads(body)
    if endpoint.startswith("oe_"):
        data = document["data"]
        document["data"] = {"items": data} if isinstance(data, list) else [data]
    else:
        for place in document if isinstance(document, list) else [document]:
            place["hourly"] = [place.get("hourly")]
    return Spoiled(_bytes(document))


def _missing_keys(params: Params, endpoint: str, body: bytes) -> Spoiled:
    document = json.loads(body)
    *way, last = params.get("path", _path_of_needed_key(document, endpoint))
    at = document
    for step in way:
        at = at[step]
    del at[last]
    return Spoiled(_bytes(document))


def _path_of_needed_key(document: Any, endpoint: str) -> list[str | int]:
    if endpoint.startswith("om_"):
        return [0, "hourly", "time"] if isinstance(document, list) else ["hourly", "time"]
    known: dict[str, list[str | int]] = {
        "oe_data": ["data", 0, "results"], "oe_network": ["data", 0, "results"], "oe_market": ["data", 0, "results"],
        "oe_facilities": ["data", 0, "code"],
    }  # fmt: skip
    return known.get(endpoint, ["data"])


def _nan(params: Params, endpoint: str, body: bytes) -> Spoiled:
    """Bare NaN is not JSON, yet Python's parser takes it: the first number of the data becomes one."""
    return Spoiled(re.sub(_FIRST_NUMBER.get(endpoint, _FIRST_COLUMN_VALUE), rb"\1NaN", body, count=1))


_FIRST_COLUMN_VALUE = rb'((?<!time)":\[)-?\d+(?:\.\d+)?(?=[,\]])'
_FIRST_NUMBER = {
    "oe_data": rb'(\["[^"]+",)-?\d+(?:\.\d+)?(?=\])',
    "oe_network": rb'(\["[^"]+",)-?\d+(?:\.\d+)?(?=\])',
    "oe_market": rb'(\["[^"]+",)-?\d+(?:\.\d+)?(?=\])',
    "oe_facilities": rb'("capacity_registered":)\d+(?:\.\d+)?',
}


def _bytes(document: Any) -> bytes:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


_SPOILING: dict[str, Callable[[Params, str, bytes], Spoiled]] = {
    "truncated": _truncated,
    "streaming_error": _streaming_error,
    "wrong_shape": _wrong_shape,
    "missing_keys": _missing_keys,
    "nan": _nan,
}
