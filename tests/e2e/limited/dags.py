"""Two DAGs whose one task never ends by itself; `airflow dags test` runs them on the real Spark and Trino."""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import DAG

from plugins.operators import SparkJobOperator, TrinoOperator

# 10^12 rows to compare: Trino would be busy with it for an hour.
ENDLESS = (
    "SELECT count(*) FROM unnest(sequence(1, 10000)) AS a (x) CROSS JOIN unnest(sequence(1, 10000)) AS b (y) "
    "CROSS JOIN unnest(sequence(1, 10000)) AS c (z) WHERE x * y + z = -1"
)

with DAG(dag_id="limited_spark_job", schedule=None):
    SparkJobOperator(
        task_id="endless",
        job="../tests/e2e/limited/endless_job",
        arguments=[],
        execution_timeout=timedelta(seconds=20),
    )

with DAG(dag_id="limited_query", schedule=None):
    TrinoOperator(task_id="endless", sql=[ENDLESS], execution_timeout=timedelta(seconds=5))
