"""The table that `make demo` prints, asked for as it does."""

from __future__ import annotations

import pytest

from include.paths import PROJECT_ROOT
from infra.commands import demo_day
from tests.e2e.conftest import Stack

pytestmark = pytest.mark.stack


def test_the_kpi_table_can_be_read_by_who_reads_gold_only(recorded_week: Stack) -> None:
    header, rows = demo_day.query(recorded_week.settings, PROJECT_ROOT / "sql/trino/queries/kpi_table.sql")

    assert {"plant_id", "day", "cf", "missingness"} <= set(header)
    assert len(rows) >= 9 * 7
