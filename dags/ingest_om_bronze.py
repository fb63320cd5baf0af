"""Fetches weather and air quality at every plant from Open-Meteo and loads them into Bronze.

**When**: every hour at :05, for the clock hour that just ended; each run also asks again for the last 72 hours (the runs
for the hours from 06:00 and 18:00 UTC: 10 days, which brings settled archive weather in place of forecasts).

**A failure means** that weather may be missing or stay provisional; generation is not touched. What was answered is kept
in landing and loaded all the same. `gold.daily_plant_kpi.weather_missingness` shows the gap.

**What to do**: open the red task, read the last lines of its log, and follow the task's own notes. `om_complete` only
passes on a failure of the tasks before it. The next run asks for the same hours again; Open-Meteo's limits are per
minute, hour and day, so do not clear many runs at once. Without any facility in Bronze or landing (a new installation)
run `ingest_oe_bronze` first.
"""

from airflow.sdk import DAG

from include.sources.records import OPEN_METEO
from plugins.deadlines import late_after
from plugins.pipeline import HOUR, HOURLY_DEFAULTS, ingest
from plugins.timetables import HourlyAfter

with DAG(
    dag_id="ingest_om_bronze",
    description="Open-Meteo to Bronze, one clock hour",
    doc_md=__doc__,
    schedule=HourlyAfter(5),
    catchup=False,
    max_active_runs=3,
    deadline=late_after(25, "Bronze has the hour's weather within 25 minutes of its end"),
    default_args=HOURLY_DEFAULTS,
    tags=["hourly", "bronze", "open-meteo"],
):
    ingest(OPEN_METEO, HOUR)
