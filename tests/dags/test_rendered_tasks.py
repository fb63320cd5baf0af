"""What is really submitted and sent: Spark's command line and the SQL, compared with committed fixtures.

`python tests/dags/update_fixtures.py` writes them again; read the difference before committing it.
"""

import re
from typing import Any

import pytest
from loaded_dags import FIXTURES, MODEL_DAGS, PROJECT_ROOT, dags, rendered, scheduled_run
from submitted import graph, spark_command

from include.contracts import load_all
from plugins.operators import SparkJobOperator, TrinoOperator

DAGS_WITH_WINDOWS = ["ingest_oe_bronze", "ingest_om_bronze", "silver_to_gold", "rebuild_day", "rebuild_month", "rebuild_range"]
SUBMITTING_DAGS = [*DAGS_WITH_WINDOWS, "ingest_aemo_bronze", *MODEL_DAGS]


def of_type(dag_id: str, operator: type) -> list[Any]:
    return [task for task in dags()[dag_id].tasks if isinstance(task, operator)]


@pytest.mark.parametrize("dag_id", SUBMITTING_DAGS)
def test_the_submitted_spark_arguments_are_the_reviewed_ones(dag_id: str) -> None:
    jobs = of_type(dag_id, SparkJobOperator)

    assert jobs
    for task in jobs:
        fixture = FIXTURES / "spark" / f"{dag_id}.{task.task_id}.txt"
        assert spark_command(task) == fixture.read_text(encoding="utf-8"), fixture


def test_there_is_no_spark_fixture_without_a_task() -> None:
    tasks = {f"{dag_id}.{task.task_id}" for dag_id in SUBMITTING_DAGS for task in of_type(dag_id, SparkJobOperator)}

    assert {file.stem for file in (FIXTURES / "spark").glob("*.txt")} == tasks


@pytest.mark.parametrize("dag_id", SUBMITTING_DAGS)
def test_spark_jobs_download_nothing_and_carry_no_secret(dag_id: str) -> None:
    for task in of_type(dag_id, SparkJobOperator):
        assert (task.packages, task.jars, task.py_files, task.conf, task.env_vars) == (None,) * 5
        assert not re.search(r"secret|token|password|key", " ".join(task.application_args), re.IGNORECASE)


@pytest.mark.parametrize("dag_id", [*DAGS_WITH_WINDOWS[2:], "lakehouse_setup", "lakehouse_maintenance"])
def test_every_statement_file_is_there_and_every_name_in_it_has_a_value(dag_id: str) -> None:
    run = scheduled_run(dags()[dag_id if dag_id in DAGS_WITH_WINDOWS else "silver_to_gold"])
    for task in of_type(dag_id, TrinoOperator):
        statements = rendered(task, run).sql

        assert len(statements) == len(task.sql_files) > 0
        for statement in statements:
            assert not statement.endswith(".sql")
            assert "{{" not in statement


def test_gold_statements_name_the_runs_window_and_its_own_staging_tables() -> None:
    dag = dags()["rebuild_day"]
    run = scheduled_run(dag)

    steps = (dag.get_task(name) for name in ("gold_build_stage", "gold_build_check"))
    stage = "\n".join(statement for step in steps for statement in rendered(step, run).sql)
    publish = "\n".join(rendered(dag.get_task("gold_build_publish"), run).sql)

    assert "'2024-12-31T14:00:00Z'" in stage
    assert "'2025-01-01T16:00:00Z'" in stage
    staged = set(re.findall(r"\bstg_\w+", stage))
    assert set(re.findall(r"\bstg_\w+", publish)) <= staged
    assert all(len(name) < 128 for name in staged)


@pytest.mark.parametrize(("facilities", "said"), [("", "TRUE"), ("AVLSF,WRSF1", "FALSE")])
def test_totals_are_comparable_where_the_settings_choose_no_plants(
    monkeypatch: pytest.MonkeyPatch, facilities: str, said: str
) -> None:
    monkeypatch.setenv("PV_FACILITIES", facilities)
    dag = dags()["silver_to_gold"]
    findings = rendered(dag.get_task("report_findings"), scheduled_run(dag))

    statement = findings.sql[findings.sql_files.index("gold/note_control_totals.sql")]
    assert f"{said}\n            AND count(asked_days.ds) > 0" in statement


def test_maintenance_of_a_table_names_it_in_every_statement() -> None:
    dag = dags()["lakehouse_maintenance"]
    assert {f"{each.schema_name}_{each.table_name}" for each in load_all()} == set(dag.task_ids) - {"drop_old_staging"}

    statements = rendered(dag.get_task("gold_daily_plant_kpi"), scheduled_run(dags()["silver_to_gold"])).sql

    assert [statement.split("\n", 1)[1].rstrip() for statement in statements] == [
        "ALTER TABLE iceberg.gold.daily_plant_kpi EXECUTE optimize(file_size_threshold => '32MB')\n"
        "WHERE ds >= date_trunc('month', current_date - INTERVAL '60' DAY)",
        "ALTER TABLE iceberg.gold.daily_plant_kpi EXECUTE expire_snapshots(retention_threshold => '14d')",
        "ALTER TABLE iceberg.gold.daily_plant_kpi EXECUTE remove_orphan_files(retention_threshold => '14d')",
    ]


def test_setup_creates_schemas_before_tables() -> None:
    statements = rendered(dags()["lakehouse_setup"].get_task("create_tables"), scheduled_run(dags()["rebuild_day"])).sql
    kinds = ["SCHEMA" if "CREATE SCHEMA" in statement else "TABLE" for statement in statements]

    assert kinds == sorted(kinds)
    assert {"SCHEMA", "TABLE"} == set(kinds)


def test_setup_and_rebuilds_name_every_file_of_their_folders() -> None:
    named = {file for dag in dags().values() for task in dag.tasks if isinstance(task, TrinoOperator) for file in task.sql_files}
    root = PROJECT_ROOT / "sql" / "trino"
    folders = [root / folder for folder in ("ddl", "gold", "maintenance", "views")]
    there = {str(file.relative_to(root)) for folder in folders for file in folder.glob("*.sql")}

    assert there <= named


def test_every_check_may_hold_a_plant_day_back() -> None:
    (statement,) = rendered(dags()["rebuild_day"].get_task("gold_build_check"), scheduled_run(dags()["rebuild_day"])).sql
    files = (PROJECT_ROOT / "sql/trino/checks").glob("*.sql")

    assert {file.stem for file in files} == set(re.findall(r"'(\w+)' AS check_name", statement))


def test_the_graph_of_all_dags_is_the_reviewed_one() -> None:
    assert graph() == (FIXTURES / "graph.json").read_text(encoding="utf-8")
