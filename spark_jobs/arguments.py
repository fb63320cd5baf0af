"""What the jobs have in common before their session opens: arguments of a window and a run, the log, slow imports."""

import argparse
import logging
import sys
import threading
from collections.abc import Sequence
from importlib import import_module

from include.windows import Window


def window_parser(description: str | None) -> argparse.ArgumentParser:
    """Return a parser of `--start`, `--end` and `--run-id`."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--run-id", required=True, help="the Airflow run")
    parser.add_argument("--start", required=True, help="first hour, ISO 8601 with zone")
    parser.add_argument("--end", required=True, help="end (exclusive), ISO 8601 with zone")
    return parser


def parsed(parser: argparse.ArgumentParser, argv: Sequence[str] | None) -> tuple[argparse.Namespace, Window]:
    """Read the arguments, and begin the job's log on standard output; returns them and their window."""
    arguments = parser.parse_args(argv)
    logging.basicConfig(level=logging.INFO, stream=sys.stdout, format="%(levelname)s %(name)s: %(message)s")
    return arguments, Window.parse(arguments.start, arguments.end)


def import_meanwhile(module: str) -> None:
    """Import a module beside what follows: pvlib takes a second, and the JVM takes longer to start."""
    threading.Thread(target=import_module, args=(module,), daemon=True).start()
