"""The compose test stack as Docker shows it."""

from __future__ import annotations

import json
import os
import subprocess
from typing import Any

from include.paths import PROJECT_ROOT

PROJECT = os.environ.get("PV_PROJECT", "")


def docker(*arguments: str, check: bool = True, env: dict[str, str] | None = None) -> str:
    """Output of a docker command."""
    environment = os.environ | (env or {})
    done = subprocess.run(["docker", *arguments], capture_output=True, text=True, check=False, env=environment)
    assert not check or done.returncode == 0, done.stderr
    return done.stdout + done.stderr


def compose(*arguments: str, check: bool = True, env: dict[str, str] | None = None) -> str:
    """Output of a docker compose command on the test stack."""
    file = str(PROJECT_ROOT / "infra/compose.yaml")
    return docker("compose", "-p", PROJECT, "-f", file, *arguments, check=check, env=env)


def containers() -> list[dict[str, Any]]:
    """`docker inspect` of all containers of the stack, also of those that have ended."""
    ids = docker("ps", "-aq", "--filter", f"label=com.docker.compose.project={PROJECT}").split()
    found: list[dict[str, Any]] = json.loads(docker("inspect", *ids))
    return found


def service_of(container: dict[str, Any]) -> str:
    """Name of a container's service."""
    return str(container["Config"]["Labels"]["com.docker.compose.service"])


def stack_command(*arguments: str, env: dict[str, str] | None = None, status: int = 0) -> str:
    """Run docker/stack.sh without a terminal, expecting an exit status; returns what it printed."""
    command = [str(PROJECT_ROOT / "docker/stack.sh"), *arguments]
    environment = os.environ | (env or {})
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment, stdin=subprocess.DEVNULL)
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout + done.stderr
