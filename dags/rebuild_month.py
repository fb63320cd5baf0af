"""Fetches and rebuilds one month of all layers: network-local (+10:00), and the two hours more that WEM's day lasts.

**When**: never by itself. `airflow dags backfill -s 2025-01-01 -e 2025-01-01 rebuild_month` (network-local first days of
months, the end included). `make backfill` takes any range, by `rebuild_range`.
A date given in the web page or REST API takes the month that contains it; without a date it is the last complete one.

**From where**: the parameter `from_layer` says what is taken as it is: `fetch` asks the sources again (default),
`landing` loads what was landed and has no row in `bronze.api_requests` yet, and once more what an older version read;
`bronze` starts with Silver, `silver` rebuilds Gold alone.

**A failure means** that this month is as it was in the layers after the red task; no other month is touched.

**What to do**: read the red task's log and its notes. `BudgetExhausted` means the day's OpenElectricity credits are
spent: clear the red task after 00:00 UTC, which keeps what was fetched; the same command again would ask for all of it.
A task that stays queued after it was cleared belongs to a backfill that was cancelled, whose runs Airflow no longer starts:
`airflow dags backfill` for the same date lets it go.
"""

from airflow.sdk import DAG, Param

from include.asked_runs import LAYERS
from include.networks import NETWORKS
from plugins.pipeline import MONTH, SQL_ROOT, TASK_DEFAULTS, rebuild
from plugins.timetables import BackfillOnly

with DAG(
    dag_id="rebuild_month",
    description="All layers over one month, by backfill or by hand",
    doc_md=__doc__,
    schedule=BackfillOnly("0 0 1 * *", NETWORKS["NEM"].utc_offset, trailing_hours=2),
    catchup=False,
    max_active_runs=1,
    params={"from_layer": Param(LAYERS[0], enum=list(LAYERS), description="First layer that is not taken as it is")},
    default_args=TASK_DEFAULTS,
    template_searchpath=SQL_ROOT,
    tags=["rebuild"],
):
    rebuild(MONTH)
