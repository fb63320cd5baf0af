"""Why the recorded week was low: the identity, what is expected of clear days, and the analyst's questions in SQL."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from include import lakehouse
from include.paths import PROJECT_ROOT
from tests.e2e.conftest import LOSS_GAP_MWH, Stack

pytestmark = pytest.mark.stack

WEEK = "ds BETWEEN DATE '2025-01-01' AND DATE '2025-01-07'"
QUESTIONS = sorted((PROJECT_ROOT / "sql" / "trino" / "dashboard").glob("*.sql"))
RECORDED = ("AVLSF", "BOMENSF", "DARLSF", "EMERASF", "FINLEYSF", "LIMOSF2", "WRSF1", "YATSF1")


def asked(stack: Stack, question: Path) -> list[dict[str, Any]]:
    """Rows by column of a question, as an analyst asks it."""
    cursor = lakehouse.connect(stack.settings, "pv-lakehouse-tests", lakehouse.ANALYST).cursor()
    rows = cursor.execute(question.read_text(encoding="utf-8").strip().removesuffix(";")).fetchall()
    return [dict(zip([column[0] for column in cursor.description], row, strict=True)) for row in rows]


def test_every_hour_of_the_week_adds_up(recorded_week: Stack) -> None:
    plants = ", ".join(f"'{plant}'" for plant in RECORDED)
    (row,) = recorded_week.query(
        f"SELECT count(*), count(expected_mwh), count_if({LOSS_GAP_MWH} > 1e-6) FROM gold.plant_loss_hourly"
        f" WHERE {WEEK} AND plant_id IN ({plants})"
    )
    assert row == [7 * 24 * len(RECORDED), 7 * 24 * len(RECORDED), 0]


def test_energy_of_the_day_is_the_same_as_in_the_daily_figures(recorded_week: Stack) -> None:
    differing = recorded_week.query(
        "SELECT plant_id, ds, loss.energy_mwh, kpi.energy_mwh FROM gold.plant_loss_daily AS loss"
        f" JOIN gold.daily_plant_kpi AS kpi USING (plant_id, ds) WHERE {WEEK} AND abs(loss.energy_mwh - kpi.energy_mwh) > 1e-6"
    )
    assert differing == []


def test_a_clear_day_makes_what_is_expected_and_yatpools_first_day_a_seventh(recorded_week: Stack) -> None:
    index = {
        (plant, day): value
        for plant, day, value in recorded_week.query(
            f"SELECT plant_id, cast(ds AS varchar), performance_index FROM gold.plant_loss_daily WHERE {WEEK}"
        )
    }
    for day in ("2025-01-01", "2025-01-02", "2025-01-03"):
        assert index["DARLSF", day] == pytest.approx(1.0, abs=0.05)
        assert index["FINLEYSF", day] == pytest.approx(0.95, abs=0.05)
    assert index["YATSF1", "2025-01-01"] == pytest.approx(0.14, abs=0.02)
    assert index["WRSF1", "2025-01-05"] == 0


def test_losses_of_recorded_farms_name_no_curtailment(recorded_week: Stack) -> None:
    methods = recorded_week.query(
        "SELECT DISTINCT curtailed_method, expected_method FROM gold.plant_loss_hourly"
        f" WHERE {WEEK} AND plant_id IN ('YATSF1', 'DARLSF') AND expected_mwh > 1"
    )
    assert {expected for _, expected in methods} == {"prior"}
    assert (
        recorded_week.value(f"SELECT sum(unavailable_mwh) FROM gold.plant_loss_daily WHERE {WEEK} AND plant_id = 'DARLSF'") == 0
    )


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda path: path.stem)
def test_a_question_of_the_guide_is_answered(recorded_week: Stack, question: Path) -> None:
    rows = asked(recorded_week, question)
    assert rows, question.name
    assert question.name in (PROJECT_ROOT / "docs" / "guides" / "why.md").read_text(encoding="utf-8")
