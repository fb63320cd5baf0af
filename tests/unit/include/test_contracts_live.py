"""How a changed contract reaches a table that exists; the catalog's side is what Trino was seen to answer."""

from dataclasses import replace

import pytest

from include.contracts import ContractError, load
from include.contracts.contract import TRINO_TYPES, TableContract, column_comment
from include.contracts.live import (
    LiveColumn,
    LiveTable,
    differences,
    parse_comment,
    parse_layout,
    record_versions,
    upgrade_statements,
)
from include.contracts.maintenance import RETENTION_DAYS, maintenance_values

CONTRACT = load("silver.dim_unit")


def live_table(contract: TableContract = CONTRACT, without: tuple[str, ...] = (), **changes: object) -> LiveTable:
    """The table as it is when it follows its contract, then changed."""
    columns = tuple(
        LiveColumn(c.name, TRINO_TYPES[c.type], c.nullable, column_comment(c)) for c in contract.columns if c.name not in without
    )
    fields: dict[str, object] = {
        "columns": columns,
        "partitioning": contract.partitioning,
        "sort_order": contract.sort_order,
        "comment": contract.description,
    }
    return LiveTable(**(fields | changes))  # type: ignore[arg-type]


def with_column(name: str, **changes: object) -> LiveTable:
    return live_table(columns=tuple(replace(c, **changes) if c.name == name else c for c in live_table().columns))  # type: ignore[arg-type]


def test_table_in_step_has_no_differences_and_needs_nothing() -> None:
    assert differences(CONTRACT, live_table()) == []
    assert upgrade_statements(CONTRACT, live_table()) == []


def test_missing_table_is_a_difference() -> None:
    assert differences(CONTRACT, None) == ["silver.dim_unit: the table does not exist"]


def test_new_nullable_columns_are_added_where_the_contract_has_them() -> None:
    live = live_table(without=("capacity_mw", "capacity_source"))

    assert differences(CONTRACT, live) == ["silver.dim_unit.capacity_mw: missing", "silver.dim_unit.capacity_source: missing"]
    first, second = upgrade_statements(CONTRACT, live)
    assert first.startswith("ALTER TABLE iceberg.silver.dim_unit ADD COLUMN capacity_mw double COMMENT 'What counts now")
    assert first.endswith(" AFTER plant_id")
    assert second.endswith(" AFTER capacity_mw")


@pytest.mark.parametrize("comment", [None, "Old wording. [kW]"])
def test_comments_that_are_lacking_or_differ_are_written_and_no_others(comment: str | None) -> None:
    live = with_column("capacity_mw", comment=comment)

    assert differences(CONTRACT, live) == ["silver.dim_unit.capacity_mw: another comment"]
    (statement,) = upgrade_statements(CONTRACT, live)
    assert statement.startswith("COMMENT ON COLUMN iceberg.silver.dim_unit.capacity_mw IS 'What counts now")
    assert statement.endswith("[MW]'")


def test_a_tables_own_comment_follows_too() -> None:
    live = live_table(comment=None)

    assert differences(CONTRACT, live) == ["silver.dim_unit: another comment"]
    (statement,) = upgrade_statements(CONTRACT, live)
    assert statement.startswith("COMMENT ON TABLE iceberg.silver.dim_unit IS '")


@pytest.mark.parametrize(
    ("live", "complaint"),
    [
        (live_table(without=("plant_id",)), "plant_id: new columns must be nullable"),
        (with_column("capacity_mw", type="real"), "capacity_mw: is real, should be double"),
        (with_column("capacity_mw", nullable=False), "capacity_mw: nullable is False, should be True"),
        (
            live_table(columns=(*live_table().columns, LiveColumn("colour", "varchar", True, None))),
            "colour: in the catalog but not",
        ),
        (live_table(partitioning=("plant_id",)), "partitioning is ['plant_id'], should be []"),
        (live_table(sort_order=()), "sort order is [], should be ['network_id', 'unit_code']"),
    ],
)
def test_any_other_change_is_refused_and_named(live: LiveTable, complaint: str) -> None:
    with pytest.raises(ContractError) as refused:
        upgrade_statements(CONTRACT, live)
    assert complaint in str(refused.value)
    assert differences(CONTRACT, live) != []


def test_layout_is_read_from_what_trino_prints() -> None:
    printed = """CREATE TABLE iceberg.gold.example (
   plant_id varchar NOT NULL COMMENT 'partitioning = [''no'']'
)
WITH (
   format = 'PARQUET',
   partitioning = ARRAY['day(ts_utc)'],
   sorted_by = ARRAY['plant_id ASC NULLS FIRST','ts_utc DESC NULLS LAST']
)"""
    assert parse_layout(printed) == {
        "partitioning": ("day(ts_utc)",),
        "sorted_by": ("plant_id", "ts_utc DESC NULLS LAST"),
    }


def test_a_tables_comment_is_read_from_what_trino_prints() -> None:
    printed = """CREATE TABLE iceberg.gold.example (
   plant_id varchar NOT NULL COMMENT 'Not this one.'
)
COMMENT 'The farm''s figures.'
WITH (
   format = 'PARQUET'
)"""
    assert parse_comment(printed) == "The farm's figures."
    assert parse_comment(printed.replace("COMMENT 'The farm''s figures.'\n", "")) is None


def test_versions_are_recorded_only_where_they_changed() -> None:
    statement = record_versions([CONTRACT])
    assert f"('silver.dim_unit', '{CONTRACT.contract_hash}')" in statement
    assert "WHEN MATCHED AND versions.contract_hash <> contracts.contract_hash" in statement


def test_maintenance_keeps_what_readers_and_rollbacks_need() -> None:
    assert RETENTION_DAYS >= 7
    assert maintenance_values(load("bronze.om_weather_hourly_raw")) == {
        "catalog": "iceberg",
        "table": "bronze.om_weather_hourly_raw",
        "recent": "ts_utc >= date_trunc('day', current_timestamp AT TIME ZONE 'UTC' - INTERVAL '60' DAY)",
        "small_file": "32MB",
        "retention_days": 14,
    }


def test_unpartitioned_tables_are_compacted_whole_and_monthly_ones_by_month() -> None:
    assert maintenance_values(load("silver.dim_unit"))["recent"] == ""
    recent = maintenance_values(load("gold.daily_plant_kpi"))["recent"]
    assert recent == "ds >= date_trunc('month', current_date - INTERVAL '60' DAY)"
