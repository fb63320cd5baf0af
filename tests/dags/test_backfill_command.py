"""`airflow dags backfill`: there by its old name, inclusive, and in the DAG's own zone."""

import subprocess
import sys
from argparse import Namespace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from loaded_dags import PROJECT_ROOT, as_in_scheduler, dags

from plugins.backfill_command import _instant, _reprocess, backfill, get_commands, release_stranded
from plugins.provider import get_provider_info


def test_airflows_own_command_line_knows_it() -> None:
    airflow = Path(sys.executable).with_name("airflow")

    done = subprocess.run([airflow, "dags", "backfill", "--help"], cwd=PROJECT_ROOT, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    for option in ("-s", "-e", "--dry-run", "--conf", "--run-backwards", "--reset-dagruns", "--rerun-failed-tasks"):
        assert option in done.stdout
    assert "scheduler carries them out" in " ".join(done.stdout.split())


def test_it_stands_beside_airflows_own_commands_once() -> None:
    from airflow.cli import cli_parser

    get_commands()
    get_commands()

    (group,) = [command for command in cli_parser.airflow_commands if command.name == "dags"]
    names = [command.name for command in group.subcommands]
    assert names.count("backfill") == 1
    assert {"list", "trigger", "pause"} < set(names)


def test_the_provider_is_described_as_airflow_wants_it() -> None:
    from airflow.providers_manager import ProvidersManager

    assert get_provider_info()["cli"] == ["plugins.backfill_command.get_commands"]
    assert "pv-lakehouse" in ProvidersManager().providers


@pytest.mark.parametrize(
    ("dag_id", "text", "expected"),
    [
        ("ingest_oe_bronze", "2025-01-01", datetime(2025, 1, 1, tzinfo=UTC)),
        ("ingest_oe_bronze", "2025-01-01T05:00+10:00", datetime(2024, 12, 31, 19, tzinfo=UTC)),
        ("rebuild_day", "2025-01-01", datetime(2024, 12, 31, 14, tzinfo=UTC)),
        ("rebuild_month", "2025-07-01", datetime(2025, 6, 30, 14, tzinfo=UTC)),
    ],
)
def test_a_date_without_a_zone_is_in_the_dags_own(dag_id: str, text: str, expected: datetime) -> None:
    assert _instant(text, as_in_scheduler(dags()[dag_id]).timetable._timezone, "-s") == expected


def test_a_week_of_local_days_is_seven_runs_the_last_day_included() -> None:
    dag = as_in_scheduler(dags()["rebuild_day"])
    zone = dag.timetable._timezone

    runs = list(dag.iter_dagrun_infos_between(_instant("2025-01-01", zone, "-s"), _instant("2025-01-07", zone, "-e")))

    assert len(runs) == 7
    assert runs[-1].data_interval.start.in_timezone(zone).isoformat() == "2025-01-07T00:00:00+10:00"


def test_what_is_not_a_date_is_refused_with_the_option() -> None:
    with pytest.raises(SystemExit, match=r"-e 'tomorrow' is not a date"):
        _instant("tomorrow", UTC, "-e")


@pytest.mark.parametrize(
    ("reset", "failed", "behaviour"), [(False, False, "none"), (False, True, "failed"), (True, False, "completed")]
)
def test_the_old_options_mean_what_they_meant(reset: bool, failed: bool, behaviour: str) -> None:
    assert _reprocess(Namespace(reset_dagruns=reset, rerun_failed_tasks=failed)) == behaviour


@pytest.mark.usefixtures("database")
def test_an_unknown_dag_is_refused() -> None:
    with pytest.raises(SystemExit, match="there is no DAG no_such_dag"):
        backfill(Namespace(dag_id="no_such_dag", start_date="2025-01-01", end_date=None))


@pytest.mark.usefixtures("database")
def test_only_cleared_runs_of_a_cancelled_backfill_within_the_dates_are_let_go(capsys: pytest.CaptureFixture[str]) -> None:
    from airflow.models import DagRun
    from airflow.models.backfill import Backfill
    from airflow.utils.session import create_session
    from airflow.utils.types import DagRunType

    days = [datetime(2025, 3, day, tzinfo=UTC) for day in (1, 2, 3)]
    with create_session() as session:
        cancelled, elsewhere, paused = (
            Backfill(dag_id="rebuild_day", from_date=days[0], to_date=days[2], dag_run_conf={}, is_paused=True, completed_at=over)
            for over in (days[2], days[2], None)
        )
        session.add_all([cancelled, elsewhere, paused])
        session.flush()
        for day, of in zip(days, (cancelled, elsewhere, paused), strict=True):
            run = DagRun(
                dag_id="rebuild_day",
                run_id=f"backfill__{day:%d}",
                run_type=DagRunType.BACKFILL_JOB,
                state="queued",
                logical_date=day,
                run_after=day,
            )
            run.backfill_id = of.id
            session.add(run)
        ids = [cancelled.id, elsewhere.id, paused.id]

    assert release_stranded("rebuild_month", days[0], days[2]) == 0
    assert release_stranded("rebuild_day", days[0], days[0]) == 1

    with create_session() as session:
        assert [session.get(Backfill, key).is_paused for key in ids] == [False, True, True]
    assert capsys.readouterr().out == "backfill__01 waited for a backfill that was cancelled; the scheduler starts it now.\n"
    assert release_stranded("rebuild_day", days[0], days[2]) == 1  # one that a person paused stays paused
