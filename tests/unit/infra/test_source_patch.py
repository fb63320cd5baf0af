"""Patches of a foreign source are applied to exactly the file that they were made for, or the build ends with a line."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest

from infra.install import source_patch
from infra.install import steps as install
from infra.install.source_patch import PatchError

BEFORE = "one\ntwo\nthree\nfour\nfive\n"
DIFF = "--- a/cmd/file.go\n+++ b/cmd/file.go\n@@ -2,3 +2,3 @@\n two\n-three\n+3\n four\n"


def patch(folder: Path, diff: str = DIFF, before: str = BEFORE) -> Path:
    """A patch made for a file that was `before`, beside a source tree whose file is BEFORE."""
    (folder / "cmd").mkdir()
    (folder / "cmd/file.go").write_text(BEFORE)
    path = folder / "1.patch"
    path.write_text(f"Why.\n\nApplied to: cmd/file.go, sha256 {hashlib.sha256(before.encode()).hexdigest()}\n\n{diff}")
    return path


def test_the_file_it_was_made_for_is_changed(tmp_path: Path) -> None:
    source_patch.apply(patch(tmp_path), tmp_path)

    assert (tmp_path / "cmd/file.go").read_text() == "one\ntwo\n3\nfour\nfive\n"


@pytest.mark.parametrize(
    ("diff", "before", "complaint"),
    [
        (DIFF, BEFORE + "six\n", r"^1\.patch was made for another cmd/file\.go: "),
        (DIFF.replace(" two", " 2"), BEFORE, r"^1\.patch: line ' 2\\n' is not in the file at line 2$"),
    ],
)
def test_another_file_is_refused_and_stays_as_it_is(tmp_path: Path, diff: str, before: str, complaint: str) -> None:
    with pytest.raises(PatchError, match=complaint):
        source_patch.apply(patch(tmp_path, diff, before), tmp_path)

    assert (tmp_path / "cmd/file.go").read_text() == BEFORE


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    path = patch(tmp_path)
    (tmp_path / "cmd/file.go").unlink()

    with pytest.raises(PatchError, match="was made for another"):
        source_patch.apply(path, tmp_path)


def test_every_patch_of_minio_says_which_advisory_and_a_change_of_one_builds_again() -> None:
    patches = install._minio_patches()

    said = "".join(path.read_text(encoding="utf-8") for path in patches)
    for advisory in ("CVE-2026-34204", "CVE-2026-39414", "CVE-2026-40344", "CVE-2026-41145", "CVE-2026-97731", "CVE-2026-113466"):
        assert advisory in said
    assert all(re.search("CVE-|No advisory", path.read_text()) or "see 5-write-once" in path.read_text() for path in patches)
    assert set(patches) < set(install.MINIO_STEP.inputs())
