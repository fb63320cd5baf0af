"""Fetching from the stand-in APIs: all that can be had lands, every fault ends as an outcome, the worst is raised."""

import csv
from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from include.backfill_requests import Sources
from include.day_windows import DayWindow
from include.errors import (
    BodyInvalid,
    BudgetExhausted,
    FacilityUnknown,
    LakehouseError,
    LandingUnavailable,
    QuotaSpent,
    SourceRefused,
    SourceUnavailable,
    TrinoUnavailable,
)
from include.networks import NETWORKS
from include.paths import PROJECT_ROOT
from include.registry import Facility, facilities_of
from include.settings import Settings
from include.sources import budget
from include.sources import fetch as fetches
from include.sources.budget import Budget
from include.sources.exchange import Clock
from include.sources.fetch import control, market
from include.sources.fetch.asking import ask_all, open_sender
from include.sources.fetch.control import land_control, settled_days
from include.sources.fetch.facilities import land_registry
from include.sources.fetch.generation import land_generation
from include.sources.fetch.market import land_market
from include.sources.fetch.ranges import Known
from include.sources.fetch.weather import ask_air_quality, ask_satellite, ask_weather, land_hours
from include.sources.landing import Run
from include.sources.openelectricity.client import OpenElectricityClient
from include.sources.openmeteo.client import OpenMeteoClient
from include.sources.readings import read_envelope
from include.sources.records import SOURCES
from include.windows import Window
from tests.unit.conftest import Upstream
from tests.unit.scripted import SteppedClock

pytestmark = pytest.mark.needs_minio

RECORDED = PROJECT_ROOT / "infra/upstream/recorded"
WEEK = Window.parse("2024-12-31T14:00Z", "2025-01-07T14:00Z")
DAY = Window.parse("2025-01-02T14:00Z", "2025-01-03T14:00Z")
HOUR = Window.parse("2025-01-07T19:00Z", "2025-01-07T20:00Z")
FARMS = [
    Facility("AVLSF", "NEM", -34.919115, 146.60954),
    Facility("BOMENSF", "NEM", -35.0486, 147.4439),
    Facility("MERSOLAR", "WEM", -31.5, 118.2),
]
BACKFILL = Run("rebuild_day", "backfill__2025-01-03", "backfill", 1)
HOURLY = Run("ingest_oe_bronze", "scheduled__2025-01-07T19", "scheduled", 1)


NOTHING = Known()
NOWHERE: dict[str, datetime] = {}


class Bench:
    """Both clients against the stand-in, landing in a folder of this test alone, with a clock that only steps."""

    def __init__(self, settings: Settings, clock: Clock, run: Run, budget: float = 500) -> None:
        self.settings = settings
        self.sender = open_sender(settings, run, clock)
        self.electricity = OpenElectricityClient(settings, self.sender, Budget(budget, 0))
        self.meteo = OpenMeteoClient(settings, self.sender)

    def generation(self, window: Window, farms: list[Facility] = FARMS, known: Known = NOTHING) -> dict[str, Any]:
        return land_generation(self.electricity, self.settings, window, farms, known)

    def weather(self, window: Window, farms: list[Facility] = FARMS, known: Known = NOTHING) -> dict[str, Any]:
        return land_hours(self.meteo, self.settings, window, farms, known, ask_weather)

    def market(self, window: Window, networks: tuple[str, ...] = ("NEM", "WEM"), newest: Any = NOWHERE) -> dict[str, Any]:
        return land_market(self.electricity, self.settings, window, networks, newest)

    def control(self, window: Window, networks: tuple[str, ...] = ("NEM", "WEM"), asked_until: Any = NOWHERE) -> dict[str, Any]:
        return land_control(self.electricity, window, networks, asked_until)

    def air_quality(self, window: Window, farms: list[Facility] = FARMS) -> dict[str, Any]:
        return land_hours(self.meteo, self.settings, window, farms, NOTHING, ask_air_quality)

    def landed(self, source: str) -> list[dict[str, Any]]:
        landing = self.sender.landing
        return [landing.read(key) for key in landing.keys(source)]

    def rows(self, source: str) -> list[dict[str, Any]]:
        return [row for document in self.landed(source) for row in read_envelope(document).rows]

    def outcomes(self, source: str) -> list[str]:
        return [read_envelope(document).outcome for document in self.landed(source)]


