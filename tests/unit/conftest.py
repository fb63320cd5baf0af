"""What the clients' tests stand on: a MinIO of their own, a scripted server, settings for both."""

import os
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
import requests

from include.settings import Settings
from include.sources.exchange import Sender
from include.sources.landing import Landing, Run
from tests.unit.scripted import ScriptedServer, SteppedClock

ROOT = Path(__file__).parents[2]
MINIO = ROOT / ".lakehouse/opt/bin/minio"
USER, PASSWORD = "unit-tests", "unit-tests-secret"


def free_port() -> int:
    for port in range(20000 + os.getpid() % 9000, 30000):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) != 0:
                return port
    raise RuntimeError("no free port between 20000 and 30000")


def wait_until_ready(url: str, process: "subprocess.Popen[bytes]", seconds: float = 30.0) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and process.poll() is None:
        try:
            requests.get(url, timeout=1).raise_for_status()
            return
        except requests.RequestException:
            time.sleep(0.05)
    pytest.fail(f"{process.args!r} did not answer {url} within {seconds:g} s (exit code {process.poll()})")


@pytest.fixture(scope="session")
def minio_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    if not MINIO.exists():
        pytest.fail(f"{MINIO} is missing: `make up` or `make test` builds it")
    port, folder = free_port(), tmp_path_factory.mktemp("minio")
    environment = {"MINIO_ROOT_USER": USER, "MINIO_ROOT_PASSWORD": PASSWORD, "MINIO_BROWSER": "off", "HOME": str(folder)}
    command = [MINIO, "server", folder / "data", "--address", f"127.0.0.1:{port}", "--quiet"]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    try:
        url = f"http://127.0.0.1:{port}"
        wait_until_ready(f"{url}/minio/health/ready", process)
        boto3.client(
            "s3", endpoint_url=url, aws_access_key_id=USER, aws_secret_access_key=PASSWORD, region_name="us-east-1"
        ).create_bucket(Bucket="lakehouse")
        yield url
    finally:
        process.terminate()
        process.wait(10)


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    scripted = ScriptedServer()
    yield scripted
    scripted.close()


@pytest.fixture
def stepped() -> SteppedClock:
    return SteppedClock()


@pytest.fixture
def make_settings(minio_url: str, server: ScriptedServer) -> Callable[..., Settings]:
    """Settings whose sources are the scripted server, with a landing folder of this test alone."""

    def make(**changes: object) -> Settings:
        values = {
            "minio_endpoint": minio_url,
            "landing_uri": f"s3://lakehouse/{uuid.uuid4().hex}/landing",
            "landing_s3_access_key": USER,
            "landing_s3_secret_key": PASSWORD,
            "open_nem_api_url": f"{server.url}/v4",
            "open_nem_primary": "oe_primary_0123456789",
            "open_nem_secondary": "oe_secondary_0123456789",
            "openmeteo_weather_api_url": f"{server.url}/v1/archive",
            "openmeteo_forecast_api_url": f"{server.url}/v1/forecast",
            "openmeteo_airquality_api_url": f"{server.url}/v1/air-quality",
            "openmeteo_satellite_api_url": f"{server.url}/v1/satellite",
            "http_timeout_seconds": 5,
            "http_retries": 2,
            "http_backoff_seconds": 1,
        }
        return Settings(_env_file=None, **(values | changes))  # type: ignore[arg-type,call-arg]

    return make


@pytest.fixture
def make_sender(stepped: SteppedClock) -> Callable[[Settings], Sender]:
    def make(settings: Settings) -> Sender:
        run = Run("ingest", "manual__2026-11-24T20:00:00+00:00", "manual", 1)
        return Sender(Landing(settings), run, settings.http_timeout_seconds, stepped.clock)

    return make


class Upstream:
    """The stand-in of both APIs, as a process, with its control path."""

    def __init__(self, url: str) -> None:
        self.url = url

    def control(self, path: str, body: object = None) -> dict[str, Any]:
        response = requests.request("GET" if body is None else "POST", f"{self.url}/_control/{path}", json=body, timeout=10)
        response.raise_for_status()
        answer: dict[str, Any] = response.json()
        return answer

    def fault(self, name: str, endpoint: str = "*", times: int | None = None, **params: object) -> None:
        self.control("faults", {"name": name, "endpoint": endpoint, "times": times, "params": params})

    def asked(self, path: str) -> int:
        return sum(count["count"] for count in self.control("requests")["counts"] if path in count["path"])


@pytest.fixture(scope="session")
def upstream_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    port, log_path = free_port(), tmp_path_factory.mktemp("upstream") / "log"
    # weeks after the recorded one: its archive weather is complete
    command = [sys.executable, "-m", "infra.upstream", "--port", str(port), "--now", "2025-02-01T00:00:00+00:00"]
    with log_path.open("wb") as log:
        process = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log)
    try:
        wait_until_ready(f"http://127.0.0.1:{port}/_control/health", process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(10)


@pytest.fixture
def upstream(upstream_process: str) -> Upstream:
    upstream = Upstream(upstream_process)
    upstream.control("reset", {})
    return upstream
