"""The Open-Meteo client: what it asks, how long it waits for which reason, and what it says in the end."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from include.errors import BodyInvalid, BudgetExhausted, QuotaSpent, SourceRefused, SourceUnavailable
from include.settings import Settings
from include.sources.exchange import Sender
from include.sources.openmeteo.client import OpenMeteoClient, by_dataset, wait_after
from include.windows import Window
from tests.unit.envelopes import FARMS, HOURS, hourly_body
from tests.unit.scripted import Scripted, ScriptedServer, SteppedClock

pytestmark = pytest.mark.needs_minio
Make = Callable[..., OpenMeteoClient]

GOOD = Scripted(200, [hourly_body(), hourly_body(index=1)])


def limited(reason: str, status: int = 429) -> Scripted:
    return Scripted(status, {"error": True, "reason": reason})


@pytest.fixture
def make_client(make_settings: Callable[..., Settings], make_sender: Callable[[Settings], Sender]) -> Make:
    def make(**changes: Any) -> OpenMeteoClient:
        settings = make_settings(**changes)
        return OpenMeteoClient(settings, make_sender(settings))

    return make


def ask(client: OpenMeteoClient) -> Any:
    return client.weather("archive", FARMS, HOURS)


def test_the_archive_is_asked_in_gmt_and_metres_a_second_with_its_model_pinned(make_client: Make, server: ScriptedServer) -> None:
    server.script = [GOOD]
    answer = ask(make_client())
    assert server.seen[0].path == "/v1/archive"
    assert dict(server.seen[0].params) == {
        "latitude": "-23.520000,-34.919115",
        "longitude": "148.160000,146.609540",
        "hourly": "shortwave_radiation,direct_radiation,diffuse_radiation,direct_normal_irradiance,terrestrial_radiation,"
        "temperature_2m,dew_point_2m,cloud_cover,precipitation,sunshine_duration,wind_speed_10m,wind_gusts_10m,"
        "wind_direction_10m,pressure_msl",
        "start_date": "2025-01-02",
        "end_date": "2025-01-02",
        "timezone": "GMT",
        "wind_speed_unit": "ms",
        "models": "era5_seamless",
    }
    assert len(answer.reading.rows) == 8
    assert server.seen[0].key is None


def test_the_last_label_of_a_window_that_ends_at_midnight_is_of_the_day_before(make_client: Make, server: ScriptedServer) -> None:
    server.script = [GOOD]
    make_client().weather("archive", FARMS, Window.parse("2025-01-01T23:00Z", "2025-01-03T00:00Z"))
    assert dict(server.seen[0].params)["start_date"] == "2025-01-01"
    assert dict(server.seen[0].params)["end_date"] == "2025-01-02"


def test_the_forecast_is_asked_of_one_model_and_stored_with_its_name(make_client: Make, server: ScriptedServer) -> None:
    server.script = [GOOD]
    answer = make_client().weather("forecast", FARMS, HOURS)
    assert server.seen[0].path == "/v1/forecast"
    assert dict(server.seen[0].params)["models"] == "ecmwf_ifs"
    assert {(row["dataset"], row["model"]) for row in answer.reading.rows} == {("forecast", "ecmwf_ifs")}


def test_air_quality_is_asked_of_the_global_model(make_client: Make, server: ScriptedServer) -> None:
    server.script = [Scripted(200, hourly_body("om_air_quality"))]
    answer = make_client().air_quality(FARMS[:1], HOURS)
    assert server.seen[0].path == "/v1/air-quality"
    params = dict(server.seen[0].params)
    assert (params["domains"], "models" in params, "wind_speed_unit" in params) == ("cams_global", False, False)
    assert (
        params["hourly"] == "pm10,pm2_5,dust,nitrogen_dioxide,ozone,sulphur_dioxide,carbon_monoxide,uv_index,uv_index_clear_sky"
    )
    assert len(answer.reading.rows) == 4


def test_the_satellite_that_looks_at_australia_is_asked_at_its_own_address(make_client: Make, server: ScriptedServer) -> None:
    server.script = [Scripted(200, hourly_body("om_satellite"))]
    answer = make_client().satellite(FARMS[:1], HOURS)
    assert server.seen[0].path == "/v1/satellite"
    params = dict(server.seen[0].params)
    assert (params["models"], params["hourly"]) == (
        "jma_jaxa_himawari",
        "shortwave_radiation,direct_radiation,diffuse_radiation,direct_normal_irradiance",
    )
    assert len(answer.reading.rows) == 4


def test_more_than_fifty_locations_are_not_asked_at_once(make_client: Make) -> None:
    with pytest.raises(ValueError, match="1 to 50"):
        make_client().weather("archive", FARMS * 26, HOURS)


@pytest.mark.parametrize(
    ("start", "end", "parts"),
    [
        # seven whole days before 24 November: up to the end of the 16th
        ("2026-11-01T00:00Z", "2026-11-17T00:00Z", [("archive", "01 00", "17 00")]),
        ("2026-11-17T00:00Z", "2026-11-25T00:00Z", [("forecast", "17 00", "25 00")]),
        ("2026-11-14T20:00Z", "2026-11-24T21:00Z", [("archive", "14 20", "17 00"), ("forecast", "17 00", "24 21")]),
    ],
)
def test_days_older_than_seven_come_from_the_archive(start: str, end: str, parts: list[tuple[str, str, str]]) -> None:
    now = datetime(2026, 11, 24, 20, 5, tzinfo=UTC)
    found = by_dataset(Window.parse(start, end), now)
    assert [(dataset, f"{part.start:%d %H}", f"{part.end:%d %H}") for dataset, part in found] == parts


@pytest.mark.parametrize(
    ("reason", "shortest", "longest"),
    [
        ("Minutely API request limit exceeded. Please try again in one minute.", 60, 75),
        ("Hourly API request limit exceeded. Please try again in the next hour.", 55 * 60 + 60, 55 * 60 + 120),
        ("Too many concurrent requests", 1, 5),
        ("anything else", 1, 1),
    ],
)
def test_the_wait_is_chosen_from_the_reason(
    make_client: Make, server: ScriptedServer, stepped: SteppedClock, reason: str, shortest: float, longest: float
) -> None:
    server.script = [limited(reason), GOOD]
    client = make_client(http_backoff_seconds=1)
    assert ask(client).reading.outcome == "ok"
    (waited,) = stepped.sleeps
    assert shortest <= waited <= longest
    assert [answer.reading.outcome for answer in client.sender.answers] == ["rate_limited", "ok"]


def test_a_backfill_does_not_hold_up_the_hourly_runs_for_the_limit_of_an_hour(
    make_client: Make, server: ScriptedServer, stepped: SteppedClock
) -> None:
    minute, hour = (limited(f"{name} API request limit exceeded. Please try again.") for name in ("Minutely", "Hourly"))
    server.script = [minute, GOOD, hour]
    client = make_client()
    client.sender.run = replace(client.sender.run, run_type="backfill")
    assert ask(client).reading.outcome == "ok"
    for _ in range(2):  # from then on without asking
        with pytest.raises(QuotaSpent, match="Hourly API request limit exceeded"):
            ask(client)
    assert len(server.seen) == 3
    assert sum(stepped.sleeps) <= 70


def test_a_reason_that_names_no_limit_gives_no_wait_of_its_own() -> None:
    assert wait_after("The service is overloaded", datetime(2026, 11, 24, tzinfo=UTC)) is None


def test_a_used_up_day_stops_the_run_without_waiting(make_client: Make, server: ScriptedServer, stepped: SteppedClock) -> None:
    server.script = [limited("Daily API request limit exceeded. Please try again tomorrow.")]
    client = make_client()
    with pytest.raises(BudgetExhausted, match="Daily API request limit exceeded") as failure:
        ask(client)
    assert client.sender.landing.keys("om_weather")[0] in str(failure.value)
    with pytest.raises(BudgetExhausted):
        ask(client)
    assert (len(server.seen), stepped.sleeps) == (1, [])


@pytest.mark.parametrize(
    "failure",
    [
        limited("The service is overloaded", 503),
        Scripted(504, "<html/>"),
        Scripted(drop=True),
        Scripted(200, GOOD.bytes[:900] + b"Unexpected error while streaming data: timeoutReached"),
    ],
    ids=["overloaded", "gateway", "dropped", "streaming error in a 200"],
)
def test_a_failure_is_kept_and_asked_again_then_named(
    make_client: Make, server: ScriptedServer, stepped: SteppedClock, failure: Scripted
) -> None:
    server.script = [failure, failure, GOOD]
    assert ask(make_client(http_retries=2)).reading.outcome == "ok"
    assert stepped.sleeps == [1, 2]
    server.script = [failure, failure]
    client = make_client(http_retries=1)
    with pytest.raises(SourceUnavailable) as complaint:
        ask(client)
    keys = client.sender.landing.keys("om_weather")
    assert len(keys) == 2
    assert keys[-1] in str(complaint.value)


def test_a_request_that_the_source_calls_wrong_is_not_repeated(make_client: Make, server: ScriptedServer) -> None:
    server.script = [limited("Data corrupted at path ''. Cannot initialize X from invalid String value bogus.", 400)]
    client = make_client()
    with pytest.raises(BodyInvalid, match="invalid String value bogus") as failure:
        ask(client)
    assert client.sender.landing.keys("om_weather")[0] in str(failure.value)
    assert len(server.seen) == 1


def test_a_key_demanded_by_a_paid_host_is_a_refusal(make_client: Make, server: ScriptedServer) -> None:
    server.script = [limited("API key required. Please add &apikey= to the URL.", 401)]
    with pytest.raises(SourceRefused, match="API key required"):
        ask(make_client())


def test_weights_keep_the_minutes_limit(make_client: Make, server: ScriptedServer, stepped: SteppedClock) -> None:
    # 50 locations, 14 variables, 32 days: 160 calls a request, three of them in a minute
    month = Window.parse("2025-01-01T00:00Z", "2025-02-02T00:00Z")
    server.script = [limited("x", 400)] * 4
    client = make_client()
    for _ in range(4):
        with pytest.raises(BodyInvalid):
            client.weather("archive", FARMS * 25, month)
    assert sum(stepped.sleeps) == pytest.approx(60, abs=1)
