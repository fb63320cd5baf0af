"""What containers open: known ports only, to nobody but who is on their networks; volumes that no other user reads."""

from __future__ import annotations

from typing import Any

import pytest

from tests.compose.docker import containers, docker, service_of
from tests.e2e.conftest import Stack

pytestmark = pytest.mark.stack

PORTS: dict[str, set[int]] = {
    "postgres": {5432},
    "minio": {9000, 9001},
    "versitygw": {9000},
    "iceberg-rest": {8181},
    "spark-master": {7077, 8090},
    "spark-worker": {7078, 8091},
    "trino": {8080, 8082},
    "mlflow": {5001},
    "airflow-api-server": {8088},
    "airflow-scheduler": {8974},
    "stand-in-apis": {18080},
}
OF_SPARK = {"spark-worker", "airflow-scheduler"}
"""Executors and drivers, who know each other by Spark's secret, listen there on ports that the kernel chooses."""
KERNELS = 32768
LISTENING = "0A"
DNS_OF_DOCKER = "0B00007F"

REACHED = """
import socket, sys
from concurrent.futures import ThreadPoolExecutor

def reach(where):
    host, port = where.rsplit(":", 1)
    try:
        socket.create_connection((host, int(port)), 2).close()
    except OSError:
        return ""
    return where

with ThreadPoolExecutor(32) as pool:
    print(*filter(None, pool.map(reach, sys.argv[1:])))
"""


def running() -> list[dict[str, Any]]:
    return [container for container in containers() if container["State"]["Running"]]


def test_a_container_listens_on_known_ports_only(stack: Stack) -> None:
    unknown = {}
    for container in running():
        service = service_of(container)
        lines = docker("exec", container["Id"], "cat", "/proc/net/tcp", "/proc/net/tcp6").splitlines()
        sockets = [line.split() for line in lines if not line.lstrip().startswith("sl")]
        local = [words[1].rsplit(":", 1) for words in sockets if words[3] == LISTENING]
        ports = {int(port, 16) for address, port in local if address != DNS_OF_DOCKER}
        others = ports - PORTS.get(service, set())
        if more := {port for port in others if not (service in OF_SPARK and port >= KERNELS)}:
            unknown[service] = more

    assert unknown == {}


def test_a_neighbour_on_the_same_engine_reaches_nothing(stack: Stack) -> None:
    there = running()
    (image,) = {c["Config"]["Image"] for c in there if service_of(c) == "airflow-scheduler"}
    addresses = [
        f"{network['IPAddress']}:{port}"
        for container in there
        for network in container["NetworkSettings"]["Networks"].values()
        for port in PORTS.get(service_of(container), ())
    ]

    reached = docker("run", "--rm", "--network", "bridge", "--entrypoint", "python3", image, "-c", REACHED, *addresses)

    assert len(addresses) > len(PORTS)
    assert reached.split() == []


def test_no_other_user_reads_a_volume(stack: Stack) -> None:
    opened = []
    for container in running():
        if any(mount["Destination"] == "/data" for mount in container["Mounts"]):
            look = ("exec", container["Id"], "find", "/data", "-maxdepth", "1", "-perm", "/077", "!", "-name", "lost+found")
            opened += [(service_of(container), path) for path in docker(*look).split()]

    assert opened == []
