"""What is done once before the lakehouse works, and again when it changes: Airflow's database, buckets, pools, tables.

Each is safe to repeat. The native `up` calls them, and compose's one-shot containers.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import time

from include.paths import PROJECT_ROOT
from include.settings import Settings
from infra.airflow_api import AirflowApi
from infra.progress import say
from infra.refusal import RefusedError
from infra.services import airflow
from infra.services.service import Environment, base

WITHIN_SECONDS = 180
DONE_FOR = "lakehouse_setup_done_for"


class PreparationError(RefusedError):
    """A preparation failed; the message names it and shows why."""


def migrate_airflow(settings: Settings) -> None:
    """Bring Airflow's database to this version's schema, with its users. Raises PreparationError."""
    module = "infra.setup.airflow_database"
    _run([sys.executable, "-m", module], airflow.env(settings), module)


def buckets_env(settings: Settings) -> Environment:
    """What create-buckets.sh reads: the administrator, and every engine's S3 user where we make them."""
    engines = ("landing", "spark", "trino", "catalog", "mlflow", "reader") if settings.s3_server != "external" else ()
    if settings.s3_server == "versitygw":
        engines = (*engines, "lifecycle")
    users = {
        name.upper(): settings.secret(name)
        for engine in engines
        for name in (f"{engine}_s3_access_key", f"{engine}_s3_secret_key")
    }
    return base() | users | {
        "S3_SERVER": settings.s3_server,
        "MINIO_ENDPOINT": settings.minio_endpoint,
        "MINIO_ACCESS_KEY": settings.secret("minio_access_key"),
        "MINIO_SECRET_KEY": settings.secret("minio_secret_key"),
        "S3_REGION": settings.s3_region,
        "LANDING_URI": settings.landing_uri,
        "ICEBERG_WAREHOUSE": settings.iceberg_warehouse,
        "MLFLOW_ARTIFACTS_URI": settings.mlflow_artifacts_uri,
        "PV_LANDING_RETENTION_DAYS": str(settings.pv_landing_retention_days),
        "PV_NONCURRENT_DAYS": str(settings.pv_noncurrent_days),
    }  # fmt: skip


def create_buckets(settings: Settings) -> str:
    """Buckets of the object store, of our own also users and policies; returns what was done. Raises PreparationError."""
    script = PROJECT_ROOT / "docker/minio/init/create-buckets.sh"
    return _run([str(script)], buckets_env(settings) | {"PYTHON": sys.executable}, script.name).strip()


def prepare_lakehouse(settings: Settings) -> None:
    """Pools, tables (by the DAG lakehouse_setup), and the first time the DAGs unpaused; nothing when it is done already.

    Airflow itself remembers for which DDL, views and pools it was done. Raises PreparationError.
    """
    pools = PROJECT_ROOT / "plugins" / "pools.json"
    digest = hashlib.sha256(pools.read_bytes())
    for files in ("sql/trino/ddl/*.sql", "sql/trino/views/*", "include/contracts/views/*.yaml"):
        for file in sorted(PROJECT_ROOT.glob(files)):
            digest.update(file.read_bytes())
    api = AirflowApi(settings)
    done_for = api.variable(DONE_FOR)
    if done_for == digest.hexdigest():
        return
    say("up: tables and pools are set up (DAG lakehouse_setup) …")
    for name, pool in json.loads(pools.read_text(encoding="utf-8")).items():
        api.ensure_pool(name, pool["slots"], pool["description"])
    expected = {path.stem for path in (PROJECT_ROOT / "dags").glob("*.py")}
    deadline = time.monotonic() + WITHIN_SECONDS
    while missing := expected - api.dag_ids():
        if time.monotonic() > deadline:
            raise PreparationError(f"Airflow did not parse {', '.join(sorted(missing))}: {api.import_errors()}")
        time.sleep(1)
    api.unpause("lakehouse_setup")
    run = api.wait("lakehouse_setup", api.trigger("lakehouse_setup"), WITHIN_SECONDS)
    if run["state"] != "success":
        raise PreparationError(f"lakehouse_setup ended {run['state']}: see {api.base}/dags/lakehouse_setup and its tasks' logs")
    if done_for is None:
        for dag_id in sorted(expected):
            api.unpause(dag_id)
    api.set_variable(DONE_FOR, digest.hexdigest(), "DDL, views and pools that lakehouse_setup was last run for")


def _run(command: list[str], env: dict[str, str], what: str) -> str:
    done = subprocess.run(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode:
        raise PreparationError(f"{what} failed:\n" + "\n".join(done.stdout.splitlines()[-25:]))
    return done.stdout
