"""Fetches the solar facilities, their generation and the market of regions from OpenElectricity and loads them into Bronze.

**When**: every hour at :00, for the clock hour that just ended; each run also asks again for the last 72 hours (the runs
for the hours from 06:00 and 18:00 UTC: 10 days), because the source revises. A missed or failed run is made good by the next one.

**A failure means** that hours may be missing from Bronze; what was answered is kept in landing and loaded all the same.
Silver and Gold go on with what there is, and `gold.daily_plant_kpi.missingness` shows the gap.

**What to do**: open the red task, read the last lines of its log, and follow the task's own notes. `oe_complete` only
passes on a failure of the tasks before it; `fetch_market` and `fetch_control` are not among them: when one of them alone is
red, only prices and curtailment wait for the next run, or the source's own totals of regions for half a day. An alert "late"
says that a run had not succeeded 20 minutes after its hour.
For hours older than 31 days use `make backfill`.
"""

from airflow.sdk import DAG

from include.sources.records import OPENELECTRICITY
from plugins.deadlines import late_after
from plugins.pipeline import HOUR, HOURLY_DEFAULTS, ingest
from plugins.timetables import HourlyAfter

with DAG(
    dag_id="ingest_oe_bronze",
    description="OpenElectricity to Bronze, one clock hour",
    doc_md=__doc__,
    schedule=HourlyAfter(0),
    catchup=False,
    max_active_runs=3,
    deadline=late_after(20, "Bronze has the hour's generation within 20 minutes of its end"),
    default_args=HOURLY_DEFAULTS,
    tags=["hourly", "bronze", "openelectricity"],
):
    ingest(OPENELECTRICITY, HOUR)
