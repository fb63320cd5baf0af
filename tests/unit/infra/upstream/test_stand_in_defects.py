"""Known defects of the data, each switched on, seen, and healed where it heals."""

from __future__ import annotations

import math

import pytest
from fastapi.testclient import TestClient

from infra.upstream.defects import draw
from infra.upstream.farms import listed_farms
from tests.unit.infra.upstream.stand_in import Ask, SwitchOn, points

LAST_DAYS = {"date_start": "2025-03-10", "date_end": "2025-03-20", "facility_code": ["HILLSTN", "KARSF"]}


def capacity(unit_code: str) -> float:
    return next(unit.capacity_mw for farm in listed_farms() for unit in farm.units if unit.code == unit_code)


def test_the_last_seven_days_are_doubled_until_they_heal(generation: Ask, server: TestClient, fault: SwitchOn) -> None:
    true = points(generation(**LAST_DAYS))["HILLSTN1"]
    fault("double_last_days", heal_at="2025-03-21T00:00:00Z")

    doubled = points(generation(**LAST_DAYS))["HILLSTN1"]
    server.post("/_control/clock", json={"now": "2025-03-21T00:00:00Z"})

    assert doubled["2025-03-12T12:00:00+10:00"] == true["2025-03-12T12:00:00+10:00"]
    assert doubled["2025-03-18T12:00:00+10:00"] == pytest.approx(2 * true["2025-03-18T12:00:00+10:00"])
    assert points(generation(**LAST_DAYS))["HILLSTN1"] == true


def test_an_hour_missing_for_all_is_null_inside_and_absent_in_the_old_shape(generation: Ask, fault: SwitchOn) -> None:
    fault("hour_missing_for_all", hours=["2025-03-15T02:00:00Z"])
    label = "2025-03-15T12:00:00+10:00"

    new = points(generation(**LAST_DAYS))
    fault("old_shape")
    old = points(generation(**LAST_DAYS))

    assert {new[unit][label] for unit in new} == {None}
    assert all(label not in hours and len(hours) == 239 for hours in old.values())


def test_nothing_is_filled_before_the_first_and_after_the_last_value(generation: Ask, fault: SwitchOn) -> None:
    fault("hour_missing_for_all", hours=["2025-01-02T14:00:00Z", "2025-01-03T13:00:00Z", "2025-01-03T03:00:00Z"])

    hours = points(generation())["EMERASF1"]

    assert (len(hours), list(hours.values()).count(None)) == (22, 1)


def test_a_frozen_night_repeats_the_last_value_until_morning(generation: Ask, fault: SwitchOn) -> None:
    fault("frozen_night", date="2025-03-15")

    hours = points(generation(**LAST_DAYS))["HILLSTN1"]

    night = [hours[f"2025-03-15T{hour}:00:00+10:00"] for hour in (20, 22)] + [hours["2025-03-16T03:00:00+10:00"]]
    assert len(set(night)) == 1 and night[0] > 0
    assert hours["2025-03-14T22:00:00+10:00"] == 0


def test_provisional_energy_leaves_power_alone_and_heals(generation: Ask, server: TestClient, fault: SwitchOn) -> None:
    true = points(generation(**LAST_DAYS))["HILLSTN1"]
    fault("provisional_energy", factor=0.9)
    noon = "2025-03-19T12:00:00+10:00"

    provisional = generation(**LAST_DAYS)
    server.post("/_control/clock", json={"now": "2025-03-25T00:00:00Z"})

    assert points(provisional)["HILLSTN1"][noon] == pytest.approx(0.9 * true[noon], abs=1e-4)
    assert points(provisional, "power")["HILLSTN1"][noon] == true[noon]
    assert points(generation(**LAST_DAYS))["HILLSTN1"] == true


def test_after_the_october_change_values_come_an_hour_late_for_three_weeks(generation: Ask, fault: SwitchOn) -> None:
    asked = {"date_start": "2024-10-04", "date_end": "2024-10-30", "facility_code": ["HILLSTN"]}
    true = points(generation(**asked))["HILLSTN1"]
    fault("october_shift")

    late = points(generation(**asked))["HILLSTN1"]

    # Mornings, when no hour is like the next: at noon the farm stands at its capacity.
    assert late["2024-10-05T08:00:00+10:00"] == true["2024-10-05T08:00:00+10:00"]
    assert late["2024-10-10T08:00:00+10:00"] == true["2024-10-10T07:00:00+10:00"] < true["2024-10-10T08:00:00+10:00"]
    assert late["2024-10-28T08:00:00+10:00"] == true["2024-10-28T08:00:00+10:00"] > true["2024-10-28T07:00:00+10:00"]


