"""What is asked of the tables of plant models."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from jinja2.exceptions import UndefinedError

from include import plant_models
from include.contracts import load
from include.expected_energy.champions import Role
from include.paths import PROJECT_ROOT

WRITTEN = datetime(2025, 1, 5, 2, 3, 4, 567_890, tzinfo=UTC)


class ScriptedCursor:
    """Answers each statement by what stands in it."""

    def __init__(self, answers: dict[str, list[list[Any]]], columns: tuple[str, ...] = ()) -> None:
        self.answers = answers
        self.description = [(column,) for column in columns]
        self.asked: list[str] = []

    def execute(self, sql: str) -> None:
        self.asked.append(sql)

    def fetchall(self) -> list[list[Any]]:
        return next((rows for part, rows in self.answers.items() if part in self.asked[-1]), [])


def test_versions_come_with_what_they_were_compared_with() -> None:
    row = [1, "champion", WRITTEN, WRITTEN, 0, True, "better"]

    (found,) = plant_models.versions(ScriptedCursor({"version_role": [row]}))

    assert (found.number, found.role, found.compared_with, found.is_better) == (1, Role.CHAMPION, 0, True)


def test_one_statement_makes_a_champion_and_a_former_one_and_changes_nothing_the_second_time() -> None:
    cursor = ScriptedCursor({})

    plant_models.set_champion(cursor, 3)

    (sql,) = cursor.asked
    assert "SET role = CASE WHEN model_version = 3 THEN 'champion' ELSE 'former' END" in sql
    # rows that are champion and should not be, and the other way round
    assert "WHERE (role = 'champion') <> (model_version = 3)" in sql


def test_the_snapshot_of_a_fit_is_the_newest_one_before_it_wrote() -> None:
    cursor = ScriptedCursor({'"dim_plant$history"': [[7]]} | {"$history": [[None]]})

    assert plant_models.snapshots(cursor, WRITTEN)["silver.dim_plant"] == 7
    assert plant_models.snapshots(cursor, WRITTEN)["silver.fact_weather_hourly"] is None
    assert all("<= from_iso8601_timestamp('2025-01-05T02:03:04Z')" in sql for sql in cursor.asked)


def test_text_cannot_end_its_quotes_and_a_missing_value_is_an_error() -> None:
    cursor = ScriptedCursor({"_run_id": [[None]]})

    assert plant_models.version_of_run(cursor, "manual' OR '1'='1") is None
    assert "_run_id = 'manual'' OR ''1''=''1'" in cursor.asked[0]
    with pytest.raises(UndefinedError):
        plant_models.statement("plants")


def test_rows_are_named_by_their_columns() -> None:
    cursor = ScriptedCursor({"fold = 0": [["AVLSF", 1.5]]}, ("plant_id", "effective_dc_mw"))

    assert plant_models.plants(cursor, 3) == [{"plant_id": "AVLSF", "effective_dc_mw": 1.5}]
    assert plant_models.comparison(ScriptedCursor({}), 3) == {}


@pytest.mark.parametrize("table", ["plant_model", "plant_model_comparison"])
def test_statements_name_columns_that_the_contracts_have(table: str) -> None:
    import re

    alias = {"plant_model": "models", "plant_model_comparison": "comparison"}[table]
    columns = {column.name for column in load(f"silver.{table}").columns}
    files = (PROJECT_ROOT / "sql/trino/models").glob("*.sql")

    named = {name for file in files for name in re.findall(rf"\b{alias}\.(\w+)", file.read_text("utf-8"))}

    assert named and named <= columns
