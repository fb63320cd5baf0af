"""What a container runs: `python -m infra.container COMMAND`. Command lines and environments are the native stack's.

start SERVICE    becomes the service
once STEP        roles, buckets, catalog, airflow or lakehouse: a preparation; may be repeated
                 demo: a recorded day. backup: a new one
                 next-superuser or next-fernet-key: a part of a rotation, with the next values in /run/next
restore [BACKUP] name in PV_BACKUP_DIR; without one it lists those that there are
sql [OPTION …]   Trino's command line
exec PROGRAM …   with the environment of Airflow's tasks, where that is
backfill FROM TO [LAYER] [RESUME=0] [DRY_RUN=1]
model-rollback [VERSION=n]

The health check is docker/healthcheck.py.
"""

from __future__ import annotations

import inspect
import os
import socket
import sys
from collections.abc import Callable
from pathlib import Path

from include.settings import Settings, SettingsError, read_settings
from infra import private_folders

NEXT_VALUES = Path("/run/next")
GRANTED = Path("/run/secrets")


def outside_network(granted: Path) -> dict[str, str]:
    """Environment for who speaks to other machines, from the files it was granted: the proxy, and the authorities to trust.

    The proxy's address is a file because it may hold a password. Empty files mean no proxy, and public authorities.
    """
    proxy, authorities = granted / "https_proxy", granted / "ca"
    found = {}
    if proxy.is_file() and (address := proxy.read_text(encoding="utf-8").strip()):
        found["HTTPS_PROXY"] = address
    if authorities.is_file() and authorities.stat().st_size:
        found |= dict.fromkeys(("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"), str(authorities))
    return found


def _start(settings: Settings, name: str) -> int:
    from infra.services import services

    if name == "trino-worker":
        # There may be several, so compose gives them no name of their own; the network knows the container's.
        settings = settings.model_copy(update={"pv_host_name": socket.gethostname()})
    service = services.service(name)
    service.files(settings)
    service.prepare(settings)
    command = service.command(settings)
    os.chdir(settings.pv_data_dir)
    os.execvpe(command[0], command, service.env(settings))  # noqa: S606  an argument list of ours


def _once(settings: Settings, step: str) -> int:
    from infra.secrets import rotation
    from infra.services import databases
    from infra.setup import external_catalog, preparation

    if step == "demo":
        from infra.commands import demo_day

        return 0 if demo_day.play(settings) else 1
    steps: dict[str, Callable[[Settings], object]] = {
        "roles": databases.ensure_roles,
        "buckets": _store,
        "catalog": external_catalog.ask,
        "airflow": _airflow,
        "lakehouse": preparation.prepare_lakehouse,
        "next-superuser": lambda s: rotation.settle_postgres(s, rotation.with_files(s, NEXT_VALUES)),
        "next-fernet-key": lambda s: rotation.encrypt_again(s, rotation.with_files(s, NEXT_VALUES)),
    }
    if step == "backup":
        from infra.backup.backup import backup  # MinIO's client, which the image of Postgres does not have

        steps[step] = backup
    if said := steps[step](settings):
        sys.stdout.write(f"{step}: {said}\n")
    return 0


def _store(settings: Settings) -> str:
    """Buckets, with users where they are ours; and whether the store lets in who must not come in."""
    from infra.setup import forged_requests, object_store, preparation

    said = object_store.prepare(settings) if settings.s3_server == "external" else preparation.create_buckets(settings)
    forged_requests.refuse(settings)
    return said


def _airflow(settings: Settings) -> None:
    from infra.setup import data_folder, preparation

    data_folder.refuse_another_fernet_key(settings)
    preparation.migrate_airflow(settings)


def _restore(settings: Settings, chosen: str = "") -> int:
    from infra.backup.restore import restore_container

    restore_container(chosen, settings)
    return 0


def _sql(settings: Settings, *options: str) -> int:
    from infra.commands import trino_cli

    trino_cli.become(settings, *options)


def _exec(settings: Settings, program: str, *arguments: str) -> int:
    from infra.services import airflow

    os.execvpe(program, [program, *arguments], airflow.env_of_tasks(settings))  # noqa: S606  what a person typed


def _backfill(settings: Settings, first: str, end: str, *options: str) -> int:
    from infra.commands.backfill import command

    return command(settings, first, end, *options)


def _model_rollback(settings: Settings, *options: str) -> int:
    from infra.commands.model_rollback import command

    return command(settings, *options)


COMMANDS: dict[str, Callable[..., int]] = {
    "start": _start,
    "once": _once,
    "restore": _restore,
    "sql": _sql,
    "exec": _exec,
    "backfill": _backfill,
    "model-rollback": _model_rollback,
}


def main(arguments: list[str]) -> int:
    """Run one command; returns its exit status."""
    name, *rest = arguments or [""]
    command = COMMANDS.get(name)
    try:
        os.umask(private_folders.UMASK)
        os.environ.update(outside_network(GRANTED))
        settings = read_settings()
        if os.access(settings.pv_data_dir, os.W_OK):  # a volume; without one the folder is the image's
            private_folders.prepare(settings)
        if command is None or not _takes(command, settings, *rest):
            sys.stderr.write(f"{__doc__}\n")
            return 2
        return command(settings, *rest)
    except (SettingsError, KeyError, FileNotFoundError, RuntimeError) as error:
        sys.stderr.write(f"{' '.join(arguments)}: {error}\n")
        return 1


def _takes(command: Callable[..., int], *arguments: object) -> bool:
    try:
        inspect.signature(command).bind(*arguments)
    except TypeError:
        return False
    return True


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
