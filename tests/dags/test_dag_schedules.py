"""Which runs there are: hours, days, months, what the scheduler starts by itself, and what survives serialisation."""

from datetime import UTC, datetime, timedelta

import pytest
from airflow.timetables.base import TimeRestriction
from loaded_dags import as_in_scheduler, dags
from pendulum import instance

HOURLY = {"ingest_oe_bronze": 0, "ingest_om_bronze": 5, "silver_to_gold": 10}
REBUILD = ("rebuild_day", "rebuild_month")


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)


@pytest.mark.parametrize(("dag_id", "minutes"), HOURLY.items())
def test_an_hourly_dag_has_one_run_per_clock_hour_some_minutes_after_its_end(dag_id: str, minutes: int) -> None:
    runs = list(as_in_scheduler(dags()[dag_id]).iter_dagrun_infos_between(utc(2024, 12, 31, 22), utc(2025, 1, 1, 1)))

    assert [(run.data_interval.start, run.data_interval.end) for run in runs] == [
        (utc(2024, 12, 31, 22), utc(2024, 12, 31, 23)),
        (utc(2024, 12, 31, 23), utc(2025, 1, 1, 0)),
        (utc(2025, 1, 1, 0), utc(2025, 1, 1, 1)),
        (utc(2025, 1, 1, 1), utc(2025, 1, 1, 2)),
    ]
    assert all(run.run_after == run.data_interval.end + timedelta(minutes=minutes) for run in runs)


def test_a_day_is_the_networks_day_and_lasts_until_the_western_networks_day_is_over() -> None:
    runs = list(as_in_scheduler(dags()["rebuild_day"]).iter_dagrun_infos_between(utc(2024, 12, 31, 14), utc(2025, 1, 1, 14)))

    assert [(run.logical_date, run.data_interval.end) for run in runs] == [
        (utc(2024, 12, 31, 14), utc(2025, 1, 1, 16)),
        (utc(2025, 1, 1, 14), utc(2025, 1, 2, 16)),
    ]
    assert all(run.run_after == run.data_interval.end for run in runs)


def test_a_month_is_the_networks_month_across_the_change_of_daylight_saving() -> None:
    runs = list(as_in_scheduler(dags()["rebuild_month"]).iter_dagrun_infos_between(utc(2025, 3, 31, 14), utc(2025, 4, 30, 14)))

    assert [(run.data_interval.start, run.data_interval.end) for run in runs] == [
        (utc(2025, 3, 31, 14), utc(2025, 4, 30, 16)),
        (utc(2025, 4, 30, 14), utc(2025, 5, 31, 16)),
    ]


@pytest.mark.parametrize("dag_id", REBUILD)
def test_the_scheduler_never_starts_a_rebuild_by_itself(dag_id: str) -> None:
    dag = as_in_scheduler(dags()[dag_id])

    assert dag.timetable.periodic  # or Airflow refuses to backfill it
    assert dag.next_dagrun_info(last_automated_run_info=None) is None


def test_after_an_outage_the_scheduler_goes_on_with_the_newest_hour() -> None:
    dag = as_in_scheduler(dags()["ingest_oe_bronze"])
    now = datetime.now(UTC)

    run = dag.next_dagrun_info(last_automated_run_info=None)

    assert now - timedelta(hours=2) < run.data_interval.end <= now + timedelta(hours=1)


def test_no_hour_before_the_setting_is_scheduled_but_all_may_be_backfilled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PV_SCHEDULE_FROM", "2099-01-01T05:20:00+10:00")
    dag = as_in_scheduler(dags()["silver_to_gold"])

    first = dag.next_dagrun_info(last_automated_run_info=None)
    backfilled = list(dag.iter_dagrun_infos_between(utc(2025, 1, 1), utc(2025, 1, 1, 2)))

    assert first.data_interval.start == utc(2098, 12, 31, 20)
    assert len(backfilled) == 3


