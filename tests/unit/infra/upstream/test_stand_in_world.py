"""The stand-in in a world: what its doors say of energy, market and truth, and that what was recorded stays as it was."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient
from httpx import Response

from infra.upstream.app import create_app
from infra.upstream.clock import Clock, parse_instant
from infra.upstream.farms import listed_farms
from infra.upstream.recorded_week import recorded_energy_mwh
from tests.unit.infra.upstream.conftest import NOW
from tests.unit.infra.upstream.stand_in import Ask, SwitchOn, points

SEED = 7
CURTAILED = "curtailment_solar_utility_energy"
RECORDED = ["AVLSF", "BOMENSF", "DARLSF", "EMERASF", "FINLEYSF", "LIMOSF2", "WRSF1", "YATSF1"]
WEEK = {"date_start": "2025-01-01", "date_end": "2025-01-08"}
DAY = {"date_start": "2025-03-01", "date_end": "2025-03-02"}
DAY_UTC = {"start": "2025-02-28T14:00:00Z", "end": "2025-03-01T14:00:00Z"}


@pytest.fixture
def server() -> Iterator[TestClient]:
    """The server in a world, in place of the one in which nothing happens."""
    with TestClient(create_app(Clock(parse_instant(NOW)), SEED), follow_redirects=False) as client:
        yield client


@pytest.fixture
def market(ask: Ask) -> Ask:
    def get(**changes: Any) -> Response:
        asked = {"metrics": ["price", CURTAILED], "interval": "1h", "primary_grouping": "network_region"} | DAY | changes
        return ask("/v4/market/network/NEM", **asked)

    return get


def regions(answer: Response, metric: str) -> dict[str, dict[str, float | None]]:
    assert answer.status_code == 200, answer.text
    block = next(block for block in answer.json()["data"] if block["metric"] == metric)
    return {result["columns"]["region"]: dict(result["data"]) for result in block["results"]}


def truth(server: TestClient, codes: list[str], **span: str) -> dict[str, Any]:
    answer = server.get("/_control/truth", params={"facility_code": codes} | DAY_UTC | span)
    assert answer.status_code == 200, answer.text
    facilities: dict[str, Any] = answer.json()["facilities"]
    return facilities


def test_the_recorded_week_is_as_it_was_recorded_and_has_no_market(generation: Ask, market: Ask) -> None:
    answer = generation(facility_code=[*RECORDED, "BNGSF1"], metrics=["energy", "market_value"], **WEEK)
    energy, values = points(answer), points(answer, "market_value")

    assert {code: list(hours.values()) for code, hours in energy.items() if code != "BNGSF1"} == {
        code: list(hours.values()) for code, hours in recorded_energy_mwh().items()
    }
    assert values.keys() == {"BNGSF1"}
    assert regions(market(**WEEK), "price").keys() == regions(market(**WEEK), CURTAILED).keys() == {"SA1", "TAS1"}
    assert len(regions(market(date_start="2025-01-08", date_end="2025-01-09"), "price")) == 5


def test_the_truth_of_a_farm_is_what_it_tells_and_what_it_lost(server: TestClient, generation: Ask) -> None:
    told = points(generation(facility_code=["BNGSF1"], **DAY))["BNGSF1"]
    known = truth(server, ["BNGSF1"])["BNGSF1"]

    assert known["energy_mwh"] == list(told.values())
    lost = [known[name] for name in known if name not in ("potential_mwh", "energy_mwh", "clipped_mwh")]
    assert known["potential_mwh"] == pytest.approx([sum(hour) for hour in zip(known["energy_mwh"], *lost, strict=True)])
    assert sum(known["potential_mwh"]) > 100


def test_units_share_what_their_farm_made(server: TestClient, generation: Ask) -> None:
    units = points(generation(facility_code=["NEWENSF"], **DAY))
    of_farm = truth(server, ["NEWENSF"])["NEWENSF"]["energy_mwh"]

    assert [sum(hour) for hour in zip(*(unit.values() for unit in units.values()), strict=True)] == pytest.approx(
        of_farm, abs=1e-3
    )


def test_of_recorded_hours_and_before_a_farm_nobody_knows_the_truth(server: TestClient) -> None:
    week_end = truth(server, ["EMERASF", "BNGSF1"], start="2025-01-07T02:00:00Z", end="2025-01-08T02:00:00Z")
    before = truth(server, ["STUBSF"], start="2024-12-18T00:00:00Z", end="2024-12-19T00:00:00Z")["STUBSF"]

    assert [value is None for value in week_end["EMERASF"]["potential_mwh"]] == [True] * 12 + [False] * 12
    assert None not in week_end["BNGSF1"]["potential_mwh"]
    assert before["energy_mwh"] == [None] * 23 + [before["energy_mwh"][23]] and before["energy_mwh"][23] is not None


def test_a_copy_of_a_farm_has_its_truth_and_energy(server: TestClient, generation: Ask, fault: SwitchOn) -> None:
    original = truth(server, ["BNGSF1"])["BNGSF1"]
    fault("copied_farms", prefixes=["W1_"], facility_codes=["BNGSF1"])

    assert truth(server, ["W1_BNGSF1"]) == {"W1_BNGSF1": original}
    assert list(points(generation(facility_code=["W1_BNGSF1"], **DAY))["W1_BNGSF1"].values()) == original["energy_mwh"]
    assert server.get("/_control/truth", params={"facility_code": "BNGSF1"} | DAY_UTC).status_code == 422


def test_a_region_tells_the_curtailment_of_its_farms_and_values_are_energy_by_price(
    server: TestClient, generation: Ask, market: Ask
) -> None:
    farms = [farm.code for farm in listed_farms() if farm.network_region == "SA1" and farm.capacity_mw >= 30]
    known = truth(server, farms).values()
    by_cause = [farm[name] for farm in known for name in ("curtailed_economic_mwh", "curtailed_network_mwh")]
    answer = generation(facility_code=["BNGSF1"], metrics=["energy", "market_value"], **DAY)
    energy, value = (points(answer, metric)["BNGSF1"] for metric in ("energy", "market_value"))
    price = regions(market(), "price")["SA1"]

    told = list(regions(market(), CURTAILED)["SA1"].values())
    assert told == pytest.approx([sum(hour) for hour in zip(*by_cause, strict=True)], abs=1e-6)
    assert sum(told) > 50
    assert value == {label: pytest.approx(energy[label] * price[label]) for label in energy}


def test_defects_come_on_top_and_leave_the_truth_alone(server: TestClient, generation: Ask, fault: SwitchOn) -> None:
    before = truth(server, ["BNGSF1"])
    fault("doubled_rows", unit_codes=["BNGSF1"])

    told = points(generation(facility_code=["BNGSF1"], **DAY))["BNGSF1"].values()
    assert list(told) == pytest.approx([2 * value for value in before["BNGSF1"]["energy_mwh"]])
    assert truth(server, ["BNGSF1"]) == before


def test_the_weather_is_told_of_the_worlds_clouds(server: TestClient, weather: Ask) -> None:
    def ghi() -> list[float]:
        hours: list[float] = weather(start_date="2025-02-01", end_date="2025-02-10").json()["hourly"]["shortwave_radiation"]
        return hours

    first = ghi()
    server.post("/_control/world", json={"seed": 8})
    assert ghi() != first
    server.post("/_control/reset")
    assert ghi() == first


def test_a_world_can_be_left_and_without_one_there_is_no_truth(server: TestClient, generation: Ask) -> None:
    within = points(generation(facility_code=["BNGSF1"], **DAY))
    server.post("/_control/world", json={"seed": None})

    assert points(generation(facility_code=["BNGSF1"], **DAY)) != within
    assert server.get("/_control/truth", params={"facility_code": "BNGSF1"} | DAY_UTC).status_code == 422


@pytest.mark.parametrize("changes", [{"facility_code": "NOBODY"}, {"start": "yesterday"}, {"facility_code": []}])
def test_what_the_door_to_the_truth_refuses(server: TestClient, changes: dict[str, Any]) -> None:
    assert server.get("/_control/truth", params={"facility_code": "BNGSF1"} | DAY_UTC | changes).status_code == 422
