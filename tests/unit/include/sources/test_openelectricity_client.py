"""The OpenElectricity client: what it asks, with which key, how often again, and what it says in the end."""

import gzip
import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from include.errors import BodyInvalid, BudgetExhausted, ClockWrong, KeyMissing, SourceRefused, SourceUnavailable
from include.networks import NETWORKS
from include.settings import Settings
from include.sources.budget import Budget
from include.sources.exchange import Clock, Sender, check_clock
from include.sources.fetch.asking import ask_all
from include.sources.landing import Exchange, Landing
from include.sources.openelectricity.client import OpenElectricityClient
from include.windows import Window
from tests.unit.envelopes import HOURS, generation_body, registry_body
from tests.unit.scripted import Scripted, ScriptedServer, SteppedClock

pytestmark = pytest.mark.needs_minio
NEM = NETWORKS["NEM"]
PRIMARY, SECONDARY = "oe_primary_0123456789", "oe_secondary_0123456789"
ME = {"success": True, "data": {"plan": "COMMUNITY", "credits": {}}}

Make = Callable[..., OpenElectricityClient]


def refusal(text: str, status: int = 401) -> Scripted:
    return Scripted(status, {"version": "4.5.11", "response_status": "ERROR", "error": text, "success": False})


GOOD = Scripted(200, generation_body())


@pytest.fixture
def make_client(make_settings: Callable[..., Settings], make_sender: Callable[[Settings], Sender]) -> Make:
    def make(budget: float = 500, **changes: Any) -> OpenElectricityClient:
        settings = make_settings(**changes)
        return OpenElectricityClient(settings, make_sender(settings), Budget(budget, 0))

    return make


def ask(client: OpenElectricityClient) -> Any:
    return client.generation(NEM, ("EMERASF",), HOURS)


def landed(client: OpenElectricityClient, source: str = "oe_generation") -> list[dict[str, Any]]:
    landing = client.sender.landing
    return [landing.read(key) for key in landing.keys(source)]


def keys_used(server: ScriptedServer) -> list[str]:
    return [(seen.key or "").removeprefix("Bearer ") for seen in server.seen]


# --- What is asked


def test_generation_is_asked_in_network_time_with_repeated_keys(make_client: Make, server: ScriptedServer) -> None:
    server.script = [GOOD]
    answer = make_client().generation(NEM, ("EMERASF", "FINLEYSF"), HOURS)
    assert server.seen[0].path == "/v4/data/facilities/NEM"
    assert server.seen[0].params == [
        ("metrics", "energy"),
        ("metrics", "power"),
        ("metrics", "market_value"),
        ("interval", "1h"),
        ("facility_code", "EMERASF"),
        ("facility_code", "FINLEYSF"),
        ("date_start", "2025-01-03T05:00:00"),
        ("date_end", "2025-01-03T09:00:00"),
    ]
    assert len(answer.reading.rows) == 8


def test_western_generation_is_asked_in_western_time(make_client: Make, server: ScriptedServer) -> None:
    server.script = [refusal("No data available", 404)]
    answer = make_client().generation(NETWORKS["WEM"], ("MERREDIN",), HOURS)
    assert server.seen[0].path == "/v4/data/facilities/WEM"
    assert server.seen[0].params[-2:] == [("date_start", "2025-01-03T03:00:00"), ("date_end", "2025-01-03T07:00:00")]
    assert answer.reading.outcome == "empty"


def test_without_the_market_energy_and_power_are_asked_as_before(make_client: Make, server: ScriptedServer) -> None:
    server.script = [GOOD]
    ask(make_client(pv_market=False))
    assert [value for name, value in server.seen[0].params if name == "metrics"] == ["energy", "power"]


@pytest.mark.parametrize(
    "refused",
    [
        refusal("Unsupported metrics: market_value", 400),
        Scripted(422, {"detail": [{"loc": ["query", "metrics", 2], "msg": "Input should be 'power' or 'energy'"}]}),
    ],
)
def test_where_market_values_are_refused_energy_is_asked_without_them_from_then_on(
    make_client: Make, server: ScriptedServer, refused: Scripted
) -> None:
    server.script = [refused, GOOD, GOOD]
    client = make_client()
    assert [ask(client).reading.outcome for _ in range(2)] == ["ok", "ok"]
    metrics = [[value for name, value in seen.params if name == "metrics"] for seen in server.seen]
    assert metrics == [["energy", "power", "market_value"], ["energy", "power"], ["energy", "power"]]


