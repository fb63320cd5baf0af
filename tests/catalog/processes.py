"""Processes of these tests: started in a group of their own, stopped, killed or hung by signals, and never left behind."""

from __future__ import annotations

import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import psutil

START_LIMIT_SECONDS = 180  # Trino, on a machine that is busy with other things
STOP_LIMIT_SECONDS = 20


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on; all are held until the last is found, so they differ."""
    with ExitStack() as held:
        sockets = [held.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [s.getsockname()[1] for s in sockets]


class Process:
    """One program with its log file. `ready` says whether it answers; `stop_signal` ends it in order."""

    def __init__(
        self,
        command: list[str],
        env: dict[str, str],
        folder: Path,
        log: Path,
        ready: Callable[[], bool],
        stop_signal: int = signal.SIGTERM,
    ) -> None:
        # If the test run itself is killed, the kernel ends what it started. Postgres' own command line says so already.
        self.command = command if "--pdeathsig" in command else ["setpriv", "--pdeathsig", "KILL", "--", *command]
        self.env, self.folder, self.log, self.ready, self.stop_signal = env, folder, log, ready, stop_signal
        self._running: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start and wait until it answers. Only from the main thread: the kernel ends it together with its parent thread."""
        with self.log.open("ab") as output:
            self._running = subprocess.Popen(
                self.command, env=self.env, cwd=self.folder, stdout=output, stderr=output, start_new_session=True
            )
        deadline = time.monotonic() + START_LIMIT_SECONDS
        while not self.ready():
            if self._running.poll() is not None or time.monotonic() > deadline:
                self.kill()
                tail = "\n".join(self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-20:])
                raise RuntimeError(f"{self.log.stem} did not start; the end of {self.log}:\n{tail}")
            time.sleep(0.1)

    @property
    def rss_bytes(self) -> int:
        """Memory that it holds."""
        assert self._running
        return int(psutil.Process(self._running.pid).memory_info().rss)

    def kill(self) -> None:
        """End it and its children at once, as kill -9 does."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """End it in order; at once if it does not."""
        self._end(self.stop_signal)

    def _end(self, how: int) -> None:
        if self._running is None:
            return
        family = self._family()
        self._running.send_signal(how)
        with suppress(subprocess.TimeoutExpired):
            self._running.wait(STOP_LIMIT_SECONDS)
        for member in family:
            if member.is_running():
                member.kill()
        self._running.wait()
        self._running = None

    @contextmanager
    def hung(self) -> Iterator[None]:
        """Neither dead nor answering (SIGSTOP), until the block ends."""
        family = self._family()
        for member in family:  # the parent first: it starts no more children then
            member.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            for member in family:
                member.send_signal(signal.SIGCONT)

    def _family(self) -> list[psutil.Process]:
        assert self._running
        try:
            parent = psutil.Process(self._running.pid)
            return [parent, *parent.children(recursive=True)]
        except psutil.NoSuchProcess:
            return []
