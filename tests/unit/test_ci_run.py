"""What `.ci/run` leaves out, and what makes it fail: its commands' ends are made up here, in a copy of it."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from include.paths import PROJECT_ROOT

PROGRAM = '#!/bin/sh\necho "${0##*/} $*" >>"$ASKED"\n'


@pytest.mark.parametrize(
    ("machine", "engine", "always", "status", "containers", "said"),
    [
        (0, 0, "", 0, True, "left out in containers: a day rebuilt"),
        (3, 0, "", 0, False, "this machine is too small for them"),
        (3, 0, "1", 1, False, "has an engine, but cannot run"),
        (1, 0, "", 1, False, "has an engine, but cannot run"),
        (1, 1, "", 0, False, "this machine cannot have an engine"),
    ],
)
def test_containers_are_left_out_only_where_the_machine_is_too_small_or_has_no_engine(
    tmp_path: Path, machine: int, engine: int, always: str, status: int, containers: bool, said: str
) -> None:
    copied = tmp_path / ".ci" / "run"
    copied.parent.mkdir()
    shutil.copy(PROJECT_ROOT / ".ci" / "run", copied)
    for program, ends in (("docker/stack.sh", machine), ("bin/docker", engine), ("bin/make", 0)):
        (path := tmp_path / program).parent.mkdir(exist_ok=True)
        path.write_text(f"{PROGRAM}exit {ends}\n")
        path.chmod(0o755)
    asked = tmp_path / "asked"
    env = {"PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}", "ASKED": str(asked), "CONTAINERS": always}

    done = subprocess.run([str(copied)], env=env, capture_output=True, text=True, timeout=60)

    assert done.returncode == status, done.stderr
    assert said in done.stdout + done.stderr
    assert ("make compose-test QUICK=1" in asked.read_text()) == containers
    assert asked.read_text().splitlines()[:3] == ["make prerequisites", "make check", "make test"]
