"""Contracts against the catalog of the running stack, and a table that follows a changed contract."""

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from jinja2 import Template

from include.contracts import ContractError, TableContract, load, load_all
from include.contracts.live import apply_contracts, check_live
from include.contracts.maintenance import maintenance_values
from tests.sql.gold_build import SQL_DIR
from tests.sql.removal import drop_table

pytestmark = pytest.mark.stack


@pytest.fixture
def scratch(trino_cursor: Any) -> Iterator[TableContract]:
    """A contract of its own, shaped like Gold's hours; its table is dropped after the test."""
    contract = load("gold.plant_weather_hourly").model_copy(update={"name": f"gold.scratch_{uuid.uuid4().hex[:8]}"})
    yield contract
    drop_table(contract.name)
    run(trino_cursor, f"DELETE FROM iceberg.lh.schema_versions WHERE table_name = '{contract.name}'")


def run(cursor: Any, statement: str) -> list[Any]:
    cursor.execute(statement)
    rows: list[Any] = cursor.fetchall()
    return rows


def test_live_tables_are_what_their_contracts_say(trino_cursor: Any) -> None:
    apply_contracts(trino_cursor, load_all())
    assert check_live(trino_cursor, load_all()) == []


def test_versions_are_recorded_once(trino_cursor: Any) -> None:
    apply_contracts(trino_cursor, load_all())
    before = run(trino_cursor, "SELECT * FROM iceberg.lh.schema_versions ORDER BY table_name")
    apply_contracts(trino_cursor, load_all())

    assert run(trino_cursor, "SELECT * FROM iceberg.lh.schema_versions ORDER BY table_name") == before
    assert {(row[0], row[1]) for row in before} >= {(c.name, c.contract_hash) for c in load_all()}


def test_new_column_reaches_a_table_with_rows(trino_cursor: Any, scratch: TableContract) -> None:
    earlier = scratch.model_copy(update={"columns": tuple(c for c in scratch.columns if c.name != "cf")})
    run(trino_cursor, earlier.trino_ddl())
    insert_hour(trino_cursor, scratch)
    assert check_live(trino_cursor, [scratch]) == [f"{scratch.name}.cf: missing"]

    apply_contracts(trino_cursor, [*load_all(), scratch])

    assert check_live(trino_cursor, [scratch]) == []
    assert run(trino_cursor, f"SELECT plant_id, cf FROM iceberg.{scratch.name}") == [["NYNGAN", None]]


def test_comments_of_an_older_version_follow_the_contract(trino_cursor: Any, scratch: TableContract) -> None:
    old = [c.model_copy(update={"description": "Once.", "unit": None}) if c.name == "cf" else c for c in scratch.columns]
    run(trino_cursor, scratch.model_copy(update={"columns": tuple(old), "description": "Once."}).trino_ddl())
    run(trino_cursor, f"COMMENT ON COLUMN iceberg.{scratch.name}.energy_mwh IS NULL")
    others = [f"{scratch.name}{what}: another comment" for what in ("", ".energy_mwh", ".cf")]
    assert sorted(check_live(trino_cursor, [scratch])) == sorted(others)

    done = apply_contracts(trino_cursor, [scratch])

    assert check_live(trino_cursor, [scratch]) == []
    assert len([statement for statement in done if statement.startswith("COMMENT")]) == len(others)
    assert not any(statement.startswith("COMMENT") for statement in apply_contracts(trino_cursor, [scratch]))


def test_no_column_that_people_read_lacks_a_comment(trino_cursor: Any) -> None:
    apply_contracts(trino_cursor, load_all())
    listed = ", ".join(f"'{contract.table_name}'" for contract in load_all())
    silent = run(
        trino_cursor,
        "SELECT table_name, column_name FROM lakehouse.information_schema.columns "
        f"WHERE table_schema IN ('bronze', 'silver', 'gold') AND table_name IN ({listed}) AND coalesce(comment, '') = ''",
    )

    assert silent == []


def test_column_that_the_contract_dropped_is_refused_before_anything_changes(trino_cursor: Any, scratch: TableContract) -> None:
    run(trino_cursor, scratch.trino_ddl())
    later = scratch.model_copy(update={"columns": tuple(c for c in scratch.columns if c.name != "cf")})

    with pytest.raises(ContractError, match=f"{scratch.name}.cf: in the catalog but not in the contract"):
        apply_contracts(trino_cursor, [*load_all(), later])

    assert check_live(trino_cursor, [scratch]) == []


def test_maintenance_merges_small_files_and_keeps_the_rows(trino_cursor: Any, scratch: TableContract) -> None:
    run(trino_cursor, scratch.trino_ddl())
    for _ in range(3):
        insert_hour(trino_cursor, scratch)
    assert files(trino_cursor, scratch) == 3

    for path in sorted((SQL_DIR / "maintenance").glob("*.sql")):
        run(trino_cursor, Template(path.read_text("utf-8")).render(maintenance_values(scratch)))

    assert files(trino_cursor, scratch) == 1
    assert run(trino_cursor, f"SELECT count(*) FROM iceberg.{scratch.name}") == [[3]]


def test_a_table_that_is_not_there_is_named_and_not_created(trino_cursor: Any, scratch: TableContract) -> None:
    with pytest.raises(ContractError, match=f"lakehouse_setup: {scratch.name}$"):
        apply_contracts(trino_cursor, [*load_all(), scratch])

    assert check_live(trino_cursor, [scratch]) == [f"{scratch.name}: the table does not exist"]


def insert_hour(cursor: Any, contract: TableContract) -> None:
    """One row of the present hour; only columns that must have a value."""
    run(
        cursor,
        f"INSERT INTO iceberg.{contract.name} (plant_id, ts_utc, ds, network_id, _silver_updated_at) "
        "VALUES ('NYNGAN', date_trunc('hour', current_timestamp), current_date, 'NEM', current_timestamp)",
    )


def files(cursor: Any, contract: TableContract) -> int:
    schema, table = contract.name.split(".")
    (row,) = run(cursor, f'SELECT count(*) FROM iceberg.{schema}."{table}$files"')
    return int(row[0])
