"""`make bench`: the product's figures on a stack of its own with all farms of the stand-in; a table, and JSON.

What is compared is measured in the same run: machines differ and are noisy, the ratios are what counts.
"""

from __future__ import annotations

import json
import os
import platform
import re
import shutil
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any

import psutil

from include.asked_runs import HOURLY_DAGS
from include.settings import Settings
from infra import layout
from infra.airflow_api import AirflowApi
from infra.bench import bench_jobs, usage
from infra.commands import demo, demo_day
from infra.progress import say
from infra.stack import lifecycle, supervision

FIRST_HOUR = datetime.fromisoformat("2025-01-04T14:00:00+00:00")
HOURS = 3
IDLE_SECONDS = 300  # as long as Airflow takes from one reading of all DAG files to the next
SETTLING_SECONDS = 30
RUN_LIMIT_SECONDS = 900
DATA_DIR = layout.HOME / "data" / "bench"
RESULT = layout.HOME / "bench.json"

Figures = dict[str, Any]


def bench() -> int:
    """Measure, print, write `.lakehouse/bench.json`; 0 when every run succeeded."""
    demo.refuse_other_servers()
    os.environ.update(demo.environment(DATA_DIR) | {"PV_FACILITIES": "", "PV_STAND_IN_WORLD": ""})
    lifecycle.down()  # what a killed one left running
    shutil.rmtree(DATA_DIR, ignore_errors=True)
    began = time.monotonic()
    settings = lifecycle.up()
    try:
        figures = {"machine": machine(), "up_seconds": time.monotonic() - began} | measure(settings)
    finally:
        lifecycle.down()
    RESULT.write_text(json.dumps(figures, indent=2), encoding="utf-8")
    say("\n" + "\n".join(report(figures)) + f"\n\nall of it: {RESULT}")
    return 0


def measure(settings: Settings) -> Figures:
    """All figures of a running stack. Raises RuntimeError naming a run that failed."""
    api = AirflowApi(settings)
    say("bench: a first day fills the tables and warms the services up …")
    run(api, "rebuild_day", demo_day.DAY_START, demo_day.DAY_START + timedelta(days=1))
    hours = []
    for n in range(HOURS):
        say(f"bench: hour {n + 1} of {HOURS}, its three DAG runs one after the other …")
        hours.append(measure_hour(settings, api, FIRST_HOUR + timedelta(hours=n)))
    say("bench: a recorded day by rebuild_day …")
    day_seconds = run(api, "rebuild_day", FIRST_HOUR, FIRST_HOUR + timedelta(days=1))[1]
    say("bench: the hour's Spark jobs, with our settings and with stock ones …")
    jobs = bench_jobs.compare(settings, FIRST_HOUR + timedelta(hours=HOURS))
    say(f"bench: idle for {IDLE_SECONDS} s …")
    idle = measure_idle(settings)
    return {"hours": hours, "rebuild_day_seconds": day_seconds, "jobs": jobs, "idle": idle}


def run(api: AirflowApi, dag_id: str, start: datetime, end: datetime) -> tuple[str, float]:
    """(run id, wall seconds) of a DAG run from its trigger to its end."""
    began = time.monotonic()
    run_id = api.trigger(dag_id, start, end)
    if api.wait(dag_id, run_id, RUN_LIMIT_SECONDS)["state"] != "success":
        raise RuntimeError(f"{dag_id} {run_id} failed: {api.base}/dags/{dag_id}/runs/{run_id}")
    return run_id, time.monotonic() - began


def measure_hour(settings: Settings, api: AirflowApi, start: datetime) -> Figures:
    """Wall and processor seconds of one hour, and where they went."""
    catalog_log = supervision.log_dir(settings) / "iceberg-rest.log"
    offset = catalog_log.stat().st_size
    meter = usage.Meter(settings)
    runs = [(dag_id, run(api, dag_id, start, start + timedelta(hours=1))[0]) for dag_id in HOURLY_DAGS]
    used = meter.read()
    tasks = [(task, seconds) for dag_id, run_id in runs for task, _, seconds in api.tasks(dag_id, run_id)]
    spark_tasks = [task for task, _ in tasks if task.startswith(("load_", "silver_"))]
    ready = list(_session_ready_seconds(settings, runs, spark_tasks))
    spark = sum(seconds for task, seconds in tasks if task in spark_tasks)
    steps = {
        "fetch tasks": sum(seconds for task, seconds in tasks if task.startswith("fetch_")),
        "Spark tasks, until the session is ready (JVM start)": sum(ready),
        "Spark tasks, the rest": spark - sum(ready),
        "Trino tasks (Gold)": sum(seconds for task, seconds in tasks if task.startswith("gold_")),
        "report to MLflow, beside the others": sum(seconds for task, seconds in tasks if task.startswith("report_")),
    }
    steps["Airflow between the tasks"] = used.wall_seconds - sum(steps.values()) + steps["report to MLflow, beside the others"]
    return {
        "wall_seconds": used.wall_seconds,
        "cpu_seconds": used.total_cpu_seconds,
        "steps_seconds": steps,
        "cpu_seconds_by_service": used.cpu_seconds,
        "catalog": _catalog_requests(catalog_log, offset),
    }


