"""The secrets of the containers: `python -m infra.secrets COMMAND`, which docker/stack.sh runs in a container of its own.

fill            a value for every secret that has none; Trino's certificate
next NAME …     the next values of a rotation, or `all`
settle          the next values become the current ones

PV_SECRETS_DIR is the folder, which the other containers have mounted file by file. What a person gives comes on standard input
(`machine.read`), so that no value is an argument or a variable of a container.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from include.settings import SettingsError
from infra import private_folders
from infra.refusal import RefusedError
from infra.secrets import containers, machine
from infra.secrets.store import Store


def main(arguments: list[str]) -> int:
    """Run one command; returns its exit status."""
    os.umask(private_folders.UMASK)
    store = Store(Path(os.environ["PV_SECRETS_DIR"]), is_mounted=True)
    command, *names = arguments or [""]
    if command == "settle":
        store.settle()
        return 0
    given = machine.read(sys.stdin.buffer.read())
    if command == "fill":
        containers.fill(store, given)
    elif command == "next":
        containers.begin(store, given, names)
    else:
        sys.stderr.write(f"{__doc__}\n")
        return 2
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except (RefusedError, SettingsError) as error:
        sys.exit(f"secrets: {error}")
