"""One table's contract: what its YAML file says, and the schemas derived from it.

`columns_of` in a file names a table whose columns come first, as of one that keeps its versions.

Belongs here: the model, reading the files, and pure rendering for Trino, Spark and people.
Does not: talking to a catalog (`live.py`) and writing files (`generated.py`).
"""

import hashlib
import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

CONTRACTS_DIR = Path(__file__).parent
CATALOG = "iceberg"
"""Of the tables in Spark and in Trino, where they are written; the SQL files say it too."""

SCHEMAS = ("lh", "bronze", "silver", "gold", "staging")
"""Schemas in the order in which they are read and created."""

ColumnType = Literal[
    "string",
    "double",
    "int",
    "long",
    "boolean",
    "date",
    "timestamp",
    "timestamp_ntz",
    "array<string>",
    "array<timestamp>",
]

TRINO_TYPES: dict[ColumnType, str] = {
    "string": "varchar",
    "double": "double",
    "int": "integer",
    "long": "bigint",
    "boolean": "boolean",
    "date": "date",
    "timestamp": "timestamp(6) with time zone",
    "timestamp_ntz": "timestamp(6)",
    "array<string>": "array(varchar)",
    "array<timestamp>": "array(timestamp(6) with time zone)",
}
SPARK_TYPES: dict[ColumnType, str] = {
    "string": "STRING",
    "double": "DOUBLE",
    "int": "INT",
    "long": "BIGINT",
    "boolean": "BOOLEAN",
    "date": "DATE",
    "timestamp": "TIMESTAMP",
    "timestamp_ntz": "TIMESTAMP_NTZ",
    "array<string>": "ARRAY<STRING>",
    "array<timestamp>": "ARRAY<TIMESTAMP>",
}
PARTITION_TERM = re.compile(r"^(?P<unit>day|month)\((?P<column>\w+)\)$")


class ContractError(ValueError):
    """A contract is missing or says something that cannot be; the message names the file."""


