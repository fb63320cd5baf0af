"""`python -m include.contracts COMMAND`: keep files and catalog in step with the contracts.

write       write sql/trino/ddl/ and docs/data-dictionary.md
check       exit 1 if one of them is not what the contracts say
check-live  exit 1 if a table of the running lakehouse is not what its contract says
"""

import sys
from collections.abc import Callable

from include.contracts import ContractError, load_all
from include.contracts.generated import stale_files, write_files
from include.contracts.live import Cursor, check_live
from include.lakehouse import connect
from include.settings import read_settings


def main(arguments: list[str]) -> int:
    """Run one command; return the exit code."""
    commands: dict[str, Callable[[], int]] = {
        "write": _write,
        "check": _check,
        "check-live": _check_live,
    }
    if len(arguments) != 1 or arguments[0] not in commands:
        print(__doc__, file=sys.stderr)
        return 2
    try:
        return commands[arguments[0]]()
    except ContractError as error:
        print(error, file=sys.stderr)
        return 1


def _write() -> int:
    for path in write_files():
        print(f"wrote {path}")
    return 0


def _check() -> int:
    stale = stale_files()
    for path in stale:
        print(f"{path} is not what the contracts say", file=sys.stderr)
    if stale:
        print("run: python -m include.contracts write", file=sys.stderr)
    return 1 if stale else 0


def _check_live() -> int:
    lines = check_live(_trino_cursor(), load_all())
    for line in lines:
        print(line, file=sys.stderr)
    return 1 if lines else 0


def _trino_cursor() -> Cursor:
    cursor: Cursor = connect(read_settings(), "pv-lakehouse-contracts").cursor()
    return cursor


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
