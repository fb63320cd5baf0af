"""The questions of `sql/trino/dashboard`, asked of hours by hand: any client can run the files as they are."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from jinja2 import Template

from tests.sql.gold_build import SQL_DIR, GoldBuild, Row
from tests.sql.loss_days import LATE, put_all

pytestmark = pytest.mark.stack

QUESTIONS = sorted(path.stem for path in (SQL_DIR / "dashboard").glob("*.sql"))


@pytest.fixture(scope="module")
def lake(gold_build: GoldBuild) -> Iterator[GoldBuild]:
    put_all(gold_build)
    model: Row = {"model_version": 3, "fold": 0, "role": "champion", "method": "fitted", "mounting": "tracker", "days": 90}
    judged: Row = {"held_out_days": 14, "held_out_mae_share": 0.04, "is_mounting_decided": False}
    spans: Row = {"fitted_from_utc": LATE, "fitted_to_utc": LATE, "_run_id": "run", "_updated_at": LATE}
    sizes: Row = {"effective_dc_mw": 110.0, "ac_limit_mw": 95.0, "capacity_mw": 100.0, "hours": 900, "kept_hours": 700}
    gold_build.put("silver.plant_model", model | judged | spans | sizes | {"plant_id": "NYNGAN"})
    gold_build.create_views()
    yield gold_build
    gold_build.empty()


def ask(lake: GoldBuild, question: str, **instead: str) -> list[Row]:
    """Rows of a file, in this test's schemas; `instead`: other parameters, by the words they stand for."""
    sql = (SQL_DIR / "dashboard" / f"{question}.sql").read_text("utf-8")
    for word, other in instead.items():
        assert word in sql
        sql = sql.replace(word, other)
    return lake.execute(re.sub(r"\b(gold|silver)\.(?=[a-z])", lambda schema: f"iceberg.{schema[1]}_{lake.name}.", sql))


def of_nyngan(rows: list[Row], **figures: Any) -> None:
    (row,) = [row for row in rows if row["plant_id"] == "NYNGAN"]
    assert {name: row[name] for name in figures} == figures


@pytest.mark.parametrize("question", QUESTIONS)
def test_every_file_begins_with_its_question(question: str) -> None:
    first = (SQL_DIR / "dashboard" / f"{question}.sql").read_text("utf-8").splitlines()[0]
    assert re.fullmatch(r"-- [A-Z].*\?", first)


def test_ten_questions_are_asked() -> None:
    assert len(QUESTIONS) == 10


def test_prices_take_what_was_below_the_bid(lake: GoldBuild) -> None:
    lost = {"lost_to_prices_mwh": 80.0, "hours_stopped": 1, "sold_below_zero_mwh": 20.0, "worth_aud": -800.0, "days_judged": 2}
    of_nyngan(ask(lake, "lost_to_prices"), **lost, lost_to_prices_pct=16.3)


def test_an_outage_while_the_others_run_is_ours(lake: GoldBuild) -> None:
    words = {"YATSF1": "NYNGAN", "DATE '2025-01-03'": "DATE '2025-01-01'", "DATE '2025-01-04'": "DATE '2025-01-03'"}
    rows = ask(lake, "outage_ours_or_the_networks", **words)

    assert [(row["loss_class"], f"{row['network_time']:%d %H:%M}") for row in rows] == [
        ("normal", "01 08:00"),
        ("curtailed_economic_est", "01 09:00"),
        ("underperforming", "01 10:00"),
        ("not_known", "01 11:00"),
        ("outage", "02 09:00"),
    ]
    assert (rows[0]["other_farms"], rows[0]["others_performance_index"], rows[-1]["other_farms"]) == (1, 1.0, 0)


def test_days_not_to_trust_say_why(lake: GoldBuild) -> None:
    reasons = {(row["plant_id"], f"{row['day']:%d}"): row["reasons"] for row in ask(lake, "days_not_to_trust")}
    assert ("NYNGAN", "01") not in reasons
    assert reasons["BROKEN", "01"].startswith("held back: the figures are of before; never published; no market data")
    assert reasons["NYNGAN", "02"] == "restated: it was shown otherwise before; findings: doubled, frozen"
    assert "open: hours are still to come" in reasons["NYNGAN", "03"]


def test_what_changed_is_what_another_figure_stood_for(lake: GoldBuild) -> None:
    rows = {f"{row['day']:%d}": row for row in ask(lake, "changed_since") if row["plant_id"] == "NYNGAN"}
    assert (rows["02"]["what"], rows["02"]["energy_before_mwh"], rows["02"]["change_mwh"]) == ("changed", 59.0, 1.0)
    assert (rows["01"]["what"], "06" in rows) == ("came later", False)


def test_performance_is_of_sums(lake: GoldBuild) -> None:
    of_nyngan(ask(lake, "performance"), performance_index=0.533, performance_index_in_service=0.88, energy_availability=0.778)


def test_curtailment_costs_what_its_hours_would_have_earned(lake: GoldBuild) -> None:
    costs = {"by_prices_worth_aud": -800.0, "payments_spared_aud": -800.0, "by_network_worth_aud": 0.0}
    of_nyngan(ask(lake, "cost_of_curtailment"), **costs, by_prices_mwh=80.0)


def test_a_farm_without_any_hour_comes_first(lake: GoldBuild) -> None:
    rows = ask(lake, "late_or_silent")
    assert [row["plant_id"] for row in rows] == ["BROKEN", "NYNGAN"]  # MERREDIN is retired


def test_capture_rate_is_by_the_mean_price_of_the_hours(lake: GoldBuild) -> None:
    (row,) = [row for row in ask(lake, "capture_rate_by_region") if row["network_region"] == "NSW1"]
    price = (5 * 40 + 2 * 30) / 7
    assert (row["price_aud_mwh"], row["capture_rate"]) == (round(price, 2), round(9400 / 250 / price, 3))


def test_missing_energy_has_reasons_in_hours_and_a_size(lake: GoldBuild) -> None:
    of_nyngan(ask(lake, "missing_energy"), missing_mwh=40.0, missing_pct=8.2)


def test_models_name_the_prior_where_there_is_none(lake: GoldBuild) -> None:
    rows = ask(lake, "models")
    of_nyngan(rows, method="fitted", mounting="tracker, not decided", held_out_error_pct=4.0)
    assert {row["plant_id"]: row["method"] for row in rows} == {"NYNGAN": "fitted", "BROKEN": "prior"}


def test_the_demo_prints_the_newest_whole_day_of_each_plant(lake: GoldBuild) -> None:
    sql = Template((SQL_DIR / "queries/losses_of_day.sql").read_text("utf-8")).render(gold_schema=f"iceberg.gold_{lake.name}")
    rows = {row["plant_id"]: row for row in lake.execute(sql)}
    assert (rows["NYNGAN"]["day"], rows["MERREDIN"]["day"]) == (date(2025, 2, 1), date(2025, 1, 1))
    assert rows["MERREDIN"]["main_reason"] == "nothing to compare with: no weather or capacity"
