"""Contracts of views: what they take from each other, what they become in Trino and in the dictionary."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from include.contracts import ContractError, ViewContract, contract, load, load_views, view
from include.contracts.generated import generated_files
from include.contracts.live import comment_views
from include.paths import PROJECT_ROOT

VIEWS = {each.name: each for each in load_views()}
SMALL: dict[str, Any] = {
    "name": "gold.small",
    "description": "A farm's view.",
    "grain": "one plant",
    "key": ["plant_id"],
    "columns": [
        {"of": "gold.daily_plant_kpi", "names": ["plant_id", "energy_mwh"]},
        {"name": "share", "type": "double", "unit": "ratio", "description": "It's a share."},
    ],
}


def read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, **changes: object) -> ViewContract:
    monkeypatch.setattr(view, "VIEWS_DIR", tmp_path)
    (tmp_path / "small.yaml").write_text(yaml.safe_dump(SMALL | changes), encoding="utf-8")
    (only,) = load_views()
    return only


class Trino:
    """A connection whose views have the comments given, and which notes what is run."""

    def __init__(self, comments: list[list[Any]]) -> None:
        self.comments, self.run = comments, []  # type: list[list[Any]], list[str]

    def cursor(self) -> Trino:
        return self

    def execute(self, operation: str) -> None:
        self.run.append(operation)

    def fetchall(self) -> list[Any]:
        return self.comments


def test_every_view_has_a_contract_and_every_contract_a_view() -> None:
    files = {path.stem.split("_", 1)[1] for path in (PROJECT_ROOT / "sql/trino/views").glob("*.sql")}
    assert {f"gold.{name}" for name in files} == set(VIEWS)


def test_columns_of_another_contract_keep_their_meaning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small = read(tmp_path, monkeypatch)

    kpi = {column.name: column for column in load("gold.daily_plant_kpi").columns}
    assert small.columns[:2] == (kpi["plant_id"], kpi["energy_mwh"])
    assert small.trino_columns == {"plant_id": "varchar", "energy_mwh": "double", "share": "double"}


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"columns": [{"of": "gold.daily_plant_kpi", "names": ["colour"]}]}, "no columns colour"),
        ({"columns": [{"of": "gold.daily_plant_kpi"}, {"of": "gold.daily_plant_kpi"}]}, "named twice"),
        ({"key": ["ds"]}, "names no column"),
        ({"name": "gold.other"}, "another view, gold.other"),
    ],
)
def test_contract_that_cannot_be_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, changes: dict[str, object], complaint: str
) -> None:
    with pytest.raises(ContractError, match=complaint):
        read(tmp_path, monkeypatch, **changes)


def test_only_comments_that_are_lacking_are_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small = read(tmp_path, monkeypatch)
    present = [["small", column.name, contract.column_comment(column)] for column in small.columns]

    assert comment_views(Trino(present), [small]) == []
    done = comment_views(Trino([*present[:2], ["small", "share", None]]), [small])

    assert done == [
        "COMMENT ON VIEW iceberg.gold.small IS 'A farm''s view.'",
        "COMMENT ON COLUMN iceberg.gold.small.share IS 'It''s a share. [ratio]'",
    ]


@pytest.mark.parametrize("name", VIEWS)
def test_every_column_of_a_view_is_in_the_dictionary(name: str) -> None:
    section = generated_files([])[Path("docs/data-dictionary.md")].split(f"### `{name}` (view)")[1].split("\n### ")[0]
    assert [column for column in VIEWS[name].trino_columns if f"| `{column}` |" not in section] == []
