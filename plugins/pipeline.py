"""The tasks of all DAGs, once: the hourly DAGs, the rebuild DAGs and the tests use these functions.

Reading order is the way of the data: fetch, Bronze, Silver, Gold. Every task may run any number of times.
Pools (`pools.json`) hold one slot each: one caller per API, one writer per group of tables.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import TaskGroup, chain
from airflow.sdk.definitions.retry_policy import ExceptionRetryPolicy, RetryAction, RetryRule
from airflow.sdk.exceptions import AirflowSkipException

from include.asked_runs import LAYERS
from include.contracts import ContractError, load_all, load_views
from include.errors import BodyInvalid, BudgetExhausted, FacilityUnknown, QuotaSpent, SourceRefused
from include.paths import PROJECT_ROOT
from include.settings import SettingsError, read_settings
from include.sources.records import AEMO, OPEN_METEO, OPENELECTRICITY, SOURCES, Family, Source, asked, of_family
from plugins.findings import FindingsReport
from plugins.lineage import BRONZE, GOLD, LOSSES, MODELS, SILVER
from plugins.operators import SparkJobOperator, TrinoMaintenanceOperator, TrinoOperator, TrinoPublishOperator
from plugins.publication import PublicationReport
from plugins.task_docs import MAINTENANCE_DOC, TASK_DOCS
from plugins.windows import names_days, window_of

if TYPE_CHECKING:
    from airflow.sdk import BaseOperator, Context

SQL_ROOT = str(PROJECT_ROOT / "sql" / "trino")

# 30 s, 1 min, 2 min: outlives the restart of any one service. Longer outages are the next run's business, which asks again.
# Started runs are finished first, so that what was staged is published before another run changes what lies below it.
TASK_DEFAULTS: dict[str, Any] = {
    "owner": "pv-lakehouse",
    "retries": 3,
    "retry_delay": timedelta(seconds=30),
    "retry_exponential_backoff": 2.0,
    "max_retry_delay": timedelta(minutes=10),
    "weight_rule": "upstream",
}

# A pool gives its slot to the largest weight. Above the sum of any rebuild's tasks (one each), so that an hour that waits comes
# before every piece of a backfill.
HOURLY_DEFAULTS: dict[str, Any] = TASK_DEFAULTS | {"priority_weight": 100}

_FROM_LAYER = "{{ params.get('from_layer', 'fetch') }}"
_WINDOW = ("--start", "{{ window_start }}", "--end", "{{ window_end }}")


def _no_retry(*errors: type[Exception]) -> RetryRule:
    return RetryRule(exception=list(errors), action=RetryAction.FAIL, reason="a retry cannot help")


# A refused key, a changed answer, a spent budget or a wrong setting is the same in a minute. A quota of an hour needs the hour's
# end, which three such delays outlast.
_NEXT_HOUR = RetryRule(exception=[QuotaSpent], retry_delay=timedelta(minutes=20), reason="the source's hour has to end")
_HOPELESS = (SourceRefused, BodyInvalid, BudgetExhausted, FacilityUnknown, SettingsError)
_FETCH_RETRIES = ExceptionRetryPolicy(rules=[_no_retry(*_HOPELESS), _NEXT_HOUR])


@dataclass(frozen=True)
class TimeLimits:
    """How long one task may run; waiting for a slot of its pool does not count.

    beside: of each of the two tries that a source beside the others has, as the load waits for them; None: as any fetch.
    """

    fetch: timedelta
    spark: timedelta
    trino: timedelta
    beside: timedelta | None = None


# An hour takes seconds to a few minutes, but a fetch waits for Open-Meteo's next hour when this one's quota is spent.
HOUR = TimeLimits(timedelta(minutes=90), spark=timedelta(minutes=20), trino=timedelta(minutes=15), beside=timedelta(minutes=3))
# A first run takes up to a month of files, of 9 MB each.
DAILY = TimeLimits(fetch=timedelta(hours=1), spark=timedelta(minutes=40), trino=timedelta(minutes=15))
DAY = TimeLimits(fetch=timedelta(hours=2), spark=timedelta(minutes=40), trino=timedelta(minutes=30))
# Windows are cut so that no task holds its pool's slot for two minutes; these limits only end what hangs.
RANGE = TimeLimits(fetch=timedelta(hours=1), spark=timedelta(hours=1), trino=timedelta(minutes=30))
MONTH = TimeLimits(fetch=timedelta(hours=4), spark=timedelta(hours=3), trino=timedelta(hours=2))


@dataclass(frozen=True)
class Ingest:
    """The ends of one source's tasks."""

    first: BaseOperator
    last: BaseOperator