def test_the_setting_does_not_hold_back_later_hours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PV_SCHEDULE_FROM", "2020-01-01T00:00:00Z")
    schedule = as_in_scheduler(dags()["silver_to_gold"]).timetable

    run = schedule.next_dagrun_info(
        last_automated_data_interval=None, restriction=TimeRestriction(earliest=None, latest=None, catchup=False)
    )

    assert run.data_interval.end > instance(datetime.now(UTC) - timedelta(hours=2))


def test_airflow_finds_each_class_once_and_under_the_name_it_is_imported_by() -> None:
    import sys

    from airflow import plugins_manager

    plugins, errors = plugins_manager._get_plugins()
    ours = [plugin for plugin in plugins if plugin.name == "pv_lakehouse"]

    assert errors == {}
    assert len(ours) == 1
    assert set(plugins_manager.get_timetables_plugins()) >= {"plugins.timetables.HourlyAfter", "plugins.timetables.BackfillOnly"}
    assert "plugins.deadlines.ScheduledHourEnd" in plugins_manager.get_deadline_references_plugins()
    assert not {"timetables", "deadlines", "operators", "pipeline", "provider"} & set(sys.modules)


@pytest.mark.parametrize("dag_id", [*HOURLY, *REBUILD])
def test_a_schedule_survives_the_way_to_the_scheduler(dag_id: str) -> None:
    dag = dags()[dag_id]

    assert as_in_scheduler(dag).timetable == dag.timetable
    assert not dag.catchup


def test_the_unit_solution_is_fetched_some_times_a_day_while_its_setting_is_on(monkeypatch: pytest.MonkeyPatch) -> None:
    schedule = as_in_scheduler(dags()["ingest_aemo_bronze"]).timetable
    restriction = TimeRestriction(instance(utc(2025, 1, 1, 5)), None, catchup=True)

    assert schedule.next_dagrun_info(last_automated_data_interval=None, restriction=restriction) is None

    monkeypatch.setenv("PV_UNIT_SOLUTION", "1")
    runs = []
    interval = None
    for _ in range(5):
        run = schedule.next_dagrun_info(last_automated_data_interval=interval, restriction=restriction)
        interval = run.data_interval
        runs.append(run)
    assert [run.run_after for run in runs] == [
        utc(2025, 1, 1, 18, 20),
        utc(2025, 1, 1, 20, 20),
        utc(2025, 1, 2, 0, 20),
        utc(2025, 1, 2, 6, 20),
        utc(2025, 1, 2, 18, 20),
    ]
    assert runs[0].data_interval.start == utc(2025, 1, 1, 6)


def test_a_rebuild_asks_for_the_unit_solution_while_its_setting_is_on(monkeypatch: pytest.MonkeyPatch) -> None:
    from airflow.sdk import DAG

    from plugins.pipeline import DAY, rebuild

    def tasks_of(name: str) -> dict[str, set[str]]:
        with DAG(dag_id=name, schedule=None) as dag:
            rebuild(DAY)
        return {task.task_id: task.upstream_task_ids for task in dag.tasks}

    assert "fetch_unit_solution" not in tasks_of("off")
    monkeypatch.setenv("PV_UNIT_SOLUTION", "1")
    on = tasks_of("on")
    assert on["fetch_unit_solution"] == {"fetch_facilities"}
    assert on["silver_normalize_tables"] == {"oe_complete", "om_complete", "aemo_complete"}
    assert on["aemo_complete"] == {"load_bronze_aemo"}  # not the fetch: its failure holds no rebuild up


def test_what_is_off_is_skipped_when_it_is_asked_for_by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    from airflow.sdk.exceptions import AirflowSkipException

    from include import settings
    from plugins.pipeline import fetch

    monkeypatch.setattr(settings, "load_settings", settings.read_settings)
    with pytest.raises(AirflowSkipException, match="PV_UNIT_SOLUTION is off"):
        fetch("unit_solution")