@pytest.fixture
def make_bench(make_settings: Callable[..., Settings], upstream: Upstream, stepped: SteppedClock) -> Callable[..., Bench]:
    def make(run: Run = BACKFILL, budget: float = 500, **changes: Any) -> Bench:
        sources = {
            "open_nem_api_url": f"{upstream.url}/v4",
            "openmeteo_weather_api_url": f"{upstream.url}/v1/archive",
            "openmeteo_forecast_api_url": f"{upstream.url}/v1/forecast",
            "openmeteo_airquality_api_url": f"{upstream.url}/v1/air-quality",
            "openmeteo_satellite_api_url": f"{upstream.url}/v1/satellite",
            "http_timeout_seconds": 2,
        }
        return Bench(make_settings(**(sources | changes)), stepped.clock, run, budget)

    return make


# --- What is asked


@pytest.mark.parametrize(("first", "end"), [("2024-12-01", "2025-01-01"), ("2024-11-20", "2025-01-01")])
def test_a_window_of_a_backfill_asks_as_many_times_as_its_command_counts_beforehand(
    make_bench: Callable[..., Bench], first: str, end: str
) -> None:
    bench = make_bench(http_timeout_seconds=60)
    window = DayWindow(date.fromisoformat(first), date.fromisoformat(end))
    sources = Sources(500, Counter(farm.network_id for farm in FARMS), len(FARMS))
    land_registry(bench.electricity, bench.settings, window.hours)
    bench.generation(window.hours)
    bench.market(window.hours)
    electricity = bench.control(window.hours)  # counts the requests before it too: one sender
    meteo = make_bench(http_timeout_seconds=60)
    weather = meteo.weather(window.hours), meteo.air_quality(window.hours)

    assert electricity["requests"] == sources.credits(window)
    assert electricity["credits_left"] == 500 - sources.credits(window)
    assert weather[-1]["requests"] == sources.weather_requests(window, meteo.sender.clock.now())


# --- What lands


def test_the_registry_of_both_networks_comes_with_one_request(make_bench: Callable[..., Bench], upstream: Upstream) -> None:
    bench = make_bench()
    summary = land_registry(bench.electricity, bench.settings, HOUR)
    rows = bench.rows("oe_facilities")
    farms = list(csv.DictReader((RECORDED / "solar_facilities.csv").open()))
    assert summary == {"requests": 1, "rows": len(rows), "outcomes": {"ok": 1}, "facilities": 40, "credits_left": 499}
    assert {(row["network_id"], row["facility_code"]) for row in rows} == {(f["network_id"], f["facility_code"]) for f in farms}
    assert {f"{row['latitude']}" for row in rows} <= {f"{float(farm['lat'])}" for farm in farms} | {"None"}
    assert upstream.asked("/facilities/") == 1


def test_pv_facilities_narrows_the_registry_and_a_code_it_lacks_is_refused(make_bench: Callable[..., Bench]) -> None:
    bench = make_bench(pv_facilities=("AVLSF",))
    assert land_registry(bench.electricity, bench.settings, HOUR)["facilities"] == 1
    assert bench.outcomes("oe_facilities")[-1:] == ["ok"]
    # Renamed since: nothing would come of it, and no error either
    for codes, outcomes in ((("AVLSF", "0STUBBOSF"), {"ok"}), (("0STUBBOSF",), {"empty"})):
        bench = make_bench(pv_facilities=codes)
        with pytest.raises(FacilityUnknown, match=r"0STUBBOSF \(near: STUBSF Stubbo"):
            land_registry(bench.electricity, bench.settings, HOUR)
        assert {row["facility_code"] for row in bench.rows("oe_facilities")} <= {"AVLSF"}
        assert set(bench.outcomes("oe_facilities")) - {"error"} == outcomes


