"""`gold.unanswered_hours`: what a failed request leaves open, until anything answers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.sql.gold_build import UNANSWERED, GoldBuild, day_window, plant, request

pytestmark = pytest.mark.stack

START = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(days=3)
"""Requests older than 40 days are not read, so hours are of these days."""
HOUR = timedelta(hours=1)


@pytest.fixture
def lake(gold: GoldBuild) -> GoldBuild:
    gold.put("silver.dim_plant", plant("ONE"), plant("TWO"), plant("WEST", network_id="WEM"))
    return gold


def asked(lake: GoldBuild, first: int, end: int, outcome: str = "error", **changes: Any) -> None:
    said: dict[str, Any] = {"outcome": outcome, "fetched_at": START + timedelta(hours=end), "facility_codes": []} | changes
    number = len(lake.waiting.get("bronze.api_requests", []))
    lake.put("bronze.api_requests", request(START + HOUR * first, START + HOUR * end, **said) | {"request_id": f"{number}"})


def noted(lake: GoldBuild, run_id: str = "run") -> dict[tuple[str, str], list[int]]:
    """Hours from START on by source and plant, after a run."""
    lake.execute(lake.sql(UNANSWERED, day_window(START), run_id))
    found: dict[tuple[str, str], list[int]] = {}
    for row in lake.execute(f"SELECT * FROM {lake.table('gold.unanswered_hours')} ORDER BY ts_utc"):
        found.setdefault((row["source"], row["plant_id"]), []).append((row["ts_utc"] - START) // HOUR)
    return found


def test_hours_of_a_failed_request_are_noted_by_plant_but_for_those_that_another_answered(lake: GoldBuild) -> None:
    asked(lake, 0, 4)
    asked(lake, 2, 3, "empty")
    assert noted(lake) == {("oe_generation", "ONE"): [0, 1, 3], ("oe_generation", "TWO"): [0, 1, 3]}


def test_the_next_try_makes_good_what_failed(lake: GoldBuild) -> None:
    asked(lake, 0, 4, "rate_limited")
    asked(lake, 0, 4, "ok")
    assert noted(lake) == {}


def test_a_request_for_some_plants_says_nothing_of_others(lake: GoldBuild) -> None:
    asked(lake, 0, 2, facility_codes=["ONE"])
    asked(lake, 0, 2, "ok", facility_codes=["TWO"])
    assert noted(lake) == {("oe_generation", "ONE"): [0, 1]}


def test_a_label_of_weather_is_the_end_of_its_hour_and_of_every_plant(lake: GoldBuild) -> None:
    asked(lake, 1, 3, source="om_weather", network_id=None, facility_codes=None)
    asked(lake, 0, 9, "ok", source="oe_generation")
    hours = [0, 1]
    assert noted(lake) == {("om_weather", each): hours for each in ("ONE", "TWO", "WEST")}


def test_an_answer_of_another_source_or_network_is_none(lake: GoldBuild) -> None:
    asked(lake, 0, 1, "unauthorised", source="oe_market", network_id="WEM")
    asked(lake, 0, 1, "ok", source="oe_market")
    asked(lake, 0, 1, "ok", network_id="WEM")
    assert noted(lake) == {("oe_market", "WEST"): [0]}


def test_what_was_noted_stays_until_it_is_answered(lake: GoldBuild) -> None:
    asked(lake, 0, 2)
    noted(lake, "first")
    lake.execute(f"DELETE FROM {lake.table('bronze.api_requests')}")  # as after 40 days
    assert noted(lake, "second") == {("oe_generation", "ONE"): [0, 1], ("oe_generation", "TWO"): [0, 1]}
    assert {row["_run_id"] for row in lake.execute(f"SELECT * FROM {lake.table('gold.unanswered_hours')}")} == {"first"}

    asked(lake, 1, 2, "ok")
    assert noted(lake, "third") == {("oe_generation", "ONE"): [0], ("oe_generation", "TWO"): [0]}


def test_a_second_run_changes_nothing(lake: GoldBuild) -> None:
    asked(lake, 0, 2)
    noted(lake, "first")
    snapshots = lake.snapshots("gold.unanswered_hours")
    noted(lake, "second")
    assert lake.snapshots("gold.unanswered_hours") == snapshots
