"""Who may ask, in which order refusals come, and what `/me` tells."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient

from tests.unit.infra.upstream.stand_in import KEY, Ask, SwitchOn

DATA = "/v4/data/facilities/NEM"


@pytest.mark.parametrize(
    ("header", "error"),
    [
        (None, "Not authenticated"),
        ("Basic abc", "Not authenticated"),
        ("Bearer oe_short", "Invalid API key"),
        ("Bearer someone_elses_key", "Invalid API key"),
    ],
)
def test_a_missing_or_bad_key_is_refused_before_the_parameters_are_looked_at(
    server: TestClient, header: str | None, error: str
) -> None:
    answer = server.get(DATA, params={"metrics": "bogus"}, headers={"Authorization": header} if header else {})

    assert answer.status_code == 401
    assert answer.json() == {"version": "4.5.11", "response_status": "ERROR", "error": error, "success": False}
    assert "www-authenticate" not in answer.headers


def test_the_scheme_is_not_case_sensitive(server: TestClient) -> None:
    assert server.get("/v4/me", headers={"Authorization": f"bearer {KEY}"}).status_code == 200


def test_listed_keys_are_the_only_ones_accepted(monkeypatch: pytest.MonkeyPatch) -> None:
    from infra.upstream.app import create_app

    monkeypatch.setenv("UPSTREAM_KEYS", "first_listed_key, second_listed_key")
    with TestClient(create_app()) as server:
        statuses = [
            server.get("/v4/me", headers={"Authorization": f"Bearer {key}"}).status_code
            for key in ("first_listed_key", "second_listed_key", KEY)
        ]

    assert statuses == [200, 200, 401]


def test_credits_are_counted_and_a_used_up_key_fails_like_a_bad_one(ask: Ask, fault: SwitchOn) -> None:
    fault("credit_limit", credits=2)

    assert ask("/v4/me").json()["data"]["credits"] == {"remaining": 2}
    statuses = [ask("/v4/facilities/", network_id="WEM").status_code for _ in range(3)]
    refused = ask("/v4/facilities/")

    assert statuses == [200, 200, 401]
    assert refused.json()["error"] == "Authentication failed"
    assert ask("/v4/me").json()["data"]["credits"] == {}, "remaining is omitted at zero"


@pytest.mark.parametrize("path", ["/v4/health", "/v4/networks", "/v4/plans", "/v4/metrics"])
def test_catalogues_need_no_key(server: TestClient, path: str) -> None:
    assert server.get(path).status_code == 200


def test_an_unknown_path_is_the_frameworks_404(ask: Ask) -> None:
    answer = ask("/v4/nothing")

    assert (answer.status_code, answer.json()) == (404, {"detail": "Not Found"})
