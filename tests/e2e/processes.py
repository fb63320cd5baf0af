"""Commands of the native stack as a person runs them, and what every user of the machine sees."""

from __future__ import annotations

import subprocess
import sys

import psutil

from include.paths import PROJECT_ROOT


def native(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "infra", *arguments], cwd=PROJECT_ROOT, capture_output=True, text=True, check=False
    )


def arguments_of_all_processes() -> str:
    return "\n".join(" ".join(p.info["cmdline"] or []) for p in psutil.process_iter(["cmdline"]))
