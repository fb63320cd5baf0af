"""`python -m infra.audit`: writes the SBOMs and asks for known vulnerabilities of what they name.

`sbom` alone writes them; `--local-list FOLDER` compares with a copy of the public list instead of asking for it.
"""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime
from pathlib import Path

from infra.audit import accepted, sbom, scanner
from infra.audit.locked import AuditError

UNKNOWN = 2
"""Exit code where the list of vulnerabilities could not be read; 1 is: something was found."""


def main(arguments: list[str]) -> int:
    """Run the audit; returns its exit code."""
    parser = argparse.ArgumentParser(prog="python -m infra.audit", description=__doc__)
    parser.add_argument("only", nargs="?", choices=["sbom"])
    parser.add_argument("--local-list", type=Path)
    given = parser.parse_args(arguments)
    try:
        documents = sbom.write()
        print(f"audit: {', '.join(file.name for file in documents)} in {sbom.FOLDER}")
        if given.only == "sbom":
            return 0
        entries = accepted.read()
        left = accepted.left(scanner.scan(sbom.FOLDER, given.local_list), entries, datetime.now(UTC).date())
    except AuditError as error:
        print(f"audit: {error}", file=sys.stderr)
        return UNKNOWN
    for line in left:
        print(f"audit: {line}")
    print(f"audit: {len(left)} to do, {len(entries)} accepted")
    return 1 if left else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
