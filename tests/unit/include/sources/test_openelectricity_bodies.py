"""Recorded bodies, and a table of bodies that must not be believed."""

# ruff: noqa: E501 - a table of complaints reads better uncut

import copy
import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest

from include.paths import PROJECT_ROOT
from include.sources.landing import Context
from include.sources.openelectricity.bodies import facility_names
from include.sources.readings import Coverage, read_envelope
from tests.unit.envelopes import generation_body, generation_envelope, registry_body, registry_envelope

RECORDED = PROJECT_ROOT / "infra/upstream/recorded/bodies"
REGISTRY_COLUMNS = [
    "network_id", "facility_code", "facility_name", "network_region", "latitude", "longitude", "unit_code", "fueltech_id",
    "status_id", "dispatch_type", "capacity_registered_mw", "capacity_maximum_mw", "commencement_date",
    "commencement_specificity", "closure_date", "closure_specificity", "data_first_seen_utc",
]  # fmt: skip


def recorded(name: str) -> str:
    return (RECORDED / name).read_text(encoding="utf-8")


# --- Registry


def test_the_registry_gives_a_row_for_each_solar_unit() -> None:
    reading = read_envelope(registry_envelope(registry_body()))
    assert (reading.outcome, reading.detail, reading.api_version, reading.credits) == ("ok", None, "4.5.11", 1.0)
    assert reading.rows == [
        {
            "network_id": "NEM", "facility_code": "FINLEYSF", "facility_name": "Finley", "network_region": "NSW1",
            "latitude": -35.64421, "longitude": 145.508644, "unit_code": "FINLYSF1", "fueltech_id": "solar_utility",
            "status_id": "operating", "dispatch_type": "GENERATOR", "capacity_registered_mw": 162.36,
            "capacity_maximum_mw": 133.0, "commencement_date": date(2019, 7, 1), "commencement_specificity": None,
            "closure_date": None, "closure_specificity": None,
            "data_first_seen_utc": datetime(2019, 8, 1, 23, tzinfo=UTC),
        }
    ]  # fmt: skip


def test_the_recorded_registry_of_v4_2_is_read_and_coal_left_out() -> None:
    reading = read_envelope(registry_envelope(recorded("facilities_5_v4.2.4_2025-09-04.json")))
    assert (reading.outcome, reading.api_version) == ("ok", "4.2.4")
    (royalla,) = reading.rows
    assert list(royalla) == REGISTRY_COLUMNS
    assert (royalla["unit_code"], royalla["capacity_registered_mw"], royalla["capacity_maximum_mw"]) == ("ROYALLA1", 20.0, None)
    assert (royalla["latitude"], royalla["longitude"]) == (None, None)


@pytest.mark.parametrize("offset", ["+08:00", "+10:00", "+11:00", "Z", ""])
@pytest.mark.parametrize(("network", "hour_utc"), [("NEM", 23), ("WEM", 1)])
def test_the_zone_comes_from_the_network_never_from_the_leaked_offset(network: str, hour_utc: int, offset: str) -> None:
    body = registry_body()
    body["data"][0] |= {"network_id": network}
    body["data"][0]["units"][0]["data_first_seen"] = f"2019-08-02T09:00:00{offset}"
    (row,) = read_envelope(registry_envelope(body)).rows
    assert row["data_first_seen_utc"].hour == hour_utc


def test_an_absent_and_a_zero_capacity_are_both_unknown() -> None:
    body = registry_body()
    unit = body["data"][0]["units"][0]
    del unit["capacity_registered"]
    unit["capacity_maximum"] = 0
    (row,) = read_envelope(registry_envelope(body)).rows
    assert (row["capacity_registered_mw"], row["capacity_maximum_mw"]) == (None, None)


