"""Makes one version of the plant models champion, and explains the losses of the newest fit's window by it.

**When**: never by itself. `make model-rollback` starts it for the former champion, `make model-rollback VERSION=3` for any other
version of `silver.plant_model`; 0 is the registry's prior. By hand the web page asks for the version.

**A failure means** what its red task says: `set_champion` for a version that there is not, then nothing has changed;
`explain_losses_again` that hours are still explained by the champion of before; `register_model` that MLflow shows the old alias.

**What to do**: clear the red task when its reason is gone. The next fit that is better than this champion takes its place: pause
`fit_plant_models` where that must not be.
"""

from airflow.sdk import DAG, Param

from plugins.pipeline import TASK_DEFAULTS
from plugins.plant_models import set_plant_model

with DAG(
    dag_id="set_plant_model",
    description="A version of the plant models made champion, by make model-rollback or by hand",
    doc_md=__doc__,
    schedule=None,
    catchup=False,
    max_active_runs=1,
    # It does nothing by itself: an installation that gains it need not switch it on.
    is_paused_upon_creation=False,
    params={"version": Param(type="integer", minimum=0, description="Version of silver.plant_model; 0: the registry's prior")},
    default_args=TASK_DEFAULTS,
    tags=["models"],
):
    set_plant_model()
