"""`make audit`: what is found and not accepted, what is accepted too long or for nothing, and a list that cannot be read."""

from __future__ import annotations

import json
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from infra import layout
from infra.audit import __main__ as audit
from infra.audit import accepted, locked, sbom, scanner
from infra.audit.accepted import Accepted, Finding
from infra.audit.locked import AuditError, Locked

TODAY = date(2026, 11, 28)
MINIO, TRINO = "github.com/minio/minio", "io.trino:trino-iceberg"
MINIO_FOUND = Finding(MINIO, "v0.0.0-2026", ("GHSA-hv4r-mvr4-25vw", "CVE-2026-40344"), "forged uploads")
TRINO_FOUND = Finding(TRINO, "476", ("GHSA-aaaa-bbbb-cccc", "CVE-2026-34214"), "credentials in a query's JSON", "480")


def entry(name: str, package: str, until: date = date(2027, 5, 31)) -> Accepted:
    return Accepted(id=name, package=package, until=until, reason="closed by a patch of this project")


def test_findings_that_nobody_accepted_are_lines() -> None:
    assert accepted.left([TRINO_FOUND, MINIO_FOUND], [], TODAY) == [
        f"{MINIO} v0.0.0-2026: GHSA-hv4r-mvr4-25vw, CVE-2026-40344 (no fix known) forged uploads",
        f"{TRINO} 476: GHSA-aaaa-bbbb-cccc, CVE-2026-34214 (fixed in 480) credentials in a query's JSON",
    ]


def test_accepted_findings_are_none_by_any_of_their_names() -> None:
    entries = [entry("CVE-2026-40344", MINIO), entry("GHSA-aaaa-bbbb-cccc", "io.trino:*")]

    assert accepted.left([TRINO_FOUND, MINIO_FOUND], entries, TODAY) == []
    assert accepted.left([TRINO_FOUND, MINIO_FOUND], entries, date(2027, 5, 31)) == []


def test_an_entry_past_its_day_and_one_for_nothing_are_lines() -> None:
    entries = [entry("CVE-2026-40344", MINIO, date(2026, 11, 27)), entry("CVE-2026-40344", "github.com/minio/mc")]

    assert accepted.left([MINIO_FOUND], entries, TODAY) == [
        f"CVE-2026-40344 in {MINIO}: accepted until 2026-11-27, which is past",
        "CVE-2026-40344 in github.com/minio/mc: accepted, but nothing has it: remove the entry",
    ]


def test_what_is_accepted_says_why_and_for_how_long(tmp_path: Path) -> None:
    assert {e.id for e in accepted.read()} >= {"CVE-2026-34214", "CVE-2026-40344", "CVE-2026-41145"}

    (tmp_path / "list.toml").write_text('[[accepted]]\nid = "CVE-1"\npackage = "x"\n', encoding="utf-8")
    with pytest.raises(AuditError, match="until"):
        accepted.read(tmp_path / "list.toml")