def test_nights_can_be_slightly_negative(generation: Ask, fault: SwitchOn) -> None:
    fault("negative_night")

    hours = points(generation(**LAST_DAYS))["HILLSTN1"]

    assert hours["2025-03-15T00:00:00+10:00"] == -0.08
    assert hours["2025-03-15T12:00:00+10:00"] > 0


def test_a_unit_stops_reporting_while_others_go_on(generation: Ask, fault: SwitchOn) -> None:
    fault("unit_stops", unit_code="KARSF1", **{"from": "2025-03-15T00:00:00Z"})

    series = points(generation(**LAST_DAYS))

    assert list(series["KARSF1"])[-1] == "2025-03-15T09:00:00+10:00"
    assert list(series["HILLSTN1"])[-1] == "2025-03-19T23:00:00+10:00"


def test_a_new_farm_appears_as_commissioning_and_reports(ask: Ask, generation: Ask, fault: SwitchOn) -> None:
    asked = {"facility_code": ["0NEWSF"], "date_start": "2025-03-10", "date_end": "2025-03-20"}
    assert generation(**asked).status_code == 404
    fault("new_commissioning_unit", **{"from": "2025-03-15T06:00:00"})

    (record,) = ask("/v4/facilities/", status_id="commissioning", facility_code="0NEWSF").json()["data"]

    assert record["units"][0]["data_first_seen"] == "2025-03-15T06:00:00+10:00"
    assert next(iter(points(generation(**asked))["0NEWSF1"])) == "2025-03-15T06:00:00+10:00"


def test_a_unit_nobody_knows_reports_too(generation: Ask, fault: SwitchOn) -> None:
    fault("unknown_unit")

    assert points(generation()).keys() == {"EMERASF1", "0GHOST1"}


def test_daylight_values_are_twice_the_capacity(generation: Ask, fault: SwitchOn) -> None:
    fault("twice_capacity", unit_code="KARSF1")

    series = points(generation(**LAST_DAYS))

    assert max(series["KARSF1"].values()) == pytest.approx(2 * capacity("KARSF1"))
    assert max(series["HILLSTN1"].values()) <= 1.0031 * capacity("HILLSTN1")


def test_every_fifth_hour_is_null(generation: Ask, weather: Ask, fault: SwitchOn) -> None:
    fault("null_interior")

    assert None in points(generation())["EMERASF1"].values()
    assert None in weather().json()["hourly"]["temperature_2m"]


def test_recent_values_grow_a_little_with_each_request(generation: Ask, fault: SwitchOn) -> None:
    fault("revising_values")
    noons = [points(generation(**LAST_DAYS))["HILLSTN1"] for _ in range(3)]

    recent = [hours["2025-03-19T12:00:00+10:00"] for hours in noons]
    assert recent[0] < recent[1] < recent[2]
    assert len({hours["2025-03-12T12:00:00+10:00"] for hours in noons}) == 1


def test_three_values_are_revised_and_nothing_else(generation: Ask, server: TestClient) -> None:
    both = ["EMERASF", "AVLSF"]
    before = points(generation(facility_code=both))
    revised = [
        {"unit_code": "EMERASF1", "ts": "2025-01-03T10:00:00+10:00", "value": 12.5},
        {"unit_code": "EMERASF1", "ts": "2025-01-03T01:00:00Z", "factor": 0.5},
        {"unit_code": "EMERASF1", "ts": "2025-01-03T12:00:00+10:00", "value": None},
    ]
    assert server.post("/_control/revise", json=revised).status_code == 200

    after = points(generation(facility_code=both))

    was, now = before["EMERASF1"], after["EMERASF1"]
    changed = {label[11:13]: now[label] for label in was if now[label] != was[label]}
    assert changed == {"10": 12.5, "11": pytest.approx(was["2025-01-03T11:00:00+10:00"] / 2), "12": None}
    assert after["AVLSF1"] == before["AVLSF1"]


def test_a_revision_of_a_unit_nobody_has_is_refused(server: TestClient) -> None:
    answer = server.post("/_control/revise", json={"unit_code": "NOBODY1", "ts": "2025-01-03T10:00:00Z"})

    assert (answer.status_code, answer.json()) == (422, {"detail": "no unit 'NOBODY1'"})


@pytest.mark.parametrize(("params", "status"), [({}, 404), ({"status": 416}, 416)])
def test_empty_answers_are_404_and_were_416(generation: Ask, weather: Ask, fault: SwitchOn, params: dict, status: int) -> None:
    fault("empty", **params)

    assert generation().status_code == status
    assert generation().json()["error"] == "No data available for facility=['EMERASF'] in the specified time range"
    assert set(weather().json()["hourly"]["temperature_2m"]) == {None}


