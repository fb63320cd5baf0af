"""The DAG files: all load, each is short, quick to import, and holds nothing but schedule, tasks and docstring."""

import ast
import json
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from loaded_dags import DAG_FILES, PROJECT_ROOT, as_in_scheduler, bag, dags, tasks

DAG_IDS = {
    "ingest_oe_bronze",
    "ingest_om_bronze",
    "ingest_aemo_bronze",
    "silver_to_gold",
    "rebuild_day",
    "rebuild_month",
    "rebuild_range",
    "continue_backfill",
    "fit_plant_models",
    "set_plant_model",
    "lakehouse_setup",
    "lakehouse_maintenance",
}
BANNED_MODULES = {"requests", "httpx", "pyspark", "os", "sys", "subprocess", "trino", "mlflow", "boto3"}
# A share of what Airflow's own import takes, since seconds say more about the machine: some 0.4 today, 1 to 2 s.
IMPORT_LIMIT = 0.7

# As Airflow's DAG processor does it: Airflow is loaded already. All files one after the other: none alone takes longer.
IMPORT_TIMER = """
import json, runpy, sys, time
from airflow.sdk import DAG
DAG
airflow = time.process_time()
for file in sys.argv[1:]:
    runpy.run_path(file)
print("TOOK" + json.dumps([time.process_time() / airflow - 1, "pyspark" in sys.modules]))
"""


def test_every_file_loads_and_there_is_exactly_one_per_dag() -> None:
    assert bag().import_errors == {}
    assert set(dags()) == DAG_IDS
    assert {file.stem for file in DAG_FILES} == DAG_IDS


@pytest.mark.parametrize("file", DAG_FILES, ids=lambda file: file.stem)
def test_a_file_is_short_and_carries_what_an_operator_reads_at_night(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    docstring = ast.get_docstring(ast.parse(text)) or ""

    assert len(text.splitlines()) < 80
    for heading in ("**When**", "**A failure means**", "**What to do**"):
        assert heading in docstring
    assert dags()[file.stem].doc_md.startswith(docstring[:40])


@pytest.mark.parametrize("file", DAG_FILES, ids=lambda file: file.stem)
def test_a_file_has_no_business_logic(file: Path) -> None:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    nodes = list(ast.walk(tree))
    imported = {alias.name.split(".")[0] for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    imported |= {(node.module or "").split(".")[0] for node in nodes if isinstance(node, ast.ImportFrom)}

    assert not imported & BANNED_MODULES
    assert not [node for node in nodes if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Lambda | ast.For | ast.If)]
    assert not [node for node in nodes if isinstance(node, ast.Call) and getattr(node.func, "id", "") in {"open", "Settings"}]


def test_importing_all_files_takes_less_than_importing_airflow_and_no_spark() -> None:
    done = subprocess.run(
        [sys.executable, "-c", IMPORT_TIMER, *map(str, DAG_FILES)], cwd=PROJECT_ROOT, capture_output=True, text=True, check=True
    )
    share, with_spark = json.loads(done.stdout.split("TOOK")[-1])

    assert share < IMPORT_LIMIT
    assert not with_spark


def test_every_task_has_retries_a_limit_a_pool_and_notes() -> None:
    pools = {*json.loads((PROJECT_ROOT / "plugins" / "pools.json").read_text(encoding="utf-8")), "default_pool"}

    assert tasks()
    for task in tasks():
        assert task.retries >= 1, task
        assert task.retry_exponential_backoff > 1, task
        assert task.execution_timeout is not None, task
        assert task.pool in pools, task
        assert task.doc_md, task
        # Airflow 3 accepts `sla=` and ignores it.
        assert getattr(task, "sla", None) is None, task


def test_every_pool_is_used_and_has_one_slot() -> None:
    pools = json.loads((PROJECT_ROOT / "plugins" / "pools.json").read_text(encoding="utf-8"))

    assert {task.pool for task in tasks()} - {"default_pool"} == set(pools)
    assert {pool["slots"] for pool in pools.values()} == {1}
    assert {task.task_id for task in tasks() if task.pool == "default_pool"} == {
        "aemo_complete",
        "oe_complete",
        "om_complete",
        "report_publication",
        "choose_window",
        "rebuild_window",
        "note_window",
        "next_window",
        "register_model",
    }


def test_an_hours_tasks_come_before_every_rebuilds_and_fits_in_a_pools_queue() -> None:
    weights = {
        dag_id: [task.weight_rule.get_weight(SimpleNamespace(task=task)) for task in as_in_scheduler(dags()[dag_id]).tasks]
        for dag_id in DAG_IDS
    }
    hourly = ("ingest_oe_bronze", "ingest_om_bronze", "silver_to_gold")
    others = DAG_IDS - {*hourly, "lakehouse_setup", "lakehouse_maintenance"}

    assert min(weight for dag_id in hourly for weight in weights[dag_id]) > max(
        weight for dag_id in others for weight in weights[dag_id]
    )


def test_dags_that_do_nothing_by_themselves_need_no_switch_in_an_installation_that_gains_them() -> None:
    assert [dag_id for dag_id, dag in sorted(dags().items()) if dag.is_paused_upon_creation is False] == [
        "continue_backfill",
        "ingest_aemo_bronze",
        "rebuild_range",
        "set_plant_model",
    ]