@pytest.mark.parametrize(
    ("said", "specificity", "read"),
    [
        ("2025-01-01", "year", date(2025, 1, 1)),
        ("2025-01-01T00:00:00+10:00", "year", date(2025, 1, 1)),
        ("2025", "year", date(2025, 1, 1)),
        ("2025-06", "month", date(2025, 6, 1)),
        ("2025-Q2", "quarter", date(2025, 4, 1)),
        # a date that is less than its specificity promises cannot be read
        ("2025", None, None),
        ("2025", "day", None),
        ("2025-13", "month", None),
        ("0025", "year", None),
    ],
)
def test_a_date_may_be_as_coarse_as_its_specificity_says(said: str, specificity: str | None, read: date | None) -> None:
    body = registry_body()
    other = copy.deepcopy(body["data"][0])
    body["data"].append(other | {"code": "OTHER"})
    body["data"][0]["units"][0] |= {"closure_date": said, "closure_date_specificity": specificity}
    rows = {row["facility_code"]: row for row in read_envelope(registry_envelope(body)).rows}
    found = rows.get("FINLEYSF", {})
    assert (found.get("closure_date"), found.get("closure_specificity")) == (read, specificity if read else None)
    assert "OTHER" in rows


def test_an_answer_knows_whether_what_it_does_not_name_is_not_there() -> None:
    def coverage(body: dict[str, Any], *params: tuple[str, str]) -> Coverage | None:
        return read_envelope(registry_envelope(body, params=params)).coverage

    body = registry_body()
    unfiltered = (("fueltech_id", "solar_utility"), ("network_id", "NEM"), ("network_id", "WEM"))
    assert coverage(body) == coverage(body, *unfiltered) == Coverage(is_complete=True)
    assert coverage(body, *unfiltered, ("facility_code", "FINLEYSF")) == Coverage(is_complete=True)
    for narrowed in (("status_id", "operating"), ("network_region", "NSW1")):
        assert coverage(body, *unfiltered, narrowed) == Coverage(is_complete=False)
    assert coverage(body, ("network_id", "NEM")) == Coverage(is_complete=False)
    assert coverage(body | {"total_records": 2}) == Coverage(is_complete=False)

    # Records that cannot be read are named all the same, unless they have no code at all
    body["data"] += [copy.deepcopy(body["data"][0]) | {"code": "BAD"}, copy.deepcopy(body["data"][0]) | {"code": ""}]
    body["total_records"] = 3
    in_body("units", 0, "status_id", to=5)(body["data"][1])
    assert coverage(body) == Coverage(is_complete=True, excused=("BAD", "FINLYB1", "FINLYSF1"))
    body["data"][2]["units"] = 7
    assert coverage(body) == Coverage(is_complete=False, excused=("BAD", "FINLYB1", "FINLYSF1"))


def test_of_an_answer_about_more_than_was_wanted_the_wanted_is_kept() -> None:
    body = registry_body()
    body["data"].append(copy.deepcopy(body["data"][0]) | {"code": "OTHER"})
    body["data"][0]["units"][0]["status_id"] = 5
    reading = read_envelope(registry_envelope(body, context=Context(facility_codes=("OTHER",))))
    assert (reading.outcome, [row["facility_code"] for row in reading.rows]) == ("ok", ["OTHER"])
    assert facility_names(json.dumps(body)) == {"FINLEYSF": "Finley", "OTHER": "Finley"}


def test_everything_that_may_be_absent_may_be_absent() -> None:
    body = {"data": [{"code": "A", "network_id": "WEM", "units": [{"code": "A1", "fueltech_id": "solar_utility"}]}]}
    reading = read_envelope(registry_envelope(body))
    (row,) = reading.rows
    assert list(row) == REGISTRY_COLUMNS
    assert {name for name, value in row.items() if value is not None} == {
        "network_id",
        "facility_code",
        "unit_code",
        "fueltech_id",
    }
    assert reading.api_version is None


def test_a_registry_without_solar_is_empty() -> None:
    body = registry_body()
    body["data"][0]["units"].pop(0)
    assert read_envelope(registry_envelope(body)).outcome == "empty"