def test_a_refusal_of_something_else_is_not_asked_again(make_client: Make, server: ScriptedServer) -> None:
    server.script = [refusal("Date range too large for 1h interval. Maximum range is 32 days.", 400), GOOD]
    with pytest.raises(BodyInvalid, match="too large"):
        ask(make_client())
    assert len(server.seen) == 1


@pytest.mark.parametrize(
    ("network", "metrics", "first_hour"),
    [("NEM", ["price", "curtailment_solar_utility_energy"], "05"), ("WEM", ["price"], "03")],
)
def test_the_market_is_asked_by_region_in_network_time(
    make_client: Make, server: ScriptedServer, network: str, metrics: list[str], first_hour: str
) -> None:
    server.script = [refusal("No market data available", 404)]
    answer = make_client().market(NETWORKS[network], HOURS)
    assert server.seen[0].path == f"/v4/market/network/{network}"
    assert server.seen[0].params == [
        *(("metrics", metric) for metric in metrics),
        ("interval", "1h"),
        ("primary_grouping", "network_region"),
        ("date_start", f"2025-01-03T{first_hour}:00:00"),
        ("date_end", f"2025-01-03T{int(first_hour) + 4:02d}:00:00"),
    ]
    assert (answer.reading.outcome, answer.reading.credits) == ("empty", 1.0)


@pytest.mark.parametrize(("network", "start"), [("NEM", "2024-12-31T14:00Z"), ("WEM", "2024-12-31T16:00Z")])
def test_totals_are_asked_by_region_and_day_in_network_time_for_solar_alone(
    make_client: Make, server: ScriptedServer, network: str, start: str
) -> None:
    server.script = [refusal("No data available", 404)]
    first = datetime.fromisoformat(start)
    answer = make_client().control(NETWORKS[network], Window(first, first + timedelta(days=31)))
    assert server.seen[0].path == f"/v4/data/network/{network}"
    assert server.seen[0].params == [
        ("metrics", "energy"),
        ("interval", "1d"),
        ("fueltech", "solar_utility"),
        ("primary_grouping", "network_region"),
        ("date_start", "2025-01-01T00:00:00"),
        ("date_end", "2025-02-01T00:00:00"),
    ]
    assert (answer.reading.outcome, answer.reading.credits) == ("empty", 1.0)


def test_more_of_the_market_or_of_totals_than_the_api_takes_is_not_asked(make_client: Make, server: ScriptedServer) -> None:
    with pytest.raises(ValueError, match="the API takes 32 days"):
        make_client().market(NEM, Window(HOURS.start, HOURS.start + timedelta(days=32, hours=1)))
    with pytest.raises(ValueError, match="the API takes 366 days"):
        make_client().control(NEM, Window(HOURS.start, HOURS.start + timedelta(days=367)))
    assert server.seen == []


def test_the_registry_is_asked_with_the_slash_for_farms_in_every_state(make_client: Make, server: ScriptedServer) -> None:
    server.script = [Scripted(200, registry_body())]
    make_client().facilities(("FINLEYSF",))
    assert server.seen[0].path == "/v4/facilities/"
    assert server.seen[0].params == [
        ("fueltech_id", "solar_utility"),
        ("network_id", "NEM"),
        ("network_id", "WEM"),
        ("facility_code", "FINLEYSF"),
    ]


@pytest.mark.parametrize(
    ("codes", "window"),
    [
        (tuple(f"F{number}" for number in range(31)), HOURS),
        ((), HOURS),
        (("A",), Window(HOURS.start, HOURS.start + timedelta(days=32, hours=1))),
    ],
)
def test_more_than_the_api_takes_is_not_asked(make_client: Make, server: ScriptedServer, codes: Any, window: Window) -> None:
    with pytest.raises(ValueError, match="the API takes 30 codes and 32 days"):
        make_client().generation(NEM, codes, window)
    assert server.seen == []


def test_requests_keep_the_plans_pace(make_client: Make, server: ScriptedServer, stepped: SteppedClock) -> None:
    server.script = [GOOD, GOOD, GOOD]
    client = make_client(open_nem_requests_per_second=2)
    for _ in range(3):
        ask(client)
    assert sum(stepped.sleeps) == pytest.approx(1.0, abs=0.01)


# --- Every exchange lands


