"""What scripts, the Makefile and the Dockerfile start as `python -m MODULE` is something that can be started."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from include.paths import PROJECT_ROOT

OURS = re.compile(r"-m \"?((?:include|infra|spark_jobs|tests)(?:\.\w+)*)(?=[\s\"]|$)", re.MULTILINE)
SCRIPTS = [
    *(path for folder in ("docker", "infra", "tests") for path in sorted((PROJECT_ROOT / folder).rglob("*.sh"))),
    *(PROJECT_ROOT / name for name in ("Makefile", "docker/Dockerfile")),
]
STARTED = sorted({(path.relative_to(PROJECT_ROOT), name) for path in SCRIPTS for name in OURS.findall(path.read_text("utf-8"))})


@pytest.mark.parametrize(("script", "module"), STARTED, ids=lambda value: str(value))
def test_a_module_that_a_script_starts_does_something(script: Path, module: str) -> None:
    path = PROJECT_ROOT / module.replace(".", "/")
    source = path / "__main__.py" if path.is_dir() else path.with_suffix(".py")
    assert source.exists(), f"{script}: {module} is gone"
    assert '__name__ == "__main__"' in source.read_text("utf-8"), f"{script}: {module} only defines things"


def test_scripts_start_modules() -> None:
    assert {module for _, module in STARTED} >= {"infra.install", "infra.checks", "infra", "tests.no_network"}
