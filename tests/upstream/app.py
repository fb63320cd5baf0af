"""The application: both APIs and the control path on one port."""

from __future__ import annotations

import threading

from fastapi import FastAPI, Request
from fastapi.responses import Response

from tests.upstream import control, openelectricity, openmeteo
from tests.upstream.clock import Clock
from tests.upstream.exchange import Exchange
from tests.upstream.openelectricity_answers import ApiError, error_response
from tests.upstream.openmeteo_answers import RefusedError, refusal
from tests.upstream.state import State, keys_of_environment


def create_app(clock: Clock | None = None) -> FastAPI:
    """A server with everything off. Its state is at `app.state.upstream`."""
    app = FastAPI(title="Stand-in APIs", openapi_url=None)
    app.state.upstream = state = State(clock=clock or Clock(), keys=keys_of_environment())
    for prefix in ("/v4", ""):
        app.include_router(openelectricity.router, prefix=prefix)
    app.include_router(openmeteo.router)
    app.include_router(control.router)
    app.add_middleware(Exchange, state=state)
    app.add_exception_handler(ApiError, _api_error)
    app.add_exception_handler(RefusedError, _refused)
    return app


def warm_up() -> None:
    """Import the solar library beside the first requests: it takes two seconds that nobody should wait for."""
    threading.Thread(target=lambda: __import__("pvlib"), name="warm-up", daemon=True).start()


async def _api_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, ApiError)
    return error_response(error.status, error.error)


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, RefusedError)
    return refusal(error.status, error.reason)
