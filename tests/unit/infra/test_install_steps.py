"""What an installation keeps: caches of a build that failed, for the next try, and none of one that is done."""

from __future__ import annotations

from pathlib import Path

import pytest

from infra import layout
from infra.install import steps

GO = """#!/bin/sh
mkdir -p "$GOMODCACHE/a-module" "$GOCACHE"
touch "$GOCACHE/compiled"
chmod a-w "$GOCACHE/compiled"
[ "$FAILS" = yes ] && exit 1
while [ "$1" != -o ]; do shift; done
echo "$GOARCH" >"$2"
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    go = tmp_path / "venv" / "go"
    go.parent.mkdir()
    go.write_text(GO)
    go.chmod(0o755)
    monkeypatch.setattr(layout, "VENV_BIN", go.parent)
    monkeypatch.setattr(layout, "CACHE", tmp_path / "cache")
    return tmp_path


def test_a_programs_go_caches_go_when_it_is_built(folder: Path) -> None:
    steps._go_build(folder, "module", folder / "program", folder / "log", "arm64")

    assert (folder / "program").read_text() == "arm64\n"
    assert not list((folder / "cache" / "go").iterdir())


def test_they_stay_for_the_next_try_when_it_is_not(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAILS", "yes")

    with pytest.raises(steps.InstallError, match="ended with 1"):
        steps._go_build(folder, "module", folder / "program", folder / "log")

    assert (folder / "cache" / "go" / "program" / "build" / "compiled").exists()
    assert not (folder / "program").exists()