class Column(BaseModel):
    """One column: its type, what it means and in which unit."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern=r"^[a-z_][a-z0-9_]*$")
    type: ColumnType
    nullable: bool = True
    unit: str | None = None
    provenance: bool = False
    """True if the value depends on when or by which run something was fetched or built."""
    description: str = Field(min_length=1)


class TableContract(BaseModel):
    """One table: its grain, key, layout and columns."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern=r"^(lh|bronze|silver|gold)\.[a-z_]+$")
    description: str = Field(min_length=1)
    grain: str = Field(min_length=1)
    key: tuple[str, ...] = Field(min_length=1)
    partitioning: tuple[str, ...]
    sort_order: tuple[str, ...]
    columns: tuple[Column, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _names_are_columns(self) -> "TableContract":
        names = self.column_names
        if len(set(names)) != len(names):
            raise ValueError("a column is named twice")
        unknown = {*self.key, *self.sort_order, *self._partition_columns()} - set(names)
        if unknown:
            raise ValueError(f"key, sort_order or partitioning name no column: {sorted(unknown)}")
        nullable_keys = [c.name for c in self.columns if c.name in self.key and c.nullable]
        if nullable_keys:
            raise ValueError(f"key columns must not be nullable: {nullable_keys}")
        return self

    def _partition_columns(self) -> Iterator[str]:
        for term in self.partitioning:
            match = PARTITION_TERM.match(term)
            if match is None:
                raise ValueError(f"partitioning {term!r} is neither day(column) nor month(column)")
            yield match["column"]

    @property
    def schema_name(self) -> str:
        """Schema part of the name, such as `gold`."""
        return self.name.split(".")[0]

    @property
    def table_name(self) -> str:
        """Table part of the name, such as `daily_plant_kpi`."""
        return self.name.split(".")[1]

    @property
    def column_names(self) -> list[str]:
        """Every column, in the order of the table."""
        return [column.name for column in self.columns]

    @property
    def comparable_columns(self) -> list[str]:
        """Columns that must be equal however often and in whatever order the data was loaded."""
        return [column.name for column in self.columns if not column.provenance]

    @property
    def contract_hash(self) -> str:
        """SHA-256 (hex) of what the catalog must agree with; wording and units do not count."""
        layout = [self.name, self.key, self.partitioning, self.sort_order]
        columns = [(c.name, c.type, c.nullable) for c in self.columns]
        return hashlib.sha256(repr((layout, columns)).encode()).hexdigest()

    def spark_schema(self) -> str:
        """Return the columns as a Spark DDL string, `a STRING NOT NULL, b DOUBLE, ...`."""
        return ", ".join(f"{c.name} {SPARK_TYPES[c.type]}{'' if c.nullable else ' NOT NULL'}" for c in self.columns)

    def trino_ddl(self) -> str:
        """Return one `CREATE TABLE IF NOT EXISTS` statement, without a closing semicolon."""
        columns = ",\n".join(f"    {trino_column(c)}" for c in self.columns)
        properties = ["format = 'PARQUET'", "format_version = 2"]
        if self.partitioning:
            properties.append(f"partitioning = {_sql_array(self.partitioning)}")
        if self.sort_order:
            properties.append(f"sorted_by = {_sql_array(self.sort_order)}")
        with_clause = ",\n".join(f"    {p}" for p in properties)
        return (
            f"CREATE TABLE IF NOT EXISTS {CATALOG}.{self.name} (\n{columns}\n)\n"
            f"COMMENT {sql_text(self.description)}\n"
            f"WITH (\n{with_clause}\n)\n"
        )

    def markdown(self) -> str:
        """Return the table's section of the data dictionary."""
        layout = ", ".join(f"`{p}`" for p in self.partitioning) or "not partitioned"
        head = [
            f"### `{self.name}`",
            "",
            self.description,
            "",
            f"One row is {self.grain}. Key: {', '.join(f'`{k}`' for k in self.key)}. Partitioning: {layout}.",
            "",
        ]
        return "\n".join([*head, *column_table(self.columns)]) + "\n"


def load(name: str) -> TableContract:
    """Return the contract of a table such as `silver.dim_plant`.

    Raises `ContractError` if there is none, or if its file cannot be read as one.
    """
    path = CONTRACTS_DIR / f"{name.replace('.', '/')}.yaml"
    if not path.is_file():
        raise ContractError(f"there is no contract for table {name!r}: {path} is missing")
    return _read(path)


def gold_columns() -> dict[str, list[str]]:
    """Return the columns of each Gold table besides its key, by table name: what the SQL that publishes must name."""
    gold = (contract for contract in load_all() if contract.schema_name == "gold")
    return {each.table_name: [name for name in each.column_names if name not in each.key] for each in gold}


def load_all() -> list[TableContract]:
    """Return every contract in the order lh, bronze, silver, gold, by name within a schema."""
    return [_read(path) for schema in SCHEMAS for path in sorted((CONTRACTS_DIR / schema).glob("*.yaml"))]


def trino_column(column: Column) -> str:
    """Return a column's definition for CREATE TABLE or ADD COLUMN."""
    not_null = "" if column.nullable else " NOT NULL"
    return f"{column.name} {TRINO_TYPES[column.type]}{not_null} COMMENT {sql_text(column_comment(column))}"


def column_comment(column: Column) -> str:
    """Return what Trino shows of a column: its meaning and unit."""
    return column.description + (f" [{column.unit}]" if column.unit else "")


def column_table(columns: Iterable[Column]) -> list[str]:
    """Return the lines of the data dictionary's table of columns."""
    return ["| column | type | unit | meaning |", "|---|---|---|---|", *map(_markdown_row, columns)]


def sql_text(text: str) -> str:
    """Return a text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


@cache
def _read(path: Path) -> TableContract:
    try:
        # The C loader is ten times as fast, and jobs load contracts at every start.
        document = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
        if "columns_of" in document:
            document["columns"] = [*load(document.pop("columns_of")).columns, *document["columns"]]
        contract = TableContract.model_validate(document)
    except (yaml.YAMLError, ValidationError) as error:
        raise ContractError(f"{path} is not a valid contract: {error}") from error
    if path != CONTRACTS_DIR / contract.schema_name / f"{contract.table_name}.yaml":
        raise ContractError(f"{path} holds the contract of another table, {contract.name}")
    return contract


def _sql_array(terms: tuple[str, ...]) -> str:
    return "ARRAY[" + ", ".join(sql_text(term) for term in terms) + "]"


def _markdown_row(column: Column) -> str:
    kind = f"`{column.type}`" + ("" if column.nullable else ", not null")
    meaning = column.description.replace("|", "\\|")
    if column.provenance:
        meaning += " *(provenance)*"
    return f"| `{column.name}` | {kind} | {column.unit or ''} | {meaning} |"
