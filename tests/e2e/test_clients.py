"""BI and SQL clients on the running stack: every example of docs/guides/clients.md that the guide says is run."""

from __future__ import annotations

from pathlib import Path

import pytest

from include import lakehouse
from include.contracts import load
from include.contracts.contract import column_comment
from infra import layout
from tests.e2e import client_guide
from tests.e2e.client_guide import Example
from tests.e2e.conftest import Stack

pytestmark = pytest.mark.stack

ENERGY = "SELECT sum(energy_mwh) FROM gold.daily_plant_kpi WHERE ds = DATE '2025-01-03'"
SHOW_MEANING = {"sqlalchemy", "polars-iceberg", "duckdb", "jdbc", "jdbc-password"}
"""Examples that print the comment of `energy_mwh` before the figure."""


@pytest.mark.parametrize("example", client_guide.examples("python", "sh"), ids=lambda example: example.name)
def test_a_client_prints_the_figure_that_trino_has(recorded_week: Stack, example: Example, tmp_path: Path) -> None:
    in_containers = recorded_week.settings.trino_scheme == "https"
    if in_containers and example.needs_no_password:
        pytest.skip("in containers plain http is published nowhere")
    if in_containers and example.language == "sh" and not layout.TRINO_JDBC.exists():
        pytest.skip("the driver is installed with the native stack")
    energy = recorded_week.value(ENERGY)

    done = client_guide.run(example, recorded_week.settings, tmp_path)

    assert done.returncode == 0, done.stderr
    *before, figure = done.stdout.splitlines()
    assert float(figure) == pytest.approx(energy, abs=1e-6) and energy > 0
    meaning = {column.name: column_comment(column) for column in load("gold.daily_plant_kpi").columns}["energy_mwh"]
    assert before == ([meaning] if example.name in SHOW_MEANING else [])


@pytest.mark.parametrize("example", client_guide.examples("sql"), ids=lambda example: example.name)
def test_the_analyst_is_shown_what_every_column_means(recorded_week: Stack, example: Example) -> None:
    cursor = lakehouse.connect(recorded_week.settings, "pv-lakehouse-tests", lakehouse.ANALYST).cursor()

    shown = {name: comment for name, _, _, comment in cursor.execute(example.text).fetchall()}

    assert shown == {column.name: column_comment(column) for column in load("gold.daily_plant_kpi").columns}
