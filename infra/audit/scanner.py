"""osv-scanner over what sbom.py writes."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from infra import layout
from infra.audit import sbom
from infra.audit.accepted import Finding
from infra.audit.locked import AuditError

NOTHING_FOUND, FOUND = 0, 1
"""Its exit codes for an audit that took place."""
UNREAD = "Error during extraction"
"""What it says of a part of the list that it could not read."""


def scan(folder: Path, local_list: Path | None = None) -> list[Finding]:
    """Known vulnerabilities of everything that the folder's documents name, from the public list or a local copy of it.

    A local copy holds `osv-scalibr/<ecosystem>/all.zip`, each with JSON files of the OSV schema. Raises AuditError when the list
    cannot be read: no finding then says nothing.
    """
    asked = f"--lockfile=osv-scanner:{folder / sbom.FOR_SCANNER}"
    where = ["--offline", f"--local-db-path={local_list}"] if local_list else []
    command = [str(layout.OSV_SCANNER), "scan", "source", "--format=json", "--all-vulns", "--no-resolve", *where, asked]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    said = (done.stderr or done.stdout).strip().splitlines() or ["nothing said"]
    # When a part of the list cannot be read, it reports what the other parts have as if that were all.
    unread = [line for line in said if UNREAD in line]
    if unread or done.returncode not in {NOTHING_FOUND, FOUND}:
        raise AuditError(f"the list of known vulnerabilities could not be read: {[*said, *unread][-1]}")
    return list(findings(json.loads(done.stdout)))


def findings(report: dict[str, Any]) -> Iterator[Finding]:
    """What osv-scanner's JSON report names, each vulnerability of a package once for all its names."""
    seen: set[Finding] = set()
    for package in (package for result in report.get("results") or [] for package in result["packages"]):
        details = {item["id"]: item for item in package["vulnerabilities"]}
        for group in package["groups"]:
            own = details[group["ids"][0]]
            names = tuple(dict.fromkeys([*group["ids"], *group.get("aliases", [])]))
            where = package["package"]
            finding = Finding(where["name"], where["version"], names, own.get("summary", ""), _fixed(own, where["name"]))
            if finding not in seen:
                seen.add(finding)
                yield finding


def _fixed(vulnerability: dict[str, Any], package: str) -> str:
    events = (
        event
        for affected in vulnerability.get("affected", [])
        if affected.get("package", {}).get("name") == package
        for versions in affected.get("ranges", [])
        for event in versions.get("events", [])
    )
    return ", ".join(dict.fromkeys(event["fixed"] for event in events if "fixed" in event))
