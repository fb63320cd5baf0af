"""Market values of units, market and totals of regions: what their bodies mean, and that their faults are theirs alone."""

from datetime import date
from typing import Any

import pytest

from include.sources.readings import Reading, read_envelope
from tests.unit.envelopes import (
    control_body,
    control_envelope,
    generation_body,
    generation_envelope,
    market_body,
    market_envelope,
    with_market_values,
)

ASKED = (("metrics", "energy"), ("metrics", "power"), ("metrics", "market_value"), ("interval", "1h"))
CURTAILED = "curtailment_solar_utility_energy"


def read(body: dict[str, Any]) -> Reading:
    return read_envelope(generation_envelope(body, params=ASKED))


def values(reading: Reading, metric: str, region: str = "NSW1") -> list[float | None]:
    return [row["value"] for row in reading.rows if row["metric"] == metric and row.get("network_region", region) == region]


def test_market_values_are_a_third_metric_of_a_units_hours() -> None:
    reading = read(with_market_values([0.0, -311.25, None, 15000.5]))
    assert (reading.outcome, len(reading.rows)) == ("ok", 12)
    assert values(reading, "market_value") == [0.0, -311.25, None, 15000.5]
    assert {row["value_unit"] for row in reading.rows if row["metric"] == "market_value"} == {"$"}


def test_an_answer_without_market_values_reads_as_before() -> None:
    assert read(generation_body()).rows == read_envelope(generation_envelope(generation_body())).rows


def broken(change: str) -> dict[str, Any]:
    body = with_market_values([1.0, 2.0, 3.0, 4.0], unit="EUR" if change == "unit" else "$")
    block = body["data"][2]
    if change == "results":
        block["results"] = {}
    elif change == "values":
        block["results"][0]["data"] = [[label, "n/a"] for label, _ in block["results"][0]["data"]]
    elif change == "not a number":
        block["results"][0]["data"][1][1] = float("nan")
    elif change == "no code":
        block["results"][0]["columns"] = {}
    elif change == "twice":
        other = dict(block["results"][0], data=[[label, 9.0] for label, _ in block["results"][0]["data"]])
        block["results"].append(other)
    elif change == "old bounds":
        block |= {"start": "2025-01-03T00:00:00", "end": "2025-01-03T01:00:00"}
    elif change == "network":
        block["network_code"] = "WEM"
    return body


@pytest.mark.parametrize("change", ["unit", "results", "values", "not a number", "no code", "twice", "old bounds", "network"])
def test_whatever_is_wrong_with_market_values_energy_and_power_stand(change: str) -> None:
    reading = read(broken(change))
    measured = [row for row in reading.rows if row["metric"] != "market_value"]
    assert measured == read(generation_body()).rows
    assert (reading.outcome, bool(reading.refused)) == ("partial", True)
    # its silence about hours of energy counts as that of an answer without a fault
    assert reading.coverage is not None and reading.coverage.is_complete


def test_one_market_value_that_cannot_be_read_is_refused_alone() -> None:
    assert values(read(with_market_values([1.0, "?", None, 4.0])), "market_value") == [1.0, None, 4.0]


def test_an_answer_of_which_energy_was_refused_in_part_is_not_complete() -> None:
    body = generation_body()
    body["data"][0]["results"][0]["data"][1][1] = "?"
    reading = read(body)
    assert (reading.outcome, reading.coverage is not None and reading.coverage.is_complete) == ("partial", False)


def test_unreadable_market_values_beside_nothing_are_an_empty_answer_not_a_broken_one() -> None:
    body = with_market_values(["?", "?", "?", "?"])
    assert read(body | {"data": body["data"][2:]}).outcome == "empty"


