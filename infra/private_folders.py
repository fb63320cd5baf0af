"""Whose files the stack's are: nobody else's to read or write. Folders are made and tightened here, and here only."""

from __future__ import annotations

import os
from pathlib import Path

from include.settings import Settings
from infra import layout

UMASK = 0o077
"""Of every service and command: files for their owner alone."""
OWNER_ONLY = 0o700
PASSED_THROUGH = 0o711
"""Of root's data folder: Postgres, which runs as another user, reaches its own folder in it and cannot list the rest."""
INSTALL_LOGS = layout.HOME / "install-logs"


def prepare(settings: Settings) -> None:
    """Make the data folder, and close it and what earlier versions left open in it. Raises OSError, as PermissionError."""
    os.umask(UMASK)
    _make(settings.pv_data_dir, PASSED_THROUGH if os.geteuid() == 0 else OWNER_ONLY)
    for entry in settings.pv_data_dir.iterdir():
        _close(entry)
    for folder in (INSTALL_LOGS, settings.pv_backup_dir):
        # A folder for backups elsewhere is a person's, who may have let others in.
        if folder.is_dir() and folder.is_relative_to(layout.HOME):
            _close(folder)


def write_file(path: Path, content: str | bytes, mode: int = 0o600) -> None:
    """Replace a file at once, on the disk before its name is: a reader sees the old one or the new one whole."""
    aside = path.with_name(f"{path.name}.new")
    aside.unlink(missing_ok=True)
    with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content.encode() if isinstance(content, str) else content)
        os.fchmod(file.fileno(), mode)
        file.flush()
        os.fsync(file.fileno())
    aside.replace(path)


def _make(folder: Path, mode: int) -> None:
    if not folder.parent.exists():
        _make(folder.parent, mode)
    folder.mkdir(exist_ok=True)
    folder.chmod(mode)


def _close(entry: Path) -> None:
    is_ours = os.geteuid() in {0, entry.lstat().st_uid}  # a mount has a lost+found, which is root's
    if is_ours and not entry.is_symlink():
        entry.chmod(OWNER_ONLY if entry.is_dir() else 0o600)