# --- Time series


def test_a_time_series_gives_a_row_for_each_point_nulls_included() -> None:
    reading = read_envelope(generation_envelope(generation_body()))
    assert (reading.outcome, reading.detail, reading.api_version) == ("ok", None, "4.5.11")
    assert len(reading.rows) == 8
    assert reading.rows[1] == {
        "network_id": "NEM", "unit_code": "EMERASF1", "metric": "energy",
        "ts_utc": datetime(2025, 1, 2, 20, tzinfo=UTC), "value": 23.4917, "value_unit": "MWh",
    }  # fmt: skip
    assert [row["value"] for row in reading.rows if row["ts_utc"].hour == 21] == [None, None]
    assert {(row["metric"], row["value_unit"]) for row in reading.rows} == {("energy", "MWh"), ("power", "MW")}


def test_the_shape_of_v4_3_with_null_keys_reads_the_same() -> None:
    old = generation_body() | {"version": "4.3.0", "error": None, "total_records": None}
    assert read_envelope(generation_envelope(old)).rows == read_envelope(generation_envelope(generation_body())).rows


def as_v4_0(body: dict[str, Any], points_behind_hours: int) -> dict[str, Any]:
    """`start`/`end` in naive network time and points in Z."""
    body = copy.deepcopy(body)
    for block in body["data"]:
        block["start"], block["end"] = (block.pop(name).removesuffix("+10:00") for name in ("date_start", "date_end"))
        for point in block["results"][0]["data"]:
            at = datetime.fromisoformat(point[0]).astimezone(UTC)
            point[0] = f"{at.replace(hour=at.hour - points_behind_hours):%Y-%m-%dT%H:%M:%SZ}"
    return body


@pytest.mark.parametrize("points_behind_hours", [0, 1], ids=["winter", "Sydney's summer hour"])
def test_the_shape_of_v4_0_reads_the_same_also_in_summer(points_behind_hours: int) -> None:
    old = as_v4_0(generation_body(), points_behind_hours)
    assert read_envelope(generation_envelope(old)).rows == read_envelope(generation_envelope(generation_body())).rows


def test_v4_0_points_that_contradict_their_bounds_otherwise_are_refused() -> None:
    reading = read_envelope(generation_envelope(as_v4_0(generation_body(), 2)))
    assert reading.outcome == "invalid"
    assert (reading.detail or "").startswith("$.data[0].start: expected the first point's time")


def test_the_recorded_body_of_v4_0_begins_at_network_midnight() -> None:
    params = (("metrics", "energy"), ("metrics", "market_value"), ("interval", "1d"))
    text = recorded("facility_data_BANGOWF_1d_v4.0.3_legacy_shape.json")
    reading = read_envelope(generation_envelope(text, params=params, window=None))
    assert (reading.outcome, reading.api_version, len(reading.rows)) == ("ok", "4.0.3.dev0", 12)
    assert [(row["metric"], row["value_unit"]) for row in reading.rows[::6]] == [("energy", "MWh"), ("market_value", "$")]
    assert (reading.rows[0]["ts_utc"], reading.rows[0]["value"]) == (datetime(2025, 2, 12, 14, tzinfo=UTC), 931.4554)


def test_points_outside_the_window_are_left_out_and_counted() -> None:
    body = generation_body()
    body["data"][0]["results"][0]["data"].append(["2025-01-03T09:00:00+10:00", 5.5])
    reading = read_envelope(generation_envelope(body))
    assert (reading.outcome, len(reading.rows)) == ("ok", 8)
    assert reading.detail == "1 points outside the window were left out"


def test_a_western_body_is_read_in_western_time() -> None:
    text = json.dumps(generation_body()).replace('"NEM"', '"WEM"').replace("+10:00", "+08:00")
    reading = read_envelope(generation_envelope(text, network="WEM", window=None))
    assert reading.rows[0]["ts_utc"] == datetime(2025, 1, 2, 21, tzinfo=UTC)
    assert reading.rows[0]["network_id"] == "WEM"


