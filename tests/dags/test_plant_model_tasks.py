"""Plant models in Airflow: which days a run fits, what it promotes, what a rollback sets, what MLflow's outage stops."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowFailException
from loaded_dags import FakeRun, as_in_scheduler, dags

from include import plant_models as tables
from include.expected_energy.champions import Role, Version
from include.windows import Window
from plugins import plant_models
from plugins.windows import fitted_window

START = datetime(2025, 1, 3, 14, tzinfo=UTC)


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)


# --- Which days


def asked(at: datetime, *, date: datetime | None = None, until: str | None = None) -> Window:
    return fitted_window(FakeRun("a_run", "manual", at, date), {"until": until})


def test_a_scheduled_run_fits_the_ninety_days_before_its_own_and_so_does_the_same_run_later() -> None:
    schedule = as_in_scheduler(dags()["fit_plant_models"])
    (run,) = schedule.iter_dagrun_infos_between(utc(2025, 4, 1), utc(2025, 4, 7))

    assert run.run_after == utc(2025, 4, 5, 16, 30)  # 02:30 in the NEM, 00:30 in WEM: Sunday is the run's day
    expected = Window(utc(2025, 1, 5, 14), utc(2025, 4, 5, 14))
    assert asked(run.run_after, date=run.logical_date) == expected
    assert expected.duration == timedelta(days=90)


@pytest.mark.parametrize(
    ("at", "end"), [(utc(2025, 4, 5, 14), utc(2025, 4, 5, 14)), (utc(2025, 4, 5, 13, 59), utc(2025, 4, 4, 14))]
)
def test_a_run_without_a_date_ends_with_the_last_day_that_is_over(at: datetime, end: datetime) -> None:
    assert asked(at).end == end


def test_a_date_and_a_day_by_hand_name_the_window() -> None:
    later = utc(2026, 1, 1)

    assert asked(later, date=utc(2025, 1, 8, 3)).end == utc(2025, 1, 7, 14)
    assert asked(later, until="2025-01-08") == Window(utc(2024, 10, 9, 14), utc(2025, 1, 7, 14))


@pytest.mark.parametrize(
    ("until", "date", "reason"),
    [
        ("2026-01-02", None, "was not over at 2026-01-01T00:00:00Z"),
        ("yesterday", None, "its parameter cannot be used"),
        (None, utc(2026, 2, 1), "was not over"),
    ],
)
def test_days_that_are_not_over_or_no_days_are_refused(until: str | None, date: datetime | None, reason: str) -> None:
    with pytest.raises(AirflowFailException, match=reason):
        asked(utc(2026, 1, 1), date=date, until=until)


# --- What is promoted


class Table:
    """`silver.plant_model` in memory, with the runs that wrote its versions."""

    def __init__(self) -> None:
        self.versions: list[Version] = []
        self.of_run: dict[str, int] = {}
        self.updates: list[int] = []

    def add(self, number: int, role: str, compared_with: int, *, is_better: bool = False, run: str = "") -> None:
        start = START + timedelta(weeks=number)
        row = Version(number, Role(role), start, start + timedelta(days=90), compared_with, is_better, f"reason {number}")
        self.versions.append(row)
        self.of_run[run] = number

    def set_champion(self, _: Any, number: int) -> None:
        self.updates.append(number)
        roles = {version.number: version.role for version in self.versions}
        roles |= {each: Role.FORMER for each, role in roles.items() if role is Role.CHAMPION and each != number}
        roles |= {number: Role.CHAMPION} if number else {}
        self.versions = [Version(v.number, roles[v.number], *list(vars(v).values())[2:]) for v in self.versions]

    @property
    def roles(self) -> dict[int, str]:
        return {version.number: str(version.role) for version in self.versions}


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch) -> Table:
    found = Table()

    @contextmanager
    def no_trino() -> Iterator[None]:
        yield None

    monkeypatch.setattr(plant_models, "_tables", no_trino)
    monkeypatch.setattr(tables, "versions", lambda _: found.versions)
    monkeypatch.setattr(tables, "version_of_run", lambda _, run_id: found.of_run.get(run_id))
    monkeypatch.setattr(tables, "set_champion", found.set_champion)
    return found


def test_a_better_fit_takes_the_champions_place_once(table: Table) -> None:
    table.add(1, "champion", 0)
    table.add(2, "challenger", 1, is_better=True, run="weekly")

    assert plant_models.promote(run_id="weekly") == {"version": 2, "champion": 2, "reason": "reason 2"}
    assert table.roles == {1: "former", 2: "champion"}

    again = plant_models.promote(run_id="weekly")
    assert (again["champion"], again["reason"], table.updates) == (2, "it is champion already", [2])


def test_a_fit_that_is_not_better_leaves_the_champion(table: Table) -> None:
    table.add(1, "champion", 0)
    table.add(2, "challenger", 1, run="weekly")

    assert plant_models.promote(run_id="weekly") == {"version": 2, "champion": 1, "reason": "reason 2"}
    assert table.updates == []


def test_a_promotion_that_is_cleared_after_a_rollback_does_not_undo_it(table: Table) -> None:
    table.add(1, "champion", 0)
    table.add(2, "challenger", 1, is_better=True, run="weekly")
    plant_models.promote(run_id="weekly")
    plant_models.choose(params={"version": 1})

    assert plant_models.promote(run_id="weekly")["champion"] == 1
    assert table.roles == {1: "champion", 2: "former"}


def test_a_fit_of_a_lake_without_plants_is_no_failure(table: Table) -> None:
    assert plant_models.promote(run_id="first") == {"version": None, "champion": 0, "reason": "there was no plant to fit"}


# --- What is set by hand


def test_a_version_that_is_set_is_explained_over_the_newest_fits_window(table: Table) -> None:
    table.add(1, "former", 0)
    table.add(2, "champion", 1)
    table.add(3, "challenger", 2)

    expected = {
        "champion": 1,
        "before": 2,
        "window_start": "2025-01-24T14:00:00Z",
        "window_end": "2025-04-24T14:00:00Z",
    }
    assert plant_models.choose(params={"version": 1}) == expected
    assert plant_models.choose(params={"version": 1}) == expected | {"before": 1}  # a second try sets nothing else
    assert table.roles == {1: "champion", 2: "former", 3: "challenger"}


def test_the_prior_is_champion_where_no_version_is(table: Table) -> None:
    table.add(1, "champion", 0)

    plant_models.choose(params={"version": 0})

    assert table.roles == {1: "former"}


@pytest.mark.parametrize(("version", "reason"), [(9, r"there is no version 9. Versions: 1 \(champion\), 0"), (0, None)])
def test_a_version_that_there_is_not_is_refused(table: Table, version: int, reason: str | None) -> None:
    if reason:
        table.add(1, "champion", 0)

    with pytest.raises(AirflowFailException, match=reason or "No plant model was fitted yet"):
        plant_models.choose(params={"version": version})
    assert table.updates == []


# --- What stops what


def test_losses_do_not_wait_for_mlflow_and_nothing_comes_after_it() -> None:
    for dag_id, setter in (("fit_plant_models", "promote_model"), ("set_plant_model", "set_champion")):
        dag = dags()[dag_id]
        assert dag.get_task(setter).downstream_task_ids == {"explain_losses_again", "register_model"}
        assert dag.get_task("register_model").downstream_task_ids == set()
        assert dag.get_task("explain_losses_again").downstream_task_ids == {"judge_months"}
        assert dag.get_task("judge_months").downstream_task_ids == set()
        assert dag.max_active_runs == 1


def test_who_writes_the_models_has_one_pool_and_losses_another() -> None:
    pools = {task.task_id: task.pool for dag_id in ("fit_plant_models", "set_plant_model") for task in dags()[dag_id].tasks}

    assert {task for task, pool in pools.items() if pool == "spark_models"} == {"fit_models", "promote_model", "set_champion"}
    assert pools["explain_losses_again"] == pools["judge_months"] == "spark_losses"


def test_a_missing_mlflow_fails_the_task_that_shows_it(monkeypatch: pytest.MonkeyPatch, table: Table) -> None:
    from include import settings
    from plugins import model_registry

    def away(_: Any) -> None:
        raise ConnectionError("MLflow is away")

    monkeypatch.setattr(settings, "load_settings", lambda: type("Settings", (), {"mlflow_tracking_uri": "http://127.0.0.1:1"}))
    monkeypatch.setattr(model_registry, "connect", lambda _: None)
    monkeypatch.setattr(model_registry, "registered", away)

    with pytest.raises(ConnectionError):  # a warning would leave MLflow behind without a red task
        plant_models.register()