def test_the_plan_reaches_back_730_days_once_switched_on(generation: Ask, fault: SwitchOn) -> None:
    old = {"date_start": "2023-03-01", "date_end": "2023-03-02"}
    assert generation(**old).status_code == 200
    fault("plan_window")

    answer = generation(**old)

    assert answer.status_code == 400
    assert answer.json()["error"] == "Date start is too far in the past. Your plan allows data from the last 730 days."
    assert generation(date_start="2023-01-01").json()["error"].startswith("Date range too large"), "the range is looked at first"


def test_the_shape_of_v4_3_has_two_more_keys(generation: Ask, fault: SwitchOn) -> None:
    fault("old_shape")

    answer = generation().json()

    assert (answer["version"], answer["error"], answer["total_records"]) == ("4.3.0", None, None)


def test_the_shape_of_v4_0_has_start_and_end_without_offset_and_utc_points(generation: Ask, fault: SwitchOn) -> None:
    fault("old_shape", shape="v4.0")

    block = generation().json()["data"][0]

    assert (block["start"], block["end"]) == ("2025-01-03T00:00:00", "2025-01-03T23:00:00")
    assert "date_start" not in block
    assert block["results"][0]["date_start"] == "2025-01-03T00:00:00"
    assert block["results"][0]["data"][0][0] == "2025-01-02T14:00:00Z"


def test_null_tails_can_be_set(weather: Ask, fault: SwitchOn) -> None:
    fault("null_tail", days=0)

    hours = weather(start_date="2025-03-19", end_date="2025-03-20").json()["hourly"]

    known = [label for label, value in zip(hours["time"], hours["temperature_2m"], strict=True) if value is not None]
    assert known[-1] == "2025-03-20T12:00"


def test_recent_weather_is_replaced_and_old_weather_is_not(weather: Ask, fault: SwitchOn) -> None:
    fault("revising_weather")
    asked = {"start_date": "2025-03-05", "end_date": "2025-03-17", "hourly": "shortwave_radiation"}

    first, second = (weather(**asked).json()["hourly"]["shortwave_radiation"] for _ in range(2))

    assert first[: 5 * 24] == second[: 5 * 24]
    assert sum(first[-48:]) < sum(second[-48:])


def test_the_forecast_may_differ_from_the_archive(weather: Ask, fault: SwitchOn) -> None:
    fault("forecast_differs")

    archive, forecast = (weather(path).json()["hourly"] for path in ("/v1/archive", "/v1/forecast"))

    assert math.isclose(sum(forecast["shortwave_radiation"]), 1.05 * sum(archive["shortwave_radiation"]), rel_tol=1e-3)
    assert forecast["temperature_2m"] == archive["temperature_2m"]


def test_withdrawn_units_are_left_out_and_a_seed_draws_the_same_ones_again(generation: Ask, fault: SwitchOn) -> None:
    every = {"facility_code": ["HILLSTN", "KARSF", "EMERASF"], "date_start": "2025-03-10", "date_end": "2025-03-11"}
    all_units = points(generation(**every)).keys()
    fault("withdrawn_units", unit_codes=["KARSF1"])
    assert points(generation(**every)).keys() == all_units - {"KARSF1"}

    drawn = {f"UNIT{number}" for number in range(1000) if draw({"seed": 7}, f"UNIT{number}") < 0.1}
    assert 70 < len(drawn) < 130
    assert drawn == {f"UNIT{number}" for number in range(1000) if draw({"seed": 7}, f"UNIT{number}") < 0.1}
    assert drawn != {f"UNIT{number}" for number in range(1000) if draw({"seed": 8}, f"UNIT{number}") < 0.1}


def test_withdrawn_hours_are_absent_at_the_end_and_null_inside(generation: Ask, fault: SwitchOn) -> None:
    fault("withdrawn_hours", unit_code="HILLSTN1", **{"from": "2025-03-19T10:00:00Z"})
    series = points(generation(**LAST_DAYS))
    assert list(series["HILLSTN1"])[-1] == "2025-03-19T19:00:00+10:00"
    assert list(series["KARSF1"])[-1] == "2025-03-19T23:00:00+10:00"


def test_defects_of_withdrawing_compose_and_depend_on_the_seed_alone(generation: Ask, fault: SwitchOn) -> None:
    fault("nulls_after_values", share=0.2, seed=3)
    fault("withdrawn_hours", **{"from": "2025-03-15T02:00:00Z", "to": "2025-03-15T04:00:00Z"})
    whole = points(generation(**LAST_DAYS))["HILLSTN1"]
    day = points(generation(**LAST_DAYS | {"date_start": "2025-03-15", "date_end": "2025-03-16"}))["HILLSTN1"]

    assert (whole["2025-03-15T12:00:00+10:00"], whole["2025-03-15T13:00:00+10:00"]) == (None, None)
    assert 20 < sum(value is None for value in whole.values()) < 80
    inside = list(day)[1:-1]
    assert [day[label] for label in inside] == [whole[label] for label in inside]


