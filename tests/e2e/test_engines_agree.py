"""The same tables read by Trino, PyIceberg and Spark; their layout; Bronze rebuilt from landing alone."""

from __future__ import annotations

import json
import subprocess
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pyiceberg.catalog import load_catalog

from include.contracts import load_all
from infra import layout
from infra.services import airflow
from infra.services.service import run_dir
from tests.e2e.conftest import Stack

pytestmark = pytest.mark.stack

SUMS = {
    "bronze.oe_generation_hourly_raw": "value",
    "silver.fact_generation_hourly": "energy_mwh",
    "silver.fact_weather_hourly": "ghi_w_m2",
    "gold.plant_weather_hourly": "energy_mwh",
    "gold.daily_plant_kpi": "energy_mwh",
}


def reader_catalog(stack: Stack) -> Any:
    """A catalog session as an analyst has it: the reading token and the reading S3 user."""
    s = stack.settings
    return load_catalog(
        "lakehouse",
        type="rest",
        uri=s.iceberg_rest_uri,
        token=s.catalog_reader_token.get_secret_value(),
        warehouse=s.catalog_warehouse,
        **{
            "s3.endpoint": s.minio_endpoint,
            "s3.region": s.s3_region,
            "s3.access-key-id": s.reader_s3_access_key,
            "s3.secret-access-key": s.reader_s3_secret_key.get_secret_value(),
        },
    )


def before_this_year(table: str) -> str:
    """Leaves out what scheduled runs bring meanwhile."""
    return "ds < DATE '2026-01-01'" if "daily" in table else "ts_utc < TIMESTAMP '2026-01-01 00:00:00+00:00'"


def pyiceberg_sum(catalog: Any, table: str, column: str) -> tuple[int, float]:
    row_filter = "ds < '2026-01-01'" if "daily" in table else "ts_utc < '2026-01-01T00:00:00+00:00'"
    values = catalog.load_table(table).scan(row_filter=row_filter, selected_fields=(column,)).to_arrow()[column].to_pylist()
    return len(values), sum(value for value in values if value is not None)


def spark_sums(stack: Stack) -> dict[str, tuple[int, float]]:
    queries = {t: f"SELECT count(*), sum({c}) FROM {t} WHERE {before_this_year(t)}" for t, c in SUMS.items()}
    script = stack.settings.pv_data_dir / "run" / "sums.py"
    script.write_text(
        "import json\nfrom spark_jobs.session import open_session\n"
        "with open_session('sums') as spark:\n"
        f"    rows = {{t: tuple(spark.sql(q).first()) for t, q in {queries!r}.items()}}\n"
        "    print('SUMS ' + json.dumps(rows))\n",
        encoding="utf-8",
    )
    submit = [str(layout.SPARK_HOME / "bin" / "spark-submit"), "--master", stack.settings.spark_master_url]
    properties = ["--properties-file", str(run_dir(stack.settings) / "spark.properties")]
    done = subprocess.run(
        [*submit, *properties, str(script)], env=airflow.env_of_tasks(stack.settings), capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("SUMS ")]
    return {table: tuple(row) for table, row in json.loads(line.removeprefix("SUMS ")).items()}


def test_three_engines_read_the_same_counts_and_sums(recorded_week: Stack) -> None:
    catalog = reader_catalog(recorded_week)
    trino = {
        t: recorded_week.query(f"SELECT count(*), sum({c}) FROM {t} WHERE {before_this_year(t)}")[0] for t, c in SUMS.items()
    }
    pyiceberg = {t: pyiceberg_sum(catalog, t, c) for t, c in SUMS.items()}
    spark = spark_sums(recorded_week)

    for table, (count, total) in trino.items():
        assert count > 0
        assert pyiceberg[table] == (count, pytest.approx(total, abs=1e-3)), table
        assert spark[table] == (count, pytest.approx(total, abs=1e-3)), table


def test_a_reader_cannot_write(recorded_week: Stack) -> None:
    catalog = reader_catalog(recorded_week)

    with pytest.raises(Exception, match=r"(?i)forbidden|may not|not allowed"):
        catalog.drop_table("gold.daily_plant_kpi")
    assert recorded_week.value("SELECT count(*) FROM gold.daily_plant_kpi") > 0


def test_hourly_tables_are_partitioned_by_day_and_sorted_by_plant_and_hour(recorded_week: Stack) -> None:
    catalog = reader_catalog(recorded_week)
    for name in ("silver.fact_generation_hourly", "silver.fact_weather_hourly", "gold.plant_weather_hourly"):
        table = catalog.load_table(name)
        (field,) = table.spec().fields
        assert (str(field.transform), table.schema().find_column_name(field.source_id)) == ("day", "ts_utc")
        order = [table.schema().find_column_name(f.source_id) for f in table.sort_order().fields]
        assert order == ["plant_id", "ts_utc"], name


@pytest.mark.long
def test_bronze_rebuilt_from_landing_alone_is_the_same(recorded_week: Stack) -> None:
    # given what was fetched up to now; scheduled runs may add to it meanwhile
    until = f"TIMESTAMP '{datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC'"
    tables = [name for name in (contract.name for contract in load_all()) if name.startswith("bronze.") and name.endswith("_raw")]
    requests = f"SELECT request_id, outcome, rows, changed_rows FROM bronze.api_requests WHERE fetched_at < {until} ORDER BY 1"

    def contents() -> dict[str, list[list[Any]]]:
        where = f"WHERE _ingest_time < {until} ORDER BY _source, _hash, _ingest_time"
        return {t: recorded_week.query(f"SELECT * FROM {t} {where}") for t in tables} | {
            "requests": recorded_week.query(requests)
        }

    before = contents()
    assert len(tables) == 6
    # The satellite and the market operator are not asked unless one wants them to be.
    assert {name for name, rows in before.items() if not rows} == {
        "bronze.om_satellite_hourly_raw",
        "bronze.aemo_unit_solution_raw",
        "silver.fact_unit_solution_hourly",
    }

    # when everything in Bronze is gone and the landed envelopes are loaded again
    for table in (*tables, "bronze.api_requests"):
        recorded_week.query(f"DELETE FROM {table}")
    start = datetime(2025, 1, 2, 14, tzinfo=UTC)
    recorded_week.succeed("rebuild_day", start, start + timedelta(days=1), from_layer="landing")

    after = contents()
    for name, rows in before.items():
        assert after[name] == rows, name
