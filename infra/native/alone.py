"""One command at a time starts, stops or rotates a stack: a lock in its data folder that ends with who holds it."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager

from include.settings import Settings
from infra.native import environment


class StackBusyError(RuntimeError):
    """Another command works on the stack, or its data folder cannot be written; the message names it."""


@contextmanager
def alone(settings: Settings, command: str) -> Iterator[None]:
    """Hold the stack for a command. Raises StackBusyError at once, without waiting."""
    run = environment.run_dir(settings)
    try:
        run.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = (run / "command.lock").open("a+", encoding="utf-8")
    except OSError as error:
        raise StackBusyError(f"PV_DATA_DIR={settings.pv_data_dir} cannot be written: {error.strerror}") from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise StackBusyError(f"{lock.read()} is at work on {settings.pv_data_dir}: try again when it is over") from None
        lock.truncate(0)
        lock.write(f"`{command}` (process {os.getpid()})")
        lock.flush()
        yield
