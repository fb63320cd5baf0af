"""The server as a process: it starts quickly, stays small, and really drops connections."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

ROOT = Path(__file__).resolve().parents[3]
START_SECONDS = 10
"""The promise is 3 on an idle machine; a build beside us may make it slower."""


@pytest.fixture(scope="module")
def process() -> Iterator[tuple[subprocess.Popen[bytes], httpx.Client]]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "infra.upstream", "--port", str(port), "--now", "2025-03-20T12:02:00Z"]
    running = subprocess.Popen(command, cwd=ROOT)
    client = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=20)
    deadline = time.monotonic() + START_SECONDS
    try:
        while True:
            try:
                client.get("/_control/health")
                break
            except httpx.TransportError:
                assert running.poll() is None and time.monotonic() < deadline, "the stand-in did not start"
                time.sleep(0.05)
        yield running, client
    finally:
        client.close()
        running.terminate()
        running.wait(10)


def test_the_clock_stands_where_it_was_told_to(process) -> None:
    _, client = process

    assert client.get("/_control/health").json() == {"status": "ok", "now": "2025-03-20T12:02:00+00:00"}


@pytest.mark.parametrize("name", ["dropped", "truncated"])
def test_a_connection_breaks_and_the_next_one_works(process, name: str) -> None:
    _, client = process
    client.post("/_control/faults", json={"name": name, "times": 1})

    with pytest.raises(httpx.RemoteProtocolError):
        client.get("/v4/health" if name == "dropped" else "/v1/archive", params=ONE_DAY)

    assert client.get("/v4/health").json() == "OK"


def test_it_stays_below_200_megabytes(process) -> None:
    running, client = process
    assert client.get("/v1/archive", params=ONE_DAY).status_code == 200

    status = Path(f"/proc/{running.pid}/status").read_text(encoding="utf-8")

    resident_kb = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS"))
    assert resident_kb < 200 * 1024


ONE_DAY = {"latitude": -30, "longitude": 140, "start_date": "2025-01-01", "end_date": "2025-01-01", "hourly": "temperature_2m"}
