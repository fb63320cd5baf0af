"""What the sources may answer ends as an outcome: a person is told what to do, nothing is lost, nothing becomes a silent zero.

Each fault by itself is tried on the fetch functions (tests/unit/include/sources/test_fetch.py); here they go through Airflow to
Bronze.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from include.asked_runs import HOURLY_DAGS
from tests.e2e.comparison import local_day
from tests.e2e.conftest import Stack

pytestmark = pytest.mark.stack

HOUR = datetime(2025, 3, 3, 2, tzinfo=UTC)


def test_a_refused_key_fails_at_once_and_names_the_variable(stack: Stack, faults: Any) -> None:
    faults("invalid_key", endpoint="oe_data")

    run = stack.run("ingest_oe_bronze", HOUR, HOUR + timedelta(hours=1))

    assert run["state"] == "failed"
    assert stack.states(run)["fetch_generation"] == "failed"
    assert stack.states(run)["load_bronze_oe"] == "success"  # what was landed is loaded, refusals too
    log = stack.log("ingest_oe_bronze", run["dag_run_id"], "fetch_generation")
    assert "OPEN_NEM_PRIMARY" in log and "OPEN_NEM_SECONDARY" in log
    assert stack.outcomes(run)["oe_generation"] == {"unauthorised"}


def test_a_refused_primary_key_is_replaced_by_the_secondary(stack: Stack, faults: Any) -> None:
    stack.control("POST", "faults", {"name": "invalid_key", "key": "oe_stand_in_primary"})

    run = stack.run("ingest_oe_bronze", HOUR, HOUR + timedelta(hours=1))

    assert run["state"] == "success"
    assert stack.outcomes(run)["oe_generation"] == {"unauthorised", "ok"}


def test_a_shape_that_cannot_be_read_is_invalid_and_leaves_bronze_alone(stack: Stack, faults: Any) -> None:
    faults("wrong_shape", endpoint="oe_data")
    before = stack.value("SELECT count(*) FROM bronze.oe_generation_hourly_raw")
    hour = HOUR + timedelta(hours=1)

    run = stack.run("ingest_oe_bronze", hour, hour + timedelta(hours=1))

    assert run["state"] == "failed"
    assert stack.outcomes(run)["oe_generation"] == {"invalid"}
    request_id, detail = stack.query(
        f"SELECT request_id, detail FROM bronze.api_requests WHERE run_id = '{run['dag_run_id']}' AND outcome = 'invalid'"
    )[0]
    assert detail.startswith("$")
    assert request_id in stack.log("ingest_oe_bronze", run["dag_run_id"], "fetch_generation")
    assert stack.value("SELECT count(*) FROM bronze.oe_generation_hourly_raw") == before


def test_an_outage_is_kept_repeated_and_survived(stack: Stack, faults: Any) -> None:
    faults("maintenance", endpoint="oe_data", times=1)
    faults("truncated", endpoint="om_archive", times=1)
    hour = HOUR + timedelta(hours=2)

    oe, om = stack.run_at_once([(dag_id, hour, hour + timedelta(hours=1)) for dag_id in HOURLY_DAGS[:2]])

    assert (oe["state"], om["state"]) == ("success", "success")
    assert stack.outcomes(oe)["oe_generation"] == {"error", "ok"}
    assert stack.outcomes(om)["om_weather"] == {"error", "ok"}


@pytest.mark.long
def test_an_empty_answer_succeeds_and_shows_as_missing(stack: Stack, faults: Any) -> None:
    # given a day of which every farm's hour from 10:00 local on is missing at the source
    day_start, day_end = local_day(date(2025, 4, 2))
    gone = [(day_start + timedelta(hours=h)).isoformat() for h in range(10, 14)]
    faults("hour_missing_for_all", hours=gone)

    stack.succeed("rebuild_day", day_start, day_end)

    for plant, energy_mwh, cf, missingness in stack.query(
        "SELECT plant_id, energy_mwh, cf, missingness FROM gold.daily_plant_kpi WHERE ds = DATE '2025-04-02'"
    ):
        assert missingness == pytest.approx(4 / 24), plant
        assert cf is None, plant
        assert energy_mwh is not None

    # and an answer with nothing at all is an outcome, not an error
    stack.control("DELETE", "faults")
    faults("empty", endpoint="oe_data")
    hour = HOUR + timedelta(hours=3)
    run = stack.run("ingest_oe_bronze", hour, hour + timedelta(hours=1))
    assert run["state"] == "success"
    assert stack.outcomes(run)["oe_generation"] == {"empty"}
