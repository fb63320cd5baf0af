"""up and down of the native stack. Each is safe to repeat."""

from __future__ import annotations

import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psutil

from include.settings import Settings, load_settings, read_given, read_settings
from infra.progress import say
from infra.refusal import RefusedError
from infra.secrets import certificate, rotation, secrets_in_use, store, values
from infra.secrets.store import Store
from infra.services import databases, services, spark, stand_in
from infra.services.service import run_dir
from infra.setup import (
    airflow_database,
    chosen_facilities,
    data_folder,
    external_catalog,
    forged_requests,
    object_store,
    preparation,
)
from infra.stack import leftovers, own_stores, supervision
from infra.stack.alone import alone

HEALTHY_WITHIN_SECONDS = 180
SUPERVISOR_ENDS_WITHIN_SECONDS = 60
LEAST_FREE_BYTES = 2 * 2**30
STORAGE_SERVICES = ("postgres", *services.STORES)
"""What a restore fills."""


class StackError(RefusedError):
    """The stack could not be brought up; the message names the part and shows the end of its log."""


def taken_ports(settings: Settings) -> list[str]:
    """One line for each port of ours that another process listens on."""
    wanted = {port: (variable, s.name) for s in services.of(settings) for variable, port in s.ports(settings).items()}
    lines = []
    for connection in psutil.net_connections("tcp"):
        port = connection.laddr[1] if connection.laddr else 0
        if connection.status == psutil.CONN_LISTEN and port in wanted:
            variable, name = wanted.pop(port)
            holder = _describe(connection.pid)
            lines.append(f"port {port} ({variable}, for {name}) is taken by {holder}: stop it or set {variable}")
    return lines


def _describe(pid: int | None) -> str:
    if pid is None:
        return "a process of another user"
    try:
        return f"process {pid} ({' '.join(psutil.Process(pid).cmdline())[:80]})"
    except psutil.Error:
        return f"process {pid}"


def _log_end(settings: Settings, name: str, lines: int = 25) -> str:
    path = supervision.log_dir(settings) / f"{name}.log"
    if not path.exists():
        return "(no log yet)"
    return "\n".join(path.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])


def _await(settings: Settings, name: str) -> None:
    def alive() -> bool:
        if name == "postgres" and databases.refuses_password(settings):
            return False
        return supervision.states(supervision.rpc(settings))[name] not in {"FATAL", "EXITED", "STOPPED"}

    finding = services.wait_for(name, settings, HEALTHY_WITHIN_SECONDS, alive)
    if finding and name == "postgres" and databases.refuses_password(settings):
        raise StackError(databases.REFUSED)
    if finding:
        log = supervision.log_dir(settings) / f"{name}.log"
        raise StackError(f"{name} is not healthy: {finding}\nthe end of {log}:\n{_log_end(settings, name)}")
    say(f"up: {name} is healthy")


def _migrate_airflow(settings: Settings) -> None:
    """Once per version, and when a user's password changed: it takes ten seconds with nothing to do."""
    from importlib.metadata import version

    stamp, wanted = run_dir(settings) / "done" / "airflow-migration", version("apache-airflow-core")
    migrated = stamp.exists() and stamp.read_text(encoding="utf-8") == wanted
    if migrated and airflow_database.users_are_set(settings):
        return
    say("up: Airflow's database is migrated …")
    preparation.migrate_airflow(settings)
    stamp.parent.mkdir(exist_ok=True)
    stamp.write_text(wanted, encoding="utf-8")


def _check_disk(settings: Settings) -> None:
    """Raises StackError before Postgres and MinIO run into a full disk, which neither takes lightly."""
    free = shutil.disk_usage(settings.pv_data_dir).free
    if free < LEAST_FREE_BYTES:
        have, need = free / 2**30, LEAST_FREE_BYTES / 2**30
        raise StackError(
            f"{settings.pv_data_dir} has {have:.1f} GiB free, the stack needs {need:.0f}: free some or set PV_DATA_DIR"
        )