def test_the_recorded_week_lands_as_it_was_recorded(make_bench: Callable[..., Bench]) -> None:
    recorded = {
        (row["facility_code"], row["interval_ts"][:13].replace("T", " ")): float(row["value"])
        for row in csv.DictReader((RECORDED / "facility_energy_1h.csv").open())
    }
    codes = sorted({code for code, _hour in recorded})
    bench = make_bench()
    land_registry(bench.electricity, bench.settings, HOUR)
    registry = bench.rows("oe_facilities")
    bench.generation(WEEK, [farm for farm in facilities_of(registry) if farm.code in codes])
    plant_of = {row["unit_code"]: row["facility_code"] for row in registry}
    landed: dict[tuple[str, str], float] = {}
    for row in bench.rows("oe_generation"):
        if row["metric"] == "energy":
            key = (plant_of[row["unit_code"]], f"{row['ts_utc']:%Y-%m-%d %H}")
            landed[key] = landed.get(key, 0.0) + row["value"]
    assert len(recorded) == 8 * 168
    assert landed == pytest.approx(recorded)


def test_networks_are_asked_apart_and_codes_by_thirties(make_bench: Callable[..., Bench], upstream: Upstream) -> None:
    bench = make_bench()
    many = [Facility(f"F{number:02d}", "NEM", None, None) for number in range(31)]
    summary = bench.generation(DAY, [*many, *FARMS])
    asked = [(d["context"]["network_id"], len(d["context"]["facility_codes"])) for d in bench.landed("oe_generation")]
    assert sorted(asked) == [("NEM", 3), ("NEM", 30), ("WEM", 1)]
    assert summary["requests"] == 3
    # thirty codes nobody knows, and the window's farms: empty is an outcome, not a failure
    assert summary["outcomes"]["empty"] >= 1


def test_an_hourly_run_lands_the_reread_window_and_says_so(make_bench: Callable[..., Bench]) -> None:
    bench = make_bench(HOURLY)
    newest = {"AVLSF": HOUR.start - timedelta(days=5), "BOMENSF": HOUR.start}
    summary = bench.generation(HOUR, FARMS[:2], Known(newest))
    assert summary["resolved"] == [
        "NEM: 1 from [2025-01-04T20:00Z, 2025-01-07T20:00Z)",
        "NEM: 1 from [2024-12-23T19:00Z, 2025-01-07T20:00Z)",
    ]
    windows = {d["context"]["facility_codes"][0]: d["context"]["window_start"] for d in bench.landed("oe_generation")}
    assert windows == {"AVLSF": "2024-12-23T19:00:00Z", "BOMENSF": "2025-01-04T20:00:00Z"}


def test_older_days_are_asked_again_with_credits_that_the_hourly_runs_can_spare(
    make_bench: Callable[..., Bench], caplog: pytest.LogCaptureFixture
) -> None:
    days = Window.parse("2024-12-10T14:00Z", "2024-12-12T14:00Z")
    bench = make_bench(HOURLY)
    summary = bench.generation(HOUR, FARMS, Known(again={"AVLSF": days, "MERSOLAR": days, "GONE": days}))
    assert summary["resolved"][-2:] == [f"{network}: 1 from {days}" for network in ("NEM", "WEM")]
    asked = [d["context"]["facility_codes"] for d in bench.landed("oe_generation") if d["context"]["window_end"][:7] == "2024-12"]
    assert sorted(asked) == [["AVLSF"], ["MERSOLAR"]]
    assert make_bench(HOURLY).weather(HOUR, FARMS[:1], Known(again={FARMS[0].location.location_id: days}))["requests"] >= 2  # type: ignore[union-attr]

    # three of five credits may go to what can wait, of which the run's own two requests come first
    poor = make_bench(HOURLY, budget=5)
    poor.generation(HOUR, FARMS, Known(again={"AVLSF": days, "MERSOLAR": days}))
    assert len(poor.landed("oe_generation")) == 3
    assert "1 requests for older days wait for tomorrow's credits" in caplog.text


def test_weather_lands_the_label_that_ends_the_window_too(make_bench: Callable[..., Bench]) -> None:
    bench = make_bench()
    summary = bench.weather(DAY)
    rows = bench.rows("om_weather")
    assert (summary["requests"], summary["locations"]) == (1, 3)
    assert len(rows) == 3 * 25
    assert max(row["ts_utc"] for row in rows) == DAY.end
    assert min(row["ts_utc"] for row in rows) == DAY.start
    noon = {row["location_id"]: row for row in rows if row["ts_utc"].hour == 2}
    assert all(row["shortwave_radiation_w_m2"] > 50 and row["dataset"] == "archive" for row in noon.values())


