"""Keeps the tables small and quick: compaction, expiry of old snapshots, removal of orphan files (Trino).

**When**: Sundays 17:30 UTC, when it is night at the plants. Readers and writers may go on.

**A failure means** nothing for the data: tables stay as they are and grow somewhat until the next run.

**What to do**: read the red task's log. A commit conflict with a load that ran at the same time goes away by clearing
the task. Do not shorten the retention in `include/contracts/maintenance.py` to free space: running readers and rollbacks
need the snapshots.
"""

from airflow.sdk import DAG, CronTriggerTimetable

from plugins.pipeline import SQL_ROOT, TASK_DEFAULTS, maintain_tables

with DAG(
    dag_id="lakehouse_maintenance",
    description="Compaction, expiry and orphan files of all tables",
    doc_md=__doc__,
    # A point in time, not an interval: maintenance is about whole tables, so it has no window.
    schedule=CronTriggerTimetable("30 17 * * 0", timezone="UTC"),
    catchup=False,
    max_active_runs=1,
    default_args=TASK_DEFAULTS,
    template_searchpath=SQL_ROOT,
    tags=["platform"],
):
    maintain_tables()
