"""What Airflow would run, as text to compare: spark-submit's command line, the graph of all DAGs."""

import json
from datetime import timedelta
from typing import Any

from loaded_dags import PROJECT_ROOT, as_in_scheduler, dags, rendered, scheduled_run


def spark_command(task: Any) -> str:
    """Return the command line of a Spark task for a run at the new year, one argument a line."""
    ready = rendered(task, scheduled_run(task.dag))
    ready._hook = ready._get_hook()
    arguments = ready._hook._build_spark_submit_command(ready.application)
    return "\n".join(str(argument).replace(str(PROJECT_ROOT), "{PV_HOME}") for argument in arguments) + "\n"


def graph() -> str:
    """Return schedule, tasks, order and limits of all DAGs as JSON."""
    return json.dumps({dag_id: _dag(dag) for dag_id, dag in sorted(dags().items())}, indent=2) + "\n"


def _dag(dag: Any) -> dict[str, Any]:
    return {
        "schedule": as_in_scheduler(dag).timetable.summary,
        "max_active_runs": dag.max_active_runs,
        "late_after": [f"{alert.name}: {alert.interval}" for alert in dag.deadline or []],
        "params": {name: dag.params.get_param(name).schema.get("enum") for name in dag.params},
        "tasks": {task.task_id: _task(task) for task in dag.topological_sort()},
    }


def _task(task: Any) -> dict[str, Any]:
    entry = {
        "operator": type(task).__name__,
        "pool": task.pool,
        "trigger_rule": task.trigger_rule.value,
        "retries": task.retries,
        "limit": str(task.execution_timeout or timedelta(0)),
        "inlets": [asset.name for asset in task.inlets],
        "outlets": [asset.name for asset in task.outlets],
        "then": sorted(task.downstream_task_ids),
    }
    if hasattr(task, "sql_files"):
        entry["sql"] = list(task.sql_files)
    return {key: value for key, value in entry.items() if value != []}
