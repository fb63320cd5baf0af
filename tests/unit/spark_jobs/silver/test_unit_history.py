"""What the registry said of units, and what follows for the hours in which they count."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from include import contracts
from include.capacity_changes import CapacityChange
from include.windows import HOUR, Window
from spark_jobs.hours import HourRanges
from spark_jobs.silver.asked import by_unit
from spark_jobs.silver.dim_plant import dim_plant
from spark_jobs.silver.dim_unit import NEVER, dim_unit
from spark_jobs.silver.normalize import passes
from spark_jobs.silver.registry import Registry, moved_hours
from spark_jobs.silver.sayings import units_of
from spark_jobs.silver.split_evidence import restated
from spark_jobs.silver.unit_history import Answer, Evidence, History, Readings, unit_history

DAY = timedelta(days=1)
T0 = datetime(2025, 1, 10, tzinfo=UTC)
"""When the first answer was fetched: 10:00 in NEM."""
SEEN = datetime(2019, 8, 1, 23, tzinfo=UTC)
MIDNIGHT = datetime(2025, 1, 9, 14, tzinfo=UTC)
"""Network-local midnight (NEM) of the day of T0."""

COLUMNS = contracts.load("bronze.oe_facilities_raw").column_names


def listed(code: str, mw: float | None = 100.0, at: datetime = T0, plant: str = "PLANT", **more: Any) -> dict[str, Any]:
    row: dict[str, Any] = dict.fromkeys(COLUMNS)
    site = {"network_id": "NEM", "network_region": "NSW1", "facility_code": plant, "unit_code": code, "_ingest_time": at}
    known = {"status_id": "operating", "data_first_seen_utc": SEEN, "latitude": -34.9, "longitude": 146.6}
    return row | site | known | {"capacity_maximum_mw": mw} | more


def gone(code: str, at: datetime, plant: str = "PLANT") -> dict[str, Any]:
    row: dict[str, Any] = dict.fromkeys(COLUMNS)
    return row | {"network_id": "NEM", "facility_code": plant, "unit_code": code, "_ingest_time": at, "is_listed": False}


def history(*rows: Mapping[str, Any], **evidence: Any) -> History:
    return unit_history(units_of(rows), Evidence(**evidence))


def registry(found: History) -> Registry:
    return Registry(dim_unit(found.versions), dim_plant(found.versions), found.rows)


def expected(found: History, at: datetime) -> dict[str, float | None]:
    """Return unit and capacity of what is expected in an hour, by the join that `silver.unit_history` is made for."""
    rows = [
        row
        for row in found.rows
        if (row["valid_from_utc"] is None or row["valid_from_utc"] <= at)
        and (row["valid_to_utc"] is None or at < row["valid_to_utc"])
    ]
    assert len({row["unit_code"] for row in rows}) == len(rows), "spans overlap"
    spans = {key[1]: [span.capacity_mw for span in of_unit if span.start <= at < span.end] for key, of_unit in
             registry(found).spans.items()}  # fmt: skip
    assert {code: mws[0] for code, mws in spans.items() if mws} == {row["unit_code"]: row["capacity_mw"] for row in rows}
    return {row["unit_code"]: row["capacity_mw"] for row in rows}


def days(mw: float, before: datetime, count: int, share: float = 1.0) -> list[tuple[datetime, float]]:
    """Return `count` days that end at an instant, each of 12 productive hours of which a share is at full power."""
    full = round(12 * share)
    return [
        (before - DAY * (number + 1) + HOUR * hour, mw if hour < full else 0.3 * mw)
        for number in range(count)
        for hour in range(12)
    ]


# --- Renames


def test_a_renamed_unit_is_one_unit_with_its_former_code() -> None:
    # Given 0WNSF1 of 100 MW, which an answer two days later lists as WNSF1
    found = history(listed("0WNSF1"), gone("0WNSF1", T0 + 2 * DAY), listed("WNSF1", at=T0 + 2 * DAY))

    (unit,) = registry(found).units
    (plant,) = registry(found).plants
    assert (unit["unit_code"], unit["aliases"], unit["capacity_mw"]) == ("WNSF1", ["0WNSF1"], 100.0)
    assert (plant["capacity_mw"], plant["unit_count"]) == (100.0, 1)
    assert expected(found, SEEN) == expected(found, T0 + 5 * DAY) == {"WNSF1": 100.0}
    assert [(row["listed_as"], row["known_from_utc"]) for row in found.rows] == [("0WNSF1", T0), ("WNSF1", T0 + 2 * DAY)]
    codes = registry(found).unit_table().select(["unit_code", "counts_as"]).to_pylist()
    assert codes == [{"unit_code": "WNSF1", "counts_as": "WNSF1"}, {"unit_code": "0WNSF1", "counts_as": "WNSF1"}]


def test_a_rename_that_is_taken_back_is_still_one_unit() -> None:
    # Given A1, which is B1 for three answers and then A1 again, an answer after B1 went
    there, back = T0 + 2 * DAY, T0 + 4 * DAY
    rows = [listed("A1"), gone("A1", there), listed("B1", at=there), gone("B1", back), listed("A1", at=back + HOUR)]
    for until, code, alias in ((3, "B1", "A1"), (5, "A1", "B1")):
        found = history(*rows[:until])
        (unit,) = registry(found).units
        assert (unit["unit_code"], unit["aliases"]) == (code, [alias])
        assert expected(found, SEEN) == expected(found, T0 + 9 * DAY) == {code: 100.0}
    assert [row["listed_as"] for row in found.rows if row["is_listed"]] == ["A1", "B1", "A1"]


@pytest.mark.parametrize(
    ("rows", "units"),
    [
        # a provisional code that is seen to be gone only later, as answers were filtered until then
        ([listed("0WNSF1"), listed("WNSF1", at=T0 + DAY), gone("0WNSF1", T0 + 9 * DAY)], {"WNSF1"}),
        # the whole site renamed, the old code no longer asked for
        ([listed("0STUBBO1", plant="0STUBBOSF"), listed("STUBSF1", at=T0 + DAY, plant="STUBSF")], {"STUBSF1"}),
        # twice in a row
        ([listed("0A1"), gone("0A1", T0 + DAY), listed("A1", at=T0 + DAY), gone("A1", T0 + 2 * DAY),
          listed("B1", at=T0 + 2 * DAY)], {"B1"}),
        # two units at once, each to the code that is like its own
        ([listed("0AA1"), listed("0AA2"), gone("0AA1", T0 + DAY), gone("0AA2", T0 + DAY), listed("AA2", at=T0 + DAY),
          listed("AA1", at=T0 + DAY)], {"AA1", "AA2"}),
        # a second unit is built, the first is still there
        ([listed("0A1"), listed("A1", at=T0 + DAY)], {"0A1", "A1"}),
        # another size, another site, another time
        ([listed("A1"), gone("A1", T0 + DAY), listed("B1", 50.0, at=T0 + DAY)], {"A1", "B1"}),
        ([listed("A1"), gone("A1", T0 + DAY), listed("B1", at=T0 + DAY, plant="OTHER", latitude=-30.0)], {"A1", "B1"}),
        ([listed("A1"), gone("A1", T0 + DAY), listed("B1", at=T0 + 9 * DAY)], {"A1", "B1"}),
        # it came back: the other is another one
        ([listed("A1"), gone("A1", T0 + DAY), listed("B1", at=T0 + DAY), listed("A1", at=T0 + 2 * DAY)], {"A1", "B1"}),
    ],
)  # fmt: skip
def test_a_rename_is_told_from_a_second_unit(rows: list[dict[str, Any]], units: set[str]) -> None:
    found = registry(history(*rows))
    assert {unit["unit_code"] for unit in found.units} == units
    assert set(found.codes) == {row["unit_code"] for row in rows}
    aliases = {unit["unit_code"]: unit["aliases"] for unit in found.units}
    assert aliases.get("AA1", ["0AA1"]) == ["0AA1"]


# --- Retirement and absence


def without(*instants: datetime, **more: Any) -> dict[str, Any]:
    return {"answers": [Answer(at, **more) for at in instants]}


def test_a_unit_that_three_days_of_answers_leave_out_ended_on_the_first_of_them() -> None:
    absent = [listed("A1"), gone("A1", T0 + 10 * DAY)]
    first = MIDNIGHT + 10 * DAY
    two_days = [T0 + (10 + n / 24) * DAY for n in range(36)]
    assert expected(history(*absent, **without(*two_days)), T0 + 12 * DAY) == {"A1": 100.0}

    found = history(*absent, **without(*two_days, T0 + 12 * DAY))

    assert expected(found, first - HOUR) == {"A1": 100.0}
    assert expected(found, first) == {}
    (unit,), (plant,) = registry(found).units, registry(found).plants
    assert unit["retired_from_utc"] == first
    assert (plant["retired_date"], plant["capacity_mw"]) == (date(2025, 1, 19), None)
    assert found.rows[0]["known_to_utc"] == T0 + 10 * DAY  # last seen
    # and what one run found certain is so for the next, which has no answers to look at
    again = history(*absent, confirmed=frozenset({(("NEM", "A1"), T0 + 10 * DAY)}))
    assert again.rows == found.rows

    # When it returns it lives again, and was away in between
    back = history(*absent, listed("A1", at=T0 + 20 * DAY), **without(*[T0 + n * DAY for n in (10, 11, 12)]))
    assert expected(back, first) == expected(back, T0 + 20 * DAY - HOUR) == {}
    assert expected(back, first - HOUR) == expected(back, T0 + 20 * DAY) == {"A1": 100.0}
    assert registry(back).units[0]["retired_from_utc"] is None


@pytest.mark.parametrize(
    "more",
    [
        {"facility_codes": frozenset({"ANOTHER"})},  # narrowed by PV_FACILITIES
        {"excused": frozenset({"A1"})},  # its record could not be read
        {"excused": frozenset({"PLANT"})},
    ],
)
def test_an_answer_that_could_not_name_a_unit_is_no_absence_of_it(more: dict[str, Any]) -> None:
    answers = without(*[T0 + n * DAY for n in (10, 11, 12, 13)], **more)
    assert expected(history(listed("A1"), gone("A1", T0 + 10 * DAY), **answers), T0 + 14 * DAY) == {"A1": 100.0}


@pytest.mark.parametrize(
    ("unit", "readings", "retired_from"),
    [
        # the closure ends it
        ({"closure_date": date(2024, 6, 30)}, None, datetime(2024, 6, 30, 14, tzinfo=UTC)),
        # a closure given as a year, month, quarter ends with it
        ({"closure_date": date(2025, 1, 1), "closure_specificity": "year"}, None, datetime(2025, 12, 31, 14, tzinfo=UTC)),
        ({"closure_date": date(2024, 5, 1), "closure_specificity": "month"}, None, datetime(2024, 5, 31, 14, tzinfo=UTC)),
        ({"closure_date": date(2024, 5, 1), "closure_specificity": "quarter"}, None, datetime(2024, 6, 30, 14, tzinfo=UTC)),
        # and never before the last reading: not while it reports
        ({"closure_date": date(2024, 1, 1), "closure_specificity": "year"}, Readings(SEEN, T0 - HOUR), None),
        ({"closure_date": date(2023, 1, 1), "closure_specificity": "year"}, Readings(SEEN, T0 - 200 * DAY),
         T0 - 200 * DAY + HOUR),
        # retired without a date from the start: after its last reading, or never there
        ({"closure_date": None}, Readings(SEEN, T0 - 200 * DAY), T0 - 200 * DAY + HOUR),
        ({"closure_date": None}, None, SEEN),
    ],
)  # fmt: skip
def test_a_retired_unit_ends_with_its_closure(unit: dict[str, Any], readings: Any, retired_from: datetime | None) -> None:
    evidence = {"readings": {("NEM", "A1"): readings} if readings else {}, "newest_hour": T0}
    found = history(listed("A1", status_id="retired", **unit), **evidence)
    assert registry(found).units[0]["retired_from_utc"] == retired_from


def test_a_unit_called_retired_without_a_date_ended_when_it_was_first_called_so() -> None:
    found = history(listed("A1"), listed("A1", at=T0 + 5 * DAY, status_id="retired"), newest_hour=T0 + 6 * DAY)
    assert expected(found, T0 + 5 * DAY - HOUR) == {"A1": 100.0}
    assert expected(found, T0 + 5 * DAY) == {}


# --- Dates that are none


@pytest.mark.parametrize(
    ("unit", "first_reading", "commissioned_from"),
    [
        # a year is no day: the first reading counts
        ({"commencement_date": date(2025, 1, 1), "commencement_specificity": "year",
          "data_first_seen_utc": datetime(2025, 4, 8, 1, tzinfo=UTC)}, None, datetime(2025, 4, 8, 1, tzinfo=UTC)),
        ({"commencement_date": date(2025, 1, 1), "commencement_specificity": "year", "data_first_seen_utc": None},
         datetime(2025, 4, 8, 3, tzinfo=UTC), datetime(2025, 4, 8, 3, tzinfo=UTC)),
        ({"commencement_date": date(2025, 1, 1), "commencement_specificity": "decade", "data_first_seen_utc": None}, None,
         NEVER),
        ({"commencement_date": date(2025, 1, 1), "commencement_specificity": "day"}, None,
         datetime(2024, 12, 31, 14, tzinfo=UTC)),
        # no date at all: its first value
        ({"data_first_seen_utc": None}, T0 - HOUR, T0 - HOUR),
        ({"data_first_seen_utc": None}, None, NEVER),
        # committed: from its first value on, whatever its date promises
        ({"status_id": "committed", "commencement_date": date(2024, 1, 1)}, None, NEVER),
        ({"status_id": "committed", "commencement_date": date(2024, 1, 1)}, T0 - HOUR, T0 - HOUR),
    ],
)  # fmt: skip
def test_a_unit_counts_from_its_first_reading_where_no_day_is_known(
    unit: dict[str, Any], first_reading: datetime | None, commissioned_from: datetime
) -> None:
    readings = {("NEM", "A1"): Readings(first_reading, first_reading)} if first_reading else {}
    found = history(listed("A1", **unit), readings=readings)
    assert registry(found).units[0]["commissioned_from_utc"] == commissioned_from
    assert expected(found, commissioned_from - HOUR) == {}
    if commissioned_from == NEVER:
        assert registry(found).plants[0]["commissioned_date"] is None
        assert registry(found).plants[0]["capacity_mw"] is None
    else:
        assert expected(found, commissioned_from) == {"A1": 100.0}


# --- Capacity at the time


def test_an_upgrade_counts_from_when_the_registry_first_said_it() -> None:
    june = datetime(2025, 6, 1, tzinfo=UTC)
    found = history(listed("A1", 100.0), listed("A1", 150.0, at=june), listed("A1", 150.0, at=june + DAY, facility_name="x"))
    assert expected(found, SEEN) == expected(found, june - HOUR) == {"A1": 100.0}
    assert expected(found, june) == {"A1": 150.0}
    assert registry(found).units[0]["capacity_mw"] == 150.0
    assert len(found.rows) == 2


def test_a_reviewed_change_overrides_the_registry_for_its_days() -> None:
    june = datetime(2025, 6, 1, tzinfo=UTC)
    said = [listed("A1", 100.0), listed("A1", 150.0, at=june)]

    def change(start: datetime | None, end: datetime | None, mw: float) -> CapacityChange:
        return CapacityChange("NEM", "A1", start, end, mw, "AEMO")

    # a correction of the whole past, and an upgrade that the registry said a month late
    correction = history(*said, changes=[change(None, june, 110.0)])
    assert [expected(correction, at)["A1"] for at in (SEEN, june - HOUR, june)] == [110.0, 110.0, 150.0]
    upgrade = history(*said, changes=[change(june - 31 * DAY, june, 150.0)])
    assert [expected(upgrade, at)["A1"] for at in (SEEN, june - 32 * DAY, june - 31 * DAY, june)] == [100.0, 100.0, 150.0, 150.0]
    assert {row["capacity_source"] for row in upgrade.rows} == {"capacity_maximum", "capacity_changes.csv"}
    for_ever = history(*said, changes=[change(None, None, 120.0)])
    assert registry(for_ever).units[0]["capacity_mw"] == 120.0
    assert registry(for_ever).units[0]["capacity_source"] == "capacity_changes.csv"


def test_a_change_of_the_registry_touches_only_the_hours_whose_figures_it_changes() -> None:
    june = datetime(2025, 6, 1, 0, 30, tzinfo=UTC)
    steady = [listed("S1", plant="STEADY")]
    before, after = (registry(history(*steady, listed("A1"), *more)) for more in ([], [listed("A1", 150.0, at=june)]))
    moved = moved_hours(after, before)
    assert {plant: [start for start, _end in spans or ()] for plant, spans in moved.items()} == {"PLANT": [june]}

    lake = HourRanges.covering([Window(datetime(2025, 5, 1, tzinfo=UTC), datetime(2025, 7, 1, tzinfo=UTC))])
    run = HourRanges.covering([Window(T0, T0 + HOUR)])
    parts = passes(run, after, moved, lambda: lake)
    assert [part.plants for part in parts] == [None, frozenset({"PLANT"})]
    assert parts[1].hours.windows[0].start == datetime(2025, 5, 31, 23, tzinfo=UTC)
    assert moved_hours(after, after) == {}
    # What the run makes for all plants is not made once more
    inside = HourRanges.covering([Window(datetime(2025, 6, 3, tzinfo=UTC), datetime(2025, 6, 4, tzinfo=UTC))])
    rest = passes(inside, after, moved, lambda: lake)[1].hours.windows
    assert [(window.start.day, window.start.hour, window.end.day, window.end.hour) for window in rest] == [
        (31, 23, 2, 23),
        (4, 1, 1, 1),
    ]

    # Another code, another place or another state's coordinates touch all of them
    renamed = registry(history(*steady, listed("A1"), gone("A1", june), listed("B1", at=june)))
    assert moved_hours(renamed, before) == {"PLANT": None}
    late = registry(history(*steady, listed("B1", at=june)))
    assert moved_hours(renamed, late) == {"PLANT": None}  # the answer with the old code came late
    queensland = {"latitude": -26.25, "longitude": 149.99, "network_region": "VIC1"}
    astray = registry(history(*steady, listed("A1"), listed("A1", at=june, **queensland)))
    assert moved_hours(astray, before) == {"PLANT": None}
    assert [plant["plant_id"] for plant in astray.plant_table().to_pylist()] == ["STEADY"]


# --- Capacities that cannot be


def found_with(values: Sequence[tuple[datetime, float]], *rows: dict[str, Any]) -> History:
    return history(*rows, values={("NEM", "A1"): values})


SLIP = T0 + 30 * DAY


def test_a_capacity_that_the_history_contradicts_is_doubted_and_the_last_plausible_one_counts() -> None:
    slip = [listed("A1", 145.0), listed("A1", 3.8, at=SLIP)]
    found = found_with(days(140.0, SLIP, 10), *slip)
    assert expected(found, SEEN) == expected(found, SLIP) == {"A1": 145.0}
    assert registry(found).units[0]["capacity_mw"] == 145.0
    assert [(row["said_capacity_mw"], row["capacity_mw"], row["is_doubted"]) for row in found.rows] == [
        (145.0, 145.0, False),
        (3.8, 145.0, True),
    ]
    assert found.findings == [
        {"plant_id": "PLANT", "unit_code": "A1", "from_utc": SLIP, "to_utc": None, "rule": "capacity_suspect",
         "severity": "warning", "value": 3.8, "bound": 145.0, "cause": "registry_contradicted"}
    ]  # fmt: skip

    # and so it is in a run that takes the doubt from the one before
    assert history(*slip, doubted={("NEM", "A1"): frozenset({SLIP})}) == found
    # when the registry puts it right, its capacity is believed again
    right = found_with(days(140.0, SLIP, 10), *slip, listed("A1", 146.0, at=SLIP + DAY))
    assert expected(right, SLIP) == {"A1": 145.0}
    assert expected(right, SLIP + DAY) == {"A1": 146.0}


@pytest.mark.parametrize(
    ("said", "known", "causes"),
    [
        ((145.0, 3.8), 140.0, ["registry_contradicted"]),
        # what is made under it contradicts it as well as what was made before
        ((145.0, 50.0, 49.0), 140.0, ["registry_contradicted", "registry_contradicted"]),
        ((145.0, 1450.0), 140.0, ["absurd_rise"]),
        # held against the last plausible one, not against another slip
        ((145.0, 3.8, 30.0), 140.0, ["registry_contradicted", "registry_contradicted"]),
        ((3.8, 145.0), 140.0, ["registry_contradicted"]),
        ((145.0, 150.0), 140.0, []),
        # nearest to what is made, where all of them are contradicted
        ((53.0, 5.3), 106.0, ["registry_contradicted"]),
        ((53.0, 5.3, 530.0), 106.0, ["registry_contradicted", "absurd_rise"]),
    ],
)
def test_a_doubted_capacity_has_its_cause(said: tuple[float, ...], known: float, causes: list[str]) -> None:
    sayings = [listed("A1", mw, at=SLIP + DAY * number if number else T0) for number, mw in enumerate(said)]
    found = found_with(days(known, SLIP + DAY * 4, 14), *sayings)
    assert [finding["cause"] for finding in found.findings] == causes
    # a run that takes the doubts from the one before says the same
    doubted = frozenset(row["known_from_utc"] for row in found.rows if row["is_doubted"])
    assert history(*sayings, doubted={("NEM", "A1"): doubted}).findings == found.findings


@pytest.mark.parametrize(
    ("said", "values", "counted"),
    [
        # nothing was made yet: nothing contradicts
        ((145.0, 3.8), [], 3.8),
        # it really became smaller: two days of sun under it outweigh its past
        ((145.0, 50.0), [*days(140.0, SLIP, 10), *days(48.0, SLIP + 3 * DAY, 3)], 50.0),
        ((145.0, 50.0), [*days(140.0, SLIP, 10), *days(48.0, SLIP + DAY, 1)], 145.0),
        # and still makes what it made
        ((145.0, 3.8), days(140.0, SLIP + 5 * DAY, 15), 145.0),
        # a slip upwards, and an extension
        ((145.0, 1450.0), days(140.0, SLIP + 5 * DAY, 15), 145.0),
        ((20.0, 150.0), [*days(19.0, SLIP, 10), *days(90.0, SLIP + 2 * DAY, 2)], 150.0),
        ((100.0, 150.0), days(99.0, SLIP, 10), 150.0),
        # the first figure was the slip
        ((3.8, 145.0), days(140.0, SLIP, 10), 145.0),
        # a source that doubles its rows contradicts the right one too: the nearest to them stays, not none, and no slip upwards
        ((53.0, 5.3), days(106.0, SLIP + 5 * DAY, 15), 53.0),
        ((5.3, 53.0), days(106.0, SLIP + 5 * DAY, 15), 53.0),
        ((53.0, 530.0), days(106.0, SLIP + 5 * DAY, 15), 53.0),
    ],
)
def test_doubt_needs_most_of_the_history(said: tuple[float, float], values: Any, counted: float) -> None:
    found = found_with(values, listed("A1", said[0]), listed("A1", said[1], at=SLIP))
    assert expected(found, SLIP + 5 * DAY) == {"A1": counted}
    if said == (3.8, 145.0):
        assert expected(found, SEEN) == {"A1": 145.0}


def test_a_unit_that_is_split_keeps_its_past_and_nobody_is_counted_twice() -> None:
    # Given 300 MW that run at full power most of the day, split into twice 150 of which one keeps the code
    values = days(299.0, SLIP, 10, share=0.75)
    kept = found_with(values, listed("A1", 300.0), listed("A1", 150.0, at=SLIP), listed("A2", 150.0, at=SLIP))
    assert expected(kept, SEEN) == expected(kept, SLIP - HOUR) == {"A1": 300.0}
    assert expected(kept, SLIP) == {"A1": 150.0, "A2": 150.0}
    assert kept.findings == []

    # or into two of new codes
    new = history(listed("A1", 300.0), gone("A1", SLIP), listed("B1", 150.0, at=SLIP), listed("B2", 150.0, at=SLIP))
    assert expected(new, SLIP - HOUR) == {"A1": 300.0}
    assert expected(new, SLIP) == {"B1": 150.0, "B2": 150.0}
    (plant,) = registry(new).plants
    assert plant["capacity_mw"] == 300.0

    # while a second unit that is built beside it is no split
    built = found_with(values, listed("A1", 300.0), listed("A1", 3.8, at=SLIP), listed("A2", 150.0, at=SLIP))
    assert expected(built, SLIP) == {"A1": 300.0, "A2": 150.0}


def test_a_split_counts_for_the_hours_before_it_that_the_source_gives_by_the_new_units() -> None:
    # Given 300 MW, split into three times 100 of which one keeps the code, and two days a month before answered by all three:
    # one of the new units has no value on the second day, the other none in an hour of the first
    start = SLIP - 30 * DAY
    split = [listed("A1", 300.0), listed("A1", 100.0, at=SLIP), listed("A2", 100.0, at=SLIP), listed("A3", 100.0, at=SLIP)]
    with_a_gap = [(start, start + 9 * HOUR), (start + 10 * HOUR, start + 2 * DAY)]
    given = {("NEM", "A2"): [(start, start + DAY)], ("NEM", "A3"): with_a_gap}

    found = history(*split, restated=given)

    parts = {"A1": 100.0, "A2": 100.0, "A3": 100.0}
    assert [expected(found, start + hour * HOUR) for hour in (0, 9, 30, 47)] == [parts] * 4
    assert expected(found, start - HOUR) == expected(found, start + 2 * DAY) == expected(found, SLIP - HOUR) == {"A1": 300.0}
    assert expected(found, SLIP) == parts
    # and only these hours are rebuilt
    assert moved_hours(registry(found), registry(history(*split))) == {"PLANT": [(start, start + 2 * DAY)] * 3}


def test_a_split_known_within_a_day_of_its_first_values_counts_from_these_on() -> None:
    given = {("NEM", "B1"): [(SLIP - 20 * HOUR, SLIP - 9 * HOUR)]}
    split = [listed("A1", 300.0), gone("A1", SLIP), listed("B1", 150.0, at=SLIP), listed("B2", 150.0, at=SLIP)]
    found = history(*split, restated=given)
    assert expected(found, SLIP - 21 * HOUR) == {"A1": 300.0}
    assert expected(found, SLIP - 20 * HOUR) == expected(found, SLIP - HOUR) == {"B1": 150.0, "B2": 150.0}


def test_a_run_of_other_hours_takes_those_of_a_split_from_the_stored_history() -> None:
    """Without a session: nothing of Bronze is read."""
    start = SLIP - 30 * DAY
    split = [listed("A1", 300.0), listed("A1", 150.0, at=SLIP), listed("A2", 150.0, at=SLIP)]
    stored = history(*split, restated={("NEM", "A2"): [(start, start + DAY), (SLIP - 2 * DAY, SLIP - HOUR)]})
    later = HourRanges((Window(SLIP + DAY, SLIP + DAY + HOUR),))
    found = restated(None, units_of(split), by_unit(stored.rows), later)  # type: ignore[arg-type]
    assert history(*split, restated=found).rows == stored.rows


def test_a_second_unit_that_is_built_has_no_hours_before_it_was_listed_by_a_split() -> None:
    built = [listed("A1", 100.0), listed("A2", 100.0, at=SLIP, data_first_seen_utc=SLIP - DAY)]
    assert history(*built, restated={("NEM", "A2"): [(SLIP - 9 * DAY, SLIP)]}).rows == history(*built).rows


def test_the_spans_of_a_lake_of_the_last_version_are_those_of_its_units() -> None:
    found = registry(history(listed("A1")))
    former = Registry([unit | {"aliases": None} for unit in found.units], found.plants)
    assert former.spans == found.spans
    assert moved_hours(found, former) == {}
