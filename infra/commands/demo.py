"""`make demo`: the stack on recorded and made-up data, with a data folder of its own."""

from __future__ import annotations

import json
import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from include.settings import SECRETS_FOLDER_NAME, Settings, read_settings
from infra import layout
from infra.commands import demo_day, views
from infra.progress import say
from infra.stack import lifecycle

STAND_IN_PORT = 18080
STAND_IN = f"http://127.0.0.1:{STAND_IN_PORT}"
RECORDED_FARMS = ("AVLSF", "BOMENSF", "DARLSF", "EMERASF", "FINLEYSF", "LIMOSF2", "WRSF1", "YATSF1")
MADE_UP_FARMS = ("BNGSF1", "BNGSF2", "TBSF", "NEWENSF")
"""On the demo's day one is out over noon, one stops for its price, one stands at its limit, one stores and sells at night.

Three are of SA1, of which nothing was recorded: its market is told in the recorded week too.
"""
WORLD = 3752
"""The stand-in's world in which they do."""
RUNNING = layout.HOME / "running.json"
DATA_DIR = layout.HOME / "data" / "demo"


def environment(data_dir: Path = DATA_DIR) -> dict[str, str]:
    """Settings of the demo. Its data folder is its own, with its secrets: made-up rows never mix with real ones."""
    next_hour = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    return {
        "PV_DATA_DIR": str(data_dir),
        "PV_SECRETS_DIR": str(data_dir / SECRETS_FOLDER_NAME),
        "PV_BACKUP_DIR": str(layout.HOME / "backups-demo"),
        "PV_STAND_IN_PORT": str(STAND_IN_PORT),
        "PV_STAND_IN_WORLD": str(WORLD),
        "PV_FACILITIES": ",".join([*RECORDED_FARMS, *MADE_UP_FARMS]),
        "PV_SCHEDULE_FROM": next_hour.isoformat(),
        "OPEN_NEM_API_URL": f"{STAND_IN}/v4",
        "OPEN_NEM_PRIMARY": "oe_any_key_will_do",
        "OPEN_NEM_SECONDARY": "oe_any_key_will_do",
        "PV_ALERT_WEBHOOK_URL": f"{STAND_IN}/_control/alerts",
        "OPENMETEO_WEATHER_API_URL": f"{STAND_IN}/v1/archive",
        "OPENMETEO_FORECAST_API_URL": f"{STAND_IN}/v1/forecast",
        "OPENMETEO_AIRQUALITY_API_URL": f"{STAND_IN}/v1/air-quality",
        "OPENMETEO_SATELLITE_API_URL": f"{STAND_IN}/v1/satellite",
        "AEMO_NEXT_DAY_DISPATCH_URL": f"{STAND_IN}/nemweb/Reports/Current/Next_Day_Dispatch",
    }


def refuse_other_servers() -> None:
    """Raises StackError when an external store or catalog is set: real answers and made-up ones do not mix."""
    settings = read_settings()
    for name, ours, address in (("S3_SERVER", "minio", "MINIO_ENDPOINT"), ("CATALOG_SERVER", "iceberg-rest", "ICEBERG_REST_URI")):
        if getattr(settings, name.lower()) == "external":
            fix = f"set {name}={ours} and {address} with a free port for this command"
            raise lifecycle.StackError(f"{name}=external, but made-up rows stay in servers of their own: {fix}")


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
    return RUNNING.exists() and os.environ.get("PV_DATA_DIR") == str(DATA_DIR)


def demo() -> int:
    """Bring the demo up, run it, print what came out; 0 when every run succeeded."""
    began = time.monotonic()
    refuse_other_servers()
    RUNNING.parent.mkdir(exist_ok=True)
    if RUNNING.exists():
        adopt_running()
    else:
        os.environ.update(values := environment())
        RUNNING.write_text(json.dumps(values), encoding="utf-8")
    settings = lifecycle.up()
    up_seconds = time.monotonic() - began

    succeeded = demo_day.play(settings)
    say(f"\nstack up in {up_seconds:.0f} s, all in {time.monotonic() - began:.0f} s; `make down` stops it\n")
    views.print_addresses(settings)
    return 0 if succeeded else 1
