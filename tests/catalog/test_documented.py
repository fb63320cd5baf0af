"""What docs/operations.md tells an administrator to run."""

from __future__ import annotations

import re

import pytest

import include.settings
from include.paths import PROJECT_ROOT
from tests.catalog.client import Client, table_path
from tests.catalog.stack import Stack

pytestmark = pytest.mark.catalog

TABLE = "gold.no_longer_used"


def test_an_administrator_drops_a_table(stack: Stack, client: Client, table: str, monkeypatch: pytest.MonkeyPatch) -> None:
    page = (PROJECT_ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    (snippet,) = re.findall(r"## Dropping a table.*?```python\n(.*?)```", page, flags=re.DOTALL)
    assert TABLE in snippet
    monkeypatch.setattr(include.settings, "load_settings", lambda: stack.settings)
    file = stack.pyiceberg().load_table(table).metadata_location
    io = stack.pyiceberg().load_table(table).io

    exec(snippet.replace(TABLE, table), {})  # noqa: S102

    assert client.call("HEAD", table_path(*table.split("."))).status_code == 404
    assert not io.new_input(file).exists()
