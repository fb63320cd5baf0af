"""Open-Meteo's weighted counters and its queue; both off until switched on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime

from infra.upstream.faults import Bitten
from infra.upstream.openmeteo_answers import RefusedError
from infra.upstream.state import State

LIMITS = {"minutely": 600.0, "hourly": 5_000.0, "daily": 10_000.0}
REASONS = {
    "minutely": "Minutely API request limit exceeded. Please try again in one minute.",
    "hourly": "Hourly API request limit exceeded. Please try again in the next hour.",
    "daily": "Daily API request limit exceeded. Please try again tomorrow.",
    "concurrent": "Too many concurrent requests",
}
_WINDOW_FORMATS = {"minutely": "%Y-%m-%dT%H:%M", "hourly": "%Y-%m-%dT%H", "daily": "%Y-%m-%d"}
HEAVIEST = 5_000.0
TOO_MUCH = "Your API call requests too much data. Please reduce the number of variables, locations and/or weather models."
AT_ONCE = 5
"""One runs, four wait."""


def weight(locations: int, variables: int, days: int) -> float:
    """Weighted calls of a request: 10 variables over 14 days at one place are one call."""
    per_place = variables / 10
    return locations * max(1.0, per_place, per_place * days / 14)


def check_limits(state: State, bitten: Bitten) -> None:
    """Refuse when a window is used up. Looked at before the call, so one heavy call may overshoot."""
    limits = bitten.params("weight_limits")
    if limits is None:
        return
    for window, window_key in _windows(state.clock.now()).items():
        if state.weights[window_key] >= limits.get(window, LIMITS[window]):
            raise RefusedError(429, REASONS[window])


def count(state: State, cost: float) -> None:
    """Add the cost of a call to all three windows; every error costs 1."""
    for window_key in _windows(state.clock.now()).values():
        state.weights[window_key] += cost


@asynccontextmanager
async def turn(state: State, bitten: Bitten) -> AsyncIterator[None]:
    """Wait for the one running request, or be refused when too many wait already."""
    params = bitten.params("concurrency_limit")
    if params is None:
        yield
        return
    if state.running >= AT_ONCE:
        raise RefusedError(429, REASONS["concurrent"])
    state.running += 1
    try:
        async with state.queue:
            await asyncio.sleep(params.get("seconds", 0.2))
            yield
    finally:
        state.running -= 1


def _windows(now: datetime) -> dict[str, str]:
    return {window: now.strftime(f"{window} {pattern}") for window, pattern in _WINDOW_FORMATS.items()}
