"""What was said and is no longer: absent from complete answers or null, confirmed by a second one."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest

from include.windows import HOUR, Window
from spark_jobs.bronze.absences import CompleteAnswer, asked_units, complete_answers
from tests.spark.lakehouse import NOON, Lakehouse, facility, unit

EIGHT_PM = NOON + 8 * HOUR
WINDOW = Window(EIGHT_PM - HOUR, EIGHT_PM + HOUR)
GENERATION = "bronze.oe_generation_hourly_raw"

ABSENT = "absent"
# Unit -> what the four answers say of 20:00; every unit is a farm of 100 MW of its own. 70 minutes after the hour began all
# say 60 MWh; then come answers 1 h 59 min, 3 h and 4 h after its end. None: not asked for.
SAID: Mapping[str, tuple[Any, Any, Any, Any]] = {
    "STANDS": (60.0, 60.0, 60.0, 60.0),
    "ENDS": (60.0, 60.0, ABSENT, ABSENT),
    "NULLED": (60.0, 60.0, "null", "null"),
    "MIXED": (60.0, 60.0, "null", ABSENT),
    "ONCE": (60.0, 60.0, 60.0, ABSENT),
    "NULLONCE": (60.0, 60.0, 60.0, "null"),
    "RETURNS": (60.0, 60.0, ABSENT, 60.0),
    "REVISED": (60.0, 60.0, ABSENT, 61.0),
    "YOUNG": (60.0, ABSENT, 60.0, ABSENT),
    "YOUNGNULL": (60.0, "null", None, None),
    "YOUNGTHENOLD": (60.0, "null", "null", "null"),
    "NOTASKED": (60.0, 60.0, None, None),
    "NEVER": (ABSENT, ABSENT, ABSENT, ABSENT),
    "ONLYNULL": ("null", "null", "null", "null"),
}
FETCHED_AT = [EIGHT_PM + HOUR + after for after in (timedelta(minutes=10), timedelta(minutes=119), 3 * HOUR, 4 * HOUR)]


def series(values: Mapping[str, Any], left_out: Iterable[str] = ()) -> dict[str, dict[datetime, float | None]]:
    """50 MWh at 19:00 and what is said of 20:00."""
    at_eight = {code: {} if said == ABSENT else {EIGHT_PM: None if said == "null" else said} for code, said in values.items()}
    return {code: {EIGHT_PM - HOUR: 50.0} | hour for code, hour in at_eight.items() if code not in left_out}


def land_answers(lakehouse: Lakehouse) -> list[str]:
    """Land the four answers and some of other farms. WHOLLY is left out as a unit, with both of its hours."""
    codes = [*SAID, "WHOLLY"]
    keys = [lakehouse.facilities(*[facility(code, unit(code)) for code in (*codes, "PARTLY", "OTHER", "EMPTIED")])]
    for number, at in enumerate(FETCHED_AT):
        said = {code: values[number] for code, values in SAID.items() if values[number] is not None} | {"WHOLLY": 60.0}
        left_out = ["WHOLLY"] if number > 1 else []
        answer = series(said, left_out)
        keys.append(lakehouse.generation(answer, window=WINDOW, power=True, codes=[*said], fetched_at=at))
    pair = {"PARTLY": 60.0, "OTHER": 60.0}
    first = series(pair | {"EMPTIED": 60.0})
    keys.append(lakehouse.generation(first, window=WINDOW, codes=[*pair, "EMPTIED"], fetched_at=FETCHED_AT[0] + HOUR / 60))
    unreadable: Any = {"OTHER": {EIGHT_PM: 60.0, EIGHT_PM - HOUR: "n/a"}}
    for at in FETCHED_AT[2:]:
        keys.append(lakehouse.generation(unreadable, window=WINDOW, codes=[*pair], fetched_at=at + HOUR / 60))
        keys.append(lakehouse.generation({}, window=WINDOW, codes=["EMPTIED"], fetched_at=at + HOUR / 30))
    return keys


def bronze(lakehouse: Lakehouse) -> list[dict[str, Any]]:
    rows = lakehouse.spark.table(GENERATION).toArrow().to_pylist()
    return sorted(rows, key=lambda row: (row["unit_code"], row["metric"], row["ts_utc"], row["_ingest_time"]))


def test_silences_become_rows_once_and_once_more_and_then_refuse_the_value(lakehouse: Lakehouse) -> None:
    land_answers(lakehouse)
    lakehouse.load()
    wanted = bronze(lakehouse)
    requests = lakehouse.rows("bronze.api_requests", "fetched_at", "outcome", "changed_hours", "facility_codes")
    lakehouse.normalize(EIGHT_PM, now=FETCHED_AT[-1])
    check_silver(lakehouse)

    def chain(code: str) -> list[Any]:
        of_hour = [row for row in wanted if (row["unit_code"], row["metric"], row["ts_utc"]) == (code, "energy", EIGHT_PM)]
        return [(row["value"], row["is_absent"], FETCHED_AT.index(row["_ingest_time"])) for row in of_hour]

    assert {code: chain(code) for code in (*SAID, "WHOLLY")} == {
        "STANDS": [(60.0, None, 0)],
        "ENDS": [(60.0, None, 0), (None, True, 2), (None, True, 3)],
        "NULLED": [(60.0, None, 0), (None, None, 2), (None, None, 3)],
        "MIXED": [(60.0, None, 0), (None, None, 2), (None, True, 3)],
        "ONCE": [(60.0, None, 0), (None, True, 3)],
        "NULLONCE": [(60.0, None, 0), (None, None, 3)],
        "RETURNS": [(60.0, None, 0), (None, True, 2), (60.0, None, 3)],
        "REVISED": [(60.0, None, 0), (None, True, 2), (61.0, None, 3)],
        "YOUNG": [(60.0, None, 0), (None, True, 3)],
        "YOUNGNULL": [(60.0, None, 0), (None, None, 1)],
        "YOUNGTHENOLD": [(60.0, None, 0), (None, None, 1), (None, None, 2), (None, None, 3)],
        "NOTASKED": [(60.0, None, 0)],
        "NEVER": [],
        "ONLYNULL": [(None, None, 0)],
        "WHOLLY": [(60.0, None, 0), (None, True, 2), (None, True, 3)],
    }
    # both metrics, both hours of a unit that is left out; nothing for what is only partly read or empty
    assert sum(row["unit_code"] == "WHOLLY" and row["is_absent"] is True for row in wanted) == 8
    assert not [row for row in wanted if row["unit_code"] in {"PARTLY", "OTHER", "EMPTIED"} and row["value"] is None]
    hashes = {row["is_absent"]: row["_hash"] for row in wanted if row["unit_code"] == "MIXED" and row["value"] is None
              and row["metric"] == "energy"}  # fmt: skip
    assert hashes[True] == hashes[None]
    third = next(row for row in requests if row["fetched_at"] == FETCHED_AT[2])
    assert (third["outcome"], third["changed_hours"]) == ("ok", [EIGHT_PM - HOUR, EIGHT_PM])
    assert set(third["facility_codes"]) == {code for code, said in SAID.items() if said[2] is not None} | {"WHOLLY"}


@pytest.mark.long
def test_silences_are_the_same_in_another_order_of_arrival(lakehouse: Lakehouse) -> None:
    keys = land_answers(lakehouse)
    lakehouse.load()
    wanted = bronze(lakehouse)
    landed = {key: (lakehouse.root / key).read_bytes() for key in keys}
    for key in landed:
        (lakehouse.root / key).unlink()
    lakehouse.empty_tables()
    others = [key for n, key in enumerate(keys) if n not in (0, 1, 4, 6)]
    for arrivals in ([keys[4], keys[6]], [keys[1]], others, [keys[0]]):  # the registry last
        for key in arrivals:
            (lakehouse.root / key).write_bytes(landed[key])
        lakehouse.load(batch=3)
    assert bronze(lakehouse) == wanted


def check_silver(lakehouse: Lakehouse) -> None:
    """What two answers no longer say is refused, what one does not is doubted, and both are revisions."""
    rows = lakehouse.spark.table("silver.fact_generation_hourly").toArrow().to_pylist()
    hours = {row["plant_id"]: row for row in rows if row["ts_utc"] == EIGHT_PM}
    refused = lakehouse.rows("silver.rejected_rows", "unit_code", "metric", "ts_utc", "value", "reason", "detail")
    withdrawn = {"ENDS", "NULLED", "MIXED", "YOUNGTHENOLD", "WHOLLY"}
    unconfirmed = {"ONCE", "NULLONCE", "YOUNG"}
    assert {code for code, row in hours.items() if row["energy_mwh"] is None} == withdrawn | {"ONLYNULL"}
    assert {code for code, row in hours.items() if "withdrawal_unconfirmed" in row["quality_flags"]} == unconfirmed
    assert {hours[code]["energy_mwh"] for code in hours.keys() - withdrawn - {"ONLYNULL", "REVISED"}} == {60.0}
    assert hours["REVISED"]["energy_mwh"] == 61.0
    assert {(row["unit_code"], row["metric"]) for row in refused if row["ts_utc"] == EIGHT_PM} == {
        (code, metric) for code in withdrawn for metric in ("energy", "power")
    }
    assert {(row["value"], row["reason"]) for row in refused if row["ts_utc"] == EIGHT_PM} == {(60.0, "withdrawn")}
    (ends,) = [row["detail"] for row in refused if (row["unit_code"], row["metric"]) == ("ENDS", "energy")]
    assert ends == "new at 2025-01-02T11:10:00Z, no longer said from 2025-01-02T14:00:00Z on"
    revised = {code for code, row in hours.items() if row["revision"] > 0}
    assert revised == SAID.keys() - {"STANDS", "NOTASKED", "NEVER", "ONLYNULL"} | {"WHOLLY"}
    assert {hours[code]["units_rejected"] for code in ("ENDS", "WHOLLY", "ONCE")} == {0, 1}


def head(**changes: Any) -> dict[str, Any]:
    whole = {
        "request_id": "r", "network_id": "NEM", "facility_codes": ["A"], "outcome": "ok", "run_type": "scheduled",
        "window_start_utc": EIGHT_PM - HOUR, "window_end_utc": EIGHT_PM + HOUR, "fetched_at": EIGHT_PM + 3 * HOUR,
        "is_complete": True,
    }  # fmt: skip
    return whole | changes


@pytest.mark.parametrize(
    ("changes", "last"),
    [
        ({}, EIGHT_PM),
        ({"fetched_at": EIGHT_PM + 3 * HOUR - timedelta(seconds=1)}, EIGHT_PM - timedelta(seconds=1)),
        ({"fetched_at": EIGHT_PM + HOUR}, None),
        ({"outcome": "partial"}, EIGHT_PM),  # of market values
        ({"outcome": "partial", "is_complete": False}, None),
        ({"outcome": "empty"}, None),
        ({"facility_codes": []}, None),
        ({"facility_codes": None}, None),
    ],
)
def test_an_hour_counts_from_two_hours_after_its_end_and_only_a_whole_answer_speaks(
    changes: dict[str, Any], last: datetime | None
) -> None:
    assert [answer.last for answer in complete_answers([head(**changes)], is_new=True)] == ([last] if last else [])


def test_a_unit_is_asked_for_by_any_facility_it_was_ever_listed_at_in_its_network() -> None:
    answers: list[CompleteAnswer] = complete_answers([head(), head(request_id="s", network_id="WEM")], is_new=True)
    asked = asked_units(answers, {("NEM", "U1"): {"OLD", "A"}, ("NEM", "U2"): {"B"}, ("WEM", "U1"): {"A"}})
    found = {(row["network_id"], row["unit_code"]): [of["request_id"] for of in row["answers"]] for row in asked.to_pylist()}
    assert found == {("NEM", "U1"): ["r"], ("WEM", "U1"): ["s"]}