def test_an_answer_is_landed_with_its_question_and_without_the_key(make_client: Make, server: ScriptedServer) -> None:
    server.script = [Scripted(200, generation_body(), {"ETag": "W/1", "Set-Cookie": "x=1"})]
    client = make_client()
    answer = ask(client)
    (document,) = landed(client)
    assert answer.request_id in client.sender.landing.keys("oe_generation")
    assert document["request"]["url"] == f"{server.url}/v4/data/facilities/NEM"
    assert document["request"]["params"][0] == ["metrics", "energy"]
    assert document["context"]["facility_codes"] == ["EMERASF"]
    assert document["response"]["headers"]["etag"] == "W/1"
    assert "set-cookie" not in document["response"]["headers"]
    assert PRIMARY not in str(document)


def made(minutes: float, **headers: str) -> Scripted:
    """An answer whose date header is this many minutes ahead of the stepped clock."""
    at = SteppedClock().now + timedelta(minutes=minutes)
    return Scripted(200, generation_body(), {"Date": format_datetime(at, usegmt=True)} | headers)


@pytest.mark.parametrize("answer", [made(5.1), made(-5.1), made(5.1, Age="60"), made(-65, Age="3540")])
def test_by_a_wrong_clock_nothing_is_landed_and_nothing_more_is_asked(
    make_client: Make, server: ScriptedServer, answer: Scripted
) -> None:
    server.script = [answer, GOOD]
    client = make_client()
    with pytest.raises(ClockWrong, match="the clock is wrong: this machine says 2026-11-24T20:05:00Z") as failure:
        ask_all([lambda: ask(client), lambda: ask(client)])
    assert (landed(client), len(server.seen)) == ([], 1)
    # A class that Airflow tries again: the clock may be set by then.
    assert not isinstance(failure.value, (SourceRefused, BodyInvalid, BudgetExhausted))


@pytest.mark.parametrize(
    "answer",
    [made(5), made(-5), made(-60, Age="3600"), Scripted(200, generation_body(), {"Date": "yesterday"}), GOOD],
    ids=["5 min ahead", "5 min behind", "an hour in a cache", "no date", "undated"],
)
def test_a_clock_within_five_minutes_or_unknown_is_taken(make_client: Make, server: ScriptedServer, answer: Scripted) -> None:
    server.script = [answer]
    client = make_client()
    assert ask(client).reading.outcome == "ok"
    assert len(landed(client)) == 1


def test_a_date_from_within_a_long_wait_is_no_difference() -> None:
    received = datetime(2026, 11, 24, 20, 30, tzinfo=UTC)
    headers = {"date": "Tue, 24 Nov 2026 20:11:00 GMT"}
    twenty_minutes = Exchange("u", (), 200, headers, b"", None, received, 20 * 60 * 1000)
    check_clock("oe_generation", twenty_minutes)
    with pytest.raises(ClockWrong):
        check_clock("oe_generation", replace(twenty_minutes, duration_ms=1000))


def test_a_gzipped_answer_is_kept_as_text(make_client: Make, server: ScriptedServer) -> None:
    server.script = [Scripted(200, gzip.compress(GOOD.bytes), {"Content-Encoding": "gzip"})]
    client = make_client()
    assert ask(client).reading.outcome == "ok"
    assert landed(client)[0]["response"]["body"] == GOOD.bytes.decode()


