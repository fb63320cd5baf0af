"""Every fault of the exchange, and how faults are aimed and counted."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import pytest
from fastapi.testclient import TestClient

from infra.upstream.faults import ANSWER_FAULTS
from tests.unit.infra.upstream.stand_in import KEY, Ask, SwitchOn


@pytest.mark.parametrize(
    ("name", "status", "error"),
    [
        ("not_authenticated", 401, "Not authenticated"),
        ("invalid_key", 401, "Invalid API key"),
        ("auth_failed", 401, "Authentication failed"),
        ("forbidden", 403, "Insufficient permissions"),
        ("not_found", 404, "No data available for facility=['X'] in the specified time range"),
        ("no_data_416", 416, "No data available for facility=['X'] in the specified time range"),
        ("bad_request", 400, "Date start must be timezone naive and in network time"),
        ("rate_limited", 429, "Rate limit exceeded"),
        ("server_error", 500, "An internal server error occurred. Please try again later."),
        ("maintenance", 503, "Maintenance Mode"),
    ],
)
def test_openelectricity_fails_in_its_own_words(generation: Ask, fault: SwitchOn, name: str, status: int, error: str) -> None:
    fault(name)

    answer = generation()

    assert answer.status_code == status
    assert answer.json() == {"version": "4.5.11", "response_status": "ERROR", "error": error, "success": False}


@pytest.mark.parametrize(
    ("name", "status", "reason"),
    [
        ("minutely_limit", 429, "Minutely API request limit exceeded. Please try again in one minute."),
        ("hourly_limit", 429, "Hourly API request limit exceeded. Please try again in the next hour."),
        ("daily_limit", 429, "Daily API request limit exceeded. Please try again tomorrow."),
        ("too_many_concurrent", 429, "Too many concurrent requests"),
        ("maintenance", 503, "The service is overloaded"),
        ("server_error", 500, "Something went wrong."),
        ("bad_request", 400, "No data is available for this location"),
        ("invalid_key", 401, "The supplied API key is invalid."),
    ],
)
def test_open_meteo_fails_in_its_own_words(weather: Ask, fault: SwitchOn, name: str, status: int, reason: str) -> None:
    fault(name)

    answer = weather()

    assert (answer.status_code, answer.json()) == (status, {"error": True, "reason": reason})
    assert "retry-after" not in answer.headers


def test_retry_after_can_be_chosen_or_left_out(generation: Ask, fault: SwitchOn) -> None:
    fault("rate_limited", times=1, retry_after=17)
    fault("rate_limited", times=1, retry_after=None)

    assert generation().headers["retry-after"] == "17"
    assert "retry-after" not in generation().headers
    assert generation().status_code == 200


@pytest.mark.parametrize(("name", "status"), [("bad_gateway", 502), ("not_json", 200)])
def test_a_proxy_answers_html(generation: Ask, fault: SwitchOn, name: str, status: int) -> None:
    fault(name)

    answer = generation()

    assert (answer.status_code, answer.headers["content-type"].split(";")[0]) == (status, "text/html")


def test_validation_errors_have_the_frameworks_form(generation: Ask, fault: SwitchOn) -> None:
    fault("validation")

    assert generation().status_code == 422
    assert generation().json()["detail"][0]["type"] == "missing"


@pytest.mark.parametrize("ask_for", ["generation", "weather"])
def test_an_error_in_the_middle_of_a_stream_leaves_broken_json_in_a_200(request, fault: SwitchOn, ask_for: str) -> None:
    fault("streaming_error")

    answer = request.getfixturevalue(ask_for)()

    assert answer.status_code == 200
    assert "Unexpected error while streaming data: " in answer.text
    with pytest.raises(json.JSONDecodeError):
        answer.json()


def test_a_cut_body_is_half_of_the_real_one(generation: Ask, fault: SwitchOn) -> None:
    whole = generation().text
    fault("truncated", clean=True)

    half = generation()

    assert half.status_code == 200
    assert half.text == whole[: len(half.text)] and len(half.text) < len(whole)


def test_nan_stands_bare_among_the_numbers(ask: Ask, generation: Ask, weather: Ask, fault: SwitchOn) -> None:
    fault("nan")

    assert '"capacity_registered":NaN' in ask("/v4/facilities/").text
    assert "NaN" in generation().text
    assert "NaN" in weather().text
    assert isinstance(generation().json()["data"][0]["results"][0]["data"][0][1], float)


def test_wrong_shapes_are_json_that_does_not_fit(ask: Ask, generation: Ask, weather: Ask, fault: SwitchOn) -> None:
    fault("wrong_shape")

    assert isinstance(generation().json()["data"], dict)
    assert isinstance(ask("/v4/facilities/").json()["data"], dict)
    assert isinstance(weather().json()["hourly"], list)


def test_needed_keys_go_missing(ask: Ask, generation: Ask, weather: Ask, fault: SwitchOn) -> None:
    fault("missing_keys", endpoint="om")
    fault("missing_keys", endpoint="oe_data", path=["data", 0, "results", 0, "columns"])
    fault("missing_keys", endpoint="oe_facilities")

    assert "time" not in weather().json()["hourly"]
    assert "columns" not in generation().json()["data"][0]["results"][0]
    assert "code" not in ask("/v4/facilities/").json()["data"][0]


def test_a_slow_answer_is_a_good_answer_later(generation: Ask, fault: SwitchOn) -> None:
    fault("slow", seconds=0.15)

    started = time.perf_counter()

    assert generation().status_code == 200
    assert time.perf_counter() - started >= 0.15


def test_a_dropped_connection_has_no_answer(generation: Ask, fault: SwitchOn, server: TestClient) -> None:
    fault("dropped", times=1)

    with pytest.raises(ConnectionResetError):
        generation()

    assert generation().status_code == 200
    assert [entry["status"] for entry in server.get("/_control/requests").json()["log"]] == ["dropped", "200"]


def test_a_fault_bites_its_endpoint_its_key_and_its_number_of_times(ask: Ask, server: TestClient, fault: SwitchOn) -> None:
    fault("auth_failed", endpoint="oe_facilities", key=KEY, times=2)
    other = {"Authorization": "Bearer oe_demo_key_secondary"}

    assert ask("/v4/me").status_code == 200
    assert ask("/v4/facilities/").status_code == 401
    assert server.get("/v4/facilities/", headers=other).status_code == 200
    assert [ask("/v4/facilities/").status_code for _ in range(2)] == [401, 200]


def test_faults_follow_one_another_in_the_order_they_were_switched_on(generation: Ask, fault: SwitchOn) -> None:
    fault("server_error", times=1)
    fault("maintenance", times=2)

    assert [generation().status_code for _ in range(4)] == [500, 503, 503, 200]


def test_faults_are_off_by_default_and_a_reset_switches_them_off(generation: Ask, server: TestClient, fault: SwitchOn) -> None:
    assert server.get("/_control/faults").json()["active"] == []
    fault("server_error")
    assert generation().status_code == 500

    server.post("/_control/reset")

    assert generation().status_code == 200
    assert server.get("/_control/requests").json()["total"] == 1


def test_one_fault_is_switched_off_by_name(server: TestClient, fault: SwitchOn) -> None:
    fault("server_error")
    fault("old_shape")

    active = server.delete("/_control/faults/server_error").json()["active"]

    assert [entry["name"] for entry in active] == ["old_shape"]


def test_an_unknown_fault_is_refused_with_the_list(server: TestClient) -> None:
    answer = server.post("/_control/faults", json={"name": "gremlins"})

    assert answer.status_code == 422
    assert "maintenance" in answer.json()["detail"]


@pytest.mark.parametrize("name", sorted(ANSWER_FAULTS.keys() - {"slow", "dropped", "truncated"}))
def test_every_fault_of_the_catalogue_changes_both_answers(generation: Ask, weather: Ask, fault: SwitchOn, name: str) -> None:
    before = generation().text, weather().text
    fault(name)

    after = generation().text, weather().text

    assert before[0] != after[0]
    assert before[1] != after[1]


def test_answers_are_dated_by_real_time_and_not_at_all_while_the_clock_is_set(
    ask: Ask, server: TestClient, fault: SwitchOn
) -> None:
    assert "date" not in ask("/v4/me").headers
    fault("wrong_date", endpoint="oe_me", at="2025-01-02T03:04:05Z")
    assert ask("/v4/me").headers["date"] == "Thu, 02 Jan 2025 03:04:05 GMT"
    server.post("/_control/clock", json={"now": None})
    server.delete("/_control/faults")
    real = parsedate_to_datetime(ask("/v4/me").headers["date"])
    fault("wrong_date", seconds=-600)
    off = parsedate_to_datetime(ask("/v4/facilities/").headers["date"])
    assert abs((datetime.now(UTC) - real).total_seconds()) < 60
    assert 540 < (real - off).total_seconds() < 660
