"""How the last pass of `object-lifecycle` went: a note in the run folder, for the health checks."""

from __future__ import annotations

import json
import time
from pathlib import Path

from include.settings import Settings
from infra.services.service import run_dir

PASS_EVERY_SECONDS = 6 * 3600.0


def note_path(settings: Settings) -> Path:
    """Where the note lies."""
    return run_dir(settings) / "object-lifecycle.json"


def write_note(settings: Settings, finding: str | None) -> None:
    """Note how a pass went: None when all is well."""
    path = note_path(settings)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    aside = path.with_suffix(".new")
    aside.write_text(json.dumps({"at": time.time(), "finding": finding}), encoding="utf-8")
    aside.replace(path)


def finding(settings: Settings) -> str | None:
    """What the health check says: None when the last pass, or the question before the first, went well and is not old."""
    if not note_path(settings).exists():
        return "it has not asked the store yet"
    noted = json.loads(note_path(settings).read_text(encoding="utf-8"))
    if noted["finding"]:
        return str(noted["finding"])
    return "the last pass is too long ago" if time.time() - noted["at"] > 2 * PASS_EVERY_SECONDS else None