@pytest.mark.parametrize(
    "body", [{"success": True, "data": []}, generation_body() | {"data": [generation_body()["data"][0] | {"results": []}]}]
)
def test_an_answer_without_points_is_empty(body: dict[str, Any]) -> None:
    assert read_envelope(generation_envelope(body)).outcome == "empty"


# --- Bodies that must not be believed


def in_body(*path: str | int, to: Any = "DELETE") -> Callable[[dict[str, Any]], None]:
    def change(body: Any) -> None:
        for step in path[:-1]:
            body = body[step]
        if to == "DELETE":
            del body[path[-1]]
        else:
            body[path[-1]] = to

    return change


BLOCK, RESULT, POINTS = ("data", 0), ("data", 0, "results", 0), ("data", 0, "results", 0, "data")
MALFORMED_SERIES = [
    (in_body(*POINTS, 1, 1, to="abc"), '$.data[0].results[0].data[1][1]: expected number or null, got "abc"'),
    (in_body(*POINTS, 1, 1, to=True), "$.data[0].results[0].data[1][1]: expected number or null, got true"),
    (in_body(*POINTS, 1, 1, to="12.5"), '$.data[0].results[0].data[1][1]: expected number or null, got "12.5"'),
    (in_body(*POINTS, 1, 1, to=10**400), "$.data[0].results[0].data[1][1]: expected number or null, got 1000"),
    (in_body(*POINTS, 1, 1, to=float("nan")), "$.data[0].results[0].data[1][1]: expected number or null, got nan"),
    (in_body(*POINTS, 1, 1, to=float("-inf")), "$.data[0].results[0].data[1][1]: expected number or null, got -inf"),
    (in_body(*POINTS, 1, to=["2025-01-03T06:00:00+10:00"]), "$.data[0].results[0].data[1]: expected an array of two, got an array"),
    (in_body(*POINTS, 1, 0, to=1735689600), "$.data[0].results[0].data[1][0]: expected text, got 1735689600"),
    (in_body(*POINTS, 1, 0, to="yesterday"), '$.data[0].results[0].data[1][0]: expected an ISO 8601 time, got "yesterday"'),
    (in_body(*POINTS, 1, 0, to="2025-01-03T06:00:00"), "$.data[0].results[0].data[1][0]: expected a time at +10:00 or in Z"),
    (in_body(*POINTS, 1, 0, to="2025-01-03T06:00:00+08:00"), "$.data[0].results[0].data[1][0]: expected a time at +10:00 or in Z"),
    (in_body(*POINTS, 1, 0, to="2025-01-03T06:05:00+10:00"), "$.data[0].results[0].data[1][0]: expected a time on the hour"),
    (in_body(*POINTS, to={}), "$.data[0].results[0].data: expected an array, got an object of 0"),
    (in_body(*RESULT, "columns", to={}), "$.data[0].results[0].columns.unit_code: expected text, got nothing"),
    (in_body(*RESULT, "columns", to=[]), "$.data[0].results[0].columns: expected an object, got an array of 0"),
    (in_body(*RESULT, "columns", "unit_code", to="U\x00"), "$.data[0].results[0].columns.unit_code: expected text without lone"),
    (in_body(*RESULT, "columns", "unit_code", to="\ud800"), "$.data[0].results[0].columns.unit_code: expected text without lone"),
    (in_body(*BLOCK, "network_code", to="WEM"), '$.data[0].network_code: expected "NEM", got "WEM"'),
    (in_body(*BLOCK, "metric", to="price"), '$.data[0].metric: expected "energy" or "power", got "price"'),
    (in_body(*BLOCK, "unit", to="GWh"), '$.data[0].unit: expected "MWh", got "GWh"'),
    (in_body(*BLOCK, "interval", to="5m"), '$.data[0].interval: expected "1h", got "5m"'),
    (in_body(*BLOCK, "results"), "$.data[0].results: expected an array, got nothing"),
    (in_body("data"), "$.data: expected an array, got nothing"),
    (in_body("data", to=None), "$.data: expected an array, got null"),
    (in_body("success", to=False), "$.success: expected true, got false"),
    (in_body("error", to="boom"), '$.error: expected no error in an answer of status 200, got "boom"'),
    (in_body("version", to=4.5), "$.version: expected text, got 4.5"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("change", "complaint"), MALFORMED_SERIES, ids=[complaint[:70] for _change, complaint in MALFORMED_SERIES]
)
def test_a_malformed_series_gives_no_row_of_what_is_malformed_and_names_its_path(
    change: Callable[[Any], None], complaint: str
) -> None:
    sound = read_envelope(generation_envelope(generation_body())).rows
    body = generation_body()
    change(body)
    reading = read_envelope(generation_envelope(body))
    if not complaint.startswith("$.data[0].results["):  # the frame: then nothing in it can be trusted
        assert (reading.outcome, reading.rows) == ("invalid", [])
        assert (reading.detail or "").startswith(complaint)
        return
    assert reading.outcome == "partial"
    assert [str(refusal)[: len(complaint)] for refusal in reading.refused] == [complaint]
    assert f"1 record refused, the first: {complaint}" in (reading.detail or "")
    is_one_point = ".data[" in complaint.split("results[0]")[1]
    assert len(sound) - len(reading.rows) == (1 if is_one_point else len(generation_body()["data"][0]["results"][0]["data"]))
    assert [row for row in sound if row in reading.rows] == reading.rows


def test_a_unit_that_comes_twice_is_there_once_or_refused_alone() -> None:
    sound = read_envelope(generation_envelope(generation_body())).rows
    body = generation_body()
    twice = copy.deepcopy(body["data"][0]["results"][0])
    body["data"][0]["results"].append(twice)
    assert read_envelope(generation_envelope(body)) == read_envelope(generation_envelope(generation_body()))

    twice["data"][1][1] = 77.7
    reading = read_envelope(generation_envelope(body))
    gone = [row for row in sound if row not in reading.rows]
    assert reading.outcome == "partial"
    assert {(row["unit_code"], row["metric"]) for row in gone} == {(twice["columns"]["unit_code"], body["data"][0]["metric"])}
    assert len(gone) == len(twice["data"])
    assert [refusal.path for refusal in reading.refused] == ["$.data"]


def test_the_only_point_that_cannot_be_read_makes_the_answer_invalid() -> None:
    body = generation_body()
    for block in body["data"]:
        for result in block["results"]:
            result["data"] = [["yesterday", 1.0]]
    reading = read_envelope(generation_envelope(body))
    assert (reading.outcome, reading.rows) == ("invalid", [])


SITE, UNIT = ("data", 0), ("data", 0, "units", 0)
MALFORMED_REGISTRY = [
    (in_body(*SITE, "network_id", to="nem"), '$.data[0].network_id: expected "NEM" or "WEM", got "nem"'),
    (in_body(*SITE, "code"), "$.data[0].code: expected text, got nothing"),
    (in_body(*SITE, "code", to=""), '$.data[0].code: expected text, got ""'),
    (in_body(*SITE, "location", "lat", to="-35"), '$.data[0].location.lat: expected number, got "-35"'),
    (in_body(*SITE, "location", "lat", to=145.5), "$.data[0].location.lat: expected degrees within 90, got 145.5"),
    (in_body(*SITE, "location", to=[-35.6, 145.5]), "$.data[0].location: expected an object, got an array of 2"),
    (in_body(*SITE, "units", to={}), "$.data[0].units: expected an array, got an object of 0"),
    (in_body(*UNIT, "code"), "$.data[0].units[0].code: expected text, got nothing"),
    (in_body(*UNIT, "capacity_maximum", to="133"), '$.data[0].units[0].capacity_maximum: expected number, got "133"'),
    (in_body(*UNIT, "capacity_maximum", to=-1), "$.data[0].units[0].capacity_maximum: expected a capacity of 0 MW or more, got -1"),
    (in_body(*UNIT, "data_first_seen", to="soon"), '$.data[0].units[0].data_first_seen: expected an ISO 8601 date or time, got "soon"'),
    (in_body(*UNIT, "data_first_seen", to="0001-01-01T00:00:00"), "$.data[0].units[0].data_first_seen: expected a year between 1900"),
    (in_body(*UNIT, "commencement_date", to=20190701), "$.data[0].units[0].commencement_date: expected text, got 20190701"),
    (in_body("data", to={}), "$.data: expected an array, got an object of 0"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("change", "complaint"), MALFORMED_REGISTRY, ids=[complaint[:70] for _change, complaint in MALFORMED_REGISTRY]
)
def test_a_malformed_registry_is_invalid_names_its_path_and_gives_no_row(change: Callable[[Any], None], complaint: str) -> None:
    body = registry_body()
    change(body)
    reading = read_envelope(registry_envelope(body))
    assert reading.outcome == "invalid"
    assert (reading.detail or "").startswith(complaint)
    assert reading.rows == []


@pytest.mark.parametrize(
    "text",
    ["", "<html><body>502</body></html>", json.dumps(generation_body())[:300], b"\xff\xfe\x00", "[" * 100_000, "{'a': 1}", "1" * 5000],
    ids=["nothing", "html", "cut", "not utf-8", "too deep", "no json", "too long a number"],
)  # fmt: skip
def test_a_200_that_is_not_json_is_an_error_worth_asking_again(text: str | bytes) -> None:
    reading = read_envelope(generation_envelope(text))
    assert (reading.outcome, reading.rows) == ("error", [])
    assert (reading.detail or "").startswith("not JSON")
    assert len(reading.detail or "") <= 500


def test_records_of_the_registry_that_cannot_be_read_are_refused_alone() -> None:
    body = registry_body()
    sound = body["data"][0]
    for number, change in enumerate(
        [
            in_body("units", 0, "capacity_maximum", to=-1),
            in_body("units", 0, "status_id", to=5),
            in_body("units", 0, "commencement_date", to="2019"),
            in_body("code", to=""),
        ]
    ):
        site = copy.deepcopy(sound)
        site["code"] = f"SITE{number}"
        change(site)
        body["data"].append(site)

    reading = read_envelope(registry_envelope(body))

    assert reading.outcome == "partial"
    assert reading.rows == read_envelope(registry_envelope(registry_body())).rows
    assert [refusal.path for refusal in reading.refused] == [
        "$.data[1].units[0].capacity_maximum",
        "$.data[2].units[0].status_id",
        "$.data[3].units[0].commencement_date",
        "$.data[4].code",
    ]
    assert "4 records refused, the first: $.data[1].units[0].capacity_maximum" in (reading.detail or "")


def test_a_unit_that_is_listed_twice_is_there_once_or_refused() -> None:
    body = registry_body()
    body["data"][0]["units"].append(copy.deepcopy(body["data"][0]["units"][0]))
    assert read_envelope(registry_envelope(body)) == read_envelope(registry_envelope(registry_body()))

    body["data"][0]["units"][-1]["capacity_maximum"] = 1.5
    reading = read_envelope(registry_envelope(body))
    assert (reading.outcome, len(reading.refused)) == ("partial", 1)
    assert str(reading.refused[0]).startswith("$.data[0].units[2]: expected each unit once")


@pytest.mark.parametrize("token", ["nan", "-inf"])
def test_a_bare_nan_is_invalid_wherever_it_stands(token: str) -> None:
    text = json.dumps(generation_body()).replace('"groupings": []', f'"groupings": [{token}]', 1)
    reading = read_envelope(generation_envelope(text))
    assert (reading.outcome, reading.rows) == ("invalid", [])
    assert token.lower().removeprefix("-")[:3] in (reading.detail or "").lower()


@pytest.mark.parametrize("body", ["[]", "3", "null", '"text"'])
def test_json_of_another_kind_is_invalid(body: str) -> None:
    for make in (generation_envelope, registry_envelope):
        reading = read_envelope(make(body))
        assert (reading.outcome, (reading.detail or "")[:23]) == ("invalid", "$: expected an object, "[:23])


# --- Refusals


def refusal(text: str) -> dict[str, Any]:
    return {"version": "4.5.11", "response_status": "ERROR", "error": text, "success": False}


TOO_MANY = {"detail": [{"type": "too_long", "loc": ["query", "facility_code"], "msg": "List should have at most 30 items"}]}


@pytest.mark.parametrize(
    ("status", "body", "outcome", "detail"),
    [
        (404, refusal("No data available for facility=['X']"), "empty", "No data available for facility=['X']"),
        (416, refusal("No data available"), "empty", "No data available"),
        (
            404,
            {"detail": "Not Found"},
            "invalid",
            "404 unknown path http://source/v4/data/facilities/NEM: check OPEN_NEM_API_URL",
        ),
        (404, "<html>nothing here</html>", "error", "404 Not Found: <html>nothing here</html>"),
        (401, refusal("Invalid API key"), "unauthorised", "401 Unauthorized: Invalid API key"),
        (403, refusal("Insufficient permissions"), "unauthorised", "403 Forbidden: Insufficient permissions"),
        (429, refusal("slow down"), "rate_limited", "429 Too Many Requests: slow down"),
        (400, refusal("Date range too large"), "invalid", "400 Bad Request: Date range too large"),
        (422, TOO_MANY, "invalid", "query.facility_code: List should have at most 30 items"),
        (422, "x", "invalid", "x"),
        (500, refusal("Error executing query"), "error", "500 Internal Server Error: Error executing query"),
        (503, refusal("Maintenance Mode"), "error", "503 Service Unavailable: Maintenance Mode"),
        (502, "<html>Bad gateway</html>", "error", "502 Bad Gateway: <html>Bad gateway</html>"),
        (521, "", "error", "521 unknown status: no body"),
        (307, "", "error", "307 Temporary Redirect: no body"),
    ],
)
def test_every_status_has_its_outcome(status: int, body: Any, outcome: str, detail: str) -> None:
    for make in (generation_envelope, registry_envelope):
        if make is registry_envelope and "unknown path" in detail:
            continue
        reading = read_envelope(make(body, status=status))
        assert (reading.outcome, reading.rows, reading.credits) == (outcome, [], 1.0)
        assert (reading.detail or "").endswith(detail)


@pytest.mark.parametrize(("error", "credits"), [("ReadTimeout: 60 s", 1.0), ("NotConnected: refused", 0.0)])
def test_no_answer_is_an_error_and_costs_only_what_was_sent(error: str, credits: float) -> None:
    reading = read_envelope(generation_envelope("", status=None, error=error))
    assert (reading.outcome, reading.detail, reading.credits) == ("error", error, credits)


def test_a_whole_body_with_a_broken_connection_is_still_an_error() -> None:
    reading = read_envelope(generation_envelope(generation_body(), error="ProtocolError: IncompleteRead"))
    assert (reading.outcome, reading.rows) == ("error", [])


def test_what_is_no_envelope_of_ours_is_refused() -> None:
    with pytest.raises(ValueError, match="source 'other'"):
        read_envelope(generation_envelope("{}") | {"source": "other"})
    with pytest.raises(ValueError, match="envelope_version 2"):
        read_envelope(generation_envelope("{}") | {"envelope_version": 2})
