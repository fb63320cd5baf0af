"""Installs what the lock files name: jars and Trino (Maven), MinIO (Go), the catalog server, Spark's home and its archive.

Without arguments all of these; with names those steps, of which some are installed by whoever needs them only.
Each step leaves a stamp of its inputs and is skipped while they are the same; it builds aside and renames at the end, so that
a step cut short is done again and nothing half-made is taken for whole. Python itself is installed by install.sh before.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import time
import zipfile
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from include.paths import PROJECT_ROOT
from infra import layout
from infra.install import class_data_archive, source_patch
from infra.refusal import RefusedError

STAMPS = layout.OPT / ".stamps"
LOGS = layout.HOME / "install-logs"
JVM_PARTS = PROJECT_ROOT / "infra" / "jvm"
CATALOG_SOURCE = PROJECT_ROOT / "infra" / "iceberg-rest"
GO_TOOLS = PROJECT_ROOT / "infra" / "go"
MINIO_MODULE = "github.com/minio/minio"
MAVEN = ["mvn", "-q", "-B", "--strict-checksums", f"-Dmaven.repo.local={layout.CACHE / 'm2'}"]


class InstallError(RefusedError):
    """A step failed; the message says which, why and where its log is."""


@dataclass(frozen=True)
class Step:
    """One thing to install: inputs decide whether it is done again, result must exist afterwards."""

    name: str
    inputs: Callable[[], Iterable[Path | str]]
    result: Path
    build: Callable[[Path], None]


def run(command: list[str], log: Path, env: dict[str, str] | None = None, cwd: Path | None = None) -> None:
    """Run a program with its output in a log file; raises InstallError with the log's end."""
    log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with log.open("a", encoding="utf-8") as output:
        output.write(f"$ {' '.join(command)}\n")
        output.flush()
        done = subprocess.run(
            command, stdout=output, stderr=subprocess.STDOUT, env={**os.environ, **(env or {})}, cwd=cwd, check=False
        )
    if done.returncode:
        tail = "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-15:])
        raise InstallError(f"`{' '.join(command[:3])} …` ended with {done.returncode}; log {log}, its end:\n{tail}")


def verify(folder: Path, checksums: Path) -> None:
    """Compare every file named in a sha256 list with what lies in the folder, and refuse files that are not named."""
    lines = (line.split("  ", 1) for line in checksums.read_text(encoding="utf-8").splitlines() if line)
    wanted = {name: digest for digest, name in lines}
    found = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    if found != set(wanted):
        raise InstallError(f"{folder}: expected exactly the files of {checksums}; differ: {sorted(found ^ set(wanted))}")
    for name, digest in wanted.items():
        if sha256(folder / name) != digest:
            raise InstallError(
                f"{folder / name} does not match {checksums}: remove {folder} and {layout.CACHE / 'm2'} and install again"
            )


