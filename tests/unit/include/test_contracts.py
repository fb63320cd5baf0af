"""Contracts: what a file may say, what is derived from it, and that the generated files are in step."""

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from include.contracts import Column, ContractError, TableContract, contract, load, load_all
from include.contracts.generated import generated_files, stale_files, write_files

NAMES = [c.name for c in load_all()]
HOURLY = [c.name for c in load_all() if "ts_utc" in c.column_names]


def small_contract(**changes: object) -> TableContract:
    fields: dict[str, object] = {
        "name": "gold.example",
        "description": "An example, the farm's.",
        "grain": "one plant and hour",
        "key": ["plant_id", "ts_utc"],
        "partitioning": ["day(ts_utc)"],
        "sort_order": ["plant_id", "ts_utc"],
        "columns": [
            {"name": "plant_id", "type": "string", "nullable": False, "description": "Plant."},
            {"name": "ts_utc", "type": "timestamp", "nullable": False, "description": "Hour."},
            {"name": "energy_mwh", "type": "double", "unit": "MWh", "description": "It's energy."},
            {"name": "_run_id", "type": "string", "provenance": True, "description": "Run."},
        ],
    }
    return TableContract.model_validate(fields | changes)


def test_every_table_of_the_design_has_a_contract_and_schemas_come_in_reading_order() -> None:
    assert NAMES == [
        "lh.schema_versions",
        "lh.stage_progress",
        "bronze.aemo_unit_solution_raw",
        "bronze.api_requests",
        "bronze.oe_control_daily_raw",
        "bronze.oe_facilities_raw",
        "bronze.oe_generation_hourly_raw",
        "bronze.oe_market_hourly_raw",
        "bronze.om_air_quality_hourly_raw",
        "bronze.om_satellite_hourly_raw",
        "bronze.om_weather_hourly_raw",
        "bronze.refused_records",
        "silver.dim_plant",
        "silver.dim_unit",
        "silver.fact_air_quality_hourly",
        "silver.fact_generation_hourly",
        "silver.fact_market_hourly",
        "silver.fact_unit_solution_hourly",
        "silver.fact_weather_hourly",
        "silver.plant_model",
        "silver.plant_model_comparison",
        "silver.quality_findings",
        "silver.rejected_rows",
        "silver.unit_history",
        "gold.control_totals",
        "gold.daily_plant_kpi",
        "gold.freshness",
        "gold.held_back",
        "gold.kpi_history",
        "gold.loss_findings",
        "gold.plant_loss_hourly",
        "gold.plant_weather_hourly",
        "gold.unanswered_hours",
    ]


@pytest.mark.parametrize("name", HOURLY)
def test_hourly_tables_are_partitioned_by_day_and_sorted_by_plant_or_source_key_then_hour(name: str) -> None:
    table = load(name)
    assert table.partitioning == ("day(ts_utc)",)
    assert table.sort_order[-1] == "ts_utc"
    assert set(table.sort_order) <= set(table.key)


@pytest.mark.parametrize("name", NAMES)
def test_names_carry_the_unit_that_the_contract_states(name: str) -> None:
    """`energy_mwh` in MWh: a column with a unit has it in its name."""
    suffixes = {
        "MWh": "_mwh", "MW": "_mw", "W/m²": "_w_m2", "°C": "_c", "%": "_pct", "m/s": "_m_s", "hPa": "_hpa", "mm": "_mm",
        "kWh/m²": "_kwh_m2", "µg/m³": "_ug_m3", "s": "_s", "ms": "_ms", "m": "_m", "min": "_minutes", "h": "_hours",
        "MWh/MW": "_mwh_per_mw",
    }  # fmt: skip
    wrong = [c.name for c in load(name).columns if not c.name.endswith(suffixes.get(c.unit or "", ""))]
    assert wrong == []


