"""The application: both APIs and the control path on one port."""

from __future__ import annotations

import threading
from typing import cast

from fastapi import FastAPI, Request
from fastapi.responses import Response

from infra.upstream import control, nemweb, openelectricity, openmeteo
from infra.upstream.clock import Clock
from infra.upstream.exchange import Exchange
from infra.upstream.openelectricity_answers import ApiError, error_response
from infra.upstream.openmeteo_answers import RefusedError, refusal
from infra.upstream.state import State, keys_of_environment


def create_app(clock: Clock | None = None, world: int | None = None) -> FastAPI:
    """A server with all faults off, in the world of a seed. Its state is at `app.state.upstream`."""
    app = FastAPI(title="Stand-in APIs", openapi_url=None)
    app.state.upstream = state = State(clock or Clock(), keys_of_environment(), world)
    for prefix in ("/v4", ""):
        app.include_router(openelectricity.router, prefix=prefix)
    app.include_router(openmeteo.router)
    app.include_router(nemweb.router)
    app.include_router(control.router)
    app.add_middleware(Exchange, state=state)
    app.add_exception_handler(ApiError, _api_error)
    app.add_exception_handler(RefusedError, _refused)
    return app


def warm_up() -> None:
    """Import the solar library beside the first requests: it takes two seconds that nobody should wait for."""
    threading.Thread(target=lambda: __import__("pvlib"), name="warm-up", daemon=True).start()


async def _api_error(request: Request, error: Exception) -> Response:
    told = cast(ApiError, error)
    return error_response(told.status, told.error)


async def _refused(request: Request, error: Exception) -> Response:
    told = cast(RefusedError, error)
    return refusal(told.status, told.reason)
