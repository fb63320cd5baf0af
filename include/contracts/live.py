"""Contracts against the tables of a running catalog, seen through Trino.

Belongs here: reading what is there, saying how it differs, and the few changes that are safe to
make by statement (new nullable columns, comments). A contract that changed in any other way is refused:
the table then needs a migration that somebody has thought about.
"""
# ruff: noqa: S608  every name in these statements comes from a contract file or the settings

from __future__ import annotations

import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Protocol

from include.contracts.contract import (
    CATALOG,
    TRINO_TYPES,
    ContractError,
    TableContract,
    column_comment,
    sql_text,
    trino_column,
)
from include.contracts.view import ViewContract

PROPERTY = re.compile(r"(?P<name>partitioning|sorted_by) = ARRAY\[(?P<terms>[^\]]*)\]")
COMMENT = re.compile(r"^\)\nCOMMENT '(?P<text>(?:[^']|'')*)'", re.MULTILINE)
DEFAULT_ORDER = " ASC NULLS FIRST"
"""How Trino shows a sort column of which the contract says nothing but the name."""


class Connection(Protocol):
    """The part of a DB-API connection that is used here."""

    def cursor(self) -> Cursor:
        """Open a cursor, which may run beside others."""


class Cursor(Protocol):
    """The part of a DB-API cursor that is used here; Trino's is one."""

    def execute(self, operation: str) -> Any:
        """Run one statement."""

    def fetchall(self) -> list[Any]:
        """Return every row of the last statement."""


@dataclass(frozen=True)
class LiveColumn:
    """A column as the catalog has it; `type` is Trino's name of it. Without a comment that is None."""

    name: str
    type: str
    nullable: bool
    comment: str | None


@dataclass(frozen=True)
class LiveTable:
    """A table as the catalog has it."""

    columns: tuple[LiveColumn, ...]
    partitioning: tuple[str, ...]
    sort_order: tuple[str, ...]
    comment: str | None


def read_live(cursor: Cursor, contracts: Sequence[TableContract]) -> dict[str, LiveTable]:
    """Return the tables of these contracts that the catalog has, by name such as `gold.daily_plant_kpi`."""
    names = ", ".join(sql_text(contract.name) for contract in contracts)
    cursor.execute(
        "SELECT table_schema || '.' || table_name, column_name, data_type, is_nullable, comment "
        f"FROM {CATALOG}.information_schema.columns WHERE table_schema || '.' || table_name IN ({names}) "
        "ORDER BY table_schema, table_name, ordinal_position"
    )
    columns: dict[str, list[LiveColumn]] = {}
    for table, name, type_, nullable, comment in cursor.fetchall():
        columns.setdefault(table, []).append(LiveColumn(name, type_, nullable == "YES", comment))
    tables = {}
    for table, table_columns in columns.items():
        cursor.execute(f"SHOW CREATE TABLE {CATALOG}.{table}")
        ((printed,),) = cursor.fetchall()
        layout = parse_layout(printed)
        tables[table] = LiveTable(
            tuple(table_columns), layout.get("partitioning", ()), layout.get("sorted_by", ()), parse_comment(printed)
        )
    return tables


def parse_layout(show_create_table: str) -> dict[str, tuple[str, ...]]:
    """Return `partitioning` and `sorted_by` as SHOW CREATE TABLE prints them, default order cut."""
    return {
        match["name"]: tuple(term.removesuffix(DEFAULT_ORDER) for term in re.findall(r"'([^']*)'", match["terms"]))
        for match in PROPERTY.finditer(show_create_table)
    }


def parse_comment(show_create_table: str) -> str | None:
    """Return a table's own comment as SHOW CREATE TABLE prints it; None when it has none."""
    match = COMMENT.search(show_create_table)
    return match["text"].replace("''", "'") if match else None


def differences(contract: TableContract, live: LiveTable | None) -> list[str]:
    """Return one line for everything in which the live table is not as the contract says."""
    if live is None:
        return [f"{contract.name}: the table does not exist"]
    return [
        *(f"{contract.name}.{column}: missing" for column in _missing_columns(contract, live)),
        *_conflicts(contract, live),
        *(f"{what.removeprefix(f'{CATALOG}.')}: another comment" for _, what, _ in _other_comments(contract, live)),
    ]


def upgrade_statements(contract: TableContract, live: LiveTable) -> list[str]:
    """Return the statements that bring a live table to its contract.

    Only new nullable columns and comments can be brought. Raises `ContractError` that lists everything else.
    """
    refused = _conflicts(contract, live)
    missing = _missing_columns(contract, live)
    refused += [
        f"{contract.name}.{c.name}: new columns must be nullable, old rows have no value for it"
        for c in contract.columns
        if c.name in missing and not c.nullable
    ]
    if refused:
        raise ContractError(
            "contracts changed in a way that no statement can bring to a table with data; "
            "write a migration or put the contract back: " + "; ".join(refused)
        )
    added = [
        f"ALTER TABLE {CATALOG}.{contract.name} ADD COLUMN {trino_column(column)} "
        + (f"AFTER {contract.columns[index - 1].name}" if index else "FIRST")
        for index, column in enumerate(contract.columns)
        if column.name in missing
    ]
    return added + [f"COMMENT ON {kind} {what} IS {sql_text(text)}" for kind, what, text in _other_comments(contract, live)]


