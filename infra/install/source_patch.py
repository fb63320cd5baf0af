"""Patches of a foreign program's source, applied to exactly the file they were made for.

A patch is a text that says why, a line `Applied to: PATH, sha256 DIGEST`, and a unified diff of that file (`patch -p1` takes it
too; it is not on every machine, and would look for the place where this must refuse).
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from infra.refusal import RefusedError

APPLIED_TO = re.compile(r"^Applied to: (\S+), sha256 ([0-9a-f]{64})$", re.MULTILINE)
HUNK = re.compile(r"^@@ -(\d+)(?:,\d+)? \+\d+(?:,\d+)? @@")


class PatchError(RefusedError):
    """A patch does not belong to the source; the message names patch and file."""


def apply(patch: Path, source: Path) -> None:
    """Change a file of a source tree. Raises PatchError when it is another than the one that the patch was made for."""
    text = patch.read_text(encoding="utf-8")
    said = APPLIED_TO.search(text)
    if not said:
        raise PatchError(f"{patch}: expected a line `Applied to: PATH, sha256 DIGEST`")
    name, wanted = said.groups()
    target = source / name
    content = target.read_bytes() if target.is_file() else b""
    if hashlib.sha256(content).hexdigest() != wanted:
        raise PatchError(f"{patch.name} was made for another {name}: if this version still needs it, make it again")
    target.write_text(_changed(patch.name, text, content.decode()), encoding="utf-8")


def _changed(name: str, patch: str, content: str) -> str:
    before, after, position = content.splitlines(keepends=True), list[str](), 0
    hunks = patch[patch.index("\n--- ") :].splitlines(keepends=True)[3:]
    for line in hunks:
        if begin := HUNK.match(line):
            start = int(begin[1]) - 1
            after += before[position:start]
            position = start
        elif line[0] == "+":
            after.append(line[1:])
        elif line[0] in " -" and before[position : position + 1] == [line[1:]]:
            after += [line[1:]] if line[0] == " " else []
            position += 1
        else:
            raise PatchError(f"{name}: line {line!r} is not in the file at line {position + 1}")
    return "".join(after + before[position:])