def test_ghi_outliers_stand_at_single_labels_and_leave_the_rest_alone(weather: Ask, fault: SwitchOn) -> None:
    true = weather().json()["hourly"]
    fault("ghi_outliers", labels=["2025-03-01T02:00:00Z"])
    told = weather().json()["hourly"]
    differing = [n for n in range(24) if told["shortwave_radiation"][n] != true["shortwave_radiation"][n]]
    assert (differing, told["shortwave_radiation"][2]) == ([2], 9999.0)
    assert told["direct_radiation"] == true["direct_radiation"]


def test_ghi_outliers_of_one_latitude_leave_its_neighbours_alone_and_a_corrected_place_has_the_same_sky(
    weather: Ask, fault: SwitchOn
) -> None:
    true = weather().json()
    corrected = -33.532691
    fault("ghi_outliers", labels=["2025-03-01T02:00:00Z"], latitude=corrected)

    assert weather().json()["hourly"] == true["hourly"]
    told = weather(latitude=corrected).json()
    assert (told["hourly"]["shortwave_radiation"].pop(2), told["elevation"]) == (9999.0, true["elevation"])
    true["hourly"]["shortwave_radiation"].pop(2)
    assert told["hourly"] == true["hourly"]


@pytest.mark.parametrize(("name", "factor"), [("thinned_hours", 0.5), ("doubled_rows", 2.0)])
def test_rows_that_are_missing_or_there_twice_change_energy_and_leave_power(
    generation: Ask, fault: SwitchOn, name: str, factor: float
) -> None:
    true, true_power = (points(generation(**LAST_DAYS), metric) for metric in ("energy", "power"))
    first, last, later = (f"2025-03-15T{hour}:00:00+10:00" for hour in (11, 12, 13))
    fault(name, unit_codes=["HILLSTN1"], **{"from": "2025-03-15T01:00:00Z", "to": "2025-03-15T03:00:00Z"})

    energy, power = (points(generation(**LAST_DAYS), metric) for metric in ("energy", "power"))

    assert [energy["HILLSTN1"][hour] for hour in (first, last)] == [
        pytest.approx(factor * (true["HILLSTN1"][hour] or 0), abs=1e-4) for hour in (first, last)
    ]
    assert energy["HILLSTN1"][later] == true["HILLSTN1"][later]
    assert energy["KARSF1"] == true["KARSF1"]
    assert power == true_power


def test_one_defect_may_hit_several_targets_each_at_its_time(generation: Ask, fault: SwitchOn) -> None:
    true = points(generation(**LAST_DAYS))
    for unit, hour in (("HILLSTN1", 1), ("KARSF1", 3)):
        fault(
            "thinned_hours", unit_codes=[unit], **{"from": f"2025-03-15T0{hour}:00:00Z", "to": f"2025-03-15T0{hour + 1}:00:00Z"}
        )

    thinned = points(generation(**LAST_DAYS))

    changed = [(unit, hour) for unit in true for hour, value in thinned[unit].items() if value != true[unit][hour]]
    assert sorted(changed) == [("HILLSTN1", "2025-03-15T11:00:00+10:00"), ("KARSF1", "2025-03-15T13:00:00+10:00")]


def test_thinned_hours_are_drawn_by_a_seed(generation: Ask, fault: SwitchOn, server: TestClient) -> None:
    true = points(generation(**LAST_DAYS))["HILLSTN1"]
    changed = []
    for seed in (1, 1, 2):
        fault("thinned_hours", share=0.3, seed=seed)
        thinned = points(generation(**LAST_DAYS))["HILLSTN1"]
        changed.append([hour for hour, value in thinned.items() if value != true[hour]])
        server.delete("/_control/faults")
    assert changed[0] == changed[1] != changed[2]
    assert 10 < len(changed[0]) < 80


def test_a_network_falls_silent_and_the_other_does_not(generation: Ask, fault: SwitchOn) -> None:
    fault("silent_network", **{"from": "2025-03-15T03:00:00Z"})

    nem = points(generation(**LAST_DAYS))["HILLSTN1"]
    wem = points(generation(network="WEM", **LAST_DAYS | {"facility_code": ["MERSOLAR"]}))

    assert max(nem) == "2025-03-15T12:00:00+10:00"
    assert all(max(hours) > "2025-03-19" for hours in wem.values())