def test_nothing_of_the_key_is_logged_or_landed_whatever_happens(
    make_client: Make, server: ScriptedServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    server.script = [
        refusal("Authentication failed"),
        refusal("Invalid API key"),
        Scripted(500),
        Scripted(drop=True),
        refusal("x"),
    ]
    client = make_client()
    with pytest.raises(SourceRefused) as failure:
        ask(client)
    for key in (PRIMARY, SECONDARY):
        assert key in str(server.seen)
        for text in (caplog.text, str(failure.value), repr(client), repr(client.sender), str(landed(client))):
            assert key not in text


# --- Keys


def test_the_secondary_takes_over_for_the_rest_of_the_run(make_client: Make, server: ScriptedServer) -> None:
    server.script = [refusal("Invalid API key"), GOOD, GOOD]
    client = make_client()
    ask(client)
    ask(client)
    assert keys_used(server) == [PRIMARY, SECONDARY, SECONDARY]
    assert [document["response"]["status"] for document in landed(client)] == [401, 200, 200]


@pytest.mark.parametrize("text", ["Not authenticated", "Invalid API key"])
def test_both_keys_refused_fails_at_once_naming_both_variables(
    make_client: Make, server: ScriptedServer, stepped: SteppedClock, text: str
) -> None:
    server.script = [refusal(text), refusal(text)]
    client = make_client()
    with pytest.raises(SourceRefused, match=f"OPEN_NEM_PRIMARY: 401 Unauthorized: {text}; OPEN_NEM_SECONDARY: 401") as failure:
        ask(client)
    assert client.sender.landing.keys("oe_generation")[-1] in str(failure.value)
    assert sum(stepped.sleeps) < 2  # no patience: a key that is unknown stays unknown
    # and nothing more is asked in this run
    with pytest.raises(SourceRefused):
        ask(client)
    assert len(server.seen) == 2


def test_without_a_secondary_the_message_says_so(make_client: Make, server: ScriptedServer) -> None:
    server.script = [refusal("Insufficient permissions", 403)]
    with pytest.raises(SourceRefused, match=r"OPEN_NEM_PRIMARY: 403 .*OPEN_NEM_SECONDARY not set"):
        ask(make_client(open_nem_secondary=None))


def test_a_quota_refusal_gets_one_patient_retry_after_asking_for_the_account(
    make_client: Make, server: ScriptedServer, stepped: SteppedClock
) -> None:
    server.script = [refusal("Authentication failed"), refusal("Authentication failed"), Scripted(200, ME), GOOD]
    client = make_client(open_nem_quota_wait_seconds=300)
    assert ask(client).reading.outcome == "ok"
    assert [seen.path for seen in server.seen] == ["/v4/data/facilities/NEM"] * 2 + ["/v4/me", "/v4/data/facilities/NEM"]
    assert keys_used(server) == [PRIMARY, SECONDARY, PRIMARY, PRIMARY]
    assert 300 in stepped.sleeps
    assert len(landed(client)) == 4


def test_a_quota_refusal_that_stays_is_refused_with_what_the_account_says(make_client: Make, server: ScriptedServer) -> None:
    server.script = [
        refusal("Invalid API key"),
        refusal("Authentication failed"),
        Scripted(200, ME),
        refusal("Authentication failed"),
    ]
    client = make_client()
    with pytest.raises(SourceRefused, match="/v4/me says: plan COMMUNITY, 0 credits left"):
        ask(client)
    assert keys_used(server) == [PRIMARY, SECONDARY, SECONDARY, SECONDARY]


def test_a_backfill_waits_for_a_quota_no_longer_than_the_hourly_runs_can_spare(
    make_client: Make, server: ScriptedServer, stepped: SteppedClock
) -> None:
    server.script = [refusal("Authentication failed"), Scripted(200, ME), GOOD, Scripted(429, "x", {"Retry-After": "90"})]
    client = make_client(open_nem_quota_wait_seconds=300, open_nem_secondary=None)
    client.sender.run = replace(client.sender.run, run_type="backfill")
    assert ask(client).reading.outcome == "ok"
    with pytest.raises(SourceUnavailable):
        ask(client)
    assert 60 <= sum(stepped.sleeps) <= 80


def test_patience_comes_once_in_a_run(make_client: Make, server: ScriptedServer, stepped: SteppedClock) -> None:
    again = refusal("Authentication failed")
    server.script = [again, Scripted(503, "x"), GOOD, again]
    client = make_client(open_nem_secondary=None)
    ask(client)
    with pytest.raises(SourceRefused):
        ask(client)
    assert stepped.sleeps.count(300) == 1


def test_without_any_key_nothing_is_asked_and_the_variable_is_named(make_client: Make, server: ScriptedServer) -> None:
    with pytest.raises(KeyMissing, match="OPEN_NEM_PRIMARY is not set"):
        ask(make_client(open_nem_primary=None, open_nem_secondary=None))
    assert server.seen == []


def test_the_secondary_alone_is_enough(make_client: Make, server: ScriptedServer) -> None:
    server.script = [GOOD]
    ask(make_client(open_nem_primary=None))
    assert keys_used(server) == [SECONDARY]


@pytest.mark.parametrize("key", ["oe_with a space", "oe_line\nend", "oe_schlüssel"])
def test_a_key_that_no_header_can_hold_is_named_not_shown(make_client: Make, key: str) -> None:
    with pytest.raises(KeyMissing, match="OPEN_NEM_SECONDARY is no API key") as failure:
        make_client(open_nem_secondary=key)
    assert key not in str(failure.value)


def test_a_netrc_entry_does_not_replace_the_key(
    make_client: Make, server: ScriptedServer, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login someone password else\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    server.script = [GOOD]
    ask(make_client())
    assert keys_used(server) == [PRIMARY]


# --- Failures worth asking again


FAILURES = [
    (Scripted(500, {"error": "Error executing query"}), "500 Internal Server Error: Error executing query"),
    (Scripted(503, {"error": "Maintenance Mode"}), "503 Service Unavailable: Maintenance Mode"),
    (Scripted(502, "<html>Bad gateway</html>"), "502 Bad Gateway: <html>"),
    (Scripted(200, "<html>hello</html>"), "not JSON at character 0"),
    (Scripted(200, GOOD.bytes[:200]), "not JSON at character"),
    (Scripted(200, GOOD.bytes[:200], announce_bytes=5000), "IncompleteRead"),
    (Scripted(drop=True), "ConnectionError: "),
    (Scripted(200, GOOD.bytes, delay_seconds=0.5), "ReadTimeout: "),
    (Scripted(200, b"\x1f\x8bnot gzip", {"Content-Encoding": "gzip"}), "DecodeError: "),
]  # fmt: skip


@pytest.mark.parametrize(("failure", "detail"), FAILURES, ids=[detail[:30] for _failure, detail in FAILURES])
def test_a_failure_is_kept_and_asked_again_with_growing_waits(
    make_client: Make, server: ScriptedServer, stepped: SteppedClock, failure: Scripted, detail: str
) -> None:
    # given a source that fails twice
    server.script = [failure, failure, GOOD]
    client = make_client(http_timeout_seconds=0.2, http_retries=2, http_backoff_seconds=2, open_nem_requests_per_second=1000)
    # when it is asked, then the third answer is taken and all three are kept
    assert ask(client).reading.outcome == "ok"
    assert [answer.reading.outcome for answer in client.sender.answers] == ["error", "error", "ok"]
    assert detail in (client.sender.answers[0].reading.detail or "")
    assert len(landed(client)) == 3
    assert [seconds for seconds in stepped.sleeps if seconds >= 1] == [2, 4]


@pytest.mark.parametrize(("failure", "detail"), FAILURES[:1] + FAILURES[5:7], ids=["500", "truncated", "dropped"])
def test_a_failure_that_stays_names_the_envelope(
    make_client: Make, server: ScriptedServer, failure: Scripted, detail: str
) -> None:
    server.script = [failure] * 3
    client = make_client(http_retries=2)
    with pytest.raises(SourceUnavailable, match=detail) as complaint:
        ask(client)
    assert len(server.seen) == 3
    assert client.sender.landing.keys("oe_generation")[-1] in str(complaint.value)


def test_what_arrived_of_a_truncated_body_is_kept(make_client: Make, server: ScriptedServer) -> None:
    server.script = [Scripted(200, GOOD.bytes[:200], announce_bytes=5000)]
    client = make_client(http_retries=0)
    with pytest.raises(SourceUnavailable):
        ask(client)
    (document,) = landed(client)
    assert document["response"]["body"] == GOOD.bytes[:200].decode()
    assert document["error"].startswith("ProtocolError: ")


def test_a_server_that_is_not_there_costs_no_credit(make_client: Make) -> None:
    client = make_client(open_nem_api_url="http://127.0.0.1:9/v4", http_retries=1)
    with pytest.raises(SourceUnavailable, match="NotConnected"):
        ask(client)
    assert [answer.reading.credits for answer in client.sender.answers] == [0, 0]


def test_an_answer_that_trickles_is_cut_off(
    make_settings: Callable[..., Settings], server: ScriptedServer, make_client: Make
) -> None:
    # given a clock that runs two minutes with every look at it
    ticks = iter(range(0, 100_000, 120))
    clock = Clock(lambda: datetime(2026, 11, 24, tzinfo=UTC), lambda _seconds: None, lambda: float(next(ticks)))
    client = make_client(http_retries=0)
    client.sender = Sender(Landing(client.sender.landing.settings), client.sender.run, 60.0, clock)
    server.script = [GOOD]
    with pytest.raises(SourceUnavailable, match="ReadTimeout: the answer was not complete after 60 s"):
        ask(client)


# --- 429


@pytest.mark.parametrize(
    ("header", "waits"),
    [("7", [7]), ("Tue, 24 Nov 2026 20:05:30 GMT", [30]), (None, [1]), ("soon", [1])],
)
def test_a_429_waits_as_long_as_it_is_told(
    make_client: Make, server: ScriptedServer, stepped: SteppedClock, header: str | None, waits: list[float]
) -> None:
    limited = refusal("Rate limit exceeded", 429)
    limited.headers = {"Retry-After": header} if header else {}
    server.script = [limited, GOOD]
    client = make_client(open_nem_requests_per_second=1000)
    ask(client)
    assert [seconds for seconds in stepped.sleeps if seconds >= 0.5] == pytest.approx(waits, abs=0.01)
    assert [answer.reading.outcome for answer in client.sender.answers] == ["rate_limited", "ok"]


def test_a_429_until_tomorrow_is_left_to_the_scheduler(make_client: Make, server: ScriptedServer, stepped: SteppedClock) -> None:
    limited = refusal("Rate limit exceeded", 429)
    limited.headers = {"Retry-After": "14100"}
    server.script = [limited]
    with pytest.raises(SourceUnavailable, match="Retry-After: 14100"):
        ask(make_client())
    assert sum(stepped.sleeps) < 1


# --- What asking again cannot fix


def test_a_body_that_cannot_be_read_fails_at_once_naming_envelope_and_path(make_client: Make, server: ScriptedServer) -> None:
    body = generation_body()
    body["data"][0]["unit"] = "GWh"
    server.script = [Scripted(200, body)]
    client = make_client()
    with pytest.raises(BodyInvalid, match=r'\$\.data\[0\]\.unit: expected "MWh", got "GWh"') as failure:
        ask(client)
    assert client.sender.landing.keys("oe_generation")[0] in str(failure.value)
    assert len(server.seen) == 1


def test_a_request_that_the_source_calls_wrong_is_not_repeated(make_client: Make, server: ScriptedServer) -> None:
    server.script = [refusal("Date start is too far in the past. Your plan allows data from the last 730 days.", 400)]
    with pytest.raises(BodyInvalid, match="730 days"):
        ask(make_client())
    assert len(server.seen) == 1


def test_nothing_is_sent_that_the_budget_does_not_cover(make_client: Make, server: ScriptedServer) -> None:
    server.script = [Scripted(500), Scripted(500), GOOD]
    with pytest.raises(BudgetExhausted, match="2 of 2 credits"):
        ask(make_client(budget=2))
    assert len(server.seen) == 2


# --- Redirects


def test_a_redirect_on_the_host_is_followed_with_the_key_and_both_are_kept(make_client: Make, server: ScriptedServer) -> None:
    # as the API's proxy does: the location has another scheme
    location = f"{server.url}/v4/data/facilities/NEM/"
    server.script = [Scripted(307, b"", {"Location": location}), GOOD]
    client = make_client()
    assert ask(client).reading.outcome == "ok"
    assert keys_used(server) == [PRIMARY, PRIMARY]
    assert server.seen[1].path == "/v4/data/facilities/NEM/"
    assert server.seen[1].params == server.seen[0].params
    assert [document["response"]["status"] for document in landed(client)] == [307, 200]


def test_a_redirect_keeps_scheme_and_port_of_the_first_request(make_client: Make, server: ScriptedServer) -> None:
    port = server.url.rsplit(":", 1)[1]
    server.script = [Scripted(307, b"", {"Location": f"https://127.0.0.1:{port}/elsewhere?metrics=energy&metrics=power"}), GOOD]
    ask(make_client())
    assert (server.seen[1].path, server.seen[1].params) == ("/elsewhere", [("metrics", "energy"), ("metrics", "power")])


@pytest.mark.parametrize("location", ["http://localhost:{port}/v4/", "http://127.0.0.1:9/v4/", "//example.invalid/v4/"])
def test_a_redirect_to_another_host_never_gets_the_key(make_client: Make, server: ScriptedServer, location: str) -> None:
    server.script = [Scripted(302, b"", {"Location": location.format(port=server.url.rsplit(":", 1)[1])})]
    client = make_client()
    with pytest.raises(SourceUnavailable, match="was not followed, the key stays here"):
        ask(client)
    assert len(server.seen) == 1
    assert len(landed(client)) == 1


def test_a_redirect_without_end_is_given_up(make_client: Make, server: ScriptedServer) -> None:
    server.script = [Scripted(307, b"", {"Location": "/v4/again"})] * 5
    with pytest.raises(SourceUnavailable, match="more than 3 redirects"):
        ask(make_client())
    assert len(server.seen) == 4
