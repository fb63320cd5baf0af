"""Configuration with secrets filled in, written into the run folder at each start (mode 0600)."""

from __future__ import annotations

import json
from pathlib import Path
from string import Template

from include.settings import PROJECT_ROOT, Settings
from infra.native import environment


def spark_properties(settings: Settings) -> None:
    """What every Spark application is submitted with: holds the catalog's writer token."""
    template = (PROJECT_ROOT / "infra/spark/spark-defaults.conf").read_text(encoding="utf-8")
    _write_private(settings, "spark.properties", _fill(template, environment.spark_properties(settings)))


def airflow_passwords(settings: Settings) -> None:
    """Users of Airflow's web page and REST API."""
    passwords = {settings.airflow_admin_user: settings.secret("airflow_admin_password")}
    _write_private(settings, "airflow-passwords.json", json.dumps(passwords))


def trino_catalog(settings: Settings) -> None:
    """Trino names a catalog by its file."""
    catalogs = _run_dir(settings) / "trino-catalog"
    catalogs.mkdir(exist_ok=True)
    for old in catalogs.iterdir():
        old.unlink()
    source = PROJECT_ROOT / "infra/trino/etc/catalog/iceberg.properties"
    (catalogs / f"{settings.iceberg_catalog}.properties").write_text(source.read_text(encoding="utf-8"), encoding="utf-8")


def _run_dir(settings: Settings) -> Path:
    run = environment.run_dir(settings)
    run.mkdir(mode=0o700, parents=True, exist_ok=True)
    return run


def _write_private(settings: Settings, name: str, text: str) -> None:
    path = _run_dir(settings) / name
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    path.write_text(text, encoding="utf-8")


def _fill(template: str, values: dict[str, str]) -> str:
    lines = template.splitlines()
    return "\n".join(line if line.startswith("#") else Template(line).substitute(values) for line in lines) + "\n"