def measure_idle(settings: Settings) -> Figures:
    """Memory, and processor use in per cent of one core, while nothing is asked for."""
    time.sleep(SETTLING_SECONDS)
    meter = usage.Meter(settings)
    time.sleep(IDLE_SECONDS)
    used = meter.read()
    percent = {name: 100 * seconds / used.wall_seconds for name, seconds in used.cpu_seconds.items()}
    return {"pss_bytes": usage.pss_bytes(settings), "cpu_percent_of_a_core": percent}


def machine() -> Figures:
    """What it ran on."""
    model = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text(encoding="utf-8"))
    return {
        "cpu": model.group(1) if model else platform.processor(),
        "cores": os.cpu_count(),
        "memory_bytes": psutil.virtual_memory().total,
        "kernel": platform.release(),
    }


def report(figures: Figures) -> list[str]:
    """The table for a person."""
    walls = [hour["wall_seconds"] for hour in figures["hours"]]
    best = min(figures["hours"], key=lambda hour: float(hour["wall_seconds"]))
    idle, jobs, day = figures["idle"], figures["jobs"], figures["rebuild_day_seconds"]
    ours, stock = (jobs[name]["cpu_seconds"] for name in ("ours", "stock"))
    pss, busy = sum(idle["pss_bytes"].values()) / 2**30, sum(idle["cpu_percent_of_a_core"].values())
    return [
        "{cpu}, {cores} cores".format(**figures["machine"]),
        f"one hour                  {', '.join(f'{wall:.0f}' for wall in walls)} s wall (target: 75)",
        f"its Spark jobs            {ours:.0f} s CPU, {stock:.0f} s with stock settings: {jobs['cpu_ratio']:.2f} (target: 0.5)",
        f"a day by rebuild_day      {day:.0f} s wall: {day / median(walls):.2f} of an hour (target: 1.5)",
        f"idle                      {pss:.2f} GiB (target: 4.5), {busy:.1f} % of a core (target: 10)",
        f"\nwhere the fastest hour went ({best['wall_seconds']:.0f} s wall, {best['cpu_seconds']:.0f} s CPU)",
        *(f"  {seconds:6.1f} s  {step}" for step, seconds in best["steps_seconds"].items()),
        "\nits processor seconds by service (Airflow's scheduler holds tasks and Spark drivers; MinIO is S3)",
        *(f"  {seconds:6.1f} s  {name}" for name, seconds in _largest(best["cpu_seconds_by_service"])),
        "\n{requests} catalog requests, {seconds:.1f} s in all".format(**best["catalog"]),
        "\nidle, by service",
        *(
            f"  {size / 2**20:6.0f} MiB {idle['cpu_percent_of_a_core'][name]:5.1f} %  {name}"
            for name, size in _largest(idle["pss_bytes"])
        ),
    ]


def _largest(values: dict[str, float]) -> list[tuple[str, float]]:
    return sorted(values.items(), key=lambda item: -item[1])


def _session_ready_seconds(settings: Settings, runs: list[tuple[str, str]], tasks: list[str]) -> Iterator[float]:
    logs = settings.pv_data_dir / "airflow" / "logs"
    for dag_id, run_id in runs:
        for task in tasks:
            for path in (logs / f"dag_id={dag_id}" / f"run_id={run_id}" / f"task_id={task}").glob("*.log"):
                for found in re.finditer(r"session ready ([\d.]+) s after", path.read_text(encoding="utf-8")):
                    yield float(found.group(1))


def _catalog_requests(log: Path, offset: int) -> Figures:
    with log.open(encoding="utf-8", errors="replace") as lines:
        lines.seek(offset)
        took = [int(found.group(1)) for line in lines if (found := re.search(r" /v1/\S* \d{3} (\d+)ms", line))]
    return {"requests": len(took), "seconds": sum(took) / 1000}
