"""Which old days are asked for again: what was never fetched after it was settled, and holes."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from include.registry import Facility
from include.sources.fetch import generation, history, weather
from include.sources.fetch.history import (
    FirstLabel,
    Told,
    both,
    generation_again,
    settled_labels_until,
    settled_until,
    weather_again,
    weather_moved,
)
from include.sources.fetch.weather import moved_lines
from include.sources.landing import Run
from include.windows import DAY, HOUR, Window, day_of, day_window

EAST = timedelta(hours=10)
FARM, WEST = Facility("FARM", "NEM", None, None), Facility("WEST", "WEM", None, None)
# A daily run: 22 March 04:00 in NEM's time.
END = datetime(2026, 3, 21, 19, tzinfo=UTC)
TODAY = day_of(END, EAST)


def day(text: str) -> int:
    return day_of(datetime.fromisoformat(text + "T12:00Z"))


def local(text: str) -> datetime:
    """An instant on NEM's wall clock."""
    return datetime.fromisoformat(text + "+10:00")


def told(key: str, days: dict[int, int], settled: int | None = None, part: str = "U1") -> list[Told]:
    return [Told(key, part, number, hours, hours if settled is None else settled) for number, hours in days.items()]


def test_days_are_those_of_the_networks_clock() -> None:
    assert day_window(day("2026-03-02"), EAST) == Window.parse("2026-03-01T14:00Z", "2026-03-02T14:00Z")
    assert day_of(datetime(2026, 3, 1, 14, tzinfo=UTC), EAST) == day("2026-03-02") == day_of(datetime(2026, 3, 2, tzinfo=UTC))


@pytest.mark.parametrize(("asked_at", "is_settled"), [("2026-03-04T04:30", True), ("2026-03-04T04:29", False)])
def test_a_day_is_settled_when_it_is_fetched_from_half_past_four_two_days_later_on(asked_at: str, is_settled: bool) -> None:
    ends = settled_until([FARM], {"FARM": {day("2026-03-02"): local(asked_at)}})
    assert ends == ({"FARM": local("2026-03-03T00:00")} if is_settled else {})


def test_each_network_is_settled_by_its_own_clock() -> None:
    at = local("2026-03-04T05:00")  # 03:00 in Perth
    asked = {code: {day("2026-03-02"): at} for code in ("FARM", "WEST")}
    assert settled_until([FARM, WEST], asked).keys() == {"FARM"}


def test_what_was_asked_before_bronze_noted_for_whom_counts_for_all() -> None:
    asked = {"*": {day("2026-03-02"): local("2026-03-04T05:00")}, "FARM": {day("2026-03-02"): local("2026-03-02T23:00")}}
    assert settled_until([FARM], asked) == {"FARM": local("2026-03-03T00:00")}


def test_a_stop_in_march_leaves_unsettled_days_that_the_next_daily_run_asks_for() -> None:
    # Given a lake that stopped on 1 March at 00:10 and went on on the 21st, with a gap that was filled on that day at noon
    fetched = {day("2026-02-25"): local("2026-03-01T00:10"), day("2026-02-26"): local("2026-03-01T00:10")}
    unsettled = {day("2026-02-27"): local("2026-03-01T00:10"), day("2026-02-28"): local("2026-03-01T00:10")}
    filled = {TODAY - back: local("2026-03-21T12:00") for back in range(1, 20)}
    # Then 27 and 28 February, which were last fetched too early, are asked for again, and the last days, still open, are not
    again = generation_again([FARM], {"FARM": fetched | unsettled | filled}, [], END, reach_days=31)
    assert again == {"FARM": Window(local("2026-02-27T00:00"), local("2026-03-01T00:00"))}


def test_days_beyond_the_reach_are_left_to_backfills() -> None:
    old = {TODAY - 32: day_window(TODAY - 32, EAST).end, TODAY - 31: day_window(TODAY - 31, EAST).end}
    assert generation_again([FARM], {"FARM": old}, [], END, 31) == {"FARM": day_window(TODAY - 31, EAST)}


