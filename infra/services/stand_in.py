"""The stand-in of both APIs, for the demo and for tests (PV_STAND_IN_PORT)."""

from __future__ import annotations

from include.settings import Settings
from infra import layout
from infra.services.service import Service, base, get


def _command(settings: Settings) -> list[str]:
    where = ["--host", settings.pv_bind_address, "--port", str(settings.pv_stand_in_port)]
    world = [] if settings.pv_stand_in_world is None else ["--world", str(settings.pv_stand_in_world)]
    return [str(layout.VENV_BIN / "python"), "-m", "infra.upstream", *where, *world]


def _probe(settings: Settings) -> str | None:
    get(f"http://127.0.0.1:{settings.pv_stand_in_port}/v4/health")
    return None


STAND_IN = Service(
    "stand-in-apis",
    _command,
    lambda settings: base(),
    _probe,
    ports=lambda settings: {"PV_STAND_IN_PORT": settings.pv_stand_in_port or 0},
)
