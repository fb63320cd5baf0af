"""The stack reports nothing and asks nobody: all tests ran without a network (tests/no_network.py), which notes every attempt."""

from __future__ import annotations

import contextlib
import ipaddress
import json
import os
import socket
import time
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import Stack
from tests.no_network import ADDRESS, RECORD

pytestmark = [
    pytest.mark.stack,
    pytest.mark.looks_back,
    pytest.mark.skipif(RECORD not in os.environ, reason="the stack runs with a network: not natively, or not as root"),
]


def attempts() -> list[dict[str, Any]]:
    return [json.loads(line) for line in Path(os.environ[RECORD]).read_text(encoding="utf-8").splitlines()]


def test_no_process_tried_to_leave_the_machine(stack: Stack) -> None:
    # MLflow looks up a list of models at another host when its gateway's page is opened.
    stack.mlflow("admin", "GET", "ajax-api/3.0/mlflow/gateway/supported-models?provider=openai")

    # Of its own name and address a program may ask the resolver, which here is another machine.
    own = {socket.gethostname(), socket.getfqdn(), ipaddress.ip_interface(ADDRESS).ip.reverse_pointer}
    left = [attempt for attempt in attempts() if attempt.get("name") not in own]

    assert left == []


def test_an_attempt_is_seen() -> None:
    record = Path(os.environ[RECORD])
    record.write_text("", encoding="utf-8")
    with pytest.raises(socket.gaierror):
        socket.getaddrinfo("telemetry.example", 443)
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.sendto(b"x", ("198.51.100.1", 4433))
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as sender:
        sender.sendto(b"x", ("2001:db8:1::1", 4434))
    wanted = {("telemetry.example", None), ("198.51.100.1", 4433), ("2001:db8:1::1", 4434)}
    deadline = time.monotonic() + 30  # who asked is looked up before it is noted
    while (missing := wanted - seen()) and time.monotonic() < deadline:
        time.sleep(0.2)

    assert not missing


def seen() -> set[tuple[str, int | None]]:
    return {(attempt.get("name") or attempt["to"], attempt.get("port")) for attempt in attempts()}
