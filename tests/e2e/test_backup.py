"""Two backups of the running stack, the second while a run is going on, each restored beside it on ports of its own."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from include.contracts import load_all
from include.settings import SECRETS_FOLDER_NAME, Settings, load_settings
from infra.backup import backup_folder, database_dumps, restore
from infra.backup.backup_folder import Manifest
from infra.services import databases, services
from infra.stack import lifecycle, supervision
from tests.catalog.processes import free_ports
from tests.e2e.conftest import Stack
from tests.e2e.processes import native
from tests.e2e.test_engines_agree import reader_catalog

pytestmark = pytest.mark.stack

DAG = "ingest_oe_bronze"
HOUR = datetime(2025, 3, 11, 2, tzinfo=UTC)  # midday; no other test asks for it
NEXT = HOUR + timedelta(hours=1)
ROWS = f"ts_utc >= '{HOUR.isoformat()}' AND ts_utc < '{NEXT.isoformat()}'"
RAW = "bronze.oe_generation_hourly_raw"

Backup = tuple[Path, Manifest]
Restored = Callable[[Path, bool], Any]


def back_up(stack: Stack) -> Backup:
    done = native("backup")
    assert done.returncode == 0, done.stdout + done.stderr
    assert not [name for name, secret in stack.secrets().items() if secret in done.stdout + done.stderr]
    folder = backup_folder.complete(stack.settings.pv_backup_dir)[-1]
    return folder, backup_folder.read_manifest(folder)


@contextmanager
def a_stack_beside(stack: Stack, folder: Path, same_secrets: bool) -> Iterator[None]:
    """The environment of a stack with a data folder and ports of its own, for this process and what it starts."""
    ports = {v: port for service in services.of(stack.settings) for v, port in service.ports(stack.settings).items()}
    free = dict(zip(ports, free_ports(len(ports)), strict=True))
    values = {v: re.sub(rf"\b{ports[v]}\b", str(free[v]), os.environ[v]) for v in ports}
    folder.mkdir()
    if same_secrets:
        shutil.copytree(stack.settings.secrets_dir, folder / SECRETS_FOLDER_NAME)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in (values | {"PV_DATA_DIR": str(folder)}).items():
            patch.setenv(name, value)
        yield
    load_settings.cache_clear()


@pytest.fixture
def restored(stack: Stack, tmp_path: Path) -> Restored:
    @contextmanager
    def restored(backup: Path, same_secrets: bool) -> Iterator[tuple[Stack, str]]:
        """A backup restored by the command; its stores and catalog run meanwhile. Gives it with what the command said."""
        folder = tmp_path / backup.name
        with a_stack_beside(stack, folder, same_secrets):
            done = native("restore", str(backup))
            assert done.returncode == 0, done.stdout + done.stderr
            try:
                lifecycle.up_stores()
                settings = load_settings()
                supervision.start(supervision.rpc(settings), "iceberg-rest")
                assert services.wait_for("iceberg-rest", settings, 120) is None
                yield Stack(settings), done.stdout
            finally:
                lifecycle.down()
        shutil.rmtree(folder)

    return restored


def runs(settings: Settings) -> dict[tuple[str, str], str]:
    """State of each of Airflow's runs, as its database has it."""
    with databases.connect(settings, database="airflow") as connection:
        found = connection.execute("SELECT dag_id, run_id, state FROM dag_run").fetchall()
    return {(dag_id, run_id): state for dag_id, run_id, state in found}


def succeeded(states: dict[tuple[str, str], str]) -> set[tuple[str, str]]:
    return {run for run, state in states.items() if state == "success"}


def assert_tables_are_those_of_the_live_stack(live: Stack, copy: Stack) -> int:
    """Every row of every table in every column, at the copy's snapshot; returns how many rows that are."""
    ours, restored = reader_catalog(live), reader_catalog(copy)
    rows = 0
    for contract in load_all():
        table = restored.load_table(contract.name)
        if (snapshot := table.current_snapshot()) is None:
            continue
        order = [(column, "ascending") for column in contract.key]
        expected = ours.load_table(contract.name).scan(snapshot_id=snapshot.snapshot_id).to_arrow().sort_by(order)
        found = table.scan().to_arrow().sort_by(order)
        assert found.equals(expected), contract.name
        rows += found.num_rows
    return rows