def test_two_farms_at_one_place_are_asked_for_once(make_bench: Callable[..., Bench]) -> None:
    twin = Facility("TWIN", "NEM", FARMS[0].latitude, FARMS[0].longitude)
    unplaced = Facility("NOWHERE", "NEM", None, None)
    assert make_bench().weather(DAY, [FARMS[0], twin, unplaced])["locations"] == 1


def test_the_daily_run_asks_the_archive_for_old_days_and_the_forecast_for_new_ones(
    make_bench: Callable[..., Bench], stepped: SteppedClock, upstream: Upstream
) -> None:
    daily = Window.parse("2026-11-24T18:00Z", "2026-11-24T19:00Z")
    upstream.control("clock", {"now": "2026-11-24T20:05:00+00:00"})
    try:
        bench = make_bench(Run("ingest_om_bronze", "scheduled__2026-11-24T18", "scheduled", 1))
        bench.weather(daily, FARMS[:1])
    finally:
        upstream.control("clock", {"now": "2025-02-01T00:00:00+00:00"})
    asked = [
        (d["context"]["dataset"], d["context"]["window_start"], d["context"]["window_end"]) for d in bench.landed("om_weather")
    ]
    assert sorted(asked) == [
        ("archive", "2026-11-14T19:00:00Z", "2026-11-17T00:00:00Z"),
        ("forecast", "2026-11-17T00:00:00Z", "2026-11-24T20:00:00Z"),
    ]
    assert bench.outcomes("om_weather") == ["ok", "ok"]


def test_air_quality_lands(make_bench: Callable[..., Bench]) -> None:
    bench = make_bench()
    assert bench.air_quality(DAY)["rows"] == 3 * 25
    assert all(row["pm10_ug_m3"] is not None for row in bench.rows("om_air_quality"))


def test_irradiance_by_satellite_lands(make_bench: Callable[..., Bench]) -> None:
    bench = make_bench()
    window = Window.parse("2025-01-20T14:00Z", "2025-01-21T14:00Z")
    assert land_hours(bench.meteo, bench.settings, window, FARMS, NOTHING, ask_satellite)["rows"] == 3 * 25
    noons = [row for row in bench.rows("om_satellite") if row["ts_utc"].hour == 2]
    assert all(row["shortwave_radiation_w_m2"] > 0 for row in noons)


def test_prices_and_curtailed_solar_of_every_region_land(make_bench: Callable[..., Bench]) -> None:
    bench = make_bench()
    summary = bench.market(Window.parse("2025-01-20T14:00Z", "2025-01-21T14:00Z"))
    rows = bench.rows("oe_market")
    assert (summary["requests"], summary["rows"], summary["outcomes"]) == (2, 5 * 2 * 24 + 24, {"ok": 2})
    assert {(row["network_region"], row["metric"]) for row in rows if row["network_id"] == "WEM"} == {("WEM", "price")}
    assert {row["network_region"] for row in rows if row["metric"] != "price"} == {"NSW1", "QLD1", "SA1", "TAS1", "VIC1"}


def test_of_the_recorded_week_the_nem_has_no_market_which_is_no_fault(make_bench: Callable[..., Bench]) -> None:
    bench = make_bench()
    bench.market(DAY)
    assert sorted(bench.outcomes("oe_market")) == ["empty", "ok"]
    bench.generation(DAY, FARMS[:1])
    assert {row["metric"] for row in bench.rows("oe_generation")} == {"energy", "power"}


@pytest.mark.parametrize(("farms", "networks"), [(FARMS[:2], ["NEM"]), (FARMS, ["NEM", "WEM"]), ([], [])])
def test_the_market_of_networks_with_a_plant_is_asked_with_what_generation_can_spare(
    make_bench: Callable[..., Bench], monkeypatch: pytest.MonkeyPatch, farms: list[Facility], networks: list[str]
) -> None:
    asked: list[Any] = []
    monkeypatch.setattr(market, "known_facilities", lambda *_: farms)
    monkeypatch.setattr(market, "newest_market_hours", lambda *_: {"NEM": HOUR.start})
    monkeypatch.setattr(budget, "credits_spent", lambda *_: 290.0)
    monkeypatch.setattr(market, "land_market", lambda client, *rest: asked.append((client.budget.left, *rest[2:])))
    fetches.fetch_market(make_bench().settings, HOUR, HOURLY, SteppedClock().clock)
    assert asked == ([(10.0, networks, {"NEM": HOUR.start})] if networks else [])