def _interface(settings: Settings) -> Any:
    """The running supervisor, or a new one after what an old one left behind is ended."""
    if interface := supervision.rpc(settings):
        return interface
    if ended := leftovers.reap(settings):
        say(f"up: ended what a killed supervisor left behind: {', '.join(ended)}")
    if lines := taken_ports(settings):
        raise StackError("\n".join(lines))
    # Nothing that it remembers is left, and a master that waits for it takes no work for a minute.
    shutil.rmtree(spark.memory(settings), ignore_errors=True)
    return supervision.start_supervisor(settings)


def _refuse_folder(given: Settings) -> None:
    """Raises DataFolderError or SecretsError when the data folder is another clone's or its secrets do not fit."""
    if interface := supervision.rpc(given):
        data_folder.refuse_another_clones(given, interface)
    data_folder.refuse_secrets(given)


def _complete_settings() -> Settings:
    """Settings with every secret, on a disk with room and with a store that fits them."""
    given = read_given()
    _refuse_folder(given)
    own_stores.get_ready(given)
    secrets = Store(given.secrets_dir)
    if former := store.take_over(secrets, given):
        say(f"up: moved {len(former)} secrets of {given.former_secrets_file.name} into {secrets.folder}")
    if new := values.fill(secrets, given):
        say(f"up: generated {len(new)} secrets into {secrets.folder}")
    load_settings.cache_clear()
    settings = load_settings()
    _check_disk(settings)
    return settings


def _ask_others(settings: Settings) -> None:
    """Raises StoreError or CatalogError when a server that is not ours is not there or refuses a key; nothing is started yet."""
    if settings.s3_server == "external":
        say(f"up: object store: {object_store.prepare(settings)}")
        forged_requests.refuse(settings)
    if settings.catalog_server == "external":
        say(f"up: catalog: {external_catalog.ask(settings)}")


def up_stores() -> None:
    """Start Postgres and the object store alone, with their roles, users and buckets: what a restore fills."""
    with alone(read_settings(), "restore"):
        _up_stores()


def _up_stores() -> None:
    settings = _complete_settings()
    interface = _interface(settings)
    storage = _ours_among(STORAGE_SERVICES, settings)
    for name in storage:
        supervision.start(interface, name)
    _await(settings, "postgres")
    databases.ensure_roles(settings)
    _make_buckets(settings, storage)


def _ours_among(names: tuple[str, ...], settings: Settings) -> list[str]:
    """Those services that these settings ask for."""
    return [service.name for service in services.of(settings) if service.name in names]


def _make_buckets(settings: Settings, storage: list[str]) -> None:
    """Of the stack's own store, when it answers."""
    if settings.s3_server in storage:
        _await(settings, settings.s3_server)
        preparation.create_buckets(settings)
        forged_requests.refuse(settings)


def up() -> Settings:
    """Start everything and return when every part answers."""
    with alone(read_settings(), "up"):
        return _up()


def _up() -> Settings:
    settings = _complete_settings()
    _ask_others(settings)
    if certificate.prepare(settings):
        say(f"up: made a certificate for Trino; clients trust {settings.trino_authority}")
    _write_files(settings)
    interface = _interface(settings)

    def begin(*names: str) -> None:
        for name in names:
            supervision.start(interface, name)

    following = rotation.next_values(settings)
    if outdated := _outdated(interface, following or settings):
        say(f"up: restarts what has old secrets: {', '.join(outdated)}")
        _stop_in_order(settings, outdated)
    if following:
        begin("postgres")
        rotation.carry_out(settings, following)
        load_settings.cache_clear()
        settings = load_settings()
        _write_files(settings)
    wanted = services.of(settings)
    storage = _ours_among(STORAGE_SERVICES, settings)
    begin(*(service.name for service in wanted if not service.needs))
    with ThreadPoolExecutor(3) as pool:
        _await(settings, "postgres")
        databases.ensure_roles(settings)
        data_folder.refuse_another_fernet_key(settings)
        migration = pool.submit(_migrate_airflow, settings)
        _make_buckets(settings, storage)
        begin(*_ours_among(("iceberg-rest",), settings))  # Trino, which started, waits for it
        migration.result()
    for name in _ours_among((stand_in.STAND_IN.name,), settings):
        _await(settings, name)
    chosen_facilities.refuse_unknown_codes(settings)
    begin(*(service.name for service in wanted))
    for service in wanted:
        if service.name not in storage:
            _await(settings, service.name)
    preparation.prepare_lakehouse(settings)
    if settings.open_nem_primary is None and settings.open_nem_secondary is None:
        say("up: generation is not fetched until OPEN_NEM_PRIMARY is set (in .env); weather needs no key")
    return settings


