"""What scripts, the Makefile and the Dockerfile start as `python -m MODULE` can be started, and what tests import is there.

Helpers that only scripts start are in no collection of pytest, and outside the type checker: that a name moved away from a module
would be noticed by who runs them.
"""

from __future__ import annotations

import ast
import importlib
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


OF_THE_LAST_VERSION = {PROJECT_ROOT / "tests/last_version/a_day.py"}
"""Run by that version's own Python."""


@pytest.mark.parametrize(
    "path",
    sorted(set((PROJECT_ROOT / "tests").rglob("*.py")) - OF_THE_LAST_VERSION),
    ids=lambda path: str(path.relative_to(PROJECT_ROOT)),
)
def test_what_tests_import_of_the_product_is_there(path: Path) -> None:
    nodes = [node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.ImportFrom) and node.module]
    for node in (node for node in nodes if str(node.module).split(".")[0] in {"include", "infra", "plugins", "spark_jobs"}):
        module, package = importlib.import_module(str(node.module)), PROJECT_ROOT.joinpath(*str(node.module).split("."))
        modules = {entry.stem for entry in package.glob("*")}
        missing = [name.name for name in node.names if not hasattr(module, name.name) and name.name not in modules]
        assert not missing, f"line {node.lineno}: {node.module} has no {missing}"
