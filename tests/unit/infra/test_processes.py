"""What the native stack does with ports, process groups and downloads, tried on real sockets, processes and files."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest

from include.paths import PROJECT_ROOT
from include.settings import Settings
from infra.install import steps as install
from infra.services import databases, services
from infra.stack import leftovers, lifecycle
from infra.stack.alone import StackBusyError, alone

LEADER_WITH_A_CHILD = """
import subprocess, sys, time
from pathlib import Path
from include.paths import PROJECT_ROOT
from include.settings import Settings
from infra.stack import leftovers
leftovers.note(Settings(pv_data_dir=Path(sys.argv[1])), "some-service")
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
print(child.pid, flush=True)
time.sleep(600)
"""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(pv_data_dir=tmp_path)


@pytest.fixture
def left_behind(settings: Settings) -> Iterator[tuple[int, int]]:
    """Pids of a noted group's leader and child, as a killed supervisor leaves them."""
    command = [sys.executable, "-c", LEADER_WITH_A_CHILD, str(settings.pv_data_dir)]
    leader = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True)
    assert leader.stdout
    yield leader.pid, int(leader.stdout.readline())
    leader.kill()
    leader.wait()


def test_a_taken_port_is_named_with_its_variable_and_holder(settings: Settings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        lines = lifecycle.taken_ports(settings.model_copy(update={"trino_port": port}))

    (line,) = [line for line in lines if str(port) in line]
    assert "TRINO_PORT" in line
    assert str(os.getpid()) in line


def test_a_disk_that_is_nearly_full_is_refused_with_what_is_needed(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lifecycle.shutil, "disk_usage", lambda _: SimpleNamespace(free=2**30))

    with pytest.raises(lifecycle.StackError, match=r"has 1\.0 GiB free, the stack needs 2: free some or set PV_DATA_DIR"):
        lifecycle._check_disk(settings)


def test_a_command_beside_another_is_refused_and_after_its_kill_is_not(settings: Settings) -> None:
    held = "import sys, time; from include.settings import Settings; from infra.stack.alone import alone"
    hold = f"{held}\nwith alone(Settings(pv_data_dir=sys.argv[1]), 'up'):\n    print('held', flush=True); time.sleep(600)"
    other = subprocess.Popen([sys.executable, "-c", hold, str(settings.pv_data_dir)], stdout=subprocess.PIPE, text=True)
    assert other.stdout and other.stdout.readline() == "held\n"
    with (
        pytest.raises(StackBusyError, match=rf"^`up` of {PROJECT_ROOT} \(process {other.pid}\) is at work on "),
        alone(settings, "rotate"),
    ):
        pass

    other.kill()
    other.wait()

    with alone(settings, "rotate"):
        pass


def test_a_data_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    settings = Settings(pv_data_dir=tmp_path / "file" / "data")

    with pytest.raises(StackBusyError, match=r"^PV_DATA_DIR=\S+/file/data cannot be written: "), alone(settings, "up"):
        pass


def test_a_service_started_again_ends_its_former_self_first(settings: Settings, left_behind: tuple[int, int]) -> None:
    leftovers.end_former(settings, "another-service")
    assert all(psutil.pid_exists(pid) for pid in left_behind)

    leftovers.end_former(settings, "some-service")

    assert not any(psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE for pid in left_behind)


def test_leftovers_end_with_everything_they_started(settings: Settings, left_behind: tuple[int, int]) -> None:
    os.kill(left_behind[0], 9)  # the leader is gone, its child lives on in the group
    time.sleep(0.2)

    assert leftovers.reap(settings, grace_seconds=5) == ["some-service"]

    child = left_behind[1]
    assert not psutil.pid_exists(child) or psutil.Process(child).status() == psutil.STATUS_ZOMBIE
    assert leftovers.reap(settings) == []


def test_a_process_that_got_the_same_number_later_is_left_alone(settings: Settings, left_behind: tuple[int, int]) -> None:
    note = settings.pv_data_dir / "run" / "groups" / "some-service.json"
    note.write_text(note.read_text().replace('"started": 1', '"started": 9'))  # noted long before or after this process

    assert leftovers.reap(settings) == []
    assert psutil.pid_exists(left_behind[1])


def test_a_download_that_differs_from_the_lock_file_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "jars"
    folder.mkdir()
    (folder / "a.jar").write_bytes(b"good")
    checksums = tmp_path / "jars.sha256"
    checksums.write_text(f"{install.sha256(folder / 'a.jar')}  a.jar\n")
    install.verify(folder, checksums)

    (folder / "a.jar").write_bytes(b"cut")
    with pytest.raises(install.InstallError, match=r"a\.jar does not match"):
        install.verify(folder, checksums)
    (folder / "a.jar").write_bytes(b"good")
    (folder / "b.jar").write_bytes(b"more")
    with pytest.raises(install.InstallError, match=r"b\.jar"):
        install.verify(folder, checksums)


def test_a_step_cut_short_is_done_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(install, "STAMPS", tmp_path / "stamps")
    monkeypatch.setattr(install, "LOGS", tmp_path / "logs")
    done: list[int] = []

    def build(log: Path) -> None:
        (tmp_path / "result").touch()
        done.append(1)
        if len(done) == 1:
            raise install.InstallError("cut")

    step = install.Step("thing", lambda: ["input"], tmp_path / "result", build)
    with pytest.raises(install.InstallError):
        install._perform(step)
    install._perform(step)
    install._perform(step)

    assert len(done) == 2


def test_no_command_line_holds_a_secret(settings: Settings) -> None:
    names = [name for name, field in Settings.model_fields.items() if field.json_schema_extra]
    given = settings.model_copy(update={name: Settings(minio_secret_key=f"secret-{name}").minio_secret_key for name in names})

    for service in services.of(given):
        assert "secret-" not in " ".join(service.command(given)), service.name


def test_a_cluster_of_another_postgres_is_refused_with_its_version(tmp_path: Path) -> None:
    settings = Settings(_env_file=None).model_copy(update={"pv_data_dir": tmp_path})
    (tmp_path / "postgres").mkdir()
    (tmp_path / "postgres" / "PG_VERSION").write_text("17\n")

    with pytest.raises(RuntimeError, match="made by Postgres 17, this is 18"):
        databases.ensure_cluster(settings)
