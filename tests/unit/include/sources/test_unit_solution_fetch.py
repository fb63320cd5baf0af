"""Which files of the market operator's folder are asked for, how often, and what a day that is late means."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from include import registry
from include.errors import BodyInvalid, SourceUnavailable
from include.settings import Settings
from include.sources import exchange
from include.sources.aemo.client import AemoClient
from include.sources.exchange import Sender
from include.sources.fetch import unit_solution
from include.sources.fetch.unit_solution import is_regular, land_unit_solution, trading_days
from include.sources.landing import Run
from include.sources.readings import read_envelope
from include.windows import Window
from tests.unit.conftest import Upstream
from tests.unit.reports import COLUMNS, dispatch, report_lines, zipped
from tests.unit.scripted import Scripted, ScriptedServer, SteppedClock

pytestmark = pytest.mark.needs_minio
Make = Callable[..., AemoClient]
DAY_2, DAY_3 = "PUBLIC_NEXT_DAY_DISPATCH_20250102_0000000448000002.zip", "PUBLIC_NEXT_DAY_DISPATCH_20250103_0000000448000003.zip"
TWO_DAYS = Window.parse("2025-01-01T18:00Z", "2025-01-03T18:00Z")
GOOD, GOOD_3 = (Scripted(200, zipped(report_lines([dispatch(f"2025/01/0{day} 12:05")]))) for day in (2, 3))
FOLDER = "/Reports/Current/Next_Day_Dispatch"


def listing(*names: str) -> Scripted:
    return Scripted(200, "".join(f'<A HREF="http://elsewhere.test/x/{name}">{name}</A>' for name in names))


@pytest.fixture
def make_client(
    make_settings: Callable[..., Settings], make_sender: Callable[[Settings], Sender], server: ScriptedServer
) -> Make:
    def make(**changes: Any) -> AemoClient:
        settings = make_settings(**({"aemo_next_day_dispatch_url": server.url + FOLDER} | changes))
        return AemoClient(settings, make_sender(settings))

    return make


def paths(server: ScriptedServer) -> list[str]:
    return [seen.path.removeprefix(FOLDER) for seen in server.seen]


def test_the_days_of_a_window_that_are_listed_are_asked_for_by_name(make_client: Make, server: ScriptedServer) -> None:
    server.script = [listing("PUBLIC_NEXT_DAY_DISPATCH_20250101_0000000448000001.zip", DAY_2, DAY_3), GOOD, GOOD_3]
    client = make_client()

    told = land_unit_solution(client, TWO_DAYS, {"STUB1"})

    # The folder that the setting names is asked, wherever a listing may point.
    assert paths(server) == ["/", f"/{DAY_2}", f"/{DAY_3}"]
    assert told["resolved"] == [f"2025-01-02: {DAY_2}", f"2025-01-03: {DAY_3}"]
    assert server.seen[1].key is None


def test_a_file_is_landed_as_it_came_with_the_units_that_are_read_of_it(make_client: Make, server: ScriptedServer) -> None:
    server.script = [listing(DAY_2), GOOD]
    client = make_client()
    told = land_unit_solution(client, TWO_DAYS, {"STUB2", "STUB1"})
    assert (told["rows"], [answer.body for answer in client.sender.answers]) == (1, [None, None])

    landing = client.sender.landing
    document = landing.read(landing.keys("aemo_unit_solution")[0])
    assert document["context"]["unit_codes"] == ["STUB1", "STUB2"]
    assert (document["context"]["window_start"], document["context"]["window_end"]) == (
        "2025-01-01T18:00:00Z",
        "2025-01-02T19:00:00Z",
    )
    assert document["response"]["body_encoding"] == "base64"
    assert len(read_envelope(document).rows) == 1


def test_what_was_answered_is_not_asked_again_unless_it_was_published_again(make_client: Make, server: ScriptedServer) -> None:
    server.script = [listing(DAY_2, DAY_3)]
    land_unit_solution(make_client(), TWO_DAYS, {"STUB1"}, {DAY_2, DAY_3})
    assert paths(server) == ["/"]

    newer = DAY_2.replace("448000002", "448000099")
    server.script, server.seen = [listing(newer, DAY_3), GOOD], []
    land_unit_solution(make_client(), TWO_DAYS, {"STUB1"}, {DAY_2, DAY_3})
    assert paths(server) == ["/", f"/{newer}"]


@pytest.mark.parametrize("listed", [(), (DAY_2,)])
def test_a_day_that_is_not_there_yet_is_no_failure(listed: tuple[str, ...], make_client: Make, server: ScriptedServer) -> None:
    server.script = [listing(*listed), *[GOOD] * len(listed)]
    told = land_unit_solution(make_client(), TWO_DAYS, {"STUB1"})
    assert len(told["resolved"]) == len(listed)


def test_a_file_that_is_not_whole_is_asked_once_more_and_stops_no_other(
    make_client: Make, server: ScriptedServer, stepped: SteppedClock
) -> None:
    cut = Scripted(200, GOOD.bytes[:100])
    server.script = [listing(DAY_2, DAY_3), cut, cut, GOOD_3]
    with pytest.raises(SourceUnavailable, match="cannot be opened to its end"):
        land_unit_solution(make_client(http_retries=4), TWO_DAYS, {"STUB1"})
    assert paths(server) == ["/", f"/{DAY_2}", f"/{DAY_2}", f"/{DAY_3}"]
    assert stepped.sleeps


def test_a_server_that_fails_is_asked_as_often_as_the_settings_say(make_client: Make, server: ScriptedServer) -> None:
    server.script = [Scripted(503, "busy")] * 2 + [listing(DAY_2), GOOD]
    land_unit_solution(make_client(http_retries=2), TWO_DAYS, {"STUB1"})
    assert paths(server) == ["/", "/", "/", f"/{DAY_2}"]


def test_a_table_of_another_form_is_told_with_its_envelope(make_client: Make, server: ScriptedServer) -> None:
    old = zipped(report_lines([dispatch("2025/01/02 12:05")], tuple(name for name in COLUMNS if name != "UIGF"), "2"))
    server.script = [listing(DAY_2), Scripted(200, old)]
    with pytest.raises(BodyInvalid, match=r"expected the columns UIGF.* kept in .*landing"):
        land_unit_solution(make_client(), TWO_DAYS, {"STUB1"})


def test_an_answer_longer_than_any_file_is_broken_off(
    make_client: Make, server: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exchange, "MOST_BYTES", 1000)
    server.script = [listing(DAY_2), Scripted(200, b"\xff" * 200_000), Scripted(200, b"\xff" * 200_000)]
    with pytest.raises(SourceUnavailable, match="TooLong: the answer is longer than 1,000 bytes"):
        land_unit_solution(make_client(http_retries=1), TWO_DAYS, {"STUB1"})


@pytest.mark.parametrize(
    ("start", "end", "days"),
    [
        ("2025-01-01T18:00Z", "2025-01-02T18:00Z", [2]),  # 04:00 to 04:00
        ("2025-01-01T17:00Z", "2025-01-02T19:00Z", [1, 2, 3]),
        ("2025-01-01T14:00Z", "2025-01-02T16:00Z", [1, 2]),  # a network-local day of both networks
        ("2025-01-02T17:00Z", "2025-01-02T18:00Z", [2]),
    ],
)
def test_the_trading_days_of_a_window(start: str, end: str, days: list[int]) -> None:
    assert trading_days(Window.parse(start, end)) == [date(2025, 1, day) for day in days]


def test_runs_of_the_schedule_look_back_and_rebuilds_do_not() -> None:
    stretch = Window.parse("2025-01-01T06:00Z", "2025-01-01T18:00Z")
    assert is_regular(stretch, "scheduled")
    assert is_regular(stretch, "manual")
    assert not is_regular(stretch, "backfill")
    assert not is_regular(TWO_DAYS, "manual")


def test_units_are_those_that_the_registry_has_or_had_of_the_nem(monkeypatch: pytest.MonkeyPatch, make_client: Make) -> None:
    client = make_client()
    in_bronze = [["NEM", "STUBSF", "STUB1"], ["NEM", "FARM", "FARM1"], ["WEM", "WEST", "WEST1"]]
    monkeypatch.setattr(registry, "select", lambda _settings, _statement: in_bronze)
    monkeypatch.setattr(
        registry, "newest_landed", lambda _landing: [{"network_id": "NEM", "facility_code": "STUBSF", "unit_code": "STUB2"}]
    )
    landing = client.sender.landing
    assert registry.known_units(client.settings, landing, "NEM", ()) == {"STUB1", "STUB2", "FARM1"}
    assert registry.known_units(client.settings, landing, "NEM", ("STUBSF",)) == {"STUB1", "STUB2"}


def test_a_regular_run_looks_back_a_month_and_leaves_what_was_answered(
    monkeypatch: pytest.MonkeyPatch, make_client: Make, server: ScriptedServer, stepped: SteppedClock
) -> None:
    client = make_client()
    asked: list[Any] = []

    def answered(_settings: Settings, _statement: str, parameters: list[Any]) -> list[list[str]]:
        asked.extend(parameters)
        return [[f"https://older.test/{DAY_2}"]]

    monkeypatch.setattr(registry, "select", answered)
    monkeypatch.setattr(unit_solution, "known_units", lambda *_: {"STUB1"})
    server.script = [listing("PUBLIC_NEXT_DAY_DISPATCH_20241201_0000000447000001.zip", DAY_2, DAY_3), GOOD_3]
    window = Window.parse("2025-01-03T06:00Z", "2025-01-03T18:00Z")

    told = unit_solution.fetch_unit_solution(
        client.settings, window, Run("ingest_aemo_bronze", "x", "scheduled", 1), stepped.clock
    )

    assert asked == ["2024-12-03T18:00:00Z"]
    assert told["resolved"] == [f"2025-01-03: {DAY_3}"]


def test_nothing_is_asked_before_the_registry_names_a_unit(
    monkeypatch: pytest.MonkeyPatch, make_client: Make, server: ScriptedServer
) -> None:
    monkeypatch.setattr(unit_solution, "known_units", lambda *_: set())
    run = Run("ingest_aemo_bronze", "x", "scheduled", 1)
    assert unit_solution.fetch_unit_solution(make_client().settings, TWO_DAYS, run)["requests"] == 0
    assert server.seen == []


def test_the_stand_ins_files_are_read_as_the_real_ones(make_client: Make, upstream: Upstream) -> None:
    client = make_client(aemo_next_day_dispatch_url=f"{upstream.url}/nemweb{FOLDER}", http_timeout_seconds=60)
    window = Window.parse("2025-01-30T18:00Z", "2025-01-31T18:00Z")  # the newest day of its clock
    units = {"BNGSF1", "BROKENH1", "EMERASF1"}

    told = land_unit_solution(client, window, units)
    assert told["outcomes"] == {"empty": 1, "ok": 1}  # the listing, the day
    assert told["rows"] == 288 * len(units)

    upstream.fault("late_day")
    assert land_unit_solution(client, window, units)["resolved"] == []