def hour_of(stack: Stack) -> int:
    """Rows of the hour that is loaded between the two backups."""
    return int(reader_catalog(stack).load_table(RAW).scan(row_filter=ROWS).to_arrow().num_rows)


@pytest.mark.long
def test_each_backup_brings_back_its_own_moment(recorded_week: Stack, restored: Restored) -> None:
    stack = recorded_week
    before = succeeded(runs(stack.settings))
    older, first = back_up(stack)
    files = {path: path.stat().st_mtime_ns for path in backup_folder.pooled(stack.settings.pv_backup_dir / "pool").values()}

    stack.succeed(DAG, HOUR, NEXT)
    going_on = stack.airflow.trigger(DAG, NEXT, NEXT + timedelta(hours=1))
    newer, second = back_up(stack)

    # only what is new was copied, and nobody else may read any of it
    pool = set(backup_folder.pooled(stack.settings.pv_backup_dir / "pool").values())
    assert {path: path.stat().st_mtime_ns for path in files} == files
    assert len(pool - set(files)) == len(set(second.objects) - set(first.objects)) > 0
    written = [older, newer, *older.iterdir(), *newer.iterdir(), *pool]
    assert {path.stat().st_mode & 0o777 for path in written} == {0o600, 0o700}

    with restored(older, True) as (copy, said):
        assert "enter again" not in said
        assert assert_tables_are_those_of_the_live_stack(stack, copy) > 1000
        assert hour_of(copy) == 0
        states = runs(copy.settings)
        assert before <= succeeded(states)
        assert (DAG, going_on) not in states

    # the newer one under secrets of its own
    with restored(newer, False) as (copy, said):
        assert "enter again in Airflow: variable lakehouse_setup_done_for" in said
        assert_tables_are_those_of_the_live_stack(stack, copy)
        assert hour_of(copy) > 0
        assert len(succeeded(runs(copy.settings)) - before) >= 1
        assert runs(copy.settings)[DAG, going_on] != "success"

    assert stack.airflow.wait(DAG, going_on, 600)["state"] == "success"


def test_a_damaged_backup_is_refused_before_anything_is_touched(stack: Stack, tmp_path: Path) -> None:
    folder, manifest = back_up(stack)
    victim = manifest.objects[0]
    path = backup_folder.pool_file(backup_folder.pool_of(folder), victim.version, victim.sha256)
    good = path.read_bytes()
    path.write_bytes(good[:-1] + bytes([good[-1] ^ 1]))
    try:
        with a_stack_beside(stack, tmp_path / "data", same_secrets=True):
            done = native("restore", folder.name)
    finally:
        path.write_bytes(good)

    assert done.returncode == 1
    assert f"{victim.bucket}/{victim.key} is damaged" in done.stderr
    assert [left.name for left in (tmp_path / "data").iterdir()] == [SECRETS_FOLDER_NAME]


def test_a_restore_over_the_running_stack_is_refused(stack: Stack) -> None:
    folder, _ = back_up(stack)

    done = native("restore", folder.name)

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "restore: the stack is running: `make down` first\n"


def test_a_restore_that_broke_off_is_never_started(stack: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, _ = back_up(stack)

    def broken(*_: object) -> None:
        raise backup_folder.BackupError("the disk went away")

    with a_stack_beside(stack, tmp_path / "data", same_secrets=True):
        monkeypatch.setattr(database_dumps, "put_back", broken)
        with pytest.raises(backup_folder.BackupError, match="the disk went away"):
            restore.restore(str(folder))
        try:
            with pytest.raises(databases.RestoreUnfinishedError, match="broke off"):
                lifecycle.up_stores()
        finally:
            lifecycle.down()