@pytest.mark.parametrize(("age", "is_asked"), [(1, True), (2, False), (3, True), (9, False), (10, True), (11, False), (30, True)])
def test_a_hole_is_asked_for_at_the_ages_of_1_3_10_and_30_days(age: int, is_asked: bool) -> None:
    settled = {number: END for number in range(TODAY - 41, TODAY)}
    whole = dict.fromkeys(range(TODAY - 41, TODAY), 24)
    wanted = {"FARM": day_window(TODAY - age, EAST)} if is_asked else {}
    for hours in ({TODAY - age: 23}, {TODAY - age: 0}):
        assert generation_again([FARM], {"FARM": settled}, told("FARM", whole | hours), END, 31) == wanted
    missing = {number: hours for number, hours in whole.items() if number != TODAY - age}
    assert generation_again([FARM], {"FARM": settled}, told("FARM", missing), END, 31) == wanted
    # a second unit of the farm, silent on that day
    both = told("FARM", whole) + told("FARM", missing, part="U2")
    assert generation_again([FARM], {"FARM": settled}, both, END, 31) == wanted
    at_utc = {"PLACE": day_window(day_of(END) - age)} if is_asked else {}
    places = {number - TODAY + day_of(END): hours for number, hours in missing.items()}
    assert weather_again(told("PLACE", places), END, 31) == at_utc


def test_days_before_a_unit_or_the_lake_began_are_no_holes() -> None:
    recent = dict.fromkeys(range(TODAY - 9, TODAY), 24)
    settled = {number: END for number in range(TODAY - 9, TODAY)}
    assert generation_again([FARM], {"FARM": settled}, told("FARM", recent), END, 31) == {}
    assert weather_again(told("PLACE", recent), END, 31) == {}
    # nobody has asked for the tenth day
    gap = dict.fromkeys([*range(TODAY - 20, TODAY - 10), *range(TODAY - 9, TODAY)], 24)
    asked = {number: END for number in gap}
    assert generation_again([FARM], {"FARM": asked}, told("FARM", gap), END, 31) == {}


def test_weather_of_22_to_28_february_that_stayed_forecast_is_asked_of_the_archive() -> None:
    forecast = told("PLACE", dict.fromkeys(range(day("2026-02-22"), day("2026-03-01")), 24), settled=0)
    archive = told("PLACE", dict.fromkeys(range(day("2026-02-19"), day("2026-02-22")), 24))
    # from 13 March on the forecast is not too old yet
    since = told("PLACE", dict.fromkeys(range(day("2026-03-01"), day("2026-03-13")), 24))
    recent = [*since, *told("PLACE", dict.fromkeys(range(day("2026-03-13"), day("2026-03-22")), 24), settled=0)]
    again = weather_again([*archive, *forecast, *recent], END, 31)
    assert again == {"PLACE": Window.parse("2026-02-22T00:00Z", "2026-03-01T00:00Z")}
    assert settled_labels_until([*archive, *forecast]) == {"PLACE": datetime(2026, 2, 22, tzinfo=UTC)}


def test_one_window_a_key_reaches_from_its_first_day_to_its_last() -> None:
    days = told("PLACE", {TODAY - 40: 24, TODAY - 30: 5, TODAY - 12: 24}) + told("PLACE", {TODAY - 12: 24}, settled=3, part="")
    window = weather_again(days, END, 41)["PLACE"]
    assert (window.end - window.start) % DAY == HOUR * 0
    assert window.start == day_window(day_of(END) - 30).start


HOURLY, DAILY = (Window.parse(f"2026-03-21T{hour:02d}:00Z", f"2026-03-21T{hour + 1:02d}:00Z") for hour in (17, 18))
STORED = weather.Stored("bronze.om_weather_hourly_raw", "shortwave_radiation_w_m2")
RULE: Any = SimpleNamespace(pv_reread_hours=72, pv_reread_daily_days=10, pv_max_gap_days=31)


