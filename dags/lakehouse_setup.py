"""Creates the schemas and tables that are missing, the columns that their contracts have gained, and the views.

**When**: by hand, and by `make up` and `make compose-up` at the first start and whenever the statements or
`plugins/pools.json` have changed. Running it again changes nothing. The statements for what is
missing are `sql/trino/ddl`, generated from the contracts.

**A failure means** that Trino, the catalog server or the object store is not there; every other DAG fails too until
it has succeeded once.

**What to do**: `make status`, start what is missing, clear the task. A statement that Trino refuses is named in the log.
"""

from airflow.sdk import DAG

from plugins.pipeline import SQL_ROOT, TASK_DEFAULTS, set_up_tables

with DAG(
    dag_id="lakehouse_setup",
    description="Schemas, tables and views, from the contracts",
    doc_md=__doc__,
    schedule=None,
    max_active_runs=1,
    default_args=TASK_DEFAULTS,
    template_searchpath=SQL_ROOT,
    tags=["platform"],
):
    set_up_tables()