def test_a_market_with_a_gap_is_asked_from_ten_days_before_it(make_bench: Callable[..., Bench]) -> None:
    bench = make_bench(HOURLY)
    newest = {"NEM": datetime(2025, 1, 3, tzinfo=UTC), "WEM": HOUR.start - timedelta(hours=1)}
    summary = bench.market(HOUR, newest=newest)
    assert summary["resolved"] == [
        f"WEM: {Window(HOUR.end - timedelta(hours=72), HOUR.end)}",
        f"NEM: {Window(newest['NEM'] - timedelta(days=10), HOUR.end)}",
    ]


def test_a_market_that_fails_ends_its_own_task_alone(make_bench: Callable[..., Bench], upstream: Upstream) -> None:
    upstream.fault("server_error", "oe_market")
    bench = make_bench()
    with pytest.raises(SourceUnavailable, match="500"):
        bench.market(DAY)
    assert set(bench.outcomes("oe_market")) == {"error"}
    assert bench.generation(DAY, FARMS[:1])["rows"] == 48


# --- Totals


def test_a_days_totals_are_those_of_all_farms_of_a_region_also_of_the_recorded_ones(make_bench: Callable[..., Bench]) -> None:
    bench = make_bench(http_timeout_seconds=60)
    land_registry(bench.electricity, bench.settings, HOUR)
    registry = bench.rows("oe_facilities")
    region_of = {row["unit_code"]: row["network_region"] for row in registry}
    bench.generation(DAY, facilities_of(registry))
    bench.control(DAY)
    sums: dict[str, float] = {}
    for row in bench.rows("oe_generation"):
        if row["metric"] == "energy" and row["value"] is not None and row["network_id"] == "NEM":
            sums[region_of[row["unit_code"]]] = sums.get(region_of[row["unit_code"]], 0.0) + row["value"]
    totals = {row["network_region"]: row["energy_mwh"] for row in bench.rows("oe_control") if row["network_id"] == "NEM"}
    assert {row["ds"] for row in bench.rows("oe_control")} == {date(2025, 1, 3)}
    assert totals == pytest.approx(sums)


def test_an_hourly_run_asks_for_the_whole_settled_days_of_a_month_once(make_bench: Callable[..., Bench]) -> None:
    late = Window.parse("2025-01-07T18:00Z", "2025-01-07T19:00Z")  # 05:00 of the 8th: the 6th is settled since 04:30
    bench = make_bench(HOURLY)
    assert bench.control(late, ("NEM",))["resolved"] == ["NEM: [2024-12-08T14:00Z, 2025-01-06T14:00Z)"]
    assert bench.control(late, asked_until={"NEM": datetime(2025, 1, 6, 14, tzinfo=UTC)})["resolved"] == [
        "WEM: [2024-12-08T16:00Z, 2025-01-05T16:00Z)"
    ]


def test_a_backfill_asks_for_whole_days_that_are_settled() -> None:
    nem = NETWORKS["NEM"]
    now = datetime(2026, 11, 24, 18, 29, tzinfo=UTC)  # 04:29 of the 25th
    assert settled_days(nem, WEEK, now) == WEEK
    assert settled_days(nem, WEEK.widened(3), now) == WEEK
    assert settled_days(nem, Window.parse("2025-01-02T14:00Z", "2025-01-03T13:00Z"), now) is None
    newest = Window.parse("2026-11-20T14:00Z", "2026-11-24T14:00Z")
    days = [settled_days(nem, newest, at) for at in (now, now + timedelta(minutes=1))]
    assert [each and each.end.day for each in days] == [22, 23]


