"""Dropping a connection without an answer: the server protocol remembers its transports by client address."""

from __future__ import annotations

import asyncio
from typing import Any

from starlette.types import Scope
from uvicorn.protocols.http.h11_impl import H11Protocol

_transports: dict[tuple[str, int], asyncio.Transport] = {}


class RememberingProtocol(H11Protocol):
    """uvicorn's protocol in plain Python, which also registers where a client's bytes come from."""

    def connection_made(self, transport: Any) -> None:
        """Remember."""
        super().connection_made(transport)
        if self.client:
            _transports[self.client] = transport

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget."""
        if self.client:
            _transports.pop(self.client, None)
        super().connection_lost(exc)


async def drop_connection(scope: Scope, *, after_sending: bool = False) -> None:
    """Close the client's socket, what was sent first or not. Raises ConnectionResetError in process, where there is none."""
    client = scope.get("client")
    transport = _transports.get(tuple(client)) if client else None
    if transport is None:
        raise ConnectionResetError("dropped by the fault 'dropped'")
    if after_sending:
        transport.close()
    else:
        transport.abort()
    await asyncio.sleep(0.05)  # until uvicorn has seen the loss, it would answer 500 for us
