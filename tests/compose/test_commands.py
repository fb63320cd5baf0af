"""What a person does with the running containers by docker/stack.sh."""

from __future__ import annotations

from datetime import date

import pytest

from tests.compose.docker import stack_command
from tests.e2e.comparison import contents, local_day
from tests.e2e.conftest import Stack

pytestmark = pytest.mark.stack


def test_status_names_every_service(stack: Stack) -> None:
    lines = stack_command("status").splitlines()[1:]

    states = dict(line.split(maxsplit=1) for line in lines)
    assert len(states) > 15
    assert [name for name, state in states.items() if "(healthy)" not in state and "Exited (0)" not in state] == []


def test_sql_is_asked_as_admin_or_as_an_analyst(recorded_week: Stack) -> None:
    count = "SELECT count(*) > 50 FROM gold.daily_plant_kpi"
    analyst = {"TRINO_USER": "analyst"}

    assert '"true"' in stack_command("sql", "--execute", count)
    assert '"true"' in stack_command("sql", "--execute", count, env=analyst)
    refused = stack_command("sql", "--execute", "DELETE FROM gold.daily_plant_kpi", env=analyst, status=1)
    assert "Access Denied" in refused


def test_airflows_command_line_has_the_stacks_dags(stack: Stack) -> None:
    assert "silver_to_gold" in stack_command("exec", "airflow", "dags", "list")


def test_a_day_is_rebuilt_without_asking_the_sources(recorded_week: Stack) -> None:
    day = local_day(date(2025, 1, 3))
    before = contents(recorded_week, *day)

    said = stack_command("backfill", "2025-01-03", "2025-01-04", "bronze")

    assert "backfill: 2025-01-03 to 2025-01-04 done" in said
    assert contents(recorded_week, *day) == before


def test_a_reversed_range_is_refused_in_a_line(stack: Stack) -> None:
    said = stack_command("backfill", "2025-01-04", "2025-01-03", status=1)

    assert "FROM=2025-01-04 must lie before TO=2025-01-03 (TO is exclusive)" in said
    assert "Traceback" not in said
