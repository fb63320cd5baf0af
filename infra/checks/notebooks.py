"""Notebooks in git are what a person wrote: no outputs, no counts, nothing of the machine or editor that ran them.

python -m infra.checks.notebooks check    exit 1 if one holds more
python -m infra.checks.notebooks strip    take it out
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from include.paths import PROJECT_ROOT

FOLDER = PROJECT_ROOT / "notebooks"
_METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def stripped(text: str) -> str:
    """Return a notebook's file (nbformat 4) as it belongs into git."""
    notebook = json.loads(text)
    cells = [_stripped(cell) for cell in notebook["cells"]]
    return json.dumps(notebook | {"cells": cells, "metadata": _METADATA}, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def _stripped(cell: dict[str, Any]) -> dict[str, Any]:
    tags = {name: value for name, value in cell["metadata"].items() if name == "tags"}
    nothing: dict[str, Any] = {"execution_count": None, "outputs": []} if cell["cell_type"] == "code" else {}
    return cell | {"metadata": tags} | nothing


def main(arguments: list[str], folder: Path = FOLDER) -> int:
    """Run one command; return the exit code."""
    if arguments not in (["check"], ["strip"]):
        print(__doc__, file=sys.stderr)
        return 2
    files = {path: path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.ipynb"))}
    ran = {path: clean for path, text in files.items() if (clean := stripped(text)) != text}
    for path, clean in ran.items():
        if arguments == ["strip"]:
            path.write_text(clean, encoding="utf-8")
            print(f"stripped {path.name}")
        else:
            print(f"{path.name} holds outputs or settings of an editor", file=sys.stderr)
    if ran and arguments == ["check"]:
        print("run: python -m infra.checks.notebooks strip", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
