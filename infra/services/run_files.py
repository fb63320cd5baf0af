"""Configuration with secrets filled in, written into the run folder at each start (mode 0600)."""

from __future__ import annotations

import hashlib
import secrets
from pathlib import Path
from string import Template

from include import lakehouse
from include.paths import PROJECT_ROOT
from include.settings import Settings
from infra import private_folders
from infra.services import environment

PBKDF2_ROUNDS = 1000  # the fewest that Trino takes


def write(settings: Settings) -> None:
    """All of them."""
    for_tasks(settings)
    mlflow(settings)
    trino(settings)
    (_run_dir(settings) / "airflow-passwords.json").unlink(missing_ok=True)  # of versions in which Airflow kept no users


def for_tasks(settings: Settings) -> None:
    """What the scheduler's tasks read."""
    spark_properties(settings)
    if given := environment.authorities_given(settings):
        texts = [Path(file).read_text(encoding="utf-8") for file in (given, str(settings.trino_authority))]
        _write(settings, environment.AUTHORITIES, "\n".join(texts))


def spark_properties(settings: Settings) -> None:
    """What every Spark application is submitted with: holds the catalog's writer token."""
    template = (PROJECT_ROOT / "infra/spark/spark-defaults.conf").read_text(encoding="utf-8")
    _write(settings, "spark.properties", _fill(template, environment.spark_properties(settings)))


def mlflow(settings: Settings) -> None:
    """Where MLflow keeps its users, and what one may do whom no role allows more."""
    address = environment.database_url(settings, "mlflow").replace("%", "%%")  # a % begins a reference in such a file
    # A password is compared with its scrypt hash once a minute, not several times a request.
    values = {"default_permission": "NO_PERMISSIONS", "database_uri": address, "auth_cache_ttl_seconds": "60"}
    lines = ["[mlflow]", *(f"{name} = {value}" for name, value in values.items())]
    _write(settings, environment.MLFLOW_AUTH, "\n".join(lines) + "\n")


def trino(settings: Settings, role: str = "coordinator") -> None:
    """Trino's configuration for a node that coordinates or works, its users where it takes statements, and its catalogs."""
    etc = PROJECT_ROOT / "infra/trino/etc"
    if role == "coordinator":
        lines = [f"{user}:{hashed(lakehouse.password(settings, user))}" for user in lakehouse.USERS]
        _write(settings, "trino-passwords", "\n".join(lines) + "\n")
    _write(settings, "trino.properties", trino_properties(settings, role))
    # Trino names a catalog by its file.
    catalogs = _run_dir(settings) / "trino-catalog"
    catalogs.mkdir(exist_ok=True)
    for old in catalogs.iterdir():
        old.unlink()
    for name, keys in ((settings.iceberg_catalog, "writer"), (lakehouse.READ_ONLY_CATALOG, "reader")):
        texts = [(etc / "catalog" / f"{part}.properties").read_text(encoding="utf-8") for part in ("iceberg", keys)]
        (catalogs / f"{name}.properties").write_text("".join(texts), encoding="utf-8")


def trino_properties(settings: Settings, role: str = "coordinator") -> str:
    """Text of the file that Trino is started with; what differs between installations comes from its environment."""
    parts = ["config", role]
    if role == "coordinator":
        parts += ["passwords", "http-for-nodes" if settings.trino_scheme == "https" else "http-for-readers"]
    etc = PROJECT_ROOT / "infra/trino/etc"
    return "".join((etc / f"{part}.properties").read_text(encoding="utf-8") for part in parts)


def hashed(password: str) -> str:
    """A password as Trino's password file holds it (PBKDF2 with SHA-1). Few rounds: what is hashed has 256 random bits."""
    salt = secrets.token_bytes(16)
    digest = hashlib.pbkdf2_hmac("sha1", password.encode(), salt, PBKDF2_ROUNDS, 32)
    return f"{PBKDF2_ROUNDS}:{salt.hex()}:{digest.hex()}"


def _run_dir(settings: Settings) -> Path:
    run = environment.run_dir(settings)
    run.mkdir(mode=0o700, parents=True, exist_ok=True)
    return run


def _write(settings: Settings, name: str, text: str) -> None:
    private_folders.write_file(_run_dir(settings) / name, text)


def _fill(template: str, values: dict[str, str]) -> str:
    lines = template.splitlines()
    return "\n".join(line if line.startswith("#") else Template(line).substitute(values) for line in lines) + "\n"
