"""`python -m infra.upstream --port 18080 [--host 127.0.0.1] [--now ISO] [--ticking] [--world SEED]`."""

from __future__ import annotations

import argparse
import sys

if "pyarrow" not in sys.modules:
    # pandas loads Arrow when it finds it: 35 MB that this server has no use for.
    sys.modules["pyarrow"] = None  # type: ignore[assignment]

import uvicorn

from infra.upstream.app import create_app, warm_up
from infra.upstream.clock import Clock, parse_instant
from infra.upstream.connections import RememberingProtocol


def main() -> None:
    """Serve until stopped."""
    parser = argparse.ArgumentParser(prog="python -m infra.upstream", description="Stand-in of the two APIs")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=18080)
    parser.add_argument("--now", type=parse_instant, help="ISO instant the clock stands at (default: real time)")
    parser.add_argument("--ticking", action="store_true", help="let the clock run on from --now")
    parser.add_argument("--world", type=int, help="seed of a world in which farms lose energy (default: nothing happens to them)")
    arguments = parser.parse_args()
    app = create_app(Clock(arguments.now, ticking=arguments.ticking), arguments.world)
    warm_up()
    uvicorn.run(
        app,
        host=arguments.host,
        port=arguments.port,
        http=RememberingProtocol,
        log_level="warning",
        access_log=False,
        date_header=False,  # `exchange.py` writes it
    )


if __name__ == "__main__":
    main()