def sha256(path: Path) -> str:
    """Hex digest of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _jvm_parts(log: Path) -> None:
    for folder in (layout.SPARK_JARS, layout.TRINO_ARCHIVES):
        shutil.rmtree(folder, ignore_errors=True)
    run([*MAVEN, "-f", str(JVM_PARTS / "pom.xml"), f"-Dparts.dir={layout.OPT}", "package"], log)
    verify(layout.SPARK_JARS, JVM_PARTS / "spark-jars.sha256")
    verify(layout.TRINO_ARCHIVES, JVM_PARTS / "trino-archives.sha256")
    _unpack_trino(log)


def _nessie(log: Path) -> None:
    shutil.rmtree(layout.NESSIE, ignore_errors=True)
    run([*MAVEN, "-f", str(JVM_PARTS / "nessie" / "pom.xml"), f"-Dparts.dir={layout.OPT}", "package"], log)
    verify(layout.NESSIE, JVM_PARTS / "nessie" / "nessie.sha256")


def _unpack_trino(log: Path) -> None:
    """Trino with the plugins that are used; its archives, half a gigabyte, go: Maven has them for another time."""
    aside = _fresh(layout.TRINO_HOME)
    server_archive = layout.TRINO_ARCHIVES / "trino-server-core.tar.gz"
    plugin_archive = layout.TRINO_ARCHIVES / "trino-iceberg.zip"
    # Not tarfile: its safe extraction came with Python 3.11.4, and Debian 12 has 3.11.2.
    run(["tar", "-xzf", str(server_archive), "-C", str(aside)], log)
    (server,) = aside.iterdir()
    for plugin in (server / "plugin").iterdir():  # all of them optional; unpacked they only cost start-up time
        if plugin.name != "password-authenticators":
            shutil.rmtree(plugin)
    with zipfile.ZipFile(plugin_archive) as archive_zip:
        archive_zip.extractall(aside)
    next(aside.glob("trino-iceberg-*")).rename(server / "plugin" / "iceberg")
    _replace(server, layout.TRINO_HOME)
    shutil.rmtree(aside)
    server_archive.unlink()
    plugin_archive.unlink()


def _catalog_server(log: Path) -> None:
    shutil.rmtree(CATALOG_SOURCE / "target" / "lib", ignore_errors=True)  # Maven adds, and an update leaves the older ones
    run([*MAVEN, "-f", str(CATALOG_SOURCE / "pom.xml"), "-DskipTests", "package"], log)
    target = CATALOG_SOURCE / "target"
    verify(target / "lib", CATALOG_SOURCE / "lib.sha256")
    aside = _fresh(layout.CATALOG_SERVER)
    shutil.copytree(target / "lib", aside / "lib")
    shutil.copy(target / "iceberg-rest.jar", aside)
    _replace(aside, layout.CATALOG_SERVER)


def _spark_home(log: Path) -> None:
    """Pyspark's own home with the project's jars beside its own, so that driver, executors and archive share one class path."""
    import pyspark

    source = Path(pyspark.__file__).parent
    aside = _fresh(layout.SPARK_HOME)
    shutil.copytree(source / "bin", aside / "bin")
    (aside / "jars").mkdir()
    for jar in sorted([*(source / "jars").glob("*.jar"), *layout.SPARK_JARS.glob("*.jar")]):
        os.link(jar, aside / "jars" / jar.name)
    (aside / "RELEASE").write_text(f"Spark {pyspark.__version__}, assembled from pyspark\n", encoding="utf-8")
    _replace(aside, layout.SPARK_HOME)


def _fresh(target: Path) -> Path:
    aside = target.with_name(target.name + ".new")
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir(parents=True)
    return aside


def _replace(aside: Path, target: Path) -> None:
    shutil.rmtree(target, ignore_errors=True)
    aside.rename(target)


def _java_version() -> str:
    return subprocess.run([layout.java_for_spark(), "-version"], capture_output=True, text=True, check=True).stderr


def _pyspark_version() -> str:
    import pyspark

    return pyspark.__version__


JVM_STEP = Step(
    "Spark's jars and Trino",
    lambda: [JVM_PARTS / "pom.xml", JVM_PARTS / "spark-jars.sha256", JVM_PARTS / "trino-archives.sha256", "unpacked"],
    layout.TRINO_HOME,
    _jvm_parts,
)
STEPS_IN_ORDER = [
    JVM_STEP,
    Step(
        "catalog server",
        lambda: [
            CATALOG_SOURCE / "pom.xml",
            CATALOG_SOURCE / "lib.sha256",
            *sorted((CATALOG_SOURCE / "src" / "main").rglob("*.java")),
        ],
        layout.CATALOG_SERVER,
        _catalog_server,
    ),
    Step("Spark's home", lambda: [JVM_PARTS / "spark-jars.sha256", _pyspark_version()], layout.SPARK_HOME, _spark_home),
    Step(
        "class-data archive",
        lambda: [JVM_PARTS / "spark-jars.sha256", _pyspark_version(), _java_version(), *class_data_archive.inputs()],
        layout.CLASS_DATA_ARCHIVE,
        lambda log: class_data_archive.build(lambda command, env: run(command, log, env=env)),
    ),
]


GO_ENV = {"GOFLAGS": "-mod=readonly -modcacherw", "GOTOOLCHAIN": "local", "CGO_ENABLED": "0"}


def _go(arguments: list[str], module: Path, log: Path, caches: Path, processor: str = "") -> None:
    """Run go; caches: where it keeps modules and what it compiled; processor: GOARCH of another one than this machine's."""
    env = GO_ENV | {"GOMODCACHE": str(caches / "mod"), "GOCACHE": str(caches / "build")}
    if processor:
        env["GOARCH"] = processor
    run([str(layout.VENV_BIN / "go"), *arguments], log, env=env, cwd=module)


def _go_caches(program: Path, processor: str) -> Path:
    return layout.CACHE / "go" / f"{program.name}{processor}"


def _go_build(module: Path, package: str, program: Path, log: Path, processor: str = "") -> None:
    """A program. Its caches, MinIO's are 2 GB, stay only when it fails: it is seldom built twice."""
    aside, caches = program.with_suffix(".new"), _go_caches(program, processor)
    _go(["build", "-trimpath", "-ldflags", "-s -w", "-o", str(aside), package], module, log, caches, processor)
    aside.rename(program)
    shutil.rmtree(caches)


def _go_step(name: str, module: Path, package: str, program: Path, processor: str = "") -> Step:
    """Build a program from the Go module that pins it and all it is made of."""
    return Step(
        name,
        lambda: [module / "go.mod", module / "go.sum"],
        program,
        lambda log: _go_build(module, package, program, log, processor),
    )


