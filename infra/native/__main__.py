"""`python -m infra.native up|down|status|logs|demo|backfill`: what the Makefile calls."""

from __future__ import annotations

import sys

from include.settings import SettingsError
from infra.native import lifecycle
from infra.native.airflow_api import AirflowApiError
from infra.native.supervision import SupervisorError


def _up() -> None:
    settings = lifecycle.up()
    lifecycle.say("up: all is healthy")
    lifecycle.print_addresses(settings)


def main(arguments: list[str]) -> int:
    """Run one command; returns its exit status."""
    match arguments:
        case ["up"]:
            _up()
        case ["down"]:
            lifecycle.down()
        case ["status"]:
            return lifecycle.status()
        case ["logs"]:
            lifecycle.logs()
        case _:
            sys.stderr.write(f"{__doc__}\n")
            return 2
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except (lifecycle.StackError, SettingsError, SupervisorError, AirflowApiError) as error:
        sys.exit(f"{sys.argv[1]}: {error}")
    except KeyboardInterrupt:
        sys.exit(130)
