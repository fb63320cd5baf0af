"""Brings Silver in line with Bronze (Spark), then builds, checks and publishes Gold (Trino).

**When**: every hour at :10, for the clock hour that just ended and for every other hour whose Bronze is newer than its
Gold. It does not wait for the ingest DAGs: what comes late is taken by the next run.

**A failure means** that Gold is as it was before: old, never half-built. Only when `report_findings` is red all is
published but the plant-days that it names: a check found something in them, and their last good rows stay.

**What to do**: read the red task's log and its notes. Clearing the failed task with everything after it is always safe.
What is held back is looked at again by every run: when its reason is gone it is published, and nothing needs to be
cleared. An alert "late" says that Gold was not published in time (`PV_GOLD_LATE_AFTER_MINUTES`, 30 after the hour's end):
look for a queue in the pools (Admin, Pools) and at the ingest DAGs first.
"""

from airflow.sdk import DAG

from plugins.deadlines import gold_late
from plugins.pipeline import HOUR, HOURLY_DEFAULTS, SQL_ROOT, silver_to_gold
from plugins.timetables import HourlyAfter

with DAG(
    dag_id="silver_to_gold",
    description="Bronze to Silver to Gold, one clock hour and what is left over",
    doc_md=__doc__,
    schedule=HourlyAfter(10),
    catchup=False,
    max_active_runs=3,
    deadline=gold_late(),
    default_args=HOURLY_DEFAULTS,
    template_searchpath=SQL_ROOT,
    tags=["hourly", "silver", "gold"],
):
    silver_to_gold(HOUR)
