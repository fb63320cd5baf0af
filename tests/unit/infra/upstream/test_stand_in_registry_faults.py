"""What the stand-in's registry can be made to do: renames, splits, upgrades, dates that are none, closures, slips."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.infra.upstream.stand_in import Ask, SwitchOn, points

LATER = "2025-03-01T00:00:00Z"
"""Before the stand-in's clock of these tests, which stands in March 2025."""


def record(ask: Ask, code: str) -> dict[str, Any]:
    return next(record for record in ask("/v4/facilities/").json()["data"] if record["code"] == code)


def day(generation: Ask, code: str, date: str = "2025-03-10") -> dict[str, float]:
    """Energy of a local day by unit."""
    series = points(generation(facility_code=[code], date_start=date, date_end=f"{date}T23:00:00"))
    return {unit: sum(value or 0.0 for value in hours.values()) for unit, hours in series.items()}


def test_a_renamed_unit_has_its_hours_under_the_new_code(ask: Ask, generation: Ask, fault: SwitchOn) -> None:
    before, recorded = day(generation, "AVLSF"), day(generation, "AVLSF", "2025-01-03")
    fault("renamed_unit", unit_code="AVLSF1", to="AVNEW1")

    assert [unit["code"] for unit in record(ask, "AVLSF")["units"]] == ["AVNEW1"]
    assert day(generation, "AVLSF") == {"AVNEW1": before["AVLSF1"]}
    assert day(generation, "AVLSF", "2025-01-03") == {"AVNEW1": recorded["AVLSF1"]}


def test_a_renamed_facility_is_not_found_under_its_former_code(ask: Ask, generation: Ask, fault: SwitchOn) -> None:
    fault("renamed_facility", facility_code="STUBSF", to="0STUBBOSF")

    assert ask("/v4/facilities/", facility_code="STUBSF").status_code == 404
    assert record(ask, "0STUBBOSF")["name"] == "Stubbo"
    assert day(generation, "0STUBBOSF").keys() == {"STUBSF1", "STUBSF2"}


def test_copied_farms_make_what_the_farms_made_and_can_be_hit_alone(ask: Ask, generation: Ask, fault: SwitchOn) -> None:
    before, recorded = day(generation, "AVLSF"), day(generation, "AVLSF", "2025-01-03")
    fault("copied_farms", prefixes=["A_", "B_"], facility_codes=["AVLSF", "STUBSF"])
    fault("renamed_unit", unit_code="B_AVLSF1", to="B_NEW1")

    listed = {farm["code"] for farm in ask("/v4/facilities/").json()["data"] if farm["code"].endswith(("AVLSF", "STUBSF"))}
    assert listed == {"A_AVLSF", "B_AVLSF", "A_STUBSF", "B_STUBSF"}
    assert day(generation, "A_AVLSF") == {"A_AVLSF1": before["AVLSF1"]}
    assert day(generation, "B_AVLSF", "2025-01-03") == {"B_NEW1": recorded["AVLSF1"]}


def test_a_split_unit_is_two_that_make_what_it_made(ask: Ask, generation: Ask, fault: SwitchOn) -> None:
    (whole,), before = record(ask, "AVLSF")["units"], day(generation, "AVLSF")["AVLSF1"]
    fault("split_unit", unit_code="AVLSF1")

    units = {unit["code"]: unit["capacity_maximum"] for unit in record(ask, "AVLSF")["units"]}
    assert units == {"AVLSF1": whole["capacity_maximum"] / 2, "AVLSF1P2": whole["capacity_maximum"] / 2}
    parts = day(generation, "AVLSF")
    assert parts.keys() == units.keys()
    assert sum(parts.values()) == pytest.approx(before, abs=0.01)


def test_an_upgraded_unit_makes_more_from_then_on(ask: Ask, generation: Ask, fault: SwitchOn) -> None:
    (unit,) = record(ask, "AVLSF")["units"]
    before = [day(generation, "AVLSF", date)["AVLSF1"] for date in ("2025-02-20", "2025-03-10")]
    fault("upgraded_unit", unit_code="AVLSF1", at=LATER)

    assert record(ask, "AVLSF")["units"][0]["capacity_maximum"] == unit["capacity_maximum"] * 1.5
    after = [day(generation, "AVLSF", date)["AVLSF1"] for date in ("2025-02-20", "2025-03-10")]
    assert after == [pytest.approx(before[0]), pytest.approx(1.5 * before[1])]


def test_a_fault_waits_for_its_time(ask: Ask, fault: SwitchOn) -> None:
    (before,) = record(ask, "AVLSF")["units"]
    fault("absurd_capacity", unit_code="AVLSF1", capacity=3.8, at="2099-01-01T00:00:00Z")
    assert record(ask, "AVLSF")["units"] == [before]


def test_dates_are_as_coarse_as_they_are_said_to_be(ask: Ask, fault: SwitchOn) -> None:
    fault("coarse_date", unit_code="AVLSF1", date="2025-01-01")
    fault("undated_unit", unit_code="YATSF1")

    (coarse,), (undated,) = record(ask, "AVLSF")["units"], record(ask, "YATSF1")["units"]
    assert (coarse["commencement_date"], coarse["commencement_date_specificity"]) == ("2025-01-01", "year")
    assert not {"commencement_date", "data_first_seen"} & undated.keys()


def test_a_retired_farm_says_so_and_makes_nothing_after_its_last_day(ask: Ask, generation: Ask, fault: SwitchOn) -> None:
    fault("retired_farm", facility_code="AVLSF", closure_date="2025-03-10")
    (unit,) = record(ask, "AVLSF")["units"]
    assert (unit["status_id"], unit["closure_date"]) == ("retired", "2025-03-10")
    assert day(generation, "AVLSF")["AVLSF1"] > 0
    assert generation(facility_code=["AVLSF"], date_start="2025-03-11", date_end="2025-03-12").status_code == 404


def test_a_farm_can_vanish_without_a_word(ask: Ask, fault: SwitchOn) -> None:
    fault("retired_farm", facility_code="AVLSF", vanishes=True)
    assert ask("/v4/facilities/", facility_code="AVLSF").status_code == 404


def test_faults_compose_and_their_targets_are_drawn_by_seed(ask: Ask, generation: Ask, fault: SwitchOn) -> None:
    before, energy = ask("/v4/facilities/").json()["data"], day(generation, "AVLSF")["AVLSF1"]
    for name, params in {"absurd_capacity": {"unit_code": ["AVLSF1", "YATSF1"], "capacity": 3.8},
                         "moved_coordinates": {"facility_code": "AVLSF", "north_km": 0.001},
                         "renamed_unit": {"unit_code": "AVLSF1", "to": "AVNEW1"},
                         "coarse_date": {"seed": 7}}.items():  # fmt: skip
        fault(name, **params)

    avonlie = record(ask, "AVLSF")
    (unit,) = avonlie["units"]
    assert (unit["code"], unit["capacity_maximum"], unit["capacity_registered"]) == ("AVNEW1", 3.8, 3.8)
    assert avonlie["location"]["lat"] == pytest.approx(-34.919115 + 0.001 / 111.2, abs=1e-6)
    assert day(generation, "AVLSF") == {"AVNEW1": energy}
    after = ask("/v4/facilities/").json()["data"]
    assert after == ask("/v4/facilities/").json()["data"]
    changed = {new["code"] for new, old in zip(after, before, strict=True) if new["units"] != old["units"]}
    assert len(changed - {"AVLSF", "YATSF1"}) <= 1
    assert any("commencement_date_specificity" in unit for record in after for unit in record["units"])