def stand_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, says: str, report: Any = None) -> None:
    program = tmp_path / "osv-scanner"
    program.write_text(f"#!/bin/sh\necho '{says}' >&2\ncat <<'E'\n{json.dumps(report)}\nE\nexit {code}\n", encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setattr(layout, "OSV_SCANNER", program)


def test_a_list_that_cannot_be_read_fails_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    stand_in(tmp_path, monkeypatch, 127, "dial tcp: lookup api.osv.dev: no such host")
    monkeypatch.setattr(sbom, "write", lambda: [])

    assert audit.main([]) == audit.UNKNOWN
    assert capsys.readouterr().err == (
        "audit: the list of known vulnerabilities could not be read: dial tcp: lookup api.osv.dev: no such host\n"
    )


# --- With the scanner itself, which `make audit` builds and tries by these before it asks it; the build takes minutes. A list of
# four advisories in OSV form stands for the public one.


def advisory(
    name: str, alias: str, ecosystem: str, package: str, *events: dict[str, str], since: str = "0"
) -> tuple[str, dict[str, Any]]:
    affected = {"package": {"ecosystem": ecosystem, "name": package}}
    kind = "SEMVER" if ecosystem == "Go" else "ECOSYSTEM"
    return ecosystem, {
        "schema_version": "1.7.0",
        "id": name,
        "aliases": [alias],
        "modified": "2026-11-01T00:00:00Z",
        "summary": f"what {alias} does",
        "affected": [affected | {"ranges": [{"type": kind, "events": [{"introduced": since}, *events]}]}],
    }


POSTGRES_COMMITS = {"type": "GIT", "repo": locked.POSTGRES, "events": [{"introduced": "0"}, {"fixed": "1" * 40}]}


@pytest.fixture
def local_list(tmp_path: Path) -> Path:
    if not layout.OSV_SCANNER.exists():
        pytest.skip("osv-scanner is not built: python -m infra.install osv-scanner")
    for ecosystem, content in (
        advisory("GHSA-hv4r-mvr4-25vw", "CVE-2026-40344", "Go", MINIO),
        advisory("GHSA-aaaa-bbbb-cccc", "CVE-2026-34214", "Maven", TRINO, {"fixed": "480"}, since="439"),
        ("GIT", {"id": "CVE-2026-1", "affected": [{"ranges": [POSTGRES_COMMITS], "versions": ["REL_18_3", "REL_18_4"]}]}),
        advisory("PYSEC-2026-1", "CVE-2026-2", "PyPI", "requests", {"fixed": "0.1"}),
    ):
        folder = tmp_path / "list" / "osv-scalibr" / ecosystem
        folder.mkdir(parents=True)
        with zipfile.ZipFile(folder / "all.zip", "w") as archive:
            archive.writestr(f"{content['id']}.json", json.dumps(content))
    return tmp_path / "list"


def test_the_scanner_finds_what_a_local_list_names(tmp_path: Path, local_list: Path) -> None:
    parts = {
        "go": [Locked("Go", MINIO, "v0.0.0-20260212201848-7aac2a2c5b7c")],
        "jars": [Locked("Maven", TRINO, "476"), Locked("Maven", "io.trino:trino-main", "476")],
        "python": [Locked("PyPI", "requests", "2.0")],
        "programs": [Locked("GIT", locked.POSTGRES, "REL_18_4")],
    }
    sbom.write_parts(tmp_path / "sbom", parts)

    found = sorted(scanner.scan(tmp_path / "sbom", local_list))

    assert [(f.package, f.version, set(f.ids), f.fixed) for f in found] == [
        (MINIO, "v0.0.0-20260212201848-7aac2a2c5b7c", {"GHSA-hv4r-mvr4-25vw", "CVE-2026-40344"}, ""),
        (locked.POSTGRES, "REL_18_4", {"CVE-2026-1"}, ""),
        (TRINO, "476", {"GHSA-aaaa-bbbb-cccc", "CVE-2026-34214"}, "480"),
    ]
    entries = [entry("CVE-2026-40344", MINIO), entry("CVE-2026-34214", "io.trino:*")]
    assert [line.split(" ")[0] for line in accepted.left(found, entries, TODAY)] == [locked.POSTGRES]


def test_the_scanner_fails_without_a_list(tmp_path: Path, local_list: Path) -> None:
    sbom.write_parts(tmp_path / "sbom", {"go": [Locked("Go", MINIO, "v1.0.0")]})

    with pytest.raises(AuditError, match="could not be read"):
        scanner.scan(tmp_path / "sbom", tmp_path / "nothing")


def test_a_part_of_the_list_that_cannot_be_read_fails_though_others_had_findings(tmp_path: Path, local_list: Path) -> None:
    parts = {"go": [Locked("Go", MINIO, "v0.0.0-20260212201848-7aac2a2c5b7c")], "jars": [Locked("Maven", TRINO, "476")]}
    sbom.write_parts(tmp_path / "sbom", parts)
    (local_list / "osv-scalibr" / "Maven" / "all.zip").unlink()

    with pytest.raises(AuditError, match="could not be read"):
        scanner.scan(tmp_path / "sbom", local_list)
