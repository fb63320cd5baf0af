"""`python -m infra.install [STEP …]`: what the lock files name besides Python packages; all of it, or the steps named."""

from __future__ import annotations

import sys

from infra.install import source_patch
from infra.install.steps import InstallError, install

if __name__ == "__main__":
    try:
        install(*sys.argv[1:])
    except (InstallError, source_patch.PatchError, FileNotFoundError) as error:
        sys.exit(f"install: {error}")
