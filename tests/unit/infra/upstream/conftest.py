"""A stand-in server in process for each test, its clock at noon UTC of 2025-03-20 unless a test moves it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient
from httpx import Response

from infra.upstream.app import create_app
from infra.upstream.clock import Clock, parse_instant
from tests.unit.infra.upstream.stand_in import KEY, Ask

NOW = "2025-03-20T12:02:00Z"


@pytest.fixture
def server() -> Iterator[TestClient]:
    """The server, asked without a key."""
    with TestClient(create_app(Clock(parse_instant(NOW))), follow_redirects=False) as client:
        yield client


@pytest.fixture
def ask(server: TestClient) -> Ask:
    """GET with a good key; keyword arguments are parameters, lists are repeated keys."""

    def get(path: str, **params: Any) -> Response:
        return server.get(path, params=params, headers={"Authorization": f"Bearer {KEY}"})

    return get


@pytest.fixture
def generation(ask: Ask) -> Ask:
    """Hourly energy and power of one recorded farm and day, unless told otherwise."""

    def get(**changes: Any) -> Response:
        network = changes.pop("network", "NEM")
        asked = {
            "metrics": ["energy", "power"], "interval": "1h", "facility_code": ["EMERASF"],
            "date_start": "2025-01-03T00:00:00", "date_end": "2025-01-04T00:00:00",
        } | changes  # fmt: skip
        return ask(f"/v4/data/facilities/{network}", **{name: value for name, value in asked.items() if value is not None})

    return get


@pytest.fixture
def weather(server: TestClient) -> Ask:
    """Archive weather of one synthetic farm and day, unless told otherwise."""

    def get(path: str = "/v1/archive", **changes: Any) -> Response:
        asked = {
            "latitude": "-33.532991", "longitude": "145.522279", "start_date": "2025-03-01", "end_date": "2025-03-01",
            "hourly": "shortwave_radiation,direct_radiation,diffuse_radiation,temperature_2m", "timezone": "GMT",
        } | changes  # fmt: skip
        return server.get(path, params={name: value for name, value in asked.items() if value is not None})

    return get


@pytest.fixture
def fault(server: TestClient) -> Callable[..., None]:
    """Switch a fault on; other keyword arguments are its parameters."""

    def switch_on(name: str, *, endpoint: str = "*", times: int | None = None, key: str | None = None, **params: Any) -> None:
        spec = {"name": name, "endpoint": endpoint, "times": times, "key": key, "params": params}
        answer = server.post("/_control/faults", json=spec)
        assert answer.status_code == 200, answer.text

    return switch_on
