"""Fetches and rebuilds up to 61 days of all layers: network-local (+10:00), and the two hours more that WEM's last day lasts.

**When**: never by itself. `make backfill FROM=2025-01-01 TO=2025-06-01` cuts a range into such runs, one after the other, and
follows them. By hand the web page asks for `from` and `to` (network-local days, `to` is exclusive); a run's dates do not count.

**From where**: the parameter `from_layer` says what is taken as it is: `fetch` asks the sources again (default),
`landing` loads what was landed and has no row in `bronze.api_requests` yet, and once more what an older version read;
`bronze` starts with Silver, `silver` rebuilds Gold alone.

**A failure means** that these days are as they were in the layers after the red task; no other day is touched.

**What to do**: read the red task's log and its notes; clear it with everything after it, or give the same `make backfill`
again: it does what is missing. `BudgetExhausted` means that the day's OpenElectricity credits for backfills are spent:
`continue_backfill` goes on after 00:00 UTC with what `make backfill` left. Hourly runs come first in every pool.
"""

from airflow.sdk import DAG, Param

from include.asked_runs import LAYERS
from plugins.pipeline import RANGE, SQL_ROOT, TASK_DEFAULTS, rebuild

with DAG(
    dag_id="rebuild_range",
    description="All layers over a range of days, by make backfill or by hand",
    doc_md=__doc__,
    schedule=None,
    catchup=False,
    max_active_runs=2,
    # It does nothing by itself: an installation that gains it need not switch it on.
    is_paused_upon_creation=False,
    params={
        "from": Param(type="string", format="date", description="First network-local day"),
        "to": Param(type="string", format="date", description="Day after the last one; at most 61 days"),
        "from_layer": Param(LAYERS[0], enum=list(LAYERS), description="First layer that is not taken as it is"),
    },
    default_args=TASK_DEFAULTS,
    template_searchpath=SQL_ROOT,
    tags=["rebuild"],
):
    rebuild(RANGE)
