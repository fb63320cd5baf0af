"""`make demo`: the stack on recorded data. A recorded day and the next hour go through the DAGs; the KPI table is printed."""

from __future__ import annotations

import json
import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from include import lakehouse
from include.settings import PROJECT_ROOT, Settings
from infra.native import layout, lifecycle
from infra.native.airflow_api import AirflowApi
from infra.native.lifecycle import say

STAND_IN_PORT = 18080
STAND_IN = f"http://127.0.0.1:{STAND_IN_PORT}"
FARMS = "AVLSF,BOMENSF,DARLSF,EMERASF,FINLEYSF,LIMOSF2,WRSF1,YATSF1"
DAY_START = datetime(2025, 1, 2, 14, tzinfo=UTC)  # 2025-01-03 00:00 in the NEM
RUN_LIMIT_SECONDS = 900
RUNNING = layout.HOME / "running.json"


def environment() -> dict[str, str]:
    """Settings of the demo. Its data folder is its own: made-up rows never mix with real ones."""
    next_hour = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    return {
        "PV_DATA_DIR": str(layout.HOME / "data" / "demo"),
        "PV_BACKUP_DIR": str(layout.HOME / "backups-demo"),
        "PV_STAND_IN_PORT": str(STAND_IN_PORT),
        "PV_FACILITIES": FARMS,
        "PV_SCHEDULE_FROM": next_hour.isoformat(),
        "OPEN_NEM_API_URL": f"{STAND_IN}/v4",
        "OPEN_NEM_PRIMARY": "oe_any_key_will_do",
        "OPENMETEO_WEATHER_API_URL": f"{STAND_IN}/v1/archive",
        "OPENMETEO_FORECAST_API_URL": f"{STAND_IN}/v1/forecast",
        "OPENMETEO_AIRQUALITY_API_URL": f"{STAND_IN}/v1/air-quality",
    }


def adopt_running() -> None:
    """Let the other commands speak to the demo's stack while it is the one that was started last."""
    if "PV_DATA_DIR" not in os.environ and RUNNING.exists():
        os.environ.update(json.loads(RUNNING.read_text(encoding="utf-8")))


def forget_running(settings: Settings) -> None:
    """After `down` of the demo: the next `up` is the ordinary stack."""
    if RUNNING.exists() and json.loads(RUNNING.read_text(encoding="utf-8"))["PV_DATA_DIR"] == str(settings.pv_data_dir):
        RUNNING.unlink()


def is_adopted() -> bool:
    """Whether this process speaks to the demo's stack."""
    return RUNNING.exists() and os.environ.get("PV_DATA_DIR") == environment()["PV_DATA_DIR"]


def run_dags(api: AirflowApi, dag_ids: tuple[str, ...], start: datetime, end: datetime) -> list[dict[str, Any]]:
    """Run DAGs that do not wait for each other for [start, end); returns the runs, when all are over, with their wall seconds."""
    say(f"demo: {', '.join(dag_ids)} {start:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M} UTC …")
    began = time.monotonic()
    started = [(dag_id, api.trigger(dag_id, start, end)) for dag_id in dag_ids]
    return [
        api.wait(dag_id, run_id, RUN_LIMIT_SECONDS) | {"wall_seconds": time.monotonic() - began} for dag_id, run_id in started
    ]


def query(settings: Settings, sql_file: Path) -> tuple[list[str], list[list[Any]]]:
    """Column names and rows of a SQL file run by Trino."""
    import jinja2

    cursor = lakehouse.connect(settings, "pv-lakehouse-demo").cursor()
    cursor.execute(jinja2.Template(sql_file.read_text(encoding="utf-8")).render())
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


def demo() -> int:
    """Bring the demo up, run it, print what came out; 0 when every run succeeded."""
    began = time.monotonic()
    RUNNING.parent.mkdir(exist_ok=True)
    if RUNNING.exists():
        adopt_running()
    else:
        os.environ.update(values := environment())
        RUNNING.write_text(json.dumps(values), encoding="utf-8")
    settings = lifecycle.up()
    up_seconds = time.monotonic() - began

    api = AirflowApi(settings)
    day_end = DAY_START + timedelta(days=1)
    hour_end = day_end + timedelta(hours=1)
    runs = run_dags(api, ("rebuild_day",), DAY_START, day_end)
    runs += run_dags(api, ("ingest_oe_bronze", "ingest_om_bronze"), day_end, hour_end)
    runs += run_dags(api, ("silver_to_gold",), day_end, hour_end)

    header, rows = query(settings, PROJECT_ROOT / "sql/trino/queries/kpi_table.sql")
    say("\ngold.daily_plant_kpi\n" + table(header, rows))
    say("\nruns and steps")
    for run in runs:
        say(f"  {run['dag_id']:<18} {run['state']:<8} {run['wall_seconds']:6.1f} s   {run['dag_run_id']}")
        for task, state, seconds in api.tasks(run["dag_id"], run["dag_run_id"]):
            say(f"      {task:<28} {state:<10} {seconds:6.1f} s")
    say(f"\nstack up in {up_seconds:.0f} s, all in {time.monotonic() - began:.0f} s; `make down` stops it\n")
    lifecycle.print_addresses(settings)
    return 0 if all(run["state"] == "success" for run in runs) else 1
