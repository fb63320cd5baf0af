"""The route of a network's totals: they are the sums of all its farms, by region, whatever else is on."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient
from httpx import Response

from tests.unit.infra.upstream.stand_in import Ask, SwitchOn, points

NOTHING = "No data available for network NEM in the specified time range"


@pytest.fixture
def totals(ask: Ask) -> Ask:
    """Daily energy of utility solar of two recorded days by region, unless told otherwise."""

    def get(**changes: Any) -> Response:
        network = changes.pop("network", "NEM")
        asked = {
            "metrics": "energy", "interval": "1d", "fueltech": "solar_utility", "primary_grouping": "network_region",
            "date_start": "2025-01-03", "date_end": "2025-01-05",
        } | changes  # fmt: skip
        return ask(f"/v4/data/network/{network}", **{name: value for name, value in asked.items() if value is not None})

    return get


def series(answer: Response) -> dict[str, dict[str, float | None]]:
    """Region -> label -> energy."""
    assert answer.status_code == 200, answer.text
    return {result["columns"].get("region", "all"): dict(result["data"]) for result in answer.json()["data"][0]["results"]}


@pytest.fixture
def region_farms(ask: Ask) -> list[str]:
    """Codes of all farms of Queensland, recorded and synthetic."""
    return [site["code"] for site in ask("/v4/facilities/", fueltech_id="solar_utility", network_region="QLD1").json()["data"]]


def test_a_regions_total_is_the_sum_of_all_its_farms_in_the_form_of_the_other_series(
    totals: Ask, generation: Ask, region_farms: list[str]
) -> None:
    answer = totals()
    block = answer.json()["data"][0]
    result = next(result for result in block["results"] if result["columns"]["region"] == "QLD1")
    assert (block["metric"], block["unit"], block["interval"]) == ("energy", "MWh", "1d")
    assert (result["name"], result["columns"]["fueltech"]) == ("energy_QLD1|solar_utility", "solar_utility")
    assert [label for label, _ in result["data"]] == ["2025-01-03T00:00:00+10:00", "2025-01-04T00:00:00+10:00"]

    units = points(generation(facility_code=region_farms, metrics="energy"))
    of_the_day = sum(value for hours in units.values() for value in hours.values() if value is not None)
    assert len(units) >= len(region_farms) > 1
    assert result["data"][0][1] == pytest.approx(of_the_day)


def test_regions_add_up_to_the_network_and_one_may_be_asked_alone(totals: Ask) -> None:
    regions, network = series(totals()), series(totals(primary_grouping=None))
    label = "2025-01-03T00:00:00+10:00"
    assert network["all"][label] == pytest.approx(sum(days[label] for days in regions.values()))
    assert series(totals(network_region="QLD1", primary_grouping=None)) == {"QLD1": regions["QLD1"]}
    assert next(iter(series(totals(network="WEM"))["WEM"])) == "2025-01-03T00:00:00+08:00"


def test_a_farm_that_no_registry_lists_may_be_in_the_totals_alone(totals: Ask, fault: SwitchOn) -> None:
    before = series(totals())
    fault("new_commissioning_unit", endpoint="oe_network", **{"from": "2024-12-01T00:00:00"})
    after = series(totals())
    grown = {region for region in after if after[region] != before[region]}
    assert len(grown) == 1
    (region,) = grown
    assert all(after[region][label] > before[region][label] for label in before[region])


def test_totals_do_not_count_as_a_fetch_after_which_values_are_revised(totals: Ask, generation: Ask, fault: SwitchOn) -> None:
    day = {"date_start": "2025-03-19T00:00:00", "date_end": "2025-03-20T00:00:00"}
    fault("revising_values")
    first = generation(**day)
    assert series(totals(**day)) == series(totals(**day))
    second = generation(**day)
    noon = "2025-03-19T12:00:00+10:00"
    ratio = points(second)["EMERASF1"][noon] / points(first)["EMERASF1"][noon]
    assert ratio == pytest.approx(1.001, abs=2e-4)


@pytest.mark.parametrize(
    ("changes", "status", "error"),
    [
        ({"network": "nem"}, 400, "Network nem not supported"),
        ({"metrics": "price"}, 400, "Unsupported metrics: price"),
        ({"date_start": "2025-01-03T00:00:00Z"}, 400, "Date start must be timezone naive and in network time"),
        ({"date_start": "2023-12-01"}, 400, "Date range too large for 1d interval. Maximum range is 366 days."),
        ({"date_start": "2025-01-06"}, 400, "Date start must be before date end"),
        ({"date_start": "2025-03-25", "date_end": "2025-03-26"}, 404, NOTHING),
        ({"fueltech": "wind"}, 404, NOTHING),
    ],
)  # fmt: skip
def test_what_the_source_refuses(totals: Ask, changes: dict[str, Any], status: int, error: str) -> None:
    answer = totals(**changes)
    assert (answer.status_code, answer.json()["error"]) == (status, error)


def test_totals_are_open_without_a_key_and_closed_to_a_bad_one(server: TestClient) -> None:
    path, params = (
        "/v4/data/network/WEM",
        {"metrics": "energy", "interval": "1d", "date_start": "2025-03-01", "date_end": "2025-03-02"},
    )
    assert server.get(path, params=params).status_code == 200
    assert server.get(path, params=params, headers={"Authorization": "Bearer short"}).json()["error"] == "Invalid API key"
