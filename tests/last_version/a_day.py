"""Run with an older version's Python in its checkout: a day of two plants, and what is published of it as JSON.

It may use only what that version has.
"""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from include import lakehouse
from include.contracts import load
from include.settings import load_settings

try:
    from infra.airflow_api import AirflowApi
    from infra.commands import demo_day
except ModuleNotFoundError:  # versions before the rooms of infra/
    from infra.native import demo_day  # type: ignore[no-redef]
    from infra.native.airflow_api import AirflowApi  # type: ignore[no-redef]

DAY_START = datetime(2024, 11, 19, 14, tzinfo=UTC)  # 2024-11-20 00:00 in the NEM; no other test asks for it
TABLES = ("gold.daily_plant_kpi", "gold.plant_weather_hourly")


def main(target: Path) -> None:
    """Rebuild the day and write its rows: by table the columns and their values."""
    settings = load_settings()
    (run,) = demo_day.run_dags(AirflowApi(settings), ("rebuild_day",), DAY_START, DAY_START + timedelta(days=1))
    if run["state"] != "success":
        sys.exit(f"rebuild_day ended {run['state']}")
    published = {}
    for name in TABLES:
        contract = load(name)
        columns, key = contract.comparable_columns, ", ".join(contract.key)
        cursor = lakehouse.connect(settings, "last-version").cursor()
        cursor.execute(f"SELECT {', '.join(columns)} FROM {name} WHERE ds = DATE '2024-11-20' ORDER BY {key}")
        published[name] = {"columns": columns, "rows": cursor.fetchall()}
    text = json.dumps(published, default=str, indent=0)
    target.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
