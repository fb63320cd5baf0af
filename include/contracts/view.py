"""One view's contract: what its columns mean, and the comments by which Trino shows that.

The statement that makes the view is written by hand (`sql/trino/views`): Trino's CREATE VIEW takes no column comments. In
`columns` an entry `{of: gold.NAME, names: [...]}` stands for columns that another view or table has, with the same meaning.

Belongs here: the model, reading the files, and pure rendering. Does not: talking to Trino (`live.py`).
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from include.contracts.contract import (
    CATALOG,
    CONTRACTS_DIR,
    TRINO_TYPES,
    Column,
    ContractError,
    column_comment,
    column_table,
    load,
    sql_text,
)

VIEWS_DIR = CONTRACTS_DIR / "views"


class ViewContract(BaseModel):
    """One view of the schema `gold`: its grain and columns."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern=r"^gold\.[a-z_]+$")
    description: str = Field(min_length=1)
    grain: str = Field(min_length=1)
    key: tuple[str, ...] = Field(min_length=1)
    columns: tuple[Column, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _names_are_columns(self) -> ViewContract:
        names = [column.name for column in self.columns]
        if len(set(names)) != len(names):
            raise ValueError("a column is named twice")
        if unknown := set(self.key) - set(names):
            raise ValueError(f"key names no column: {sorted(unknown)}")
        return self

    @property
    def trino_columns(self) -> dict[str, str]:
        """Trino's type of each column."""
        return {column.name: TRINO_TYPES[column.type] for column in self.columns}

    def comments(self, schema: str = f"{CATALOG}.gold") -> dict[str | None, str]:
        """Return the statement that gives each column its meaning; of the key None, the view's own."""
        view = f"{schema}.{self.name.removeprefix('gold.')}"
        of_view = {None: f"COMMENT ON VIEW {view} IS {sql_text(self.description)}"}
        return of_view | {
            column.name: f"COMMENT ON COLUMN {view}.{column.name} IS {sql_text(column_comment(column))}"
            for column in self.columns
        }

    def markdown(self) -> str:
        """Return the view's section of the data dictionary."""
        key = ", ".join(f"`{name}`" for name in self.key)
        head = [f"### `{self.name}` (view)", "", self.description, "", f"One row is {self.grain}. Key: {key}.", ""]
        return "\n".join([*head, *column_table(self.columns)]) + "\n"


def load_views() -> list[ViewContract]:
    """Return the contract of every view, by name. Raises ContractError for a file that cannot be read as one."""
    return [_read(path) for path in sorted(VIEWS_DIR.glob("*.yaml"))]


@cache
def _read(path: Path) -> ViewContract:
    try:
        document = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
        document["columns"] = [column for entry in document["columns"] for column in _columns(entry)]
        contract = ViewContract.model_validate(document)
    except (yaml.YAMLError, ValidationError) as error:
        raise ContractError(f"{path} is not a valid contract: {error}") from error
    if path.stem != contract.name.removeprefix("gold."):
        raise ContractError(f"{path} holds the contract of another view, {contract.name}")
    return contract


def _columns(entry: dict[str, Any]) -> list[Any]:
    if "of" not in entry:
        return [entry]
    view = VIEWS_DIR / f"{entry['of'].removeprefix('gold.')}.yaml"
    columns = {column.name: column for column in (_read(view) if view.is_file() else load(entry["of"])).columns}
    names = entry.get("names", list(columns))
    if unknown := [name for name in names if name not in columns]:
        raise ContractError(f"{entry['of']} has no columns {', '.join(unknown)}")
    return [columns[name] for name in names]
