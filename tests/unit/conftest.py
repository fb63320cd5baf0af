"""What the clients' tests stand on: a MinIO of their own, a scripted server, settings for both."""

import os
import socket
import subprocess
import time
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import boto3
import pytest

from include.exchange import Sender
from include.landing import Landing, Run
from include.settings import Settings
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
            with urllib.request.urlopen(url, timeout=1):
                return
        except OSError:
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
