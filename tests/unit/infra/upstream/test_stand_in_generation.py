"""Series of units: recorded where recorded, synthetic elsewhere; ranges, labels, nulls, errors, traps."""

from __future__ import annotations

import csv
from collections import defaultdict

import pytest
from fastapi.testclient import TestClient

from infra.upstream.farms import RECORDED, listed_farms
from tests.unit.infra.upstream.stand_in import Ask, points

RECORDED_FARMS = ["AVLSF", "BOMENSF", "DARLSF", "EMERASF", "FINLEYSF", "LIMOSF2", "WRSF1", "YATSF1"]
SUMMER_DAY = {"date_start": "2025-03-01", "date_end": "2025-03-02"}


def test_the_recorded_week_is_served_as_it_was_recorded(generation: Ask) -> None:
    answer = generation(facility_code=RECORDED_FARMS, date_start="2025-01-01", date_end="2025-01-08")

    recorded: dict[str, dict[str, float]] = defaultdict(dict)
    with (RECORDED / "facility_energy_1h.csv").open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            recorded[row["unit_code"]][row["interval_start"]] = float(row["value"])
    assert points(answer) == recorded
    assert points(answer, "power") == recorded
    assert {code: sum(hours.values()) for code, hours in points(answer).items()}["WRSF1"] == 0


def test_the_literal_answer_of_the_contract(generation: Ask) -> None:
    answer = generation(date_start="2025-01-03T05:00:00", date_end="2025-01-03T09:00:00", metrics=["energy"]).json()

    assert answer["data"] == [
        {
            "network_code": "NEM", "metric": "energy", "unit": "MWh", "interval": "1h",
            "date_start": "2025-01-03T05:00:00+10:00", "date_end": "2025-01-03T08:00:00+10:00", "groupings": [],
            "results": [
                {
                    "name": "energy_EMERASF1",
                    "date_start": "2025-01-03T05:00:00+10:00", "date_end": "2025-01-03T08:00:00+10:00",
                    "columns": {"unit_code": "EMERASF1"},
                    "data": [
                        ["2025-01-03T05:00:00+10:00", 0.0], ["2025-01-03T06:00:00+10:00", 23.4917],
                        ["2025-01-03T07:00:00+10:00", 58.3834], ["2025-01-03T08:00:00+10:00", 66.8335],
                    ],
                }
            ],
            "network_timezone_offset": "+10:00",
        }
    ]  # fmt: skip


def test_the_end_is_exclusive_so_that_chunks_join_without_overlap(generation: Ask) -> None:
    first = points(generation(date_start="2025-01-03T00:00:00", date_end="2025-01-03T12:00:00"))["EMERASF1"]
    second = points(generation(date_start="2025-01-03T12:00:00", date_end="2025-01-04T00:00:00"))["EMERASF1"]
    whole = points(generation())["EMERASF1"]

    assert first | second == whole
    assert not first.keys() & second.keys()


def test_a_start_inside_an_hour_gives_a_partial_bucket_under_the_full_label(generation: Ask) -> None:
    half = points(generation(date_start="2025-01-03T07:30:00", date_end="2025-01-03T09:00:00"))["EMERASF1"]

    assert half["2025-01-03T07:00:00+10:00"] == pytest.approx(58.3834 / 2)


def test_the_same_hour_has_the_same_value_whatever_range_and_company(generation: Ask) -> None:
    alone = points(generation(facility_code=["HILLSTN"], **SUMMER_DAY))["HILLSTN1"]
    codes = [farm.code for farm in listed_farms() if farm.network_id == "NEM"][:30]
    among = points(generation(facility_code=codes, date_start="2025-02-20", date_end="2025-03-15"))["HILLSTN1"]

    assert {label: among[label] for label in alone} == alone


def test_another_server_tells_the_same_numbers(generation: Ask) -> None:
    """Written down on the first day: "the same numbers for the same hour for ever"."""
    hours = points(generation(facility_code=["HILLSTN"], **SUMMER_DAY))["HILLSTN1"]

    assert [hours[f"2025-03-01T{hour}:00:00+10:00"] for hour in ("06", "12", "15", "22")] == PINNED_HILLSTN_MWH


