"""What `make demo` prints of its day, without a stack."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from include.settings import Settings
from infra.commands import demo_day

ANSWERS: dict[str, tuple[list[str], list[list[Any]]]] = {
    "kpi_table.sql": (["plant_id", "cf"], [["NYNGAN", 0.25]]),
    "losses_of_day.sql": (
        ["plant_id", "day", "expected_mwh", "curtailed_by", "main_reason"],
        [["NYNGAN", date(2025, 1, 3), 612.5, "no_market_data", "as the weather allowed"]],
    ),
}


class Airflow:
    """Runs that succeed at once."""

    def __init__(self, settings: Settings) -> None:
        pass

    def trigger(self, dag_id: str, *window: object) -> str:
        return f"run of {dag_id}"

    def wait(self, dag_id: str, run_id: str, limit: float) -> dict[str, Any]:
        return {"dag_id": dag_id, "dag_run_id": run_id, "state": "success"}

    def tasks(self, dag_id: str, run_id: str) -> list[tuple[str, str, float]]:
        return [("fetch", "success", 1.0)]


def test_the_losses_of_the_day_stand_under_the_kpi_table(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    monkeypatch.setattr(demo_day, "AirflowApi", Airflow)
    monkeypatch.setattr(demo_day, "say", said.append)
    monkeypatch.setattr(demo_day, "query", lambda settings, file: ANSWERS[Path(file).name])

    assert demo_day.play(Settings(_env_file=None))  # type: ignore[call-arg]

    printed = "\n".join(said)
    assert printed.index("gold.daily_plant_kpi") < printed.index("gold.plant_loss_daily") < printed.index("runs and steps")
    line = next(line for line in printed.splitlines() if "no_market_data" in line)
    assert line.split() == ["NYNGAN", "2025-01-03", "612.500", "no_market_data", "as", "the", "weather", "allowed"]


@pytest.mark.parametrize("name", [name for _, name in demo_day.PRINTED])
def test_what_is_printed_is_a_file(name: str) -> None:
    assert (demo_day.PROJECT_ROOT / "sql/trino/queries" / name).is_file()