def check_live(cursor: Cursor, contracts: Sequence[TableContract]) -> list[str]:
    """Return every difference between the contracts and the live catalog; none when in step."""
    live = read_live(cursor, contracts)
    return [line for c in contracts for line in differences(c, live.get(c.name))]


def apply_contracts(cursor: Cursor, contracts: Sequence[TableContract]) -> list[str]:
    """Add new columns to the tables, write comments that differ and record the versions; return what was run.

    Safe to repeat. Raises `ContractError` before anything is changed if a table cannot follow
    its contract or is not there: `sql/trino/ddl` creates tables.
    """
    live = read_live(cursor, contracts)
    if missing := [contract.name for contract in contracts if contract.name not in live]:
        raise ContractError(f"these tables do not exist, run the DAG lakehouse_setup: {', '.join(missing)}")
    statements = [each for contract in contracts for each in upgrade_statements(contract, live[contract.name])]
    statements.append(record_versions(contracts))
    for statement in statements:
        cursor.execute(statement)
        cursor.fetchall()  # Trino's client runs a statement to its end only when it is read.
    return statements


def comment_views(connection: Connection, views: Sequence[ViewContract], schema: str = f"{CATALOG}.gold") -> list[str]:
    """Give views and their columns the comments that they lack; return what was run.

    A view that is created again has none. Each comment is a commit of its view: views take theirs at the same time.
    """
    catalog, name = schema.split(".")
    cursor = connection.cursor()
    cursor.execute(
        f"SELECT table_name, column_name, comment FROM {catalog}.information_schema.columns WHERE table_schema = {sql_text(name)}"
    )
    present = {(table, column): comment for table, column, comment in cursor.fetchall()}

    def comment(view: ViewContract) -> list[str]:
        table = view.name.removeprefix("gold.")
        wanted = {column.name: column_comment(column) for column in view.columns}
        lacking = [column for column, text in wanted.items() if present.get((table, column)) != text]
        statements = [view.comments(schema)[column] for column in [None, *lacking]] if lacking else []
        of_view = connection.cursor()
        for statement in statements:
            of_view.execute(statement)
            of_view.fetchall()
        return statements

    with ThreadPoolExecutor(max_workers=4) as pool:
        return [statement for statements in pool.map(comment, views) for statement in statements]


def record_versions(contracts: Sequence[TableContract]) -> str:
    """Return the MERGE that writes each contract's hash to `lh.schema_versions`."""
    rows = ",\n        ".join(f"({sql_text(c.name)}, {sql_text(c.contract_hash)})" for c in contracts)
    return f"""MERGE INTO {CATALOG}.lh.schema_versions AS versions
USING (
    VALUES
        {rows}
) AS contracts (table_name, contract_hash)
ON versions.table_name = contracts.table_name
WHEN MATCHED AND versions.contract_hash <> contracts.contract_hash
    THEN UPDATE SET contract_hash = contracts.contract_hash, applied_at = current_timestamp
WHEN NOT MATCHED
    THEN INSERT (table_name, contract_hash, applied_at)
    VALUES (contracts.table_name, contracts.contract_hash, current_timestamp)"""


def _missing_columns(contract: TableContract, live: LiveTable) -> list[str]:
    present = {column.name for column in live.columns}
    return [name for name in contract.column_names if name not in present]


def _other_comments(contract: TableContract, live: LiveTable) -> list[tuple[str, str, str]]:
    """Return (`TABLE` or `COLUMN`, its full name, text of the contract) where the catalog has another comment or none.

    Each is a commit of its table, so those that are right are not written again.
    """
    table = f"{CATALOG}.{contract.name}"
    present = {column.name: column.comment for column in live.columns}
    wanted = {column.name: column_comment(column) for column in contract.columns if column.name in present}
    others = [("COLUMN", f"{table}.{name}", text) for name, text in wanted.items() if present[name] != text]
    return others if live.comment == contract.description else [("TABLE", table, contract.description), *others]


def _conflicts(contract: TableContract, live: LiveTable) -> list[str]:
    """Return the differences that adding columns does not fix."""
    contracted = {column.name: column for column in contract.columns}
    lines = []
    for column in live.columns:
        where = f"{contract.name}.{column.name}"
        wanted = contracted.get(column.name)
        if wanted is None:
            lines.append(f"{where}: in the catalog but not in the contract")
            continue
        if column.type != TRINO_TYPES[wanted.type]:
            lines.append(f"{where}: is {column.type}, should be {TRINO_TYPES[wanted.type]}")
        if column.nullable != wanted.nullable:
            lines.append(f"{where}: nullable is {column.nullable}, should be {wanted.nullable}")
    for what, is_, should in (
        ("partitioning", live.partitioning, contract.partitioning),
        ("sort order", live.sort_order, contract.sort_order),
    ):
        if is_ != should:
            lines.append(f"{contract.name}: {what} is {list(is_)}, should be {list(should)}")
    return lines
