"""`airflow dags backfill`: the command of Airflow 2, on top of Airflow 3's own backfill.

What is the same: the name, `-s`, `-e` (inclusive), `-c`, `-n`, `-B`, `--reset-dagruns`, `--rerun-failed-tasks`. What is
not: it creates the runs and returns; the scheduler carries them out, one backfill per DAG at a time.
Dates without a zone are read in the DAG's own zone: `rebuild_day` counts network-local days (+10:00), the hourly DAGs UTC.

`get_commands` is the public way to add commands, but only to the top level. That `backfill` stands in the group `dags`,
where people look for it, needs the group in Airflow's list replaced; a test holds it to that.
"""

# mypy: allow-untyped-calls
# Airflow's command line helpers carry no types.
from __future__ import annotations

import sys
from argparse import Namespace
from datetime import UTC, datetime, tzinfo
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from airflow.cli.cli_config import ActionCommand, CLICommand
    from airflow.serialization.definitions.dag import SerializedDAG


def get_commands() -> list[CLICommand]:
    """Add `backfill` to the group `dags` of Airflow's command line; called by Airflow while it builds its parser."""
    from airflow.cli import cli_parser
    from airflow.cli.cli_config import GroupCommand

    for position, command in enumerate(cli_parser.airflow_commands):
        if isinstance(command, GroupCommand) and command.name == "dags":
            others = [sub for sub in command.subcommands if sub.name != "backfill"]
            cli_parser.airflow_commands[position] = command._replace(subcommands=[*others, _command()])
    return []


def backfill(args: Namespace) -> None:
    """Create the runs of one DAG from `start_date` to `end_date`, both included.

    Raises SystemExit with a message when the range, the DAG or the state of things does not allow it.
    """
    from airflow._shared.timezones.timezone import coerce_datetime
    from airflow.cli.commands.backfill_command import create_backfill
    from airflow.sdk.exceptions import AirflowException

    dag = _dag(args.dag_id)
    zone = getattr(dag.timetable, "_timezone", dag.timezone)
    start = _instant(args.start_date, zone, "--start-date")
    end = _instant(args.end_date, zone, "--end-date") if args.end_date else start
    if start > end:
        _refuse(f"--start-date {start.isoformat()} is after --end-date {end.isoformat()}")
    first, last = coerce_datetime(start.astimezone(UTC)), coerce_datetime(end.astimezone(UTC))
    released = 0 if args.dry_run else release_stranded(args.dag_id, first, last)
    request = Namespace(
        dag_id=args.dag_id,
        from_date=first,
        to_date=last,
        dag_run_conf=args.conf,
        run_backwards=args.run_backwards,
        max_active_runs=args.max_active_runs or dag.max_active_runs,
        reprocess_behavior=_reprocess(args),
        run_on_latest_version=None,
        dry_run=args.dry_run,
    )
    try:
        create_backfill(request)
    except (AirflowException, ValueError) as error:
        if released:  # and nothing else is to be run
            return
        _refuse(f"{args.dag_id}: {error}")
    if not args.dry_run:
        sys.stdout.write(
            f"Created the runs of {args.dag_id} from {start.isoformat()} to {end.isoformat()}. They are not finished: the\n"
            f"scheduler carries them out. Watch them with `airflow dags list-runs {args.dag_id}` or in the web page.\n"
        )


def release_stranded(dag_id: str, first: datetime, last: datetime) -> int:
    """Let the queued runs from `first` to `last` start whose backfill was cancelled; return how many there are.

    Cancelling pauses a backfill for good (Airflow 3.3.2), and the scheduler starts no run of a paused one: a run of it that is
    cleared would stay queued for ever.
    """
    from airflow.models.backfill import Backfill
    from airflow.models.dagrun import DagRun
    from airflow.utils.session import create_session
    from airflow.utils.state import DagRunState
    from sqlalchemy import select

    with create_session() as session:
        stranded = session.execute(
            select(DagRun, Backfill)
            .join(Backfill, DagRun.backfill_id == Backfill.id)
            .where(DagRun.dag_id == dag_id, DagRun.state == DagRunState.QUEUED, DagRun.logical_date.between(first, last))
            .where(Backfill.completed_at.is_not(None), Backfill.is_paused.is_(True))
        ).all()
        for _run, cancelled in stranded:
            cancelled.is_paused = False
        for run, _cancelled in stranded:
            sys.stdout.write(f"{run.run_id} waited for a backfill that was cancelled; the scheduler starts it now.\n")
        return len(stranded)


def _command() -> ActionCommand:
    from airflow.cli.cli_config import ARG_DAG_ID, ActionCommand, Arg, lazy_load_command, positive_int

    return ActionCommand(
        name="backfill",
        help="Run a DAG for past dates",
        description=(
            "Create the runs of a DAG for past dates and return; the scheduler carries them out. "
            "A date without a zone is in the DAG's own zone (rebuild_day, rebuild_month: network-local, +10:00)."
        ),
        func=lazy_load_command("plugins.backfill_command.backfill"),
        args=(
            ARG_DAG_ID,
            Arg(("-s", "--start-date"), help="First logical date, as 2025-01-01 or 2025-01-01T05:00", required=True),
            Arg(("-e", "--end-date"), help="Last logical date, included. Default: the start date"),
            Arg(("-c", "--conf"), help='JSON given to every run, as \'{"from_layer": "bronze"}\''),
            Arg(("-n", "--dry-run"), help="Only list the runs", action="store_true"),
            Arg(("-B", "--run-backwards"), help="Newest first", action="store_true"),
            Arg(("--reset-dagruns",), help="Also run again what has succeeded or failed", action="store_true"),
            Arg(("--rerun-failed-tasks",), help="Also run again what has failed", action="store_true"),
            Arg(("--max-active-runs",), help="Runs at once. Default: the DAG's own limit", type=positive_int(allow_zero=False)),
        ),
    )


def _dag(dag_id: str) -> SerializedDAG:
    from airflow.models.dag import DagModel
    from airflow.models.serialized_dag import SerializedDagModel
    from airflow.utils.session import create_session

    with create_session() as session:
        row = session.scalar(SerializedDagModel.latest_item_select_object(dag_id))
        if row is None:
            _refuse(f"there is no DAG {dag_id}; `airflow dags list` shows those there are")
        model = session.get(DagModel, dag_id)
        if model is not None and model.is_paused:
            sys.stderr.write(f"{dag_id} is paused: its runs will wait until `airflow dags unpause {dag_id}`\n")
        dag: SerializedDAG = row.dag
        return dag


def _instant(text: str, zone: tzinfo, option: str) -> datetime:
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        _refuse(f"{option} {text!r} is not a date; write it as 2025-01-01 or 2025-01-01T05:00+00:00")
    return instant if instant.tzinfo else instant.replace(tzinfo=zone)


def _reprocess(args: Namespace) -> str:
    if args.reset_dagruns:
        return "completed"
    return "failed" if args.rerun_failed_tasks else "none"


def _refuse(reason: str) -> NoReturn:
    raise SystemExit(f"airflow dags backfill: {reason}")
