"""The tasks around plant models: fit, promote, explain the losses again, show it in MLflow; and setting one version by hand.

The order matters in one place only: losses are explained by the champion, so they come after its promotion, and whether energy
fits the weather is judged from them (`judge_months`). MLflow comes after the promotion too, and nothing comes after MLflow.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import chain
from airflow.sdk.exceptions import AirflowFailException

from include.windows import iso_utc
from plugins.lineage import FITTED_FROM, JUDGED_BY_MONTHS, LOSS_FINDINGS, LOSSES, MODELS
from plugins.operators import SparkJobOperator
from plugins.task_docs import TASK_DOCS

log = logging.getLogger(__name__)

# Forty plants over 90 days take seconds; what is long is a machine that is busy, or a window that was never explained.
_FIT_LIMIT = timedelta(hours=3)
_EXPLAIN_LIMIT = timedelta(hours=1)
_REGISTER_LIMIT = timedelta(minutes=30)
_SHORT = timedelta(minutes=10)


def fit_plant_models() -> None:
    """Fit the run's window, promote what is better than the champion, explain the window's losses by the champion."""
    fit = SparkJobOperator(
        task_id="fit_models",
        job="plant_models/fit",
        arguments=["--start", "{{ window_start }}", "--end", "{{ window_end }}", "--run-id", "{{ run_id }}"],
        inlets=FITTED_FROM,
        outlets=MODELS,
        **_common("fit_models", "spark_models", _FIT_LIMIT),
    )
    promote_model = PythonOperator(
        task_id="promote_model",
        python_callable=promote,
        outlets=MODELS[:1],
        **_common("promote_model", "spark_models", _SHORT),
    )
    explain = _explain("{{ window_start }}", "{{ window_end }}")
    chain(fit, promote_model, [explain, _register()])
    explain >> _judge_months()


def set_plant_model() -> None:
    """Make the version of the run's parameter champion, and explain the losses of the newest fit's window by it."""
    set_champion = PythonOperator(
        task_id="set_champion",
        python_callable=choose,
        outlets=MODELS[:1],
        **_common("set_champion", "spark_models", _SHORT),
    )
    window = "{{ ti.xcom_pull(task_ids='set_champion')['window_%s'] }}"
    explain = _explain(window % "start", window % "end")
    chain(set_champion, [explain, _register()])
    explain >> _judge_months()


def promote(**context: Any) -> dict[str, Any]:
    """Make the run's fit champion where it is better than the present one; returns what it decided, and why.

    Running it again is safe: what is champion already stays it, and what has been set back since is not promoted again.
    """
    from include import plant_models
    from include.expected_energy.champions import champion_of, why_not_promoted

    with _tables() as cursor:
        versions = plant_models.versions(cursor)
        champion, number = champion_of(versions), plant_models.version_of_run(cursor, context["run_id"])
        fitted = next((version for version in versions if version.number == number), None)
        refusal = why_not_promoted(fitted, champion) if fitted else "there was no plant to fit"
        if fitted and refusal is None:
            plant_models.set_champion(cursor, fitted.number)
            champion = fitted.number
    reason = refusal or (fitted.reason if fitted else "")
    log.info("Version %s of this run: %s. The champion is version %s (0: the registry's prior)", number, reason, champion)
    return {"version": number, "champion": champion, "reason": reason}


def choose(**context: Any) -> dict[str, Any]:
    """Make a version champion; returns it, the one before, and the window whose losses are to be explained again.

    Raises AirflowFailException for a version that there is not. Running it again is safe.
    """
    from include import plant_models
    from include.expected_energy.champions import VersionRefusedError, champion_of, newest_of, refuse_unknown

    asked = int(context["params"]["version"])
    with _tables() as cursor:
        versions = plant_models.versions(cursor)
        newest, before = newest_of(versions), champion_of(versions)
        try:
            refuse_unknown(asked, versions)
        except VersionRefusedError as refusal:
            raise AirflowFailException(str(refusal)) from refusal
        if newest is None:
            raise AirflowFailException("No plant model was fitted yet: the prior answers, there is nothing to set")
        plant_models.set_champion(cursor, asked)
    log.info("Champion: %s, before: %s", asked, before)
    window = {"window_start": iso_utc(newest.fitted_from), "window_end": iso_utc(newest.fitted_to)}
    return {"champion": asked, "before": before, **window}


def register() -> dict[str, str]:
    """Bring MLflow in line with the table; returns its aliases."""
    from include.settings import load_settings
    from plugins import model_registry

    with _tables() as cursor:
        aliases = model_registry.follow_table(cursor, model_registry.connect(load_settings().mlflow_tracking_uri))
    log.info("Aliases of %s: %s", model_registry.MODEL, aliases or "none")
    return aliases


def _explain(start: str, end: str) -> SparkJobOperator:
    return SparkJobOperator(
        task_id="explain_losses_again",
        job="losses/explain",
        arguments=["--start", start, "--end", end, "--run-id", "{{ run_id }}"],
        inlets=[*MODELS[:1], *FITTED_FROM],
        outlets=LOSSES,
        **_common("explain_losses_again", "spark_losses", _EXPLAIN_LIMIT),
    )


def _judge_months() -> SparkJobOperator:
    """Return the task that judges all months: by the week, as no hour needs it sooner and the hourly run is not to pay for it."""
    return SparkJobOperator(
        task_id="judge_months",
        job="losses/judge_months",
        arguments=["--run-id", "{{ run_id }}"],
        inlets=JUDGED_BY_MONTHS,
        outlets=LOSS_FINDINGS,
        **_common("judge_months", "spark_losses", _EXPLAIN_LIMIT),
    )


def _register() -> PythonOperator:
    return PythonOperator(
        task_id="register_model",
        python_callable=register,
        inlets=MODELS,
        **_common("register_model", "default_pool", _REGISTER_LIMIT),
    )


def _common(task_id: str, pool: str, limit: timedelta) -> dict[str, Any]:
    return {"pool": pool, "execution_timeout": limit, "doc_md": TASK_DOCS[task_id]}


@contextmanager
def _tables() -> Iterator[Any]:
    """Open a cursor of Trino's user `etl` on the tables."""
    from include.lakehouse import ETL, connect
    from include.settings import load_settings

    connection = connect(load_settings(), "pv-lakehouse-plant-models", ETL)
    try:
        yield connection.cursor()
    finally:
        connection.close()