def _minio(program: Path, log: Path, processor: str = "") -> None:
    """MinIO from its pinned source with the holes of that version closed, in a module that takes it from a folder."""
    aside = _fresh(layout.CACHE / f"minio{processor}")
    for name in ("go.mod", "go.sum"):
        shutil.copy(GO_TOOLS / name, aside)
    (version,) = re.findall(rf"^\t{MINIO_MODULE} (\S+)", (aside / "go.mod").read_text(encoding="utf-8"), re.MULTILINE)
    caches = _go_caches(program, processor)
    _go(["mod", "download", MINIO_MODULE], aside, log, caches)
    source = aside / "source"
    # Files and folders of the module cache are read-only; what is copied must not be.
    run(["cp", "-r", "--no-preserve=mode", f"{caches}/mod/{MINIO_MODULE}@{version}", str(source)], log)
    for patch in _minio_patches():
        source_patch.apply(patch, source)
    with (aside / "go.mod").open("a", encoding="utf-8") as module:
        module.write(f"\nreplace {MINIO_MODULE} => ./{source.name}\n")
    _go_build(aside, MINIO_MODULE, program, log, processor)
    shutil.rmtree(aside)


def _minio_patches() -> list[Path]:
    return sorted((GO_TOOLS / "patches" / "minio").glob("*.patch"))


def _minio_step(name: str, program: Path, processor: str = "") -> Step:
    return Step(
        name,
        lambda: [GO_TOOLS / "go.mod", GO_TOOLS / "go.sum", *_minio_patches()],
        program,
        lambda log: _minio(program, log, processor),
    )


# A module each: an update of one rebuilds nothing else, and neither settles on the other's versions of what both are made of.
VERSITYGW = (GO_TOOLS / "versitygw", "github.com/versity/versitygw/cmd/versitygw")
MINIO_STEP = _minio_step("MinIO", layout.MINIO)
ON_DEMAND_STEPS = [
    # Of `make check`.
    _go_step("actionlint", GO_TOOLS / "actionlint", "github.com/rhysd/actionlint/cmd/actionlint", layout.ACTIONLINT),
    # Of `make audit`.
    _go_step("osv-scanner", GO_TOOLS / "osv-scanner", "github.com/google/osv-scanner/v2/cmd/osv-scanner", layout.OSV_SCANNER),
    # Of `make up` with S3_SERVER=versitygw, and of tests.
    _go_step("versitygw", *VERSITYGW, layout.VERSITYGW),
    # Of `make test-long`: that they can be built for a Mac's processor. Nothing here runs them.
    _minio_step("MinIO for arm64", layout.FOR_ARM64 / "minio", "arm64"),
    _go_step("versitygw for arm64", *VERSITYGW, layout.FOR_ARM64 / "versitygw", "arm64"),
    # Of `make test-other-catalog`.
    Step("Nessie", lambda: [JVM_PARTS / "nessie" / "pom.xml", JVM_PARTS / "nessie" / "nessie.sha256"], layout.NESSIE, _nessie),
]


def _digest(inputs: Iterable[Path | str]) -> str:
    digest = hashlib.sha256()
    for item in inputs:
        digest.update(item.read_bytes() if isinstance(item, Path) else item.encode())
    return digest.hexdigest()


def _perform(step: Step) -> None:
    stamp = STAMPS / step.name.replace(" ", "-").replace("'", "")
    wanted = _digest(step.inputs())
    if step.result.exists() and stamp.exists() and stamp.read_text(encoding="utf-8") == wanted:
        return
    print(f"install: {step.name} …", flush=True)
    started = time.monotonic()
    stamp.unlink(missing_ok=True)
    step.result.parent.mkdir(parents=True, exist_ok=True)
    log = LOGS / f"{stamp.name}.log"
    log.unlink(missing_ok=True)
    step.build(log)
    stamp.parent.mkdir(parents=True, exist_ok=True)
    stamp.write_text(wanted, encoding="utf-8")
    print(f"install: {step.name} done in {time.monotonic() - started:.0f} s", flush=True)


def _in_order(steps: list[Step]) -> None:
    for step in steps:
        _perform(step)


def install(*names: str) -> None:
    """Perform every step of the stack that is not done yet, or those named, in their order; the Go build runs beside the others.

    Raises InstallError for an unknown name.
    """
    if names:
        known = {step.name: step for step in (MINIO_STEP, *STEPS_IN_ORDER, *ON_DEMAND_STEPS)}
        if unknown := set(names) - set(known):
            raise InstallError(f"no step {', '.join(sorted(unknown))}; known: {', '.join(known)}")
        _in_order([known[name] for name in names])
        return
    with ThreadPoolExecutor(2) as pool:
        running = [pool.submit(_perform, MINIO_STEP), pool.submit(_in_order, STEPS_IN_ORDER)]
        for task in running:
            task.result()
