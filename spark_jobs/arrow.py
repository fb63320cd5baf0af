"""Contract types as Arrow types: rows that are made on the driver or in Python workers travel as Arrow."""

from collections.abc import Iterable, Mapping
from typing import Any

import pyarrow as pa

from include.contracts import TableContract
from include.contracts.contract import ColumnType

_INSTANT = pa.timestamp("us", tz="UTC")
_TYPES: dict[ColumnType, pa.DataType] = {
    "string": pa.string(),
    "double": pa.float64(),
    "int": pa.int32(),
    "long": pa.int64(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
    "timestamp": _INSTANT,
    "array<string>": pa.list_(pa.string()),
    "array<timestamp>": pa.list_(_INSTANT),
}


def arrow_type(type_: ColumnType) -> pa.DataType:
    """Return the Arrow type of a contract's column type."""
    return _TYPES[type_]


def table_rows(table: TableContract, rows: Iterable[Mapping[str, Any]], *texts: str) -> pa.Table:
    """Return rows in the columns of a table and further text columns; keys of a row that are no column are left out."""
    fields = [(column.name, arrow_type(column.type)) for column in table.columns]
    schema = pa.schema([*fields, *((name, pa.string()) for name in texts)])
    return pa.Table.from_pylist([dict(row) for row in rows], schema)
