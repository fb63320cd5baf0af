"""The class-data archive that halves the start of every Spark driver and executor.

It is made by one run of `class_data_training.py` in local mode, so that it holds executor classes too, and is valid for exactly
one JVM build and one class path (JEP 310, JEP 350). The JVM checks both itself: a stale archive costs speed, never correctness.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from infra import layout

# Flags must be the same when the archive is made and when it is used. C1 alone compiles sooner, which short jobs need more than
# fast code; the serial collector starts fastest and holds the least memory.
JVM_FLAGS = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
TRAINING_JOB = Path(__file__).with_name("class_data_training.py")


def inputs() -> list[Path | str]:
    """What decides, beside jars and JVM, whether the archive is made again."""
    return [TRAINING_JOB, JVM_FLAGS, str(layout.SPARK_HOME)]


def use_flags() -> str:
    """JVM flags of a process that uses the archive, for Spark to split: a path may hold spaces.

    A missing archive is a warning to the JVM, not an error.
    """
    return f'"-XX:SharedArchiveFile={layout.CLASS_DATA_ARCHIVE}" -Xlog:cds=off -Xlog:cds+dynamic=off {JVM_FLAGS}'


def build(run: Callable[[list[str], dict[str, str]], None]) -> None:
    """Train: run the job once with the archive written at its exit, then put it in place."""
    aside = layout.CLASS_DATA_ARCHIVE.with_suffix(".new")
    aside.parent.mkdir(parents=True, exist_ok=True)
    aside.unlink(missing_ok=True)
    with tempfile.TemporaryDirectory(prefix="class-data-") as scratch:
        command = [
            str(layout.SPARK_HOME / "bin" / "spark-submit"),
            "--master", "local[2]",
            "--driver-memory", "768m",
            "--driver-java-options", f'"-XX:ArchiveClassesAtExit={aside}" -Xlog:cds=off -Xlog:cds+dynamic=off {JVM_FLAGS}',
            str(TRAINING_JOB), scratch,
        ]  # fmt: skip
        run(command, {"SPARK_HOME": str(layout.SPARK_HOME), "SPARK_LOCAL_IP": "127.0.0.1", "PYSPARK_PYTHON": sys.executable})
    aside.rename(layout.CLASS_DATA_ARCHIVE)