def test_synthetic_farms_sleep_at_night_and_stay_below_their_capacity(generation: Ask) -> None:
    farms = [farm for farm in listed_farms() if farm.network_id == "NEM"][:30]
    series = points(generation(facility_code=[farm.code for farm in farms], date_start="2025-02-01", date_end="2025-03-01"))

    capacity = {unit.code: unit.capacity_mw for farm in farms for unit in farm.units}
    for code, hours in series.items():
        assert max(hours.values()) <= capacity[code] * 1.0031
        assert all(value == 0 for label, value in hours.items() if not 4 <= int(label[11:13]) <= 20)
        assert 0.15 < sum(hours.values()) / len(hours) / capacity[code] < 0.4


def test_western_farms_are_labelled_in_perth_time(generation: Ask) -> None:
    answer = generation(network="WEM", facility_code=["MERSOLAR"], **SUMMER_DAY)

    hours = points(answer)["MERSOLAR_PV1"]
    assert answer.json()["data"][0]["network_timezone_offset"] == "+08:00"
    assert next(iter(hours)) == "2025-03-01T00:00:00+08:00"
    assert max(hours, key=hours.get)[11:13] in {"10", "11", "12", "13", "14"}  # type: ignore[arg-type]


def test_farms_of_another_network_are_silently_absent(generation: Ask) -> None:
    answer = generation(facility_code=["MERSOLAR", "EMERASF"])

    assert points(answer).keys() == {"EMERASF1"}


def test_the_network_au_stamps_plus_ten_on_perths_wall_clock(generation: Ask) -> None:
    perth = points(generation(network="WEM", facility_code=["MERSOLAR"], **SUMMER_DAY))["MERSOLAR_PV1"]
    both = points(generation(network="AU", facility_code=["MERSOLAR"], **SUMMER_DAY))["MERSOLAR_PV1"]

    assert both == {label.replace("+08:00", "+10:00"): value for label, value in perth.items()}


def test_units_of_one_farm_come_as_results_of_their_own_in_unstable_order(generation: Ask) -> None:
    plants = ["MWPS", "STUBSF", "NEWENSF"]
    days = [{"date_start": f"2025-03-{day:02d}", "date_end": f"2025-03-{day + 1:02d}"} for day in range(1, 8)]

    orders = {tuple(points(generation(facility_code=plants, **day))) for day in days}

    assert len({frozenset(order) for order in orders}) == 1
    assert len(orders) > 1


def test_without_facility_codes_all_units_merge_into_one_total(generation: Ask) -> None:
    answer = generation(facility_code=None, unit_code=["NEWENSF1", "NEWENSF2"], **SUMMER_DAY).json()

    (result,) = answer["data"][0]["results"]
    assert (result["name"], result["columns"]) == ("energy_total", {})
    assert len(result["data"]) == 2 * len({label for label, _ in result["data"]})


def test_data_ends_at_the_clock_and_the_current_hour_is_partial(generation: Ask, server: TestClient) -> None:
    server.post("/_control/clock", json={"now": "2025-03-20T02:32:00Z"})
    today = {"date_start": "2025-03-20", "date_end": "2025-03-21", "facility_code": ["HILLSTN"]}

    partial = points(generation(**today))["HILLSTN1"]
    server.post("/_control/clock", json={"now": "2025-03-20T03:00:00Z"})
    complete = points(generation(**today))["HILLSTN1"]

    assert list(partial)[-1] == "2025-03-20T12:00:00+10:00"
    assert partial["2025-03-20T12:00:00+10:00"] == pytest.approx(complete["2025-03-20T12:00:00+10:00"] / 2)


def test_a_missing_end_hides_the_newest_interval(generation: Ask, server: TestClient) -> None:
    server.post("/_control/clock", json={"now": "2025-03-20T02:32:00Z"})
    five_minutes = {"interval": "5m", "date_start": "2025-03-20T12:00:00", "facility_code": ["HILLSTN"]}

    capped = points(generation(date_end=None, **five_minutes))["HILLSTN1"]
    explicit = points(generation(date_end="2025-03-20T13:00:00", **five_minutes))["HILLSTN1"]

    assert list(capped)[-1] == "2025-03-20T12:20:00+10:00"
    assert list(explicit)[-1] == "2025-03-20T12:25:00+10:00"


