"""What the supervisor runs for each service: `python -m infra.stack.start NAME`.

Ends what a killed predecessor left running, notes the process group (so that leftovers can be found after a kill -9) and its
secrets' digest (so that a service with old ones can be found), waits for what the service needs, prepares its folder, then
becomes the service.
"""

from __future__ import annotations

import os
import sys

from include.settings import Settings, SettingsError, load_settings
from infra import private_folders
from infra.secrets import secrets_in_use
from infra.services import databases, environment, probes, services
from infra.stack import leftovers

WAIT_SECONDS = 120


def prepare(name: str, settings: Settings) -> None:
    """Make the folder that a service keeps its data in."""
    folders = {
        "minio": "minio",
        "spark-worker": "spark-work",
        "trino": "trino",
        "trino-worker": "trino",
        "airflow-api-server": "airflow",
    }
    if name == "postgres":
        databases.ensure_cluster(settings)
        databases.write_access_rules(settings)
    elif name == "versitygw":
        for folder in (settings.pv_data_dir / "versitygw", *services.versitygw_folders(settings)):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            folder.chmod(0o700)  # the users' secrets lie there as they are
    elif name == "object-lifecycle":
        (environment.run_dir(settings) / environment.LIFECYCLE_NOTE).unlink(missing_ok=True)
    elif name in folders:
        (settings.pv_data_dir / folders[name]).mkdir(exist_ok=True)


def main(name: str) -> None:
    """Start one service; does not return."""
    os.umask(private_folders.UMASK)
    settings = load_settings()
    service = services.service(name, settings)
    leftovers.end_former(settings, name)
    leftovers.note(settings, name)
    secrets_in_use.note(service, settings)
    present = {other.name for other in services.of(settings)}
    for needed in (name for name in service.needs if name in present):
        if finding := probes.wait_for(needed, settings, WAIT_SECONDS):
            sys.exit(f"{name}: {needed} did not answer within {WAIT_SECONDS} s: {finding}")
    prepare(name, settings)
    command = service.command(settings)
    os.chdir(settings.pv_data_dir)
    os.execvpe(command[0], command, service.env(settings))  # noqa: S606  argument lists from services.py


if __name__ == "__main__":
    try:
        main(sys.argv[1])
    except (SettingsError, KeyError, FileNotFoundError, RuntimeError) as error:
        sys.exit(f"{sys.argv[1]}: {error}")
