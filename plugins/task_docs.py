"""What each task does and what to do when it fails: shown beside the task in Airflow's web page (`doc_md`)."""

from __future__ import annotations

from include.sources.records import AEMO, FAMILIES, SOURCES

_FETCH = """
Every exchange, also a failed one, is kept as an envelope in landing before it is read; the log names it.

| the log says | meaning | do |
|---|---|---|
| `KeyMissing`, `SourceRefused` | no usable key; not retried | set the variable it names in `.env`, clear this task |
| `SourceUnavailable` | time-out, 5xx, 429; was retried | wait, or clear this task; later runs ask again anyway |
| `ClockWrong` | our clock or the source's is off by more than 5 minutes; retried | set the clock; later runs ask again |
| `BodyInvalid` | the source changed its answer; not retried | read the envelope it names; fix the reader, then clear this task |
| `FacilityUnknown` | `PV_FACILITIES` has a code the registry lacks | correct it in `.env`, `make up`, clear this task |
| `BudgetExhausted` | the day's credits are spent; not retried | clear it after 00:00 UTC, or wait for `continue_backfill` |
| `QuotaSpent` | a backfill met the source's limit of an hour; tried again after 20 minutes | nothing |
| `refused` | the run was asked for in a way that has no clear hour | trigger as the message says |
"""

_LOAD = "Loads every landed {api} answer into Bronze. Also runs after a failed fetch."
_BESIDE = " and ".join(f"`fetch_{source.task}`" for source in SOURCES if source.is_beside and source.family != AEMO)
_COMPLETE = f"Marks the run failed when the load failed, or a fetch but {_BESIDE}. It does nothing itself: look upstream."

_SPARK = """
Running it again is safe. The log ends with Spark's error; above it stands what was read and written.
Clear the task once. If it fails again at the same place, look at the Spark master's page for the executor's log, and at
the catalog server if a commit failed. A task that reached its time limit has taken its driver with it.
"""

_GOLD = "Running it again is safe: clear `gold_build_stage` with everything after it.\n"