@pytest.mark.parametrize(
    ("run", "hour", "asked"), [(HOURLY, 5, None), (HOURLY, 6, True), (HOURLY, 18, True), (BACKFILL, 5, False)]
)
def test_totals_are_asked_by_two_hourly_runs_a_day_and_by_any_backfill(
    make_bench: Callable[..., Bench], monkeypatch: pytest.MonkeyPatch, run: Run, hour: int, asked: bool | None
) -> None:
    until = {"NEM": HOUR.start}
    seen: list[Any] = []
    monkeypatch.setattr(market, "known_facilities", lambda *_: FARMS)
    monkeypatch.setattr(control, "control_asked_until", lambda *_: until)
    monkeypatch.setattr(budget, "credits_spent", lambda *_: 290.0)
    monkeypatch.setattr(control, "land_control", lambda client, *rest: seen.append((client.budget.left, *rest[1:])))
    start = datetime(2025, 1, 8, hour, tzinfo=UTC)
    fetches.fetch_control(make_bench().settings, Window(start, start + timedelta(hours=1)), run, SteppedClock().clock)
    assert seen == ([] if asked is None else [(10.0, ["NEM", "WEM"], until if asked else {})])


def test_totals_that_cannot_be_had_end_their_own_task_alone(make_bench: Callable[..., Bench], upstream: Upstream) -> None:
    upstream.fault("server_error", "oe_network")
    bench = make_bench()
    with pytest.raises(SourceUnavailable, match="500"):
        bench.control(DAY)
    assert set(bench.outcomes("oe_control")) == {"error"}
    assert bench.generation(DAY, FARMS[:1])["rows"] == 48


def test_market_values_that_cannot_be_read_leave_energy_as_it_is(make_bench: Callable[..., Bench], upstream: Upstream) -> None:
    window = Window.parse("2025-01-20T14:00Z", "2025-01-21T14:00Z")
    good, bad = make_bench(), make_bench()
    good.generation(window, FARMS[:1])
    upstream.fault("unreadable_market_values")
    bad.generation(window, FARMS[:1])
    measured = [row for row in good.rows("oe_generation") if row["metric"] != "market_value"]
    assert (good.outcomes("oe_generation"), bad.outcomes("oe_generation")) == (["ok"], ["partial"])
    assert len(good.rows("oe_generation")) == 3 * 24
    assert bad.rows("oe_generation") == measured


def test_without_a_registry_weather_asks_nothing_and_says_what_it_waits_for(
    make_bench: Callable[..., Bench], upstream: Upstream
) -> None:
    assert make_bench().weather(DAY, []) == {"requests": 0, "rows": 0, "outcomes": {}, "locations": 0, "resolved": []}
    assert upstream.control("requests")["total"] == 0


@pytest.mark.parametrize("shape", ["v4.0", "v4.3"])
def test_older_shapes_of_the_api_land_the_same_values(make_bench: Callable[..., Bench], upstream: Upstream, shape: str) -> None:
    new = make_bench()
    new.generation(DAY)
    upstream.fault("old_shape", shape=shape)
    old = make_bench()
    old.generation(DAY)

    def values(bench: Bench) -> dict[Any, Any]:
        return {(row["unit_code"], row["metric"], row["ts_utc"]): row["value"] for row in bench.rows("oe_generation")}

    assert values(old) == values(new)


# --- Every fault ends as an outcome

ELECTRICITY = [
    ("not_authenticated", {}, SourceRefused, "OPEN_NEM_PRIMARY: 401 Unauthorized: Not authenticated; OPEN_NEM_SECONDARY: 401", 2),
    ("invalid_key", {}, SourceRefused, "Invalid API key", 2),
    ("forbidden", {}, SourceRefused, "403 Forbidden: Insufficient permissions", 2),
    ("auth_failed", {}, SourceRefused, "/v4/me says", 4),
    ("rate_limited", {}, SourceUnavailable, "429 Too Many Requests", 3),
    ("server_error", {}, SourceUnavailable, "500 Internal Server Error", 3),
    ("maintenance", {}, SourceUnavailable, "Maintenance Mode", 3),
    ("bad_gateway", {}, SourceUnavailable, "502 Bad Gateway", 3),
    ("slow", {"seconds": 1}, SourceUnavailable, "ReadTimeout", 3),
    ("dropped", {}, SourceUnavailable, "ConnectionError", 3),
    ("truncated", {}, SourceUnavailable, "IncompleteRead", 3),
    ("truncated", {"clean": True}, SourceUnavailable, "not JSON at character", 3),
    ("not_json", {}, SourceUnavailable, "not JSON at character 0", 3),
    ("wrong_shape", {}, BodyInvalid, r"\$", 1),
    ("missing_keys", {}, BodyInvalid, r"\$\.", 1),
    ("bad_request", {}, BodyInvalid, "400 Bad Request", 1),
    ("validation", {}, BodyInvalid, "422", 2),  # it speaks of metrics: asked again without market values
]


