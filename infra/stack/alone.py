"""One command at a time works on a stack or a folder: a lock in a file, which ends with the process that holds it."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from include.paths import PROJECT_ROOT
from include.settings import Settings
from infra import private_folders
from infra.refusal import RefusedError
from infra.services.service import run_dir
from infra.setup import data_folder


class StackBusyError(RefusedError):
    """Another command works on the stack, or its data folder cannot be written; the message names it."""


@contextmanager
def held(path: Path, command: str, busy: Callable[[str], Exception]) -> Iterator[None]:
    """Hold a lock for a command. Raises what `busy` makes of the holder's name at once, without waiting; OSError."""
    with path.open("a+", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise busy(lock.read()) from None
        lock.truncate(0)
        lock.write(f"`{command}` of {PROJECT_ROOT} (process {os.getpid()})")
        lock.flush()
        yield


@contextmanager
def alone(settings: Settings, command: str) -> Iterator[None]:
    """Hold a stack for a command that starts, stops or rotates it. Raises StackBusyError at once; DataFolderError."""
    data_folder.refuse_another_users(settings)  # before its folders are closed
    run = run_dir(settings)
    try:
        private_folders.prepare(settings)
        run.mkdir(exist_ok=True)
        (path := run / "command.lock").touch()
    except OSError as error:
        raise StackBusyError(f"PV_DATA_DIR={settings.pv_data_dir} cannot be written: {error.strerror}") from error

    def busy(holder: str) -> StackBusyError:
        return StackBusyError(f"{holder} is at work on {settings.pv_data_dir}: try again when it is over")

    with held(path, command, busy):
        yield