def _write_files(settings: Settings) -> None:
    """Configuration with secrets filled in, of every service."""
    for service in services.of(settings):
        service.files(settings)


def rotate(*names: str) -> Settings:
    """Give generated secrets new values, random or from the environment, and restart what uses them.

    Raises RotationError before anything is changed.
    """
    with alone(read_settings(), "rotate"):
        return _rotate(*names)


def _rotate(*names: str) -> Settings:
    given, settings = read_given(), read_settings()
    certificates = [name.upper() for name in names if name.upper() in certificate.NAMED]
    secrets = [name for name in names if name.upper() not in certificate.NAMED]
    wanted = rotation.chosen(settings, secrets) if secrets or not certificates else []
    _refuse_folder(given.with_secrets(dict.fromkeys(wanted, "")))
    if supervision.rpc(settings) is None:
        raise StackError("the stack is down; some secrets change in a running database: `make up` first")
    if rotation.next_values(settings):
        say("rotate: an earlier rotation was cut short, it is finished first")
        settings = _up()
    if certificates:
        certificate.make(settings, *certificates)
    if wanted:
        new = values.next_values(wanted, values.given_values(given), values.given_values(settings))
        Store(settings.secrets_dir).begin(new)
    return _up()


def down() -> Settings:
    """Stop everything, in the reverse order of the start; ends leftovers of a killed supervisor too."""
    settings = read_settings()
    with alone(settings, "down"):
        _down(settings)
    return settings


def _down(settings: Settings) -> None:
    interface = supervision.rpc(settings)
    if interface is None:
        ended = leftovers.reap(settings)
        say(f"down: ended leftovers: {', '.join(ended)}" if ended else "down: nothing is running")
        return
    pid = interface.getPID()
    known = supervision.states(interface)  # not by settings, which may have changed since the start
    _stop_in_order(settings, list(known))
    interface.shutdown()
    deadline = time.monotonic() + SUPERVISOR_ENDS_WITHIN_SECONDS
    while _is_alive(pid) and time.monotonic() < deadline:
        time.sleep(0.1)
    leftovers.reap(settings)
    say("down: all stopped")


def _stop_in_order(settings: Settings, names: list[str]) -> None:
    for together in reversed(services.groups(names)):
        say(f"stop: {', '.join(service.name for service in together)} …")
        with ThreadPoolExecutor(len(together)) as pool:
            list(pool.map(lambda service: _stop(settings, service.name), together))


def _outdated(interface: Any, settings: Settings) -> list[str]:
    """Services that run, or are about to, with other secrets than the settings'."""
    states = supervision.states(interface)
    running = [service for service in services.of(settings) if states.get(service.name) in supervision.ALIVE]
    return [service.name for service in running if secrets_in_use.is_outdated(service, settings)]


def _is_alive(pid: int) -> bool:
    """Whether a process runs; one that ended and that nobody waited for does not."""
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def _stop(settings: Settings, name: str) -> None:
    interface = supervision.rpc(settings)  # a connection of its own for each thread
    if supervision.states(interface)[name] in supervision.ALIVE:
        interface.stopProcess(name, True)
