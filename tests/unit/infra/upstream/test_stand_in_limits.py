"""Open-Meteo's weighted counters and queue, both off until switched on."""

from __future__ import annotations

import asyncio

import httpx
import pytest
from fastapi.testclient import TestClient

from infra.upstream.app import create_app
from infra.upstream.faults import Fault
from infra.upstream.openmeteo_limits import weight
from tests.unit.infra.upstream.stand_in import Ask, SwitchOn


@pytest.mark.parametrize(
    ("locations", "variables", "days", "expected"), [(1, 8, 30, 1.71), (14, 8, 30, 24.0), (40, 20, 365, 2086.0), (3, 1, 1, 3.0)]
)
def test_the_weight_is_that_of_the_contracts_examples(locations: int, variables: int, days: int, expected: float) -> None:
    assert weight(locations, variables, days) == pytest.approx(expected, abs=0.5 if expected > 100 else 0.01)


@pytest.mark.parametrize(
    ("window", "next_clock", "reason"),
    [
        ("minutely", "2025-03-20T12:03:00Z", "Minutely API request limit exceeded. Please try again in one minute."),
        ("hourly", "2025-03-20T13:00:00Z", "Hourly API request limit exceeded. Please try again in the next hour."),
        ("daily", "2025-03-21T00:00:00Z", "Daily API request limit exceeded. Please try again tomorrow."),
    ],
)
def test_a_used_up_window_refuses_until_the_next_one(
    weather: Ask, server: TestClient, fault: SwitchOn, window: str, next_clock: str, reason: str
) -> None:
    fault("weight_limits", **{window: 2})

    statuses = [weather().status_code for _ in range(3)]
    refused = weather()
    server.post("/_control/clock", json={"now": next_clock})

    assert statuses == [200, 200, 429]
    assert refused.json() == {"error": True, "reason": reason}
    assert "retry-after" not in refused.headers
    assert weather().status_code == 200


def test_nothing_is_refused_while_the_limits_are_off(weather: Ask, server: TestClient) -> None:
    for _ in range(5):
        assert weather(start_date="2024-01-01", end_date="2024-12-31").status_code == 200

    assert max(server.get("/_control/requests").json()["open_meteo_weight"].values()) == pytest.approx(5 * 0.4 * 366 / 14)


def test_a_request_that_is_too_heavy_is_refused_for_good(weather: Ask) -> None:
    answer = weather(
        latitude=",".join(["-30"] * 900), longitude=",".join(["140"] * 900), start_date="2020-01-01", end_date="2024-12-31"
    )

    assert answer.status_code == 400
    assert answer.json()["reason"].startswith("Your API call requests too much data.")


def test_one_runs_four_wait_and_the_sixth_is_refused() -> None:
    app = create_app()
    app.state.upstream.faults.switch_on(Fault("concurrency_limit", params={"seconds": 0.02}))

    async def six_at_once() -> list[httpx.Response]:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://stand-in") as client:
            path = "/v1/archive?latitude=-30&longitude=140&start_date=2025-01-01&end_date=2025-01-01&hourly=temperature_2m"
            return await asyncio.gather(*(client.get(path) for _ in range(6)))

    answers = asyncio.run(six_at_once())

    assert sorted(answer.status_code for answer in answers) == [200] * 5 + [429]
    assert {answer.json()["reason"] for answer in answers if answer.status_code == 429} == {"Too many concurrent requests"}
