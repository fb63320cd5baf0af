"""`python -m infra.native up|down|status|logs|sql|demo|backfill FROM TO [LAYER]|exec PROGRAM …`: what the Makefile calls."""

from __future__ import annotations

import os
import sys

from include.settings import SettingsError, load_settings
from infra.native import backfill, demo, environment, lifecycle
from infra.native.airflow_api import AirflowApiError
from infra.native.supervision import SupervisorError


def _up() -> None:
    settings = lifecycle.up()
    lifecycle.say("up: all is healthy")
    lifecycle.print_addresses(settings)


def main(arguments: list[str]) -> int:
    """Run one command; returns its exit status."""
    if arguments[:1] != ["demo"]:
        demo.adopt_running()
    match arguments:
        case ["up"]:
            _up()
        case ["down"]:
            lifecycle.down()
            demo.forget_running()
        case ["status"]:
            return lifecycle.status()
        case ["logs"]:
            lifecycle.logs()
        case ["sql", *options]:
            lifecycle.sql(options)
        case ["demo"]:
            return demo.demo()
        case ["backfill", first, end, *layer]:
            return backfill.backfill(load_settings(), first, end, *layer)
        case ["exec", program, *rest]:
            os.execvpe(program, [program, *rest], environment.airflow(load_settings()))  # noqa: S606
        case _:
            sys.stderr.write(f"{__doc__}\n")
            return 2
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except (lifecycle.StackError, SettingsError, SupervisorError, AirflowApiError, backfill.BackfillError, TimeoutError) as error:
        sys.exit(f"{sys.argv[1]}: {error}")
    except KeyboardInterrupt:
        sys.exit(130)