def ingest(family: Family, limits: TimeLimits) -> Ingest:
    """One API to Bronze: its sources one after the other, then the load. A failed source stops none of the others.

    Of a source beside the others not even the run's state speaks: what comes after the run does not wait for it.
    """
    with TaskGroup(f"ingest_{family.name}", prefix_group_id=False):
        fetches = {source: _fetch(source, limits) for source in asked(read_settings(), family)}
        return _load(family, fetches, limits, [task for source, task in fetches.items() if not source.is_beside])


def ingest_alone(family: Family, limits: TimeLimits) -> Ingest:
    """The same in a DAG of its own, with all sources of the family: what is off is skipped, and a failure is that of the run."""
    with TaskGroup(f"ingest_{family.name}", prefix_group_id=False):
        fetches = {source: _fetch(source, limits) for source in of_family(family.name)}
        return _load(family, fetches, limits, [*fetches.values()])


def silver_to_gold(limits: TimeLimits) -> BaseOperator:
    """Bronze to Silver by Spark, Silver to Gold by Trino, beside it to losses by Spark; returns the first task."""
    silver = _spark(
        "silver_normalize_tables",
        "silver/normalize",
        [*_WINDOW, "--run-id", "{{ run_id }}"],
        "spark_silver",
        limits,
        reads="bronze",
        trigger_rule="none_failed",
        inlets=[table for tables in BRONZE.values() for table in tables],
        outlets=SILVER,
    )
    with TaskGroup("gold_build", prefix_group_id=False):
        stage = _gold("gold_build_stage", _GOLD_STAGE, limits, trigger_rule="none_failed", inlets=SILVER)
        check = _gold("gold_build_check", _GOLD_CHECK, limits)
        publish = _gold(
            "gold_build_publish",
            _GOLD_PUBLISH,
            limits,
            operator=TrinoPublishOperator,
            stage=[*_GOLD_STAGE, *_GOLD_CHECK],
            outlets=GOLD,
        )
        clean = _gold("gold_build_clean", _GOLD_CLEAN, limits)
        findings = _gold("report_findings", _GOLD_FINDINGS, limits, operator=FindingsReport)
        # It only reads, and must not hold up the next build when MLflow is slow.
        report = _gold("report_publication", _GOLD_REPORT, limits, operator=PublicationReport, pool="default_pool")
    chain(silver, stage, check, publish, [clean, findings, report])
    silver >> explain_losses(limits)
    return silver


def explain_losses(limits: TimeLimits) -> BaseOperator:
    """Silver to losses by Spark. Gold does not wait for it: what an hour made is not held up by why it did not make more."""
    return _spark(
        "explain_losses",
        "losses/explain",
        [*_WINDOW, "--run-id", "{{ run_id }}"],
        "spark_losses",
        limits,
        reads="silver",
        trigger_rule="none_failed",
        inlets=[*SILVER, *MODELS],
        outlets=LOSSES,
    )


def rebuild(limits: TimeLimits) -> None:
    """All stages over one window. The others wait for the registry, Silver for all sources, a failed one included."""
    oe, om = ingest(OPENELECTRICITY, limits), ingest(OPEN_METEO, limits)
    others = [om, *([ingest(AEMO, limits)] if asked(read_settings(), AEMO) else [])]
    for each in others:
        oe.first >> each.first
    [oe.last, *(each.last for each in others)] >> silver_to_gold(limits)