@pytest.mark.parametrize(
    ("name", "params", "failure", "complaint", "exchanges"), ELECTRICITY, ids=[f"{f[0]} {f[1]}" for f in ELECTRICITY]
)
def test_every_fault_of_openelectricity_lands_and_is_named(
    make_bench: Callable[..., Bench],
    upstream: Upstream,
    name: str,
    params: dict[str, Any],
    failure: type[LakehouseError],
    complaint: str,
    exchanges: int,
) -> None:
    # given a source that has the fault for good
    upstream.fault(name, "oe", **params)
    bench = make_bench(http_timeout_seconds=0.3)
    # when generation is fetched, then the task fails with that class, naming the envelope
    with pytest.raises(failure, match=complaint) as raised:
        bench.generation(DAY, FARMS[:1])
    keys = bench.sender.landing.keys("oe_generation")
    assert keys[-1] in str(raised.value)
    assert type(raised.value) is failure
    # and every exchange is kept, none with rows
    assert len(keys) == exchanges
    assert bench.rows("oe_generation") == []
    # and when the fault is over, everything comes
    upstream.control("reset", {})
    again = make_bench()
    assert again.generation(DAY, FARMS[:1])["rows"] == 48


METEO = [
    ("minutely_limit", {}, SourceUnavailable, "Minutely API request limit exceeded", 3),
    ("hourly_limit", {}, QuotaSpent, "Hourly API request limit exceeded", 1),
    ("daily_limit", {}, BudgetExhausted, "Daily API request limit exceeded", 1),
    ("too_many_concurrent", {}, SourceUnavailable, "Too many concurrent requests", 3),
    ("unknown_variable", {}, BodyInvalid, "Cannot initialize", 1),
    ("too_much_data", {}, BodyInvalid, "requests too much data", 1),
    ("streaming_error", {}, SourceUnavailable, "Unexpected error while streaming data", 3),
    ("truncated", {}, SourceUnavailable, "IncompleteRead|InvalidChunkLength|ProtocolError", 3),
    ("server_error", {}, SourceUnavailable, "500", 3),
    ("maintenance", {}, SourceUnavailable, "The service is overloaded", 3),
    ("bad_gateway", {"status": 504}, SourceUnavailable, "504 Gateway Timeout", 3),
    ("dropped", {}, SourceUnavailable, "ConnectionError", 3),
    ("not_json", {}, SourceUnavailable, "not JSON", 3),
    ("wrong_shape", {}, BodyInvalid, r"\$", 1),
]


@pytest.mark.parametrize(("name", "params", "failure", "complaint", "exchanges"), METEO, ids=[fault[0] for fault in METEO])
def test_every_fault_of_openmeteo_lands_and_is_named(
    make_bench: Callable[..., Bench],
    upstream: Upstream,
    name: str,
    params: dict[str, Any],
    failure: type[LakehouseError],
    complaint: str,
    exchanges: int,
) -> None:
    upstream.fault(name, "om", **params)
    bench = make_bench()
    with pytest.raises(failure, match=complaint) as raised:
        bench.weather(DAY, FARMS[:2])
    keys = bench.sender.landing.keys("om_weather")
    assert keys[-1] in str(raised.value)
    assert len(keys) == exchanges
    assert bench.rows("om_weather") == []


def test_what_cannot_be_read_in_an_answer_spoils_nothing_else_of_it(make_bench: Callable[..., Bench], upstream: Upstream) -> None:
    upstream.fault("nan", "oe_data")
    bench = make_bench()
    summary = bench.generation(DAY, FARMS[:1])
    assert summary["outcomes"] == {"partial": 1}
    assert 0 < summary["rows"] < 48

    for fault in ("nan", "missing_keys"):
        upstream.control("reset", {})
        upstream.fault(fault, "om_archive")
        assert make_bench().weather(DAY, FARMS[:2])["outcomes"]["partial"] >= 1


