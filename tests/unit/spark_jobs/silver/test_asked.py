"""Which days of a unit nobody asked for, and that its hours on them are not expected."""

from datetime import UTC, date, datetime, timedelta

import pytest

from spark_jobs.silver.asked import (
    AskedDays,
    DayRequest,
    Listed,
    asked_days,
    backfill_lines,
    is_unchanged,
    listed,
    marked,
    not_asked_days,
    not_asked_of,
    service_of,
    spans_of,
)
from spark_jobs.silver.capacity import BEGIN, END
from spark_jobs.silver.sayings import units_of
from tests.unit.spark_jobs.silver.test_unit_history import DAY, MIDNIGHT, T0, expected, gone, history, registry
from tests.unit.spark_jobs.silver.test_unit_history import listed as said

LATER = T0 + 30 * DAY
KEY = ("NEM", "B1")
EVER = [(BEGIN, END)]


def number(day: str) -> int:
    return (date.fromisoformat(day) - date(1970, 1, 1)).days


def requests(codes: tuple[str, ...], days: range, at: datetime = LATER, is_finished: bool = True) -> list[DayRequest]:
    return [DayRequest("NEM", codes, day, at, is_finished) for day in days]


def asked(*some: list[DayRequest]) -> AskedDays:
    return asked_days(request for group in some for request in group)["NEM"]


B = Listed(KEY, frozenset({"B"}), BEGIN)


def test_a_plant_that_the_setting_leaves_out_is_not_asked_for() -> None:
    # Given A and B asked for on days 10 to 12, and A alone on 12 to 20
    of = asked(requests(("A", "B"), range(10, 13)), requests(("A",), range(12, 21)))
    assert not_asked_days(B, of) == set(range(13, 21))
    assert not_asked_days(Listed(("NEM", "A1"), frozenset({"A"}), BEGIN), of) == set()


@pytest.mark.parametrize(
    "more",
    [
        requests((), range(15, 16)),  # everything was asked for, or Bronze does not know for whom
        requests(("0B",), range(15, 16)),  # under the facility code that it had before
        requests(("B",), range(15, 16), is_finished=False),  # asked for, and nothing came
    ],
)
def test_a_day_counts_as_asked_for_by_any_request_that_would_have_named_the_plant(more: list[DayRequest]) -> None:
    unit = Listed(KEY, frozenset({"B", "0B"}), BEGIN)
    assert not_asked_days(unit, asked(requests(("A",), range(13, 18)), more)) == {13, 14, 16, 17}


def test_days_of_which_no_answer_could_be_read_are_left_as_they_are() -> None:
    assert not_asked_days(B, asked(requests(("A",), range(13, 18), is_finished=False))) == set()


def test_what_was_fetched_before_a_unit_was_listed_did_not_ask_for_it() -> None:
    late = Listed(KEY, frozenset({"B"}), LATER)
    of = asked(requests(("B",), range(10, 40), LATER - DAY), requests(("B",), range(37, 41), LATER))
    assert not_asked_days(late, of) == set(range(10, 37))
    # a backfill brings older ones
    assert not_asked_days(late, asked(requests(("B",), range(10, 40)))) == set()


def test_units_of_the_first_answer_of_a_lake_count_as_listed_ever_since_and_keep_their_facilities() -> None:
    units = units_of([said("A1"), said("A2", at=LATER), gone("A1", T0 + DAY), said("A1", at=LATER, plant="ELSE")])
    assert listed(units) == [
        Listed(("NEM", "A1"), frozenset({"PLANT", "ELSE"}), BEGIN),
        Listed(("NEM", "A2"), frozenset({"PLANT"}), LATER),
    ]


def test_days_are_whole_ones_of_the_networks_clock_and_the_newest_has_no_end_yet() -> None:
    first = number("2025-01-10")
    assert spans_of("NEM", {first, first + 1, first + 5, first + 6}, first + 6) == [
        (MIDNIGHT, MIDNIGHT + 2 * DAY),
        (MIDNIGHT + 5 * DAY, END),
    ]
    assert spans_of("WEM", {first}, first + 1) == [(MIDNIGHT + timedelta(hours=2), MIDNIGHT + timedelta(hours=26))]


@pytest.mark.parametrize(
    ("new", "is_same"),
    [
        (requests(("B",), range(10, 13)), True),
        (requests(("A",), range(13, 15)), True),  # already known not to be asked for
        (requests(("A",), range(12, 15)), False),  # may it be that nobody asked for it on the 12th?
        (requests(("B",), range(14, 15)), False),
        (requests(("A",), range(12, 13)) + requests(("B",), range(12, 13)), True),
    ],
)
def test_old_requests_are_looked_at_where_new_ones_may_change_something(new: list[DayRequest], is_same: bool) -> None:
    assert is_unchanged(B, EVER, spans_of("NEM", {13}, 13), asked(new)) == is_same


def test_days_out_of_service_change_nothing() -> None:
    ended = [(BEGIN, spans_of("NEM", {12}, 99)[0][1])]
    assert is_unchanged(B, ended, [], asked(requests(("A",), range(13, 20))))
    assert not is_unchanged(B, ended, [], asked(requests(("A",), range(12, 20))))


def test_hours_not_asked_for_are_in_the_history_and_not_expected() -> None:
    found = history(said("A1"), said("A2", 50.0, at=LATER, commencement_date=date(2025, 1, 2)))
    span = (MIDNIGHT, MIDNIGHT + 20 * DAY)
    rows = marked(found.rows, {("NEM", "A2"): [span]})
    second = [row for row in rows if row["unit_code"] == "A2"]
    assert [(row["span"], row["is_asked"], row["valid_from_utc"]) for row in second] == [
        (1, True, MIDNIGHT - 8 * DAY), (2, False, MIDNIGHT), (3, True, MIDNIGHT + 20 * DAY),
    ]  # fmt: skip
    assert (not_asked_of(second), service_of(second)) == ([span], [(MIDNIGHT - 8 * DAY, END)])
    counted = registry(history(said("A1")))  # the rows alone, without the days
    assert counted.spans.keys() == {("NEM", "A1")}
    known = type(counted)(registry(found).units, registry(found).plants, rows)
    assert [(one.start, one.end) for one in known.spans["NEM", "A2"]] == [
        (MIDNIGHT - 8 * DAY, MIDNIGHT),
        (MIDNIGHT + 20 * DAY, END),
    ]
    assert expected(found, T0) == {"A1": 100.0, "A2": 50.0}  # as long as nobody looks


def test_the_command_that_asks_for_a_unit_is_said_of_those_that_are_asked_for_now() -> None:
    found = history(said("A1"), said("A2", at=LATER, commencement_date=date(2025, 1, 2)), said("B1", plant="B"))
    not_asked = {("NEM", "A2"): [(MIDNIGHT, MIDNIGHT + 20 * DAY)], ("NEM", "B1"): [(MIDNIGHT, END)]}
    assert backfill_lines(marked(found.rows, not_asked)) == [
        "unit A2 of plant PLANT: in service since 2025-01-02; days that nobody asked for: "
        "`make backfill FROM=2025-01-10 TO=2025-01-30`"
    ]
    assert backfill_lines(marked(found.rows, {})) == []
    assert datetime(2025, 1, 9, 14, tzinfo=UTC) == MIDNIGHT
