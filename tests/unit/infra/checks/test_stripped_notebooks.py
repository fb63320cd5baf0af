"""What notebooks are in git, and what is taken out of them."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import nbformat
import pytest

from infra.checks import notebooks

COMMITTED = sorted(notebooks.FOLDER.glob("*.ipynb"))
A_SECRET_IS_SET = re.compile(r"""(password|secret|token|key)\w*["'\]]*\s*=\s*["']""", re.IGNORECASE)


def a_notebook(**of_cell: Any) -> str:
    cell = {"cell_type": "code", "id": "sum", "metadata": {"tags": ["parameters"]}, "source": ["1 + 1"]} | of_cell
    nothing: dict[str, Any] = {"execution_count": None, "outputs": []}
    return json.dumps({"cells": [nothing | cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


def test_there_are_notebooks() -> None:
    assert {path.stem for path in COMMITTED} >= {"why_was_it_low", "train_compare_register"}


@pytest.mark.parametrize("path", COMMITTED, ids=lambda path: path.stem)
def test_a_committed_notebook_is_valid_holds_no_output_and_sets_no_secret(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    notebook = json.loads(text)

    nbformat.validate(notebook)
    code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in code)
    assert not [cell["id"] for cell in code if A_SECRET_IS_SET.search("".join(cell["source"]))]
    assert notebooks.stripped(text) == text


@pytest.mark.parametrize(
    "ran",
    [
        {"outputs": [{"name": "stdout", "output_type": "stream", "text": ["2"]}]},
        {"execution_count": 1},
        {"metadata": {"tags": ["parameters"], "vscode": {"languageId": "python"}}},
    ],
    ids=lambda ran: next(iter(ran)),
)
def test_what_a_run_leaves_is_found_and_taken_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], ran: dict[str, Any]
) -> None:
    file = tmp_path / "a.ipynb"
    file.write_text(a_notebook(**ran), encoding="utf-8")

    assert notebooks.main(["check"], tmp_path) == 1
    assert "a.ipynb" in capsys.readouterr().err
    assert notebooks.main(["strip"], tmp_path) == 0
    assert notebooks.main(["check"], tmp_path) == 0
    assert file.read_text(encoding="utf-8") == notebooks.stripped(a_notebook())


def test_what_a_person_wrote_stays() -> None:
    cell = json.loads(notebooks.stripped(a_notebook()))["cells"][0]

    assert (cell["source"], cell["metadata"]) == (["1 + 1"], {"tags": ["parameters"]})


def test_another_command_is_refused() -> None:
    assert notebooks.main([]) == 2