def test_regions_are_kept_as_they_are_named_and_values_as_they_are_said() -> None:
    prices = {"NSW1": [-1000.0, 20300.0, None], "SA1": [0.0, 1.5, 2.5], "NSW2": [70.0, 71.0, 72.0]}
    reading = read_envelope(market_envelope(market_body({"price": prices, CURTAILED: {"NSW1": [0.0, -0.8, 512.0]}})))
    assert reading.outcome == "ok"
    assert {region: values(reading, "price", region) for region in prices} == prices
    assert values(reading, CURTAILED) == [0.0, -0.8, 512.0]
    assert {(row["metric"], row["value_unit"]) for row in reading.rows} == {("price", "$/MWh"), (CURTAILED, "MWh")}


@pytest.mark.parametrize(("units", "left"), [(("$/MWh", "GWh"), "price"), (("c/kWh", "MWh"), CURTAILED)])
def test_a_metric_that_cannot_be_read_leaves_the_other(units: tuple[str, str], left: str) -> None:
    body = market_body({"price": {"NSW1": [80.0]}, CURTAILED: {"NSW1": [3.0]}}, units)
    reading = read_envelope(market_envelope(body))
    assert (reading.outcome, {row["metric"] for row in reading.rows}) == ("partial", {left})


def test_a_series_of_no_region_is_refused() -> None:
    body = market_body({"price": {"NSW1": [80.0]}})
    body["data"][0]["results"].append({"name": "price_total", "columns": {}, "data": []})
    reading = read_envelope(market_envelope(body))
    assert (reading.outcome, values(reading, "price")) == ("partial", [80.0])


def test_hours_of_a_region_outside_the_window_are_left_out() -> None:
    reading = read_envelope(market_envelope(market_body({"price": {"NSW1": [1.0, 2.0, 3.0, 4.0, 5.0]}})))
    assert (values(reading, "price"), reading.detail) == ([1.0, 2.0, 3.0, 4.0], "1 points outside the window were left out")


# --- Totals


def totals(reading: Reading) -> dict[tuple[str, int], float | None]:
    return {(row["network_region"], row["ds"].day): row["energy_mwh"] for row in reading.rows}


def test_totals_are_of_network_local_days_and_days_outside_of_the_question_are_left_out() -> None:
    reading = read_envelope(control_envelope(control_body({"NSW1": [8012.25, None, 7900.0, 1.0], "TAS1": [0.0]})))
    assert totals(reading) == {("NSW1", 1): 8012.25, ("NSW1", 2): None, ("NSW1", 3): 7900.0, ("TAS1", 1): 0.0}
    assert (reading.outcome, reading.detail) == ("ok", "1 points outside the window were left out")
    assert reading.rows[0] == {"network_id": "NEM", "network_region": "NSW1", "ds": date(2025, 1, 1), "energy_mwh": 8012.25}


def test_days_that_do_not_begin_at_the_networks_midnight_are_refused() -> None:
    body = control_body({"NSW1": [8012.25, 7900.0]})
    body["data"][0]["results"][0]["data"][1][0] = "2025-01-02T10:00:00+10:00"  # midnight in UTC
    reading = read_envelope(control_envelope(body))
    assert (reading.outcome, totals(reading)) == ("partial", {("NSW1", 1): 8012.25})
    assert "expected days from 00:00 on of the network's clock, got one from 2025-01-02T10:00:00" in (reading.detail or "")


def test_a_total_of_another_fuel_is_refused_and_one_that_names_none_is_taken() -> None:
    body = control_body({"NSW1": [8012.25], "VIC1": [500.0], "QLD1": [90.0]})
    wind, unnamed = body["data"][0]["results"][1:]
    wind["columns"]["fueltech"] = "wind"
    del unnamed["columns"]["fueltech"]
    reading = read_envelope(control_envelope(body))
    assert (reading.outcome, totals(reading)) == ("partial", {("NSW1", 1): 8012.25, ("QLD1", 1): 90.0})


@pytest.mark.parametrize("changes", [{"unit": "GWh"}, {"interval": "1h"}, {"metric": "power"}, {"network_code": "WEM"}])
def test_a_total_of_something_else_is_no_answer(changes: dict[str, str]) -> None:
    assert read_envelope(control_envelope(control_body({"NSW1": [8012.25]}, **changes))).outcome == "invalid"
