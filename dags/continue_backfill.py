"""Goes on with the windows that `make backfill` left when the day's OpenElectricity credits for backfills were spent.

**When**: every day at 00:20 UTC, when the credits are new, and by itself again after each window until none is left or the
credits are spent. Without a window it ends at `choose_window`, skipped. What is left is the Airflow variable
`backfill_windows_left` (Admin, Variables); deleting it ends the backfill.

**A failure means** that a window's run of `rebuild_range` failed; it stays in the list and is tried again the next day.

**What to do**: open that run (`rebuild_window` names it) and follow its red task's notes. `make backfill` with the same range
takes over at any time.
"""

from airflow.sdk import DAG, CronTriggerTimetable

from plugins.continuation import continue_backfill
from plugins.pipeline import TASK_DEFAULTS

with DAG(
    dag_id="continue_backfill",
    description="What a backfill left for want of credits, window by window",
    doc_md=__doc__,
    # A point in time, not an interval: it has no hours of its own.
    schedule=CronTriggerTimetable("20 0 * * *", timezone="UTC"),
    catchup=False,
    max_active_runs=1,
    is_paused_upon_creation=False,
    default_args=TASK_DEFAULTS,
    tags=["rebuild"],
):
    continue_backfill()
