"""Every cell of the table of doors, and that nothing of the stack listens or lies open beside it."""

from __future__ import annotations

import ipaddress
import os
import subprocess

import psutil
import pytest

from include.paths import PROJECT_ROOT
from infra.services import postgres_user, services
from infra.services.service import run_dir
from infra.stack import leftovers, supervision
from tests.e2e import deployments, doors
from tests.e2e.conftest import Stack

pytestmark = pytest.mark.stack

native_only = pytest.mark.skipif(deployments.this_one() != deployments.NATIVE, reason="of processes and folders of this machine")
AS = ["setpriv", "--clear-groups", "--bounding-set=-all", "--inh-caps=-all"]
LOCAL_USERS = (65534, 1000)


def cells(table: tuple[doors.Door, ...]) -> list[object]:
    return [pytest.param(door, who, id=f"{door.server}: {who}: {door.what}") for door in table for who in door.who]


@pytest.mark.parametrize(("door", "who"), cells(doors.DOORS))
def test_who_may_and_nobody_else(recorded_week: Stack, door: doors.Door, who: str) -> None:
    assert door.attempt(recorded_week.settings, who) == (who in door.may)


@native_only
@pytest.mark.parametrize(("door", "who"), cells(doors.NATIVE_DOORS))
def test_a_role_of_postgres_reaches_its_own_database_only(stack: Stack, door: doors.Door, who: str) -> None:
    assert door.attempt(stack.settings, who) == (who in door.may)


def loopback(address: str) -> bool:
    """Whether only this machine reaches an address; Java says 127.0.0.1 in the form of IPv6."""
    ip = ipaddress.ip_address(address)
    return (getattr(ip, "ipv4_mapped", None) or ip).is_loopback


@native_only
def test_every_socket_of_the_stack_is_a_known_port(stack: Stack) -> None:
    """Drivers, which Spark authenticates, are the scheduler's children and listen on ports that nobody knows before."""
    settings = stack.settings
    unknown: dict[str, set[tuple[bool, int]]] = {}
    for service in services.of(settings):
        group = leftovers.group_of(settings, service.name)
        listening = {
            (loopback(connection.laddr.ip), connection.laddr.port)
            for process in group
            if "org.apache.spark.executor" not in (words := " ".join(process.cmdline())) and "SparkSubmit" not in words
            for connection in process.net_connections("inet")
            if connection.status == psutil.CONN_LISTEN
        }
        assert group, service.name
        if more := listening - {(True, port) for port in service.ports(settings).values()}:
            unknown[service.name] = more

    assert unknown == {}


@native_only
@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
@pytest.mark.parametrize("user", LOCAL_USERS)
def test_another_user_of_this_machine_gets_at_no_file_of_the_stack(stack: Stack, user: int) -> None:
    data = stack.settings.pv_data_dir
    other = [*AS, f"--reuid={user}", f"--regid={user}"]
    socket = (run_dir(stack.settings) / supervision.SOCKET_NOTE).read_text(encoding="utf-8")

    found = subprocess.run(
        [*other, "find", str(data), "-mindepth", "1", "(", "-readable", "-o", "-writable", ")", "-print"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    looked = subprocess.run([*other, "stat", socket], capture_output=True, text=True, check=False)

    assert found.stdout == ""
    assert "Permission denied" in found.stderr
    assert "Permission denied" in looked.stderr


@native_only
def test_only_postgres_files_are_another_users(stack: Stack) -> None:
    data = stack.settings.pv_data_dir
    owners = {path.stat().st_uid for path in data.iterdir() if path.name != "postgres"}
    cluster = (data / "postgres").stat()

    assert owners == {os.geteuid()}
    assert cluster.st_uid in (postgres_user.FREE_IDS if os.geteuid() == 0 else (os.geteuid(),))
    assert cluster.st_mode & 0o077 == 0


def test_the_table_of_doors_is_that_of_the_documentation() -> None:
    assert doors.table() in (PROJECT_ROOT / "docs" / "security.md").read_text(encoding="utf-8")
