"""What farms of a world lost, as the stack finds it: by estimates first, then with the market operator's unit solution.

The stand-in's clock stands still, as the operator's folder has sixty days only: the world of a seed is the same whenever it is
asked for. PV_TEST_SEED: which.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import numpy as np
import pytest

from include.asked_runs import FIT_DAG, HOURLY_DAGS
from include.windows import HOUR
from infra.commands.backfill import backfill
from infra.upstream.noise import Floats
from tests.e2e.conftest import LOSS_GAP_MWH, Stack
from tests.simulation.scores import CAUSES, F1, scores_of

pytestmark = [pytest.mark.stack, pytest.mark.long]

END = datetime.fromisoformat("2025-04-01T14:00:00+00:00")
"""Midnight of the NEM, before which the judged days end."""
FITTED_DAYS, JUDGED_DAYS = 59, 30
"""What the plant models are fitted on, and the last of them: the operator's files of a regular run reach so far back."""
AEMO_DAG, GOLD_DAG = "ingest_aemo_bronze", HOURLY_DAGS[2]
START = END - timedelta(days=JUDGED_DAYS)
HOURS = [START + n * HOUR for n in range(24 * JUDGED_DAYS)]
WITHIN = f"ts_utc >= TIMESTAMP '{START:%F %H:%M} UTC' AND ts_utc < TIMESTAMP '{END:%F %H:%M} UTC'"
LOSSES = "gold.plant_loss_hourly"
WITHOUT, WITH = {"economic": 0.8, "network": 0.6, "outage": 0.9}, {"economic": 0.85, "network": 0.85, "outage": 0.9}
"""The least F1, without the unit solution and with it. Two months teach a third of the bids that a year does, and what stops at a
price above 0 is not called economic until its bid is known. A year is scored by `python -m tests.simulation`."""


class Found:
    """Scores by cause without and with the unit solution, and how many hours were judged by it each time."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.truth = self._truth()
        self.without, self.measured_before = self._scores()

    def read_again(self) -> None:
        """Score what the table says now."""
        self.with_it, self.measured = self._scores()

    def _truth(self) -> dict[str, dict[str, list[float | None]]]:
        codes = [code for (code,) in self.stack.query(f"SELECT DISTINCT plant_id FROM {LOSSES} WHERE {WITHIN} ORDER BY 1")]
        span = f"start={START:%FT%TZ}&end={END:%FT%TZ}"
        told = self.stack.control("GET", f"truth?{'&'.join(f'facility_code={code}' for code in codes)}&{span}")
        assert len(told["hours"]) == len(HOURS)
        facilities: dict[str, dict[str, list[float | None]]] = told["facilities"]
        return facilities

    def _scores(self) -> tuple[dict[str, F1], int]:
        plants = {code: number for number, code in enumerate(self.truth)}
        told = {cause: np.zeros((len(plants), len(HOURS))) for cause in CAUSES}
        is_known, capacity_mw, measured = np.zeros((len(plants), len(HOURS)), dtype=bool), np.ones((len(plants), 1)), 0
        rows = self.stack.query(
            f"SELECT plant_id, ts_utc, {', '.join(CAUSES.values())}, curtailed_method = 'measured', "
            "expected_mwh IS NOT NULL AND loss.energy_mwh IS NOT NULL AND units_accepted = units_expected, capacity_mw "
            f"FROM {LOSSES} AS loss JOIN gold.plant_weather_hourly USING (plant_id, ts_utc) WHERE {WITHIN}"
        )
        for plant, at, *mwh, is_measured, known, capacity in rows:
            place = plants[plant], (at - START) // HOUR
            for cause, value in zip(CAUSES, mwh, strict=True):
                told[cause][place] = value or 0.0
            is_known[place] = known
            capacity_mw[place[0]] = capacity
            measured += is_measured
        truth = {cause: self._of("unavailable_mwh" if cause == "outage" else f"curtailed_{cause}_mwh") for cause in CAUSES}
        others = np.stack([self._of("part_unavailable_mwh"), self._of("stored_mwh")])
        return scores_of(truth, others, told, is_known, capacity_mw), measured

    def _of(self, name: str) -> Floats:
        """Hours by plant of a part of the truth."""
        return np.nan_to_num(np.array([facility[name] for facility in self.truth.values()], dtype=float))


@pytest.fixture(scope="module")
def found(stack: Stack) -> Iterator[Found]:
    stack.control("POST", "clock", {"now": f"{END + timedelta(hours=12):%FT%TZ}"})
    # No day is listed yet.
    stack.control("POST", "faults", {"name": "empty", "endpoint": "aemo_listing", "times": None, "params": {}})
    first, until = (f"{END + timedelta(days=days):%F}" for days in (1 - FITTED_DAYS, 1))
    assert backfill(stack.settings, first, until, resume=False) == 0
    stack.airflow.unpause(FIT_DAG)
    fit = stack.run(FIT_DAG, until=until)
    assert fit["state"] == "success", list(stack.airflow.tasks(FIT_DAG, fit["dag_run_id"]))
    score = Found(stack)

    stack.control("DELETE", "faults")
    stack.succeed(AEMO_DAG, END + 4 * HOUR, END + 6 * HOUR)
    stack.succeed(GOLD_DAG, END - HOUR, END)
    score.read_again()
    yield score
    stack.control("POST", "clock", {"now": None})


def test_nothing_is_measured_before_the_operators_files_are_there(found: Found) -> None:
    assert found.measured_before == 0


def test_files_that_come_later_make_their_hours_measured(found: Found) -> None:
    outcomes = found.stack.query(
        "SELECT outcome, count(*) FROM bronze.api_requests WHERE source = 'aemo_unit_solution' GROUP BY outcome ORDER BY 1"
    )
    assert [name for name, _ in outcomes if name not in ("ok", "empty")] == []
    assert found.measured > 0.5 * len(HOURS) * len(found.truth)


@pytest.mark.parametrize("cause", CAUSES)
def test_what_was_lost_is_found_by_its_cause(found: Found, cause: str) -> None:
    print(f"{cause}: without {found.without[cause]}, with it {found.with_it[cause]}")
    assert found.without[cause].by_class >= WITHOUT[cause]
    assert found.with_it[cause].by_class >= max(WITH[cause], found.without[cause].by_class)


def test_every_hour_adds_up(found: Found) -> None:
    assert found.stack.query(f"SELECT plant_id, ts_utc FROM {LOSSES} WHERE {WITHIN} AND {LOSS_GAP_MWH} > 1e-6") == []


def test_each_measured_loss_has_a_class_that_is_no_estimate(found: Found) -> None:
    classes = found.stack.query(
        f"SELECT DISTINCT loss_class FROM {LOSSES} WHERE {WITHIN} AND curtailed_method = 'measured' AND loss_class LIKE '%_est'"
    )
    assert classes == []
