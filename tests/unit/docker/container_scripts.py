"""A project of the containers' scripts and compose files alone, for an `.env` and secrets of a test's own."""

from __future__ import annotations

import shutil
from pathlib import Path

from include.paths import PROJECT_ROOT


def copy_scripts(project: Path) -> Path:
    """Copy them into a folder, which is returned."""
    files = (*PROJECT_ROOT.glob("docker/*.sh"), PROJECT_ROOT / "docker/demo.env", *PROJECT_ROOT.glob("infra/compose*.yaml"))
    for file in files:
        copy = project / file.relative_to(PROJECT_ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, copy)
    return project
