"""Who may run code on Spark: nobody without the shared secret, and nothing but the master and the workers listens."""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
import requests

from include.settings import Settings
from infra import layout
from infra.services import services, spark
from infra.services.service import base
from tests.e2e.conftest import Stack

pytestmark = pytest.mark.stack

JOB = "from pyspark.sql import SparkSession\nSparkSession.builder.getOrCreate().range(3).collect()\n"

SUBMISSION_PORTS = range(6066, 6076)
"""The REST submission server takes the first free one from 6066 on."""
REFUSED_WITHIN_SECONDS = 60


@contextmanager
def spoken(command: list[str], env: dict[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A Spark process that writes into a log; it is ended with what it started."""
    with log.open("wb") as output:
        process = subprocess.Popen(command, env=env, stdout=output, stderr=subprocess.STDOUT, start_new_session=True)
    try:
        yield process
    finally:
        for member in psutil.Process(process.pid).children(recursive=True) if process.poll() is None else []:
            member.kill()
        process.kill()
        process.wait()


def says(log: Path, words: str) -> bool:
    """Whether a log has these words within the time that a refusal may take."""
    deadline = time.monotonic() + REFUSED_WITHIN_SECONDS
    while time.monotonic() < deadline:
        if words in log.read_text(encoding="utf-8", errors="replace"):
            return True
        time.sleep(0.3)
    return False


def free_port() -> int:
    """A port on which nobody listens now."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


def workers(settings: Settings) -> list[str]:
    """Ids of the workers that the master takes for alive."""
    page = requests.get(f"http://127.0.0.1:{settings.spark_ui_port}/json/", timeout=10).json()
    return [worker["id"] for worker in page["workers"] if worker["state"] == "ALIVE"]


@pytest.mark.parametrize(
    ("options", "refusal"),
    [
        ({}, "Unknown challenge message"),
        (spark.AUTHENTICATION | {"spark.authenticate.secret": "0" * 64}, "Authentication failed"),
        (spark.AUTHENTICATION, "A secret key must be specified"),
    ],
    ids=["no authentication", "wrong secret", "no secret"],
)
def test_a_job_without_the_secret_is_refused(stack: Stack, tmp_path: Path, options: dict[str, str], refusal: str) -> None:
    properties, job, log = tmp_path / "spark.properties", tmp_path / "job.py", tmp_path / "log"
    own = {"spark.ui.enabled": "false", "spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1"}
    properties.write_text("".join(f"{name} {value}\n" for name, value in (own | options).items()), encoding="utf-8")
    job.write_text(JOB, encoding="utf-8")
    submit = [str(layout.SPARK_HOME / "bin" / "spark-submit"), "--master", stack.settings.spark_master_url]
    env = base() | {"SPARK_HOME": str(layout.SPARK_HOME), "JAVA_HOME": str(layout.java_for_spark().parents[1])}

    with spoken([*submit, "--properties-file", str(properties), str(job)], env, log):
        assert says(log, refusal), log.read_text(encoding="utf-8")


def test_a_worker_without_the_secret_is_not_taken(stack: Stack, tmp_path: Path) -> None:
    settings, log = stack.settings, tmp_path / "log"
    before = workers(settings)
    env = spark.WORKER.env(settings) | {"_SPARK_AUTH_SECRET": "0" * 64}
    another = {"spark_worker_port": free_port(), "spark_worker_ui_port": free_port(), "pv_data_dir": tmp_path}
    command = services.service("spark-worker").command(settings.model_copy(update=another))

    with spoken(command, env, log):
        assert says(log, "Authentication failed"), log.read_text(encoding="utf-8")
        assert workers(settings) == before


def test_the_submission_server_is_off(stack: Stack) -> None:
    for port in SUBMISSION_PORTS:
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port), 2).close()
