"""up, down, status, logs of the native stack. Each is safe to repeat."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from string import Template
from typing import Any

import psutil

from include.settings import PROJECT_ROOT, Settings, generate_missing_secrets, load_settings, read_settings
from infra.native import databases, environment, layout, leftovers, probes, services, supervision
from infra.native.airflow_api import AirflowApi

HEALTHY_WITHIN_SECONDS = 180
SUPERVISOR_ENDS_WITHIN_SECONDS = 60
LEAST_FREE_BYTES = 2 * 2**30
AIRFLOW_SERVICES = ("airflow-api-server", "airflow-dag-processor", "airflow-triggerer", "airflow-scheduler")


class StackError(RuntimeError):
    """The stack could not be brought up; the message names the part and shows the end of its log."""


def say(text: str) -> None:
    """Progress line."""
    print(text, flush=True)


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


def _write_run_files(settings: Settings) -> None:
    run = environment.run_dir(settings)
    run.mkdir(mode=0o700, parents=True, exist_ok=True)
    properties = Template((PROJECT_ROOT / "infra/spark/spark-defaults.conf").read_text(encoding="utf-8"))
    passwords = {settings.airflow_admin_user: settings.airflow_admin_password.get_secret_value()}
    private = {
        "spark.properties": _fill(properties, environment.spark_properties(settings)),
        "airflow-passwords.json": json.dumps(passwords),
    }
    for name, text in private.items():
        path = run / name
        path.unlink(missing_ok=True)
        path.touch(mode=0o600)
        path.write_text(text, encoding="utf-8")
    catalogs = run / "trino-catalog"
    catalogs.mkdir(exist_ok=True)
    for old in catalogs.iterdir():
        old.unlink()
    source = PROJECT_ROOT / "infra/trino/etc/catalog/iceberg.properties"
    (catalogs / f"{settings.iceberg_catalog}.properties").write_text(source.read_text(encoding="utf-8"), encoding="utf-8")


def _fill(template: Template, values: dict[str, str]) -> str:
    lines = template.template.splitlines()
    return "\n".join(line if line.startswith("#") else Template(line).substitute(values) for line in lines) + "\n"


def _log_end(settings: Settings, name: str, lines: int = 25) -> str:
    path = supervision.log_dir(settings) / f"{name}.log"
    if not path.exists():
        return "(no log yet)"
    return "\n".join(path.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])


def _await(settings: Settings, name: str) -> None:
    def alive() -> bool:
        return supervision.states(supervision.rpc(settings))[name] not in {"FATAL", "EXITED", "STOPPED"}

    finding = probes.wait_for(name, settings, HEALTHY_WITHIN_SECONDS, alive)
    if finding:
        log = supervision.log_dir(settings) / f"{name}.log"
        raise StackError(f"{name} is not healthy: {finding}\nthe end of {log}:\n{_log_end(settings, name)}")
    say(f"up: {name} is healthy")


def _once(settings: Settings, name: str, version: str) -> Path | None:
    """Stamp file of a preparation that is done once per version, or None when it is done."""
    stamp = environment.run_dir(settings) / "done" / name
    if stamp.exists() and stamp.read_text(encoding="utf-8") == version:
        return None
    stamp.parent.mkdir(exist_ok=True)
    return stamp


def _migrate_airflow(settings: Settings) -> None:
    from importlib.metadata import version

    if stamp := _once(settings, "airflow-migration", version("apache-airflow-core")):
        say("up: Airflow's database is migrated …")
        log = supervision.log_dir(settings) / "airflow-migration.log"
        with log.open("w", encoding="utf-8") as output:
            command = [str(layout.VENV_BIN / "airflow"), "db", "migrate"]
            done = subprocess.run(
                command, env=environment.airflow(settings), stdout=output, stderr=subprocess.STDOUT, check=False
            )
        if done.returncode:
            raise StackError(f"airflow db migrate failed; the end of {log}:\n{_log_end(settings, 'airflow-migration')}")
        stamp.write_text(version("apache-airflow-core"), encoding="utf-8")


def _create_buckets(settings: Settings) -> None:
    script = PROJECT_ROOT / "docker/minio/init/create-buckets.sh"
    env = environment.buckets(settings) | {"PYTHON": sys.executable}
    done = subprocess.run([str(script)], env=env, capture_output=True, text=True, check=False)
    if done.returncode:
        raise StackError(f"the buckets could not be made: {done.stderr.strip()}")


def _prepare_lakehouse(settings: Settings) -> None:
    """Pools, tables (by the DAG lakehouse_setup), and the DAGs let loose: once, and again when the DDL or the pools change."""
    pools = PROJECT_ROOT / "plugins" / "pools.json"
    digest = hashlib.sha256(pools.read_bytes())
    for file in sorted((PROJECT_ROOT / "sql/trino/ddl").rglob("*.sql")):
        digest.update(file.read_bytes())
    stamp = _once(settings, "lakehouse-setup", digest.hexdigest())
    if stamp is None:
        return
    say("up: tables and pools are set up (DAG lakehouse_setup) …")
    api = AirflowApi(settings)
    for name, pool in json.loads(pools.read_text(encoding="utf-8")).items():
        api.ensure_pool(name, pool["slots"], pool["description"])
    expected = {path.stem for path in (PROJECT_ROOT / "dags").glob("*.py")}
    deadline = time.monotonic() + HEALTHY_WITHIN_SECONDS
    while missing := expected - api.dag_ids():
        if time.monotonic() > deadline:
            raise StackError(f"Airflow did not parse {', '.join(sorted(missing))}: {api.import_errors()}")
        time.sleep(1)
    first_time = not stamp.exists()
    api.unpause("lakehouse_setup")
    run = api.wait("lakehouse_setup", api.trigger("lakehouse_setup"), HEALTHY_WITHIN_SECONDS)
    if run["state"] != "success":
        raise StackError(f"lakehouse_setup ended {run['state']}: see {api.base}/dags/lakehouse_setup and its tasks' logs")
    if first_time:
        for dag_id in sorted(expected):
            api.unpause(dag_id)
    stamp.write_text(digest.hexdigest(), encoding="utf-8")


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
    return supervision.start_supervisor(settings)


def up() -> Settings:
    """Start everything and return when every part answers."""
    before = read_settings()
    if new := generate_missing_secrets(before):
        say(f"up: generated {len(new)} secrets into {before.secrets_file}")
    load_settings.cache_clear()
    settings = load_settings()
    _check_disk(settings)
    _write_run_files(settings)
    interface = _interface(settings)

    def begin(*names: str) -> None:
        for name in names:
            supervision.start(interface, name)

    optional = [service.name for service in services.of(settings) if service not in services.SERVICES]
    begin(*optional, "postgres", "minio", "spark-master", "spark-worker", "trino")
    with ThreadPoolExecutor(3) as pool:
        _await(settings, "postgres")
        databases.ensure_roles(settings)
        migration = pool.submit(_migrate_airflow, settings)
        _await(settings, "minio")
        _create_buckets(settings)
        begin("iceberg-rest")
        migration.result()
    begin(*AIRFLOW_SERVICES, "mlflow")
    for name in [*optional, *(service.name for service in services.SERVICES[2:])]:
        _await(settings, name)
    _prepare_lakehouse(settings)
    if settings.open_nem_primary is None and settings.open_nem_secondary is None:
        say("up: generation is not fetched until OPEN_NEM_PRIMARY is set (in .env); weather needs no key")
    return settings


def addresses(settings: Settings) -> list[tuple[str, str, str]]:
    """(what, address, how to log in) for a person."""
    secrets = os.path.relpath(settings.secrets_file)
    return [
        (
            "Airflow",
            f"http://127.0.0.1:{settings.airflow_port}",
            f"{settings.airflow_admin_user}, AIRFLOW_ADMIN_PASSWORD in {secrets}",
        ),
        ("Trino", f"http://{settings.trino_host}:{settings.trino_port}", f"user {settings.trino_user}, no password"),
        ("MLflow", settings.mlflow_tracking_uri, "no login"),
        (
            "MinIO console",
            f"http://127.0.0.1:{settings.minio_console_port}",
            f"{settings.minio_access_key}, MINIO_SECRET_KEY in {secrets}",
        ),
        ("Iceberg REST", settings.iceberg_rest_uri, f"CATALOG_READER_TOKEN in {secrets}"),
        ("Spark", f"http://127.0.0.1:{settings.spark_ui_port}", "no login"),
        (
            "Postgres",
            f"{settings.postgres_host}:{settings.postgres_port}",
            f"{settings.postgres_user}, POSTGRES_PASSWORD in {secrets}",
        ),
    ]


def print_addresses(settings: Settings) -> None:
    """Print where everything is."""
    for what, address, login in addresses(settings):
        say(f"  {what:<14} {address:<28} {login}")


def down() -> Settings:
    """Stop everything, in the reverse order of the start; ends leftovers of a killed supervisor too."""
    settings = read_settings()
    interface = supervision.rpc(settings)
    if interface is None:
        ended = leftovers.reap(settings)
        say(f"down: ended leftovers: {', '.join(ended)}" if ended else "down: nothing is running")
        return settings
    pid = interface.getPID()
    for group in (
        AIRFLOW_SERVICES,
        ("mlflow", "trino", "spark-worker", "spark-master"),
        ("iceberg-rest",),
        ("minio", "postgres"),
    ):
        say(f"down: {', '.join(group)} …")
        with ThreadPoolExecutor(len(group)) as pool:
            list(pool.map(lambda name: _stop(settings, name), group))
    interface.shutdown()
    deadline = time.monotonic() + SUPERVISOR_ENDS_WITHIN_SECONDS
    while _is_alive(pid) and time.monotonic() < deadline:
        time.sleep(0.1)
    leftovers.reap(settings)
    say("down: all stopped")
    return settings


def _is_alive(pid: int) -> bool:
    """Whether a process runs; one that ended and that nobody waited for does not."""
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def _stop(settings: Settings, name: str) -> None:
    interface = supervision.rpc(settings)  # a connection of its own for each thread
    if supervision.states(interface)[name] in {"RUNNING", "STARTING", "BACKOFF"}:
        interface.stopProcess(name, True)


def status() -> int:
    """Print what the supervisor and each service say; 0 when all is healthy."""
    settings = read_settings()
    interface = supervision.rpc(settings)
    if interface is None:
        say("the stack is down")
        return 3
    bad = 0
    for name, state in supervision.states(interface).items():
        finding = probes.problem(name, settings) if state == "RUNNING" else "not running"
        bad += finding is not None
        say(f"  {name:<22} {state:<9} {finding or 'healthy'}")
    print_addresses(settings)
    return 1 if bad else 0


def logs() -> int:
    """Follow the logs of all services until interrupted."""
    files = sorted(str(path) for path in supervision.log_dir(read_settings()).glob("*.log"))
    if not files:
        say("no logs yet: the stack was never started")
        return 3
    os.execvp("tail", ["tail", "-n", "20", "-F", *files])  # noqa: S606


def sql(*options: str) -> int:
    """Become Trino's command line, connected to the lakehouse; `options` are its own, as `--execute`."""
    settings = read_settings()
    server = f"http://{settings.trino_host}:{settings.trino_port}"
    cli = ["--enable-native-access=ALL-UNNAMED", "-jar", str(layout.TRINO_CLI), "--server", server, "--user", settings.trino_user]
    os.execv(java := str(layout.java_for_trino()), [java, *cli, "--catalog", settings.iceberg_catalog, *options])  # noqa: S606