@pytest.mark.parametrize(
    ("window", "newest", "looked_up"),
    [
        (HOURLY, END - 3 * HOUR, []),
        (HOURLY, END - 5 * DAY, ["asked"]),
        (DAILY, END - 3 * HOUR, ["asked", "told"]),
    ],
)
def test_only_the_daily_runs_and_those_with_a_gap_look_further_back(
    monkeypatch: pytest.MonkeyPatch, window: Window, newest: datetime, looked_up: list[str]
) -> None:
    # Given hours that were never fetched after they were settled, by either source
    asked: list[str] = []
    old = day("2026-02-28")
    yesterday = {old: END - 12 * DAY, old - 1: END - 15 * DAY, old + 10: END - 12 * DAY, old + 1: END - 19 * DAY}

    def lookup(name: str, found: Any) -> Any:
        return lambda *_: asked.append(name) or found

    monkeypatch.setattr(history, "asked_days", lookup("asked", {"FARM": yesterday}))
    monkeypatch.setattr(history, "generation_told", lookup("told", []))
    monkeypatch.setattr(generation, "newest_generation_hours", lambda *_: {"FARM": newest})
    run = Run("ingest_oe_bronze", "r", "scheduled", 1)

    known = generation._known(RULE, window, run, [FARM])

    assert (asked, known.newest) == (looked_up, {"FARM": newest})
    assert bool(known.settled_until) == bool(looked_up)
    assert bool(known.again) == ("told" in looked_up)

    asked.clear()
    monkeypatch.setattr(weather, "newest_labels", lambda *_: {"PLACE": newest})
    monkeypatch.setattr(history, "labels_told", lookup("told", told("PLACE", {old: 24, old - 1: 24}, settled=0)))
    of_weather = weather._known(RULE, window, "scheduled", STORED)
    assert asked == (["told"] if looked_up else [])
    assert bool(of_weather.again) == (window == DAILY)


# --- A plant that was moved


def test_days_that_only_the_former_place_has_are_asked_for_at_the_new_one() -> None:
    today = day_of(END)
    former = told("OLD", dict.fromkeys(range(today - 40, today + 1), 24))
    own = told("NEW", dict.fromkeys(range(today - 9, today + 1), 24) | {today - 10: 5})
    moved = weather_moved([*former, *own], {"NEW": {"OLD"}}, END, 31)
    assert moved == {"NEW": Window(day_window(today - 31).start, day_window(today - 10).end)}
    assert weather_moved(former, {"NEW": {"OLD"}}, END, 31) == {
        "NEW": Window(day_window(today - 31).start, day_window(today - 1).end)
    }
    # nothing more is wanted once they are there
    whole = told("NEW", dict.fromkeys(range(today - 31, today + 1), 24))
    assert weather_moved([*former, *whole], {"NEW": {"OLD"}}, END, 31) == {}
    assert both({"NEW": HOURLY, "ELSE": HOURLY}, {"NEW": DAILY}) == {"NEW": Window(HOURLY.start, DAILY.end), "ELSE": HOURLY}


def test_the_daily_run_asks_at_the_new_place_what_its_former_one_had(monkeypatch: pytest.MonkeyPatch) -> None:
    days = dict.fromkeys(range(day_of(END) - 20, day_of(END)), 24)
    monkeypatch.setattr(weather, "newest_labels", lambda *_: {})
    monkeypatch.setattr(history, "labels_told", lambda *_: told("OLD", days))
    known = weather._known(RULE, DAILY, "scheduled", STORED, {"NEW": {"OLD"}})
    assert known.again == {"NEW": Window(day_window(day_of(END) - 20).start, day_window(day_of(END) - 1).end)}


PLACE = Facility("FARM", "NEM", -34.90001, 146.6)
HERE, THERE = "-34.900010,146.600000", "-34.900000,146.600000"
FLOOR = END - 31 * DAY


@pytest.mark.parametrize(
    ("here", "command"),
    [
        (None, "FROM=2025-01-02 TO=2026-02-20"),  # nothing asked for yet: up to where the daily run reaches
        (FirstLabel(END - 3 * DAY, frozenset({"archive 1 1"})), "FROM=2025-01-02 TO=2026-02-20"),
        (FirstLabel(END - 99 * DAY, frozenset({"forecast 1 1"})), "FROM=2025-01-02 TO=2025-12-14"),
        (FirstLabel(END - 3 * DAY, frozenset({"archive 0 0"})), None),  # the same cell has the same data
        (FirstLabel(datetime(2025, 1, 1, tzinfo=UTC), frozenset({"archive 1 1"})), None),
    ],
)
def test_what_the_daily_run_does_not_reach_is_named_with_the_command(here: FirstLabel | None, command: str | None) -> None:
    firsts = {THERE: FirstLabel(datetime(2025, 1, 2, tzinfo=UTC), frozenset({"archive 0 0"}))}
    lines = moved_lines([PLACE, FARM], {HERE: {THERE}}, firsts if here is None else {**firsts, HERE: here}, FLOOR)
    assert [line.startswith("FARM was moved: before ") and f"`make backfill {command}`" in line for line in lines] == (
        [True] if command else []
    )
