"""The Spark session of a job. Masters, catalogs and stores come from spark-defaults.conf; nothing about them is said here."""

import ctypes
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pyspark.sql import SparkSession

from include.settings import read_settings

PROJECT_ROOT = Path(__file__).resolve().parent.parent
_PR_SET_PDEATHSIG = 1

# Compiling the queries of a job takes three seconds of processor time, a quarter of an hourly run; running them uncompiled
# costs some microseconds a row.
_ROWS_WORTH_COMPILING = 500_000
_UNCOMPILED = {"spark.sql.codegen.wholeStage": "false", "spark.sql.codegen.factoryMode": "NO_CODEGEN"}
_COMPILED = {"spark.sql.codegen.wholeStage": "true", "spark.sql.codegen.factoryMode": "FALLBACK"}


@contextmanager
def open_session(app_name: str) -> Iterator[SparkSession]:
    """Yield the session of a job and stop it afterwards; the driver dies with the JVM that started it."""
    _die_with_parent()
    builder = (
        SparkSession.builder.appName(f"{read_settings().spark_app_name}.{app_name}")
        # Executors read envelopes with the project's own parser.
        .config("spark.executorEnv.PYTHONPATH", str(PROJECT_ROOT))
        # Instants are UTC everywhere; a session in another zone would read literals wrongly.
        .config("spark.sql.session.timeZone", "UTC")
    )
    for name, value in _UNCOMPILED.items():  # until the job knows better
        builder = builder.config(name, value)
    spark = builder.getOrCreate()
    print(f"session ready {_jvm_uptime_seconds(spark):.1f} s after the start of the JVM", flush=True)
    try:
        yield spark
    finally:
        spark.stop()


def expect_rows(spark: SparkSession, rows: int) -> None:
    """Tell how many rows the next queries handle: only long ones are compiled to Java. Results are the same."""
    for name, value in (_COMPILED if rows >= _ROWS_WORTH_COMPILING else _UNCOMPILED).items():
        spark.conf.set(name, value)


def _jvm_uptime_seconds(spark: SparkSession) -> float:
    uptime: int = spark._jvm.java.lang.management.ManagementFactory.getRuntimeMXBean().getUptime()  # type: ignore[union-attr]
    return uptime / 1000


def _die_with_parent() -> None:
    """End this process when spark-submit's JVM ends, and at once on SIGTERM.

    A killed task must not leave a driver that still commits: Airflow has started the next try by then.
    """
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    parent = os.getppid()
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        raise SystemExit("the process that started this Spark job has ended; nothing was done")
