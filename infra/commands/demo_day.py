"""A day of the recorded week and the hour after it go through the DAGs; KPI table, losses and the runs' times are printed."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jinja2

from include import lakehouse
from include.paths import PROJECT_ROOT
from include.settings import Settings
from infra.airflow_api import AirflowApi
from infra.progress import say

DAY_START = datetime(2025, 1, 2, 14, tzinfo=UTC)  # 2025-01-03 00:00 in the NEM
RUN_LIMIT_SECONDS = 900
PRINTED = (
    ("gold.daily_plant_kpi", "kpi_table.sql"),
    ("gold.plant_loss_daily: why the day was low (docs/guides/why.md)", "losses_of_day.sql"),
)


def run_dags(api: AirflowApi, dag_ids: tuple[str, ...], start: datetime, end: datetime) -> list[dict[str, Any]]:
    """Run DAGs that do not wait for each other for [start, end); returns the runs, when all are over, with their wall seconds."""
    say(f"demo: {', '.join(dag_ids)} {start:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M} UTC …")
    began = time.monotonic()
    started = [(dag_id, api.trigger(dag_id, start, end)) for dag_id in dag_ids]
    return [
        api.wait(dag_id, run_id, RUN_LIMIT_SECONDS) | {"wall_seconds": time.monotonic() - began} for dag_id, run_id in started
    ]


def query(settings: Settings, sql_file: Path) -> tuple[list[str], list[list[Any]]]:
    """Column names and rows of a SQL file on Gold, as an analyst asks."""
    cursor = lakehouse.connect(settings, "pv-lakehouse-demo", lakehouse.ANALYST).cursor()
    cursor.execute(jinja2.Template(sql_file.read_text(encoding="utf-8")).render(gold_schema="gold"))
    rows = cursor.fetchall()
    return [column[0] for column in cursor.description], rows


def table(header: list[str], rows: list[list[Any]]) -> str:
    """Plain text table, numbers to three decimals, NULL where a thing is unknown."""
    cells = [header, *([_cell(value) for value in row] for row in rows)]
    widths = [max(len(row[i]) for row in cells) for i in range(len(header))]
    return "\n".join("  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) for row in cells)


def _cell(value: Any) -> str:
    if value is None:
        return "NULL"
    return f"{value:.3f}" if isinstance(value, float) else str(value)


def play(settings: Settings) -> bool:
    """Run the day and the hour on a stack that is up, print what came out; whether every run succeeded."""
    api = AirflowApi(settings)
    day_end = DAY_START + timedelta(days=1)
    hour_end = day_end + timedelta(hours=1)
    runs = run_dags(api, ("rebuild_day",), DAY_START, day_end)
    runs += run_dags(api, ("ingest_oe_bronze", "ingest_om_bronze"), day_end, hour_end)
    runs += run_dags(api, ("silver_to_gold",), day_end, hour_end)

    for title, name in PRINTED:
        header, rows = query(settings, PROJECT_ROOT / "sql/trino/queries" / name)
        say(f"\n{title}\n" + table(header, rows))
    say("\nruns and steps")
    for run in runs:
        say(f"  {run['dag_id']:<18} {run['state']:<8} {run['wall_seconds']:6.1f} s   {run['dag_run_id']}")
        for task, state, seconds in api.tasks(run["dag_id"], run["dag_run_id"]):
            say(f"      {task:<28} {state:<10} {seconds:6.1f} s")
    return all(run["state"] == "success" for run in runs)
