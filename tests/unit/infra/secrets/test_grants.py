"""Who is granted which secret: by a service's definition, by infra/compose.yaml, and as the runbook says."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import pytest
import yaml

from include.paths import PROJECT_ROOT
from include.settings import Settings, names_of_generated
from infra.secrets import secrets_in_use
from infra.services import services

COMPOSE = yaml.safe_load((PROJECT_ROOT / "infra/compose.yaml").read_text(encoding="utf-8"))["services"]
RUNBOOK = (PROJECT_ROOT / "docs/runbooks/rotate-secrets.md").read_text(encoding="utf-8")
AIRFLOW = ["airflow-api-server", "airflow-dag-processor", "airflow-triggerer", "airflow-scheduler"]
OUTSIDE = {"https_proxy", "ca"}
"""How who speaks to other machines gets there."""
READ_OTHERWISE = {
    "postgres": {"postgres_password"},  # by `prepare`, which makes the cluster
    # By its configuration files, which are read again while it runs.
    "trino": {"trino_certificate", "trino_ca"}
    | {f"trino_{user}_password" for user in ("admin", "etl", "fetch", "probe", "analyst")},
    "airflow-triggerer": OUTSIDE | {"pv_alert_webhook_url"},  # by the callback of a late run
    # By the tasks, each of which reads its settings.
    "airflow-scheduler": OUTSIDE
    | {"pv_alert_webhook_url", "open_nem_primary", "open_nem_secondary", "landing_s3_access_key", "landing_s3_secret_key"}
    | {"catalog_writer_token", "spark_auth_secret", "trino_fetch_password", "trino_ca"},
}
SETTINGS = Settings(
    _env_file=None, pv_stand_in_port=18080, trino_scheme="https", trino_ca_file=Path("/run/secrets/trino_ca")
).with_secrets(  # type: ignore[call-arg]
    {name: f"value-of-{name}" for name in names_of_generated()}
)
SERVICES = [service.name for service in services.of(SETTINGS)]


@pytest.mark.parametrize("name", SERVICES)
def test_a_container_is_granted_what_its_service_reads_and_nothing_else(name: str) -> None:
    used = set(secrets_in_use.used(services.service(name), SETTINGS))

    assert set(COMPOSE[name].get("secrets", [])) == used | READ_OTHERWISE.get(name, set())


def rows() -> list[list[str]]:
    """Cells of the runbook's table of generated secrets."""
    table = RUNBOOK.split("## What uses which\n")[1].split("\n## ")[0]
    lines = [line for line in table.splitlines() if line.startswith("| `")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def said(names: Iterable[str]) -> str:
    """Services as the runbook names them: the four of Airflow, where they are together, by that name."""
    found = [name for name in SERVICES if name in set(names)]
    if set(AIRFLOW) <= set(found):
        found = [name for name in found if name not in AIRFLOW] + ["Airflow"]
    return ", ".join(found) or "nothing"


@pytest.mark.parametrize("cells", rows(), ids=lambda cells: cells[0])
def test_the_runbook_names_who_is_restarted(cells: list[str]) -> None:
    for secret in (name.lower() for name in re.findall(r"`([A-Z0-9_]+)`", cells[0])):
        natively = [s.name for s in services.of(SETTINGS) if secret in secrets_in_use.used(s, SETTINGS)]
        granted = [name for name in SERVICES if secret in COMPOSE[name].get("secrets", [])]
        assert (cells[1].split(";")[0], cells[2].split(";")[0]) == (said(natively), said(granted)), secret


def test_the_runbook_has_every_generated_secret() -> None:
    named = {name.lower() for cells in rows() for name in re.findall(r"`([A-Z0-9_]+)`", cells[0])}
    of_versitygw = {"lifecycle_s3_access_key", "lifecycle_s3_secret_key"}
    assert named == set(names_of_generated()) - of_versitygw