def test_trino_ddl_states_types_nulls_comments_and_layout() -> None:
    assert small_contract().trino_ddl() == (
        "CREATE TABLE IF NOT EXISTS iceberg.gold.example (\n"
        "    plant_id varchar NOT NULL COMMENT 'Plant.',\n"
        "    ts_utc timestamp(6) with time zone NOT NULL COMMENT 'Hour.',\n"
        "    energy_mwh double COMMENT 'It''s energy. [MWh]',\n"
        "    _run_id varchar COMMENT 'Run.'\n"
        ")\n"
        "COMMENT 'An example, the farm''s.'\n"
        "WITH (\n"
        "    format = 'PARQUET',\n"
        "    format_version = 2,\n"
        "    partitioning = ARRAY['day(ts_utc)'],\n"
        "    sorted_by = ARRAY['plant_id', 'ts_utc']\n"
        ")\n"
    )


def test_spark_schema_states_types_and_nulls() -> None:
    assert (
        small_contract().spark_schema()
        == "plant_id STRING NOT NULL, ts_utc TIMESTAMP NOT NULL, energy_mwh DOUBLE, _run_id STRING"
    )


def test_provenance_is_left_out_of_comparisons() -> None:
    assert small_contract().comparable_columns == ["plant_id", "ts_utc", "energy_mwh"]


def test_hash_follows_the_layout_and_not_the_wording() -> None:
    reworded = small_contract(description="Other words.")
    resorted = small_contract(sort_order=["ts_utc"])
    assert reworded.contract_hash == small_contract().contract_hash
    assert resorted.contract_hash != small_contract().contract_hash


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"key": ["plant"]}, "plant"),
        ({"key": ["energy_mwh"]}, "must not be nullable"),
        ({"sort_order": ["hour"]}, "hour"),
        ({"partitioning": ["bucket(plant_id, 4)"]}, "neither day"),
        ({"name": "platinum.example"}, "name"),
        ({"owner": "me"}, "owner"),
    ],
)
def test_contract_that_contradicts_itself_is_refused(changes: dict[str, object], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        small_contract(**changes)


def test_column_of_unknown_type_is_refused() -> None:
    with pytest.raises(ValueError, match="type"):
        Column.model_validate({"name": "x", "type": "float", "description": "A number."})


def test_missing_contract_is_named() -> None:
    with pytest.raises(ContractError, match=r"silver\.dim_moon"):
        load("silver.dim_moon")


def test_file_that_holds_another_tables_contract_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "gold").mkdir()
    text = yaml.safe_dump(small_contract().model_dump(mode="json"))
    (tmp_path / "gold" / "other.yaml").write_text(text)
    monkeypatch.setattr(contract, "CONTRACTS_DIR", tmp_path)
    with pytest.raises(ContractError, match=r"another table, gold\.example"):
        contract.load("gold.other")


def test_generated_files_are_in_step_with_the_contracts() -> None:
    assert stale_files() == [], "run: python -m include.contracts write"


def test_write_brings_files_in_step_and_removes_what_has_no_contract(tmp_path: Path) -> None:
    left_over = tmp_path / "sql/trino/ddl/400_gold_dropped.sql"
    left_over.parent.mkdir(parents=True)
    left_over.write_text("CREATE TABLE gold.dropped (a integer)")

    write_files(tmp_path)

    assert not left_over.exists()
    assert stale_files(tmp_path) == []
    edited = tmp_path / "docs/data-dictionary.md"
    edited.write_text("by hand")
    assert stale_files(tmp_path) == [Path("docs/data-dictionary.md")]


def test_a_ddl_file_holds_one_statement_and_schemas_come_before_tables() -> None:
    ddl = [(path.name, text) for path, text in sorted(generated_files(load_all()).items()) if "ddl" in path.parts]
    assert [text.split()[1] for _, text in ddl] == ["SCHEMA"] * 5 + ["TABLE"] * len(NAMES)
    assert not any(";\n" in text for _, text in ddl)


@pytest.mark.parametrize("name", NAMES)
def test_every_column_is_in_the_dictionary(name: str) -> None:
    dictionary = generated_files(load_all())[Path("docs/data-dictionary.md")]
    section = dictionary.split(f"### `{name}`")[1].split("\n### ")[0]
    assert [c for c in load(name).column_names if f"| `{c}` |" not in section] == []


def test_jobs_can_read_contracts_without_waiting() -> None:
    """Neither Spark nor Trino's client is imported for them: they are read at the start of every job."""
    code = "import sys, include.contracts as c; c.load_all(); print({'pyspark', 'trino'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
