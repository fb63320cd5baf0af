"""Findings compared with infra/accepted-vulnerabilities.toml: what is left to do, in lines. Pure but for reading the file."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from include.paths import PROJECT_ROOT
from infra.audit.locked import AuditError

FILE = PROJECT_ROOT / "infra" / "accepted-vulnerabilities.toml"


class Accepted(BaseModel):
    """One entry of the file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    package: str
    until: date
    reason: str = Field(min_length=20)


@dataclass(frozen=True, order=True)
class Finding:
    """A known vulnerability of something locked; `ids` are all its names, its own first."""

    package: str
    version: str
    ids: tuple[str, ...]
    summary: str = ""
    fixed: str = ""


def read(file: Path = FILE) -> list[Accepted]:
    """Entries of the file; raises AuditError for one without a reason or a day."""
    try:
        entries = tomllib.loads(file.read_text(encoding="utf-8")).get("accepted", [])
        return TypeAdapter(list[Accepted]).validate_python(entries)
    except (tomllib.TOMLDecodeError, ValidationError) as error:
        raise AuditError(f"{file}: {error}") from error


def left(findings: Iterable[Finding], accepted: list[Accepted], today: date) -> list[str]:
    """A line for each finding that is not accepted and for each entry that is expired or that nothing matches."""
    found = sorted(findings)
    matched = {entry for entry in accepted for finding in found if _covers(entry, finding)}
    open_ones = [finding for finding in found if not any(_covers(entry, finding) for entry in accepted)]
    return [
        *(_describe(finding) for finding in open_ones),
        *(f"{e.id} in {e.package}: accepted until {e.until}, which is past" for e in accepted if e.until < today),
        *(f"{e.id} in {e.package}: accepted, but nothing has it: remove the entry" for e in accepted if e not in matched),
    ]


def _covers(entry: Accepted, finding: Finding) -> bool:
    return entry.id in finding.ids and fnmatchcase(finding.package, entry.package)


def _describe(finding: Finding) -> str:
    fixed = f"fixed in {finding.fixed}" if finding.fixed else "no fix known"
    return f"{finding.package} {finding.version}: {', '.join(finding.ids)} ({fixed}) {finding.summary}".rstrip()