def test_longer_buckets_add_up(generation: Ask) -> None:
    hourly = points(generation())["EMERASF1"]
    day = generation(interval="1d")

    assert points(day)["EMERASF1"] == {"2025-01-03T00:00:00+10:00": pytest.approx(sum(hourly.values()))}
    assert points(day, "power")["EMERASF1"]["2025-01-03T00:00:00+10:00"] == pytest.approx(sum(hourly.values()) / 24)
    assert list(points(generation(interval="7d", **{"date_start": "2025-01-01", "date_end": "2025-01-08"}))["EMERASF1"]) == [
        "2024-12-29T00:00:00+10:00",
        "2025-01-05T00:00:00+10:00",
    ]


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"network": "nem"}, "Network nem not supported"),
        ({"network": "nem", "metrics": ["price"]}, "Network nem not supported"),
        ({"metrics": ["price"], "date_start": "2025-01-03T00:00:00Z"}, "Unsupported metrics: price"),
        ({"date_start": "2025-01-03T00:00:00Z"}, "Date start must be timezone naive and in network time"),
        ({"date_start": "1735689600"}, "Date start must be timezone naive and in network time"),
        ({"date_end": "2025-01-04T00:00:00+10:00"}, "Date end must be timezone naive and in network time"),
        ({"date_end": "2025-02-05T00:00:00"}, "Date range too large for 1h interval. Maximum range is 32 days."),
        ({"interval": "5m", "date_end": "2025-02-01"}, "Date range too large for 5m interval. Maximum range is 8 days."),
    ],
)
def test_bad_requests_are_told_in_the_sources_order(generation: Ask, changes: dict, error: str) -> None:
    answer = generation(**changes)

    assert (answer.status_code, answer.json()["error"]) == (400, error)


def test_whole_days_are_compared_so_that_32_days_and_23_hours_pass(generation: Ask) -> None:
    assert generation(date_start="2025-01-01T00:00:00", date_end="2025-02-02T23:00:00").status_code == 200


def test_a_raw_plus_in_a_date_is_a_space_and_refused_by_validation(server: TestClient) -> None:
    path = "/v4/data/facilities/NEM?metrics=energy&facility_code=EMERASF&date_start=2025-01-03T00:00:00+10:00"

    answer = server.get(path, headers={"Authorization": "Bearer oe_demo_key_primary"})

    assert answer.status_code == 422
    assert answer.json()["detail"][0]["type"] == "datetime_from_date_parsing"


def test_missing_metrics_are_refused_literally(generation: Ask) -> None:
    answer = generation(metrics=None)

    assert answer.status_code == 422
    assert answer.json() == {"detail": [{"type": "missing", "loc": ["query", "metrics"], "msg": "Field required", "input": None}]}


def test_an_unknown_metric_is_refused_with_the_list(generation: Ask) -> None:
    (detail,) = generation(metrics=["bogus"]).json()["detail"]

    assert (detail["type"], detail["loc"], detail["input"]) == ("enum", ["query", "metrics", 0], "bogus")
    assert detail["msg"].startswith("Input should be 'power', 'energy'")


def test_thirty_codes_pass_and_one_more_does_not(generation: Ask) -> None:
    codes = [f"CODE{number}" for number in range(29)] + ["EMERASF"]

    assert generation(facility_code=codes).status_code == 200
    (detail,) = generation(facility_code=[*codes, "MORE"]).json()["detail"]
    assert (detail["type"], detail["loc"]) == ("too_long", ["query", "facility_code"])
    assert detail["msg"] == "List should have at most 30 items after validation, not 31"
    assert detail["ctx"] == {"field_type": "List", "max_length": 30, "actual_length": 31}


@pytest.mark.parametrize(
    "changes", [{"facility_code": ["X"]}, {"date_start": "2026-01-01", "date_end": "2026-01-02"}, {"date_end": "2025-01-01"}]
)
def test_nothing_at_all_is_a_404(generation: Ask, changes: dict) -> None:
    answer = generation(**changes)

    assert answer.status_code == 404
    code = changes.get("facility_code", ["EMERASF"])
    assert answer.json()["error"] == f"No data available for facility={code} in the specified time range"


def test_a_unit_has_no_values_before_it_was_first_seen(generation: Ask) -> None:
    hours = points(generation(facility_code=["STUBSF"], date_start="2024-12-18", date_end="2024-12-20"))["STUBSF1"]

    assert next(iter(hours)) == "2024-12-19T09:00:00+10:00"


def test_cache_headers_are_those_of_the_source(generation: Ask) -> None:
    headers = generation().headers

    assert headers["cache-control"] == "max-age=300"
    assert headers["etag"].startswith("W/") and headers["etag"][2:].isdigit()
    assert headers["x-fastapi-cache"] == "MISS"


def test_created_at_is_sydney_time_with_daylight_saving(generation: Ask) -> None:
    assert generation().json()["created_at"] == "2025-03-20T23:02:00+11:00"


PINNED_HILLSTN_MWH = [5.2366, 85.255, 64.1335, 0.0]