def set_up_tables() -> None:
    """Every file of `sql/trino/ddl` in the order of its name, the existing tables brought in line with their contracts, views."""
    limits: dict[str, Any] = {"pool": "trino_gold", "execution_timeout": timedelta(minutes=15), "retries": 5}
    refused = ExceptionRetryPolicy(rules=[_no_retry(ContractError)])
    chain(
        TrinoOperator(task_id="create_tables", sql=statements("ddl"), doc_md=TASK_DOCS["create_tables"], **limits),
        PythonOperator(
            task_id="follow_contracts",
            python_callable=follow_contracts,
            retry_policy=refused,
            doc_md=TASK_DOCS["follow_contracts"],
            **limits,
        ),
        TrinoOperator(task_id="create_views", sql=statements("views"), doc_md=TASK_DOCS["create_views"], **limits),
        PythonOperator(
            task_id="comment_views",
            python_callable=comment_views,
            retry_policy=refused,
            doc_md=TASK_DOCS["comment_views"],
            **limits,
        ),
    )


def follow_contracts() -> list[str]:
    """Add columns that contracts have gained, write comments that differ and note the versions; returns what was done.

    Raises ContractError for a table that needs a migration somebody has thought about.
    """
    from include.contracts.live import apply_contracts
    from include.lakehouse import ETL, connect
    from include.settings import load_settings

    settings = load_settings()
    cursor = connect(settings, "pv-lakehouse-contracts", ETL).cursor()
    return [statement.splitlines()[0] for statement in apply_contracts(cursor, load_all())]


def comment_views() -> int:
    """Give the columns of views their meaning and unit; returns how many comments were written."""
    from include.contracts import live
    from include.lakehouse import ETL, connect
    from include.settings import load_settings

    return len(live.comment_views(connect(load_settings(), "pv-lakehouse-contracts", ETL), load_views()))


def maintain_tables() -> None:
    """One task per table, with the files of `sql/trino/maintenance` in order.

    The tasks do not depend on each other: their pool's one slot keeps them apart, and one that fails stops no other.
    """
    for contract in load_all():
        TrinoMaintenanceOperator(
            task_id=contract.name.replace(".", "_"),
            contract=contract,
            sql=statements("maintenance"),
            pool="trino_gold",
            execution_timeout=timedelta(hours=1),
            doc_md=MAINTENANCE_DOC,
        )
    PythonOperator(
        task_id="drop_old_staging",
        python_callable=drop_staging,
        pool="trino_gold",
        execution_timeout=timedelta(minutes=15),
        doc_md=TASK_DOCS["drop_old_staging"],
    )


def drop_staging() -> list[str]:
    """Drop the staging tables of builds that failed for good; returns their names.

    They lay in `gold` before they had a schema of their own.
    """
    from include.lakehouse import ETL, connect
    from include.settings import load_settings
    from plugins.staging import drop_old_staging

    cursor = connect(load_settings(), "pv-lakehouse-maintenance", ETL).cursor()
    return [name for schema in ("iceberg.staging", "iceberg.gold") for name in drop_old_staging(cursor, schema)]


def statements(folder: str) -> list[str]:
    """Return the `.sql` files of a folder below `sql/trino`, sorted by name, as template names."""
    return [f"{folder}/{path.name}" for path in sorted((Path(SQL_ROOT) / folder).glob("*.sql"))]


# The days to build first, then the hours of these days, then their figures: each reads the one before.
_GOLD_STAGE = [
    "gold/stage_rebuild_days.sql",
    "gold/stage_plant_weather_hourly.sql",
    "gold/stage_daily_plant_kpi.sql",
]
_GOLD_CHECK = ["gold/stage_held_back.sql"]
# The hours after the days: once they agree with Silver, no later build looks at their days again by itself.
_GOLD_PUBLISH = [
    "gold/publish_held_back.sql",
    "gold/publish_daily_plant_kpi.sql",
    "gold/publish_plant_weather_hourly.sql",
    "gold/note_kpi_history.sql",
]
_GOLD_FINDINGS = [
    "gold/note_freshness.sql",
    "gold/note_control_totals.sql",
    "gold/note_unanswered_hours.sql",
    "queries/silent_networks.sql",
    "queries/held_back.sql",
    "queries/fleet_incomplete.sql",
]
_GOLD_REPORT = ["queries/publication.sql"]
_GOLD_CLEAN = [
    "gold/drop_daily_plant_kpi.sql",
    "gold/drop_plant_weather_hourly.sql",
    "gold/drop_held_back.sql",
    "gold/drop_rebuild_days.sql",
]