@pytest.mark.parametrize("status", [404, 416])
def test_an_empty_answer_is_empty_and_no_failure(make_bench: Callable[..., Bench], upstream: Upstream, status: int) -> None:
    upstream.fault("empty", "oe", status=status)
    bench = make_bench()
    assert bench.generation(DAY, FARMS[:1])["outcomes"] == {"empty": 1}
    upstream.fault("empty", "om")
    assert bench.weather(DAY, FARMS[:1])["outcomes"]["empty"] == 2


def test_a_quota_refusal_that_passes_costs_one_patient_wait(
    make_bench: Callable[..., Bench], upstream: Upstream, stepped: SteppedClock
) -> None:
    upstream.fault("auth_failed", "oe_data", times=2)
    bench = make_bench()
    assert bench.generation(DAY, FARMS[:1])["rows"] == 48
    assert stepped.sleeps.count(70) == 1  # a backfill's; the setting's 300 would hold up the hourly runs
    assert upstream.asked("/me") == 1


def test_a_refused_primary_gives_way_to_the_secondary(make_bench: Callable[..., Bench], upstream: Upstream) -> None:
    upstream.fault("invalid_key", "oe", times=1)
    assert make_bench().generation(DAY)["outcomes"] == {"unauthorised": 1, "ok": 2}


# --- One failure among several


def test_one_failed_request_does_not_stop_the_others(make_bench: Callable[..., Bench], upstream: Upstream) -> None:
    upstream.fault("wrong_shape", "oe_data", times=1)
    bench = make_bench()
    with pytest.raises(BodyInvalid):
        bench.generation(DAY)
    assert sorted(bench.outcomes("oe_generation")) == ["invalid", "ok"]


def test_a_budget_that_ends_on_the_way_keeps_what_came_before(make_bench: Callable[..., Bench]) -> None:
    bench = make_bench(budget=1)
    with pytest.raises(BudgetExhausted, match="1 of 1 credits"):
        bench.generation(DAY)
    assert bench.outcomes("oe_generation") == ["ok"]


def raising(failure: Exception) -> Callable[[], Any]:
    def question() -> Any:
        raise failure

    return question


@pytest.mark.parametrize(
    ("failures", "worst"),
    [
        ([SourceUnavailable("a"), BodyInvalid("b"), SourceUnavailable("c")], BodyInvalid),
        ([BodyInvalid("b"), SourceRefused("a")], SourceRefused),
        ([SourceUnavailable("a"), BudgetExhausted("b")], BudgetExhausted),
        ([SourceUnavailable("a")], SourceUnavailable),
    ],
)
def test_the_worst_failure_is_raised_and_names_all(failures: list[Exception], worst: type[Exception]) -> None:
    with pytest.raises(worst) as raised:
        ask_all([raising(failure) for failure in failures])
    assert all(str(failure) in str(raised.value) for failure in failures)


def test_nothing_more_is_asked_when_it_cannot_be_kept() -> None:
    asked: list[str] = []
    with pytest.raises(LandingUnavailable):
        ask_all([raising(LandingUnavailable("full")), lambda: asked.append("more")])  # type: ignore[arg-type, func-returns-value]
    assert asked == []


def test_what_is_nobodys_fault_in_the_source_is_raised_at_once() -> None:
    with pytest.raises(ZeroDivisionError):
        ask_all([raising(ZeroDivisionError())])


# --- The whole task


@pytest.mark.parametrize("fetch", [getattr(fetches, f"fetch_{each.task}") for each in SOURCES])
def test_without_trino_nothing_is_asked(make_bench: Callable[..., Bench], upstream: Upstream, fetch: Any) -> None:
    bench = make_bench(trino_https_port=9, trino_fetch_password="unused")
    evening = Window.parse("2025-01-07T18:00Z", "2025-01-07T19:00Z")  # in which every source is asked
    with pytest.raises(TrinoUnavailable):
        fetch(bench.settings, evening, HOURLY)
    assert upstream.control("requests")["total"] == 0
