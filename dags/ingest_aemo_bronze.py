"""Fetches the market operator's next-day unit solution from its public folder and loads it into Bronze. Off by default.

**When**: with `PV_UNIT_SOLUTION=1` at 18:20, 20:20, 00:20 and 06:20 UTC, otherwise never. The operator publishes a trading
day some minutes after 18:00 UTC; each run takes all files of the last 31 days (`PV_MAX_GAP_DAYS`) that are listed and not
there yet. A day that is late is no failure: the next run asks again. Triggered by hand while the setting is off it fetches
nothing.

**A failure means** that curtailment of these days stays an estimate (`curtailed_method` of `gold.plant_loss_hourly`). Nothing
else waits for it; energy, Silver and Gold go on. Losses of days that come later are explained again.

**What to do**: read the red task's log. `SourceUnavailable` names a file that was not whole, or a server that did not answer: the
next run asks again. `BodyInvalid` means that the table has changed: the file is kept in landing; fix the reader
(`include/sources/aemo/`), raise `READER_VERSION`, `make backfill … FROM_LAYER=landing`. For days that the folder still has and
31 days do not reach: `make backfill`.
"""

from airflow.sdk import DAG

from include.sources.records import AEMO
from plugins.pipeline import DAILY, TASK_DEFAULTS, ingest_alone
from plugins.timetables import TimesOfDay

with DAG(
    dag_id="ingest_aemo_bronze",
    description="The market operator's next-day unit solution to Bronze, while PV_UNIT_SOLUTION is on",
    doc_md=__doc__,
    schedule=TimesOfDay((0, 6, 18, 20), 20, "pv_unit_solution"),
    catchup=False,
    max_active_runs=1,
    # It does nothing by itself while its setting is off: an installation that gains it need not switch it on.
    is_paused_upon_creation=False,
    default_args=TASK_DEFAULTS,
    tags=["daily", "bronze", "aemo"],
):
    ingest_alone(AEMO, DAILY)
