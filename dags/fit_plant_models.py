"""Fits what each plant should make under its weather, and lets a better fit explain the losses.

**When**: Saturdays 16:30 UTC, when it is night at the plants. A run fits the 90 network-local days before the day of its date;
run again later it works on the same days. By hand the parameter `until` names the day after the last one.

**What comes of it**: a new version in `silver.plant_model`, its comparison with the champion in `silver.plant_model_comparison`.
It becomes champion only where it is better by more than 2 % and two standard errors over 14 held-out days; with less history, as
in a new lake, the registry's prior goes on and the run is green. Then the losses of these days are explained again, and
`gold.loss_findings` says which plants' energy does not fit their weather or their capacity.

**A failure means** that hours are judged by the champion of before. With `register_model` alone red, MLflow was away: all figures
are there, MLflow does not show them yet.

**What to do**: read the red task's log and its notes, clear it with everything after it; or wait, next week's run makes up for
it. A champion that turns out to be wrong: `make model-rollback`, and pause this DAG until the reason is found.
"""

from airflow.sdk import DAG, CronTriggerTimetable, Param

from plugins.pipeline import TASK_DEFAULTS
from plugins.plant_models import fit_plant_models

with DAG(
    dag_id="fit_plant_models",
    description="Plant models of 90 days, by the week; a better one becomes champion",
    doc_md=__doc__,
    # A point in time; its window is counted back from it (plugins/windows.py).
    schedule=CronTriggerTimetable("30 16 * * 6", timezone="UTC"),
    catchup=False,
    max_active_runs=1,
    params={
        "until": Param(None, type=["null", "string"], format="date", description="Day after the last fitted one (network time)")
    },
    default_args=TASK_DEFAULTS,
    tags=["models"],
):
    fit_plant_models()
