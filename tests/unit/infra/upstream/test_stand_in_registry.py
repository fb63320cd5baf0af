"""The registry's behaviour: filters on units, derived status, stripped keys, order, errors."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient

from tests.unit.infra.upstream.stand_in import Ask


def units_of(answer: dict) -> dict[str, dict]:
    return {unit["code"]: unit for record in answer["data"] for unit in record["units"]}


def test_a_path_without_its_slash_is_redirected(server: TestClient) -> None:
    answer = server.get("/v4/facilities")

    assert answer.status_code == 307
    assert answer.headers["location"].endswith("/v4/facilities/")


@pytest.mark.parametrize("base", ["/v4", ""])
def test_both_mounts_serve_the_same(ask: Ask, base: str) -> None:
    answer = ask(f"{base}/facilities/").json()

    assert answer["success"] is True
    assert answer["total_records"] == len(answer["data"]) == 44
    assert "error" not in answer


def test_records_are_sorted_by_lower_cased_name_and_carry_no_nulls(ask: Ask) -> None:
    records = ask("/v4/facilities/").json()["data"]

    names = [record["name"].lower() for record in records]
    assert names == sorted(names)
    assert all(value is not None for record in records for unit in record["units"] for value in unit.values())


def test_a_filter_on_fueltech_drops_other_units_and_then_empty_facilities(ask: Ask) -> None:
    everything = units_of(ask("/v4/facilities/").json())
    solar = units_of(ask("/v4/facilities/", fueltech_id="solar_utility").json())

    assert {"0NEWENB1", "BW01", "SAPHWF1"} <= everything.keys()
    assert {unit["fueltech_id"] for unit in solar.values()} == {"solar_utility"}
    assert {"NEWENSF1", "NEWENSF2"} <= solar.keys()


def test_operating_alone_loses_the_farms_that_are_still_climbing(ask: Ask) -> None:
    operating = units_of(ask("/v4/facilities/", status_id="operating", fueltech_id="solar_utility").json())
    both = units_of(ask("/v4/facilities/", status_id=["operating", "commissioning"], fueltech_id="solar_utility").json())

    assert both.keys() - operating.keys() == {"STUBSF1", "STUBSF2"}
    assert both["STUBSF1"]["status_id"] == "commissioning"


def test_units_share_the_capacity_of_their_farm(ask: Ask) -> None:
    record = ask("/v4/facilities/", facility_code="MWPS").json()["data"][0]

    assert len(record["units"]) == 4
    assert sum(unit["capacity_maximum"] for unit in record["units"]) == pytest.approx(18.0)


def test_western_farms_have_no_maximum_and_perth_time(ask: Ask) -> None:
    units = units_of(ask("/v4/facilities/", network_id="WEM").json())

    assert len(units) == 2
    assert all("capacity_maximum" not in unit and unit["data_first_seen"].endswith("+08:00") for unit in units.values())


def test_a_comma_list_is_not_split(ask: Ask) -> None:
    answer = ask("/v4/facilities/", facility_code="EMERASF,AVLSF")
    refused = ask("/v4/facilities/", status_id="operating,commissioning")

    assert answer.status_code == 404
    assert answer.json()["error"] == "No facilities found matching filters: facility_codes=[EMERASF,AVLSF]"
    assert refused.status_code == 422
    assert refused.json()["detail"][0]["loc"] == ["query", "status_id", 0]


def test_an_unknown_network_finds_nothing(ask: Ask) -> None:
    answer = ask("/v4/facilities/", network_id="XXX")

    assert answer.status_code == 404
    assert answer.json() == {
        "version": "4.5.11", "response_status": "ERROR", "success": False,
        "error": "No facilities found matching filters: network_ids=[XXX]",
    }  # fmt: skip


def test_the_control_path_retires_a_unit(ask: Ask, server: TestClient) -> None:
    change = {"unit_code": "ROYALLA1", "fields": {"status_id": "retired", "closure_date": "2025-02-01", "capacity_maximum": None}}
    assert server.post("/_control/registry", json=change).status_code == 200

    unit = units_of(ask("/v4/facilities/", facility_code="ROYALLA").json())["ROYALLA1"]
    assert (unit["status_id"], unit["closure_date"]) == ("retired", "2025-02-01")
    assert "capacity_maximum" not in unit
    assert ask("/v4/facilities/", facility_code="ROYALLA", status_id="operating").status_code == 404
