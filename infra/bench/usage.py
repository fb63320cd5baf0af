"""What the running stack uses: processor seconds by service, memory as PSS."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass

import psutil

from include.settings import Settings
from infra.stack import supervision


@dataclass(frozen=True)
class Usage:
    """Over a stretch of time: wall seconds, and processor seconds by service, of processes that ended meanwhile too."""

    wall_seconds: float
    cpu_seconds: dict[str, float]

    @property
    def total_cpu_seconds(self) -> float:
        """Of all services."""
        return sum(self.cpu_seconds.values())


class Meter:
    """Counts from its creation on."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._began, self._before = time.monotonic(), cpu_seconds(settings)

    def read(self) -> Usage:
        """What was used up to now."""
        now = cpu_seconds(self._settings)
        used = {name: now[name] - self._before.get(name, 0.0) for name in now}
        return Usage(time.monotonic() - self._began, used)


def cpu_seconds(settings: Settings) -> dict[str, float]:
    """Processor seconds of each service since it started: its living processes, and those that it or they waited for."""
    return {name: sum(map(_cpu, processes)) for name, processes in _trees(settings).items()}


def pss_bytes(settings: Settings) -> dict[str, int]:
    """Memory of each service, shared pages counted in proportion."""
    return {name: sum(map(_pss, processes)) for name, processes in _trees(settings).items()}


def _trees(settings: Settings) -> dict[str, list[psutil.Process]]:
    interface = supervision.rpc(settings)
    trees = {"supervisor": [psutil.Process(interface.getPID())]}
    for entry in interface.getAllProcessInfo():
        if entry["pid"]:
            leader = psutil.Process(entry["pid"])
            trees[entry["name"]] = [leader, *leader.children(recursive=True)]
    return trees


def _cpu(process: psutil.Process) -> float:
    with suppress(psutil.NoSuchProcess):
        times = process.cpu_times()
        return float(times.user + times.system + times.children_user + times.children_system)
    return 0.0


def _pss(process: psutil.Process) -> int:
    with suppress(psutil.Error):
        return int(process.memory_full_info().pss)
    return 0
