"""Errors of Open-Meteo."""

from __future__ import annotations

from fastapi.responses import Response

from infra.upstream.openelectricity_answers import json_response


class RefusedError(Exception):
    """An error with the reason that Open-Meteo would give."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status, self.reason = status, reason


def refusal(status: int, reason: str) -> Response:
    """The error body; no Retry-After, whatever the status."""
    return json_response({"error": True, "reason": reason}, status)