TASK_DOCS = {
    **{f"fetch_{source.task}": source.title + _FETCH for source in SOURCES},
    **{f"load_bronze_{family.name}": _LOAD.format(api=family.api) + _SPARK for family in FAMILIES},
    **{f"{family.name}_complete": _COMPLETE for family in FAMILIES},
    f"{AEMO.name}_complete": (
        "Marks the run failed when the load failed, in `ingest_aemo_bronze` also when the fetch did. It does nothing itself:\n"
        "look upstream."
    ),
    "silver_normalize_tables": "Brings all Silver tables in line with Bronze, for the window and for hours left over." + _SPARK,
    "explain_losses": (
        "Says why hours were low, in `gold.plant_loss_hourly`: expected energy by the champion of `silver.plant_model`, and its\n"
        "shortfall by cause; for the window and for hours that Silver changed since. Gold's other tables do not wait for it."
        + _SPARK
    ),
    "gold_build_stage": "Builds Gold's new rows in staging tables of this run. Readers see nothing of it.\n" + _GOLD,
    "gold_build_check": (
        "Checks the staged rows, and notes what it finds by plant-day in a staging table. It fails only when Trino does.\n"
    ),
    "gold_build_publish": (
        "Publishes the staged rows: one atomic MERGE per table. A plant-day in which a check found something is held back: its\n"
        "last good rows stay, `gold.held_back` says why. Tried again it stages and checks once more, because another build may\n"
        "have published meanwhile; clearing it alone is safe.\n"
    ),
    "report_findings": (
        "Notes in `gold.freshness` how new each network's newest hour is, and sends an alert when one has newly said nothing\n"
        "for more than 3 h (WEM 26 h) of what was asked for. Compares the plants of each region with the source's own totals\n"
        "(`gold.control_totals`) and warns where they differ. Notes which hours no request was answered for\n"
        "(`gold.unanswered_hours`). Says which plant-days are held back. **It fails in the run that\n"
        "was the first to hold one back**, and the run with it: everything else is published. Read the finding, look for the\n"
        "reason in Silver (`silver.rejected_rows`, the plant's rows of that day) and fix it at the source, in the registry or\n"
        "in the check. The next run looks again by itself and publishes the day; nothing needs to be cleared.\n"
    ),
    "gold_build_clean": "Drops this run's staging tables. Gold is published already; a failure here only leaves tables over.",
    "report_publication": (
        "Logs what was published (rows, plants, snapshots, seconds) to MLflow, experiment `pv-lakehouse`. When MLflow is\n"
        "away it logs a warning and succeeds: data never waits for it.\n"
    ),
    "fit_models": (
        "Fits the models of all plants to 90 days into `silver.plant_model`, as `challenger`, and compares them with the\n"
        "champion. Too few days are no failure: such plants have the registry's prior, `silver.plant_model_comparison` says\n"
        "why the fit is not better. **A failure means** that hours are judged by the champion of before; next week's run\n"
        "makes up for it."
    )
    + _SPARK,
    "promote_model": (
        "Makes the run's fit champion where its comparison says that it is better; the log says what it did, and why. It fails\n"
        "only when Trino does. Running it again is safe, also after a rollback: it promotes nothing that was not compared with\n"
        "the present champion.\n"
    ),
    "explain_losses_again": (
        "Rebuilds `gold.plant_loss_hourly` for the fitted window by the champion. **A failure means** that its hours are still\n"
        "explained by the champion of before."
    )
    + _SPARK,
    "judge_months": (
        "Notes in `gold.loss_findings` whose energy does not fit the weather in any 30 days of `gold.plant_loss_hourly`, and\n"
        "whose hours of a year contradict the capacity that the registry gives.\n"
        "**A failure means** that the findings are of the week before; next week's run makes up for it."
    )
    + _SPARK,
    "register_model": (
        "Shows in MLflow what `silver.plant_model` has: a run and a registered version of `plant-energy` for the champion and\n"
        "for the newest fit, the aliases `champion` and `challenger`. What is there is not made twice; aliases that were\n"
        "moved or deleted are set right. **A failure means** that MLflow is away or refuses `writer`, and nothing for any\n"
        "figure: clear this task when MLflow is back, or wait for next week's run, which makes up for it.\n"
    ),
    "set_champion": (
        "Makes the version of the parameter `version` champion (0: the registry's prior). **It fails for a version that there\n"
        "is not**, naming those that there are, or when Trino does. Running it again is safe.\n"
    ),
    "drop_old_staging": (
        "Drops the `staging.stg_*` tables of builds that failed, two weeks after their last change. A failure leaves them over.\n"
    ),
    "choose_window": (
        "Takes the first window of the Airflow variable `backfill_windows_left`. Skipped when none is left, or when the day's\n"
        "credits for backfills do not hold it: the run of the next day goes on.\n"
    ),
    "rebuild_window": (
        "Runs `rebuild_range` for the window and waits. **It fails with that run**, which its log names. The window stays in\n"
        "the list.\n"
    ),
    "note_window": "Takes the window off the list. Skipped after the last one. Running it again is safe.",
    "next_window": "Starts the next run of this DAG, for the next window.",
    "create_tables": (
        "Creates schemas and tables that are missing, from `sql/trino/ddl`. Existing tables are not changed. It fails when\n"
        "Trino or the catalog server is away: start them, clear the task.\n"
    ),
    "create_views": "Creates the views of `sql/trino/views` again: they have the columns that their tables have by then.\n",
    "comment_views": (
        "Gives views and their columns meaning and unit, from `include/contracts/views`: `SHOW COLUMNS` and BI tools show them.\n"
        "Needs `create_views`, which takes all comments away.\n"
    ),
    "follow_contracts": (
        "Adds to existing tables the columns that their contracts have gained, writes comments that differ from theirs, and\n"
        "notes in `lh.schema_versions` which version each table has. `ContractError` names a table whose contract changed in a\n"
        "way that needs a migration by hand.\n"
    ),
}

MAINTENANCE_DOC = (
    "Runs the files of `sql/trino/maintenance` on the table, one after the other; the log names the one that failed.\n"
    "Readers and writers go on meanwhile. A commit conflict with a running load is retried; a task that still fails can wait\n"
    "for next week.\n"
)
