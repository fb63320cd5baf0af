"""Plant models: fitted from Silver, compared with the champion over days that neither has seen, judges once promoted."""

from datetime import UTC, datetime, timedelta

import pytest

from include.windows import Window
from spark_jobs.losses.explain import explain
from spark_jobs.plant_models.fit import fit_models
from tests.simulation.world import world
from tests.spark.lakehouse import Lakehouse
from tests.spark.silver_worlds import write_world

DAYS = 63
MODELS = "silver.plant_model"


def roles(lakehouse: Lakehouse) -> dict[int, str]:
    return {row["model_version"]: row["role"] for row in lakehouse.rows(MODELS, "model_version", "role")}


def test_fits_are_versions_and_only_the_champion_judges(lakehouse: Lakehouse) -> None:
    made = world(11, 2, DAYS)
    write_world(lakehouse, made)
    start = datetime.fromtimestamp(int(made.start_s[0]), UTC)
    window = Window(start, start + timedelta(days=DAYS))

    found = fit_models(lakehouse.spark, window, "run-1")
    rows = lakehouse.rows(MODELS)
    assert {row["fold"] for row in rows} == set(range(DAYS // 7 + 1))
    whole = {row["plant_id"]: row for row in rows if row["fold"] == 0}
    for farm in made.farms:
        row = whole[farm.code]
        assert (row["method"], row["mounting"]) == ("fitted", "tracker" if farm.is_tracking else "fixed")
        assert row["effective_dc_mw"] == pytest.approx(farm.effective_dc_mw, rel=0.06)
        assert 50 <= row["held_out_days"] <= DAYS
    assert found.is_better, found.reason
    (comparison,) = lakehouse.rows("silver.plant_model_comparison")
    assert (comparison["model_version"], comparison["compared_with"], comparison["is_better"]) == (1, 0, True)

    # Done again the run writes the same version; another run the next one.
    fit_models(lakehouse.spark, window, "run-1")
    assert lakehouse.rows(MODELS) == rows
    assert roles(lakehouse) == {1: "challenger"}

    # A challenger judges nothing; a champion does, each week by the fit that left it out and has 56 days left.
    noon = Window(start + timedelta(hours=11), start + timedelta(hours=13))
    explain(lakehouse.spark, noon)
    judged = lakehouse.rows("gold.plant_loss_hourly", "expected_method", "model_version", "expected_mwh")
    assert {(row["expected_method"], row["model_version"]) for row in judged} == {("prior", 0)}
    lakehouse.spark.sql(f"UPDATE {MODELS} SET role = 'champion' WHERE model_version = 1")
    explain(lakehouse.spark, noon)
    judged = lakehouse.rows("gold.plant_loss_hourly", "expected_method", "model_version", "expected_mwh")
    assert {(row["expected_method"], row["model_version"]) for row in judged} == {("provisional", 1)}

    # The same fit again is no better than itself, and follows the challenger before it.
    again = fit_models(lakehouse.spark, window, "run-2")
    assert not again.is_better
    assert roles(lakehouse) == {1: "champion", 2: "challenger"}
    fit_models(lakehouse.spark, window, "run-3")
    assert roles(lakehouse) == {1: "champion", 2: "refused", 3: "challenger"}
