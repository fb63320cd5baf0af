"""Write the fixtures of `test_rendered_tasks.py` again: `python tests/dags/update_fixtures.py`."""

import conftest  # noqa: F401 - points Airflow at a scratch home before it is imported
from loaded_dags import FIXTURES, dags
from submitted import graph, spark_command

from plugins.operators import SparkJobOperator

if __name__ == "__main__":
    (FIXTURES / "spark").mkdir(parents=True, exist_ok=True)
    for file in (FIXTURES / "spark").glob("*.txt"):
        file.unlink()
    for dag_id, dag in dags().items():
        for task in dag.tasks:
            if isinstance(task, SparkJobOperator):
                (FIXTURES / "spark" / f"{dag_id}.{task.task_id}.txt").write_text(spark_command(task), encoding="utf-8")
    (FIXTURES / "graph.json").write_text(graph(), encoding="utf-8")
