"""Writes what the lock files name as CycloneDX documents, one a kind, and all of it once more in the scanner's own form."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from cyclonedx.model import HashAlgorithm, HashType
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentScope, ComponentType
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL

from infra import layout
from infra.audit import locked
from infra.audit.locked import Locked

FOLDER = layout.HOME / "sbom"
ENDING = ".cdx.json"
FOR_SCANNER = "osv-scanner.json"
"""The same things in osv-scanner's own form: in a CycloneDX document it does not know a program by its source, and it reports a
jar or a module by its last name only."""


def write(folder: Path = FOLDER) -> list[Path]:
    """Write the documents; raises AuditError when something to be listed is not installed."""
    programs = locked.programs()
    parts = {"python": locked.python_packages(), "go": locked.go_modules(), "jars": locked.jars(), "programs": programs}
    return write_parts(folder, parts)


def write_parts(folder: Path, parts: dict[str, list[Locked]]) -> list[Path]:
    """The given lists as documents, `<name>.cdx.json` each, and in the scanner's form."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, items in parts.items():
        (folder / f"{name}{ENDING}").write_text(document(name, items), encoding="utf-8")
    everything = (item for items in parts.values() for item in items)
    asked = [{"package": {"name": item.name, "version": item.version, "ecosystem": item.kind}} for item in everything]
    (folder / FOR_SCANNER).write_text(json.dumps({"results": [{"packages": asked}]}, indent=2) + "\n", encoding="utf-8")
    return [folder / f"{name}{ENDING}" for name in parts]


def document(name: str, items: Iterable[Locked]) -> str:
    """A CycloneDX document; what is not of the product has the scope `excluded`."""
    parts = [component(item) for item in items]
    bom = Bom(components=parts)
    bom.metadata.component = Component(name=f"pv-lakehouse-{name}", type=ComponentType.APPLICATION, bom_ref="pv-lakehouse")
    bom.register_dependency(bom.metadata.component, parts)
    return JsonV1Dot6(bom).output_as_string(indent=2) + "\n"


def component(item: Locked) -> Component:
    """One line of a lock file; its package URL is what scanners go by."""
    url = package_url(item)
    return Component(
        name=url.name,
        group=url.namespace,
        version=item.version,
        type=ComponentType.APPLICATION if item.kind == "GIT" else ComponentType.LIBRARY,
        scope=ComponentScope.REQUIRED if item.product else ComponentScope.EXCLUDED,
        purl=url,
        bom_ref=str(url),
        # A lock file may allow several files, for other machines too; it does not say which of them is installed.
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=digest) for digest in item.sha256 if len(item.sha256) == 1],
    )


def package_url(item: Locked) -> PackageURL:
    """Package URL of a locked thing."""
    if item.kind == "Maven":
        group, artifact = item.name.split(":")
        return PackageURL("maven", group, artifact, item.version)
    if item.kind == "Go":
        namespace, _, name = item.name.rpartition("/")
        return PackageURL("golang", namespace or None, name, item.version)
    if item.kind == "GIT":
        owner, name = item.name.removeprefix("https://github.com/").split("/")
        return PackageURL("github", owner, name, item.version)
    return PackageURL("pypi", None, item.name, item.version)
