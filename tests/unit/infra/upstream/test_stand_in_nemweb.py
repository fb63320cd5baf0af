"""The market operator's folder: its listing, a file a day in the real form, and what can be wrong with it."""

import csv
import zipfile
from collections.abc import Iterator
from io import BytesIO, StringIO

import numpy as np
import pytest
from fastapi.testclient import TestClient

from infra.upstream.app import create_app
from infra.upstream.clock import Clock, parse_instant
from infra.upstream.farms import listed_farms
from infra.upstream.hours import hour_index
from infra.upstream.world.unit_solution import LEAST_CURTAILED_MW, dispatched, is_dispatched
from infra.upstream.world.world import World

FOLDER = "/nemweb/Reports/Current/Next_Day_Dispatch/"
SEED = 11275


NOW = "2025-01-07T20:00:00Z"


@pytest.fixture(scope="module")
def in_a_world() -> Iterator[TestClient]:
    with TestClient(create_app(Clock(parse_instant(NOW)), world=SEED)) as client:
        yield client


@pytest.fixture
def server(in_a_world: TestClient) -> TestClient:
    """In a world, at 06:00 of 8 January in the NEM, without faults."""
    in_a_world.post("/_control/clock", json={"now": NOW})
    in_a_world.delete("/_control/faults")
    return in_a_world


def names(server: TestClient) -> list[str]:
    html = server.get(FOLDER).text
    return [part.split('"')[0].rsplit("/", 1)[1] for part in html.split('HREF="')[1:] if ".zip" in part.split('"')[0]]


def lines(server: TestClient, name: str) -> list[list[str]]:
    answer = server.get(FOLDER + name)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/x-zip-compressed")
    with zipfile.ZipFile(BytesIO(answer.content)) as archive:
        (member,) = archive.namelist()
        assert member == name.replace(".zip", ".CSV")
        return list(csv.reader(StringIO(archive.read(member).decode())))


def test_the_folder_lists_the_days_that_were_published(server: TestClient) -> None:
    found = names(server)
    assert 50 < len(found) <= 60  # a day in a hundred never was
    assert found[-1].startswith("PUBLIC_NEXT_DAY_DISPATCH_20250107_")

    server.post("/_control/clock", json={"now": "2025-01-07T18:09:00Z"})
    assert names(server)[-1].startswith("PUBLIC_NEXT_DAY_DISPATCH_20250106_")
    server.post("/_control/faults", json={"name": "late_day", "params": {"days": 2}})
    assert names(server)[-1].startswith("PUBLIC_NEXT_DAY_DISPATCH_20250104_")
    server.post("/_control/faults", json={"name": "empty", "endpoint": "aemo_listing"})
    assert names(server) == []
    assert server.get(FOLDER + "PUBLIC_NEXT_DAY_DISPATCH_20300101_0000000448000000.zip").status_code == 404


def test_a_file_has_a_trading_day_of_the_units_that_are_dispatched(server: TestClient) -> None:
    found = lines(server, names(server)[-1])
    assert found[-1] == ["C", "END OF REPORT", str(len(found))]
    header = next(line for line in found if line[:3] == ["I", "DISPATCH", "UNIT_SOLUTION"])
    rows = [dict(zip(header, line, strict=True)) for line in found if line[:3] == ["D", "DISPATCH", "UNIT_SOLUTION"]]
    ends = sorted({row["SETTLEMENTDATE"] for row in rows})
    assert (len(ends), ends[0], ends[-1]) == (288, "2025/01/07 04:05:00", "2025/01/08 04:00:00")

    large = {unit.code for farm in listed_farms() if farm.network_id == "NEM" and farm.capacity_mw >= 30 for unit in farm.units}
    named = {row["DUID"] for row in rows}
    assert named - {"BW01"} <= large
    assert "BNGSF1" in named
    # Recorded hours have no rows: the week ends with 7 January.
    assert {row["SETTLEMENTDATE"] for row in rows if row["DUID"] == "EMERASF1"} <= set(ends[-60:])
    for row in rows:
        if row["DUID"] != "BW01":
            assert 0 <= float(row["TOTALCLEARED"]) <= float(row["AVAILABILITY"]) + 1e-4
            assert float(row["AVAILABILITY"]) <= float(row["UIGF"]) + 1e-4


def test_a_file_can_break_off_be_cut_or_be_of_an_older_version(server: TestClient) -> None:
    name = names(server)[-1]
    server.post("/_control/faults", json={"name": "old_table", "endpoint": "aemo_day"})
    header = next(line for line in lines(server, name) if line[:3] == ["I", "DISPATCH", "UNIT_SOLUTION"])
    assert (header[3], "UIGF" in header) == ("2", False)
    server.post("/_control/faults", json={"name": "no_end_of_report", "endpoint": "aemo_day"})
    assert lines(server, name)[-1][0] == "D"
    server.post("/_control/faults", json={"name": "truncated", "endpoint": "aemo_day", "params": {"clean": True}})
    with pytest.raises(zipfile.BadZipFile):
        zipfile.ZipFile(BytesIO(server.get(FOLDER + name).content))


def test_what_was_dispatched_is_the_worlds_truth_with_an_error() -> None:
    world = World(7)
    first, hours = hour_index(parse_instant("2025-02-01T14:00:00Z")), 24 * 20
    told = dispatched(world, first, hours)
    assert [world.plants[at] for at in told.positions] == [plant for plant in world.plants if is_dispatched(plant)]
    steps = world.dispatch_steps(first, hours)
    truth = [world.farm_hours(world.plants[at].farm, first, hours) for at in told.positions]
    curtailed = np.stack([each.curtailed_economic_mwh + each.curtailed_network_mwh for each in truth])
    of_steps = steps.curtailed_mw[told.positions].reshape(len(truth), hours, 12).mean(axis=2)
    assert np.abs(of_steps - curtailed).max() < 1e-3

    measured = np.maximum(told.uigf_mw - told.cleared_mw, 0).reshape(len(truth), hours, 12).mean(axis=2)
    off = steps.off_mw[told.positions].reshape(len(truth), hours, 12).mean(axis=2)
    known = off == 0
    assert abs(measured[known].sum() / curtailed[known].sum() - 1) < 0.05
    lit = (steps.could_mw[told.positions] > 5) & (steps.off_mw[told.positions] == 0)
    error = told.uigf_mw[lit] / steps.could_mw[told.positions][lit] - 1
    assert 0.02 < error.std() < 0.15
    is_off = steps.off_mw[told.positions] > LEAST_CURTAILED_MW
    assert told.availability_mw[is_off].max() == 0
    assert {bool(value) for value in np.unique(told.uigf_mw[is_off] == 0)} == {True, False}
