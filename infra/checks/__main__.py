"""`make check`: formatters, linters, types, SQL, workflows, notebooks, lock files and generated files in step.

All are run; it fails after the last.

`python -m infra.checks NAME` runs one; pre-commit calls the same names.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

from include.paths import PROJECT_ROOT
from infra import layout

TYPED = ["include", "plugins", "spark_jobs", "infra", "dags", "docker", "notebooks"]
# shellcheck and pyflakes it would run where it finds them; without them the answer is the same on every machine.
ACTIONLINT_OPTIONS = "-shellcheck= -pyflakes="

CHECKS: dict[str, list[str]] = {
    "format": ["ruff", "format", "--check", "--quiet", "."],
    "lint": ["ruff", "check", "--quiet", "."],
    "types": ["mypy", *TYPED],
    "sql": ["sqlfluff", "lint", "--disable-progress-bar", "--processes", "1", "sql/trino"],
    "contracts": ["python", "-m", "include.contracts", "check"],
    "capacities": ["python", "-m", "include.capacity_changes"],
    "env-example": ["bash", "-c", "python -m include.settings | diff .env.example -"],
    "notebooks": ["python", "-m", "infra.checks.notebooks", "check"],
    "locks": ["./infra/python/lock.sh", "--check"],
    "arm64": ["./infra/python/arm64.sh"],
    "workflows": ["bash", "-c", f"python -m infra.install actionlint && {layout.ACTIONLINT} {ACTIONLINT_OPTIONS}"],
    "shell": ["bash", "-c", "set -e; for script in .ci/run $(git ls-files '*.sh'); do bash -n $script; done"],
}


def run(name: str) -> tuple[str, float, str]:
    """(name, seconds, output if it failed) of one check."""
    began = time.monotonic()
    env = os.environ | {"PATH": f"{layout.VENV_BIN}:{os.environ['PATH']}"}
    done = subprocess.run(CHECKS[name], cwd=PROJECT_ROOT, env=env, capture_output=True, text=True, check=False)
    return name, time.monotonic() - began, (done.stdout + done.stderr or "failed without a word") if done.returncode else ""


def main(names: list[str]) -> int:
    """Run the named checks, or all; returns the number that failed."""
    failed = 0
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for name, seconds, output in pool.map(run, names or CHECKS):
            print(f"check: {name:<12} {'FAILED' if output else 'ok':<6} {seconds:5.1f} s", flush=True)
            if output:
                failed += 1
                print(output)
    return failed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
