"""What the supervisor runs for each service: `python -m infra.stack.start NAME`.

Ends what a killed predecessor left running, notes the process group (so that leftovers can be found after a kill -9) and its
secrets' digest (so that a service with old ones can be found), waits for what the service needs, prepares its folder, then
becomes the service.
"""

from __future__ import annotations

import os
import sys

from include.settings import SettingsError, load_settings
from infra import private_folders
from infra.secrets import secrets_in_use
from infra.services import services
from infra.stack import leftovers

WAIT_SECONDS = 120


def main(name: str) -> None:
    """Start one service; does not return."""
    os.umask(private_folders.UMASK)
    settings = load_settings()
    service = services.service(name)
    leftovers.end_former(settings, name)
    leftovers.note(settings, name)
    secrets_in_use.note(service, settings)
    present = {other.name for other in services.of(settings)}
    for needed in (name for name in service.needs if name in present):
        if finding := services.wait_for(needed, settings, WAIT_SECONDS):
            sys.exit(f"{name}: {needed} did not answer within {WAIT_SECONDS} s: {finding}")
    service.prepare(settings)
    command = service.command(settings)
    os.chdir(settings.pv_data_dir)
    os.execvpe(command[0], command, service.env(settings))  # noqa: S606  an argument list of ours


if __name__ == "__main__":
    try:
        main(sys.argv[1])
    except (SettingsError, KeyError, FileNotFoundError, RuntimeError) as error:
        sys.exit(f"{sys.argv[1]}: {error}")
