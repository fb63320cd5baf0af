"""Finds and ends what a killed supervisor left behind, by the process groups that the start scripts noted.

A service leads a process group of its own, and what it starts stays in it. The group's number and the leader's start time are
noted: a number that the machine gave to somebody else since then is recognised and left alone.
"""

from __future__ import annotations

import json
import os
import signal
import time
from contextlib import suppress
from pathlib import Path

import psutil

from include.settings import Settings
from infra.services.service import run_dir

Group = tuple[int, float]
"""A process group's number, and when its leader was started."""


def _folder(settings: Settings) -> Path:
    return run_dir(settings) / "groups"


def note(settings: Settings, name: str) -> None:
    """Write down the group of this process, which leads one."""
    if os.getpgrp() != os.getpid():
        os.setpgrp()
    folder = _folder(settings)
    folder.mkdir(parents=True, exist_ok=True)
    group = {"group": os.getpgrp(), "started": psutil.Process().create_time()}
    (folder / f"{name}.json").write_text(json.dumps(group), encoding="utf-8")


def _members(group: int, started: float) -> list[psutil.Process]:
    """Living processes of the group, none of which may be older than its noted leader."""
    members = []
    for process in psutil.process_iter():
        try:
            if os.getpgid(process.pid) == group and process.status() != psutil.STATUS_ZOMBIE:
                members.append(process)
        except (ProcessLookupError, psutil.NoSuchProcess, PermissionError):
            continue
    leader_is_another = any(p.pid == group and abs(p.create_time() - started) > 1 for p in members)
    return [] if leader_is_another or any(p.create_time() < started - 1 for p in members) else members


def group_of(settings: Settings, name: str) -> list[psutil.Process]:
    """Living processes of a service's noted group; none when it was never started."""
    file = _folder(settings) / f"{name}.json"
    return _members(*_noted(file)) if file.exists() else []


def reap(settings: Settings, grace_seconds: float = 15) -> list[str]:
    """End all noted groups that still live: TERM, then KILL after the grace time; returns the services they belonged to."""
    found: dict[str, Group] = {}
    for file in sorted(_folder(settings).glob("*.json")):
        group = _noted(file)
        if _members(*group):
            found[file.stem] = group
        else:
            file.unlink()
    _end(list(found.values()), grace_seconds)
    return list(found)


def end_former(settings: Settings, name: str, grace_seconds: float = 5) -> None:
    """End what a killed service left running, before it is started again: a scheduler's tasks and their drivers."""
    file = _folder(settings) / f"{name}.json"
    if file.exists():
        _end([_noted(file)], grace_seconds)


def _noted(file: Path) -> Group:
    noted = json.loads(file.read_text(encoding="utf-8"))
    return noted["group"], noted["started"]


def _end(groups: list[Group], grace_seconds: float) -> None:
    for sign, patience in ((signal.SIGTERM, grace_seconds), (signal.SIGKILL, 5.0)):
        alive = [group for group in groups if _members(*group)]
        for number, _ in alive:
            with suppress(ProcessLookupError):
                os.killpg(number, sign)
        deadline = time.monotonic() + patience
        while any(_members(*group) for group in alive) and time.monotonic() < deadline:
            time.sleep(0.2)
