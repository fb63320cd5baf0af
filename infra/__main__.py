"""`python -m infra COMMAND`: what the Makefile calls.

up, down, status, logs, demo, bench, backup
rotate NAME …                new values for generated secrets, or `all`; TRINO_CERTIFICATE or TRINO_CA, its authority
sql [OPTION …]               Trino's command line
backfill FROM TO [LAYER] [RESUME=0] [DRY_RUN=1]
model-rollback [VERSION=n]   the former champion of the plant models, or version n, is champion again
restore BACKUP               name in PV_BACKUP_DIR, or folder
exec PROGRAM …               with the environment of the stack
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable

from include.settings import SettingsError, load_settings, read_settings
from infra import private_folders
from infra.backup import backup, restore
from infra.bench import bench
from infra.commands import backfill, demo, model_rollback, trino_cli, views
from infra.progress import say
from infra.refusal import RefusedError
from infra.services import airflow
from infra.stack import lifecycle

# They start a stack of their own, whichever was started last.
WITH_A_STACK_OF_THEIR_OWN = ("demo", "bench")


def _up() -> int:
    if demo.is_adopted():
        say("up: this is the demo's stack with its recorded data; `make down` first for the real APIs")
    settings = lifecycle.up()
    say("up: all is healthy")
    views.print_addresses(settings)
    return 0


def _down() -> int:
    demo.forget_running(lifecycle.down())
    return 0


def _rotate(*names: str) -> int:
    lifecycle.rotate(*names)
    say("rotate: the new values are in use, all is healthy")
    return 0


def _backup() -> int:
    backup.backup(load_settings())
    return 0


def _restore(chosen: str = "") -> int:
    restore.restore(chosen)
    return 0


def _exec(program: str, *arguments: str) -> int:
    os.execvpe(program, [program, *arguments], airflow.env_of_tasks(load_settings()))  # noqa: S606


COMMANDS: dict[str, Callable[..., int]] = {
    "up": _up,
    "down": _down,
    "rotate": _rotate,
    "status": views.status,
    "logs": views.logs,
    "demo": demo.demo,
    "bench": bench.bench,
    "sql": lambda *options: trino_cli.become(read_settings(), *options),
    "backfill": lambda first, end, *options: backfill.command(load_settings(), first, end, *options),
    "model-rollback": lambda *options: model_rollback.command(load_settings(), *options),
    "backup": _backup,
    "restore": _restore,
    "exec": _exec,
}


def main(arguments: list[str]) -> int:
    """Run one command; returns its exit status."""
    os.umask(private_folders.UMASK)
    name, *rest = arguments or [""]
    if name not in COMMANDS:
        sys.stderr.write(f"{__doc__}\n")
        return 2
    if name not in WITH_A_STACK_OF_THEIR_OWN:
        demo.adopt_running()
    return COMMANDS[name](*rest)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except (RefusedError, SettingsError, TimeoutError) as error:
        sys.exit(f"{sys.argv[1]}: {error}")
    except KeyboardInterrupt:
        sys.exit(130)
