"""The Spark jobs of one hour, submitted with our settings and with stock ones, and the processor time of each."""

from __future__ import annotations

import resource
import subprocess
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from include.asked_runs import LAYERS
from include.paths import PROJECT_ROOT
from include.settings import Settings
from include.sources import fetch
from include.sources.landing import Run
from include.sources.records import FAMILIES, asked
from include.windows import Window, iso_utc
from infra import layout
from infra.bench import usage
from infra.services import airflow, spark

# What a job needs to reach the tables; every other line of our properties is a choice of ours.
NEEDED = (
    "spark.authenticate",
    "spark.network.crypto.",
    "spark.sql.extensions",
    "spark.sql.defaultCatalog",
    "spark.sql.catalog.",
    "spark.hadoop.",
    "spark.driver.host",
    "spark.driver.bindAddress",
    "spark.pyspark.python",
    "spark.executorEnv.PYTHONPATH",
)
ROUNDS = 2


def compare(settings: Settings, start: datetime) -> dict[str, Any]:
    """Both variants by turns, each on freshly fetched answers for the same hour; processor seconds are the smaller of two."""
    ours = spark.properties_file(settings)
    variants = {"stock": _stock(ours), "ours": ours}
    window = Window(start, start + timedelta(hours=1))
    measured: dict[str, list[dict[str, float]]] = {name: [] for name in variants}
    for n in range(ROUNDS):
        for name, properties in variants.items():
            _fetch(settings, window, f"bench_{name}_{n}")
            measured[name].append(_submit_all(settings, properties, window, f"bench_{name}_{n}"))
    best = {name: min(rounds, key=lambda round_: round_["cpu_seconds"]) for name, rounds in measured.items()}
    return best | {"cpu_ratio": best["ours"]["cpu_seconds"] / best["stock"]["cpu_seconds"], "rounds": measured}


def _stock(ours: Path) -> Path:
    path = ours.with_name("spark-stock.properties")
    path.touch(mode=0o600)
    lines = ours.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join(line for line in lines if line.startswith(NEEDED)) + "\n", encoding="utf-8")
    return path


def _fetch(settings: Settings, window: Window, run_id: str) -> None:
    for source in asked(settings):
        getattr(fetch, f"fetch_{source.task}")(settings, window, Run("bench", run_id, "manual", 1))


def _submit_all(settings: Settings, properties: Path, window: Window, run_id: str) -> dict[str, float]:
    """Wall and processor seconds: of spark-submit with its JVM and Python, and of the executors below the worker."""
    bounds = ["--start", iso_utc(window.start), "--end", iso_utc(window.end)]
    families = [family.name for family in FAMILIES if asked(settings, family)]
    loads = [("bronze/load", ["--family", name, "--from-layer", LAYERS[0], *bounds]) for name in families]
    jobs = [*loads, ("silver/normalize", bounds)]
    meter, before = usage.Meter(settings), _children_cpu()
    for job, arguments in jobs:
        submit = [str(layout.SPARK_HOME / "bin" / "spark-submit"), "--master", settings.spark_master_url,
                  "--properties-file", str(properties), str(PROJECT_ROOT / "spark_jobs" / f"{job}.py")]  # fmt: skip
        done = subprocess.run([*submit, *arguments, "--run-id", run_id], env=airflow.env_of_tasks(settings),
                              capture_output=True, text=True, check=False)  # fmt: skip
        if done.returncode:
            raise RuntimeError(f"{job} with {properties.name} failed: {done.stderr[-2000:]}")
    drivers, used = _children_cpu() - before, meter.read()
    executors = used.cpu_seconds["spark-worker"]
    return {
        "wall_seconds": used.wall_seconds,
        "cpu_seconds": drivers + executors,
        "driver_cpu_seconds": drivers,
        "executor_cpu_seconds": executors,
    }


def _children_cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
