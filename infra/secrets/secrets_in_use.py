"""Which secrets a service was started with. Noted as a digest when it starts, so that one that holds old values is found.

Who uses which secret is written nowhere: it is what changes in a service's environment when the secret does. Of Trino the
configuration is noted too: it says who is let in, and the other services follow it at once.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from include.settings import Settings, names_of_generated
from infra.services import trino
from infra.services.service import Service, run_dir


def used(service: Service, settings: Settings) -> dict[str, str]:
    """Secrets in a service's environment: attribute name and value.

    Files of the run folder are not counted: their readers read them again (Spark's properties for each submission, Trino's
    passwords every 5 s), or have the secret in their environment too (MLflow).
    """
    today = service.env(settings)
    found = {}
    for name in names_of_generated():
        another = settings.with_secrets({name: "another-value"})
        if service.env(another) != today:
            found[name] = settings.secret(name)
    return found


def note(service: Service, settings: Settings) -> None:
    """Write down what a service is about to be started with."""
    path = _note_of(settings, service.name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(_digest(service, settings), encoding="utf-8")


def is_outdated(service: Service, settings: Settings) -> bool:
    """Whether a service that runs was started with other values than these settings give it."""
    path = _note_of(settings, service.name)
    return not path.exists() or path.read_text(encoding="utf-8") != _digest(service, settings)


def _note_of(settings: Settings, name: str) -> Path:
    return run_dir(settings) / "started-with" / name


def _digest(service: Service, settings: Settings) -> str:
    noted = used(service, settings) | ({"configuration": trino.properties(settings)} if service is trino.TRINO else {})
    return hashlib.sha256(json.dumps(noted, sort_keys=True).encode()).hexdigest()