def _fetch(source: Source, limits: TimeLimits) -> PythonOperator:
    bounds: dict[str, Any] = {"execution_timeout": limits.fetch}
    if source.is_beside and limits.beside is not None:
        bounds = {"execution_timeout": limits.beside, "retries": 1}
    return PythonOperator(
        task_id=f"fetch_{source.task}",
        python_callable=fetch,
        op_args=[source.task],
        pool=source.family.pool,
        retry_policy=_FETCH_RETRIES,
        pre_execute=_unless_later_start("fetch"),
        trigger_rule="all_success" if source.is_registry else "all_done",
        doc_md=TASK_DOCS[f"fetch_{source.task}"],
        **bounds,
    )


def _load(family: Family, fetches: dict[Source, PythonOperator], limits: TimeLimits, needed: list[PythonOperator]) -> Ingest:
    """Load what the fetches landed, one after the other; the load runs also when one of them failed.

    `needed`: the fetches of which one that failed fails the run.
    """
    load = _spark(
        f"load_bronze_{family.name}",
        "bronze/load",
        ["--family", family.name, "--run-id", "{{ run_id }}", "--from-layer", _FROM_LAYER, *_WINDOW],
        family.load_pool,
        limits,
        reads="landing",
        trigger_rule="all_done",
        outlets=BRONZE[family.name],
    )
    complete = _complete(f"{family.name}_complete")
    chain(*fetches.values(), load, complete)
    needed >> complete
    return Ingest(next(iter(fetches.values())), complete)


def fetch(source: str, **context: Any) -> dict[str, Any]:
    """Land one source's answers for the run's window; returns the summary that Airflow keeps as XCom.

    Raises what `include.sources.fetch` raises, and AirflowFailException for a run without a clear window.
    """
    from include.settings import load_settings
    from include.sources import fetch as fetches
    from include.sources.landing import Run

    record = next(each for each in SOURCES if each.task == source)
    if not record.is_on(load_settings()):
        raise AirflowSkipException(f"{str(record.setting).upper()} is off")
    asked, typed = context["dag_run"], cast("Context", context)
    # Airflow calls a run of `rebuild_range` manual; for credits and latency it is what `make backfill` started.
    run_type = "backfill" if names_days(typed) else str(getattr(asked.run_type, "value", asked.run_type))
    run = Run(asked.dag_id, asked.run_id, run_type, context["ti"].try_number)
    window = window_of(typed)
    summary: dict[str, Any] = getattr(fetches, f"fetch_{source}")(load_settings(), window, run)
    return summary


def _spark(
    task_id: str, job: str, arguments: list[str], pool: str, limits: TimeLimits, *, reads: str, **kwargs: Any
) -> SparkJobOperator:
    return SparkJobOperator(
        task_id=task_id,
        job=job,
        arguments=arguments,
        pool=pool,
        execution_timeout=limits.spark,
        pre_execute=_unless_later_start(reads),
        doc_md=TASK_DOCS[task_id],
        **kwargs,
    )


def _gold(
    task_id: str,
    files: list[str],
    limits: TimeLimits,
    operator: type[TrinoOperator] = TrinoOperator,
    pool: str = "trino_gold",
    **kwargs: Any,
) -> TrinoOperator:
    return operator(
        task_id=task_id,
        sql=files,
        pool=pool,
        execution_timeout=limits.trino,
        doc_md=TASK_DOCS[task_id],
        **kwargs,
    )


def _complete(task_id: str) -> EmptyOperator:
    """Return a last task that fails with any task before it: a run's state is that of its last tasks."""
    return EmptyOperator(
        task_id=task_id,
        trigger_rule="none_failed",
        pool="default_pool",
        execution_timeout=timedelta(minutes=1),
        doc_md=TASK_DOCS[task_id],
    )


def _unless_later_start(layer: str) -> Any:
    return partial(_skip_before, layer)


def _skip_before(layer: str, context: Any) -> None:
    first = context["params"].get("from_layer", LAYERS[0])
    if LAYERS.index(layer) < LAYERS.index(first):
        raise AirflowSkipException(f"the run starts from {first}")
