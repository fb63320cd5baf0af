"""What the native stack and the compose stack made of the same week, side by side in one file each below `.lakehouse/`."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from infra import layout

FOLDER = layout.HOME / "deployments"
NATIVE, COMPOSE = "native", "compose"


def this_one() -> str:
    """Which deployment the tests run on."""
    return COMPOSE if "PV_PROJECT" in os.environ else NATIVE


def write(facts: dict[str, Any]) -> None:
    """Keep what this deployment made."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    _path(this_one()).write_text(json.dumps(facts, default=str), encoding="utf-8")


def has(deployment: str) -> bool:
    """Whether a deployment's tests have run in this folder."""
    return _path(deployment).exists()


def read(deployment: str) -> dict[str, Any]:
    """What a deployment made; raises FileNotFoundError when its tests did not run in this folder."""
    facts: dict[str, Any] = json.loads(_path(deployment).read_text(encoding="utf-8"))
    return facts


def _path(deployment: str) -> Path:
    return FOLDER / f"{deployment}.json"
