"""The examples of docs/guides/clients.md, so that what a reader copies is what a test runs.

A fenced block is run when it has a name behind its language: ```python name=db-api. A java block is a file of that name, which
the sh blocks find in the folder in which they run.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from include.paths import PROJECT_ROOT
from include.settings import Settings
from infra import layout

GUIDE = PROJECT_ROOT / "docs" / "guides" / "clients.md"
PARTS = re.compile(
    r"^#+ (?P<heading>[^\n]*)$|^```(?P<language>\w+)(?: name=(?P<name>[\w.-]+))?\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL
)
NOT_RUN = "not run here"
WITHOUT_PASSWORD = re.compile(r"\b8080\b")
"""What an example has that speaks plain http to Trino."""


@dataclass(frozen=True)
class Example:
    """A block of code, and the heading that it stands under."""

    heading: str
    language: str
    name: str | None
    text: str

    @property
    def needs_no_password(self) -> bool:
        """Whether it asks Trino over plain http, which containers do not publish."""
        return bool(WITHOUT_PASSWORD.search(self.text))


def examples(*languages: str) -> list[Example]:
    """Blocks of the guide that have a name, of these languages or all, in its order."""
    return [each for each in all_blocks() if each.name and (not languages or each.language in languages)]


def all_blocks() -> list[Example]:
    """Every block of code of the guide."""
    found, heading = [], ""
    for part in PARTS.finditer(GUIDE.read_text(encoding="utf-8")):
        heading = part["heading"] or heading
        if part["language"]:
            found.append(Example(heading, part["language"], part["name"], part["text"]))
    return found


def for_stack(settings: Settings, text: str) -> str:
    """An example with the addresses and paths of another installation than the guide's."""
    texts = {
        ".lakehouse/data/live/certificates/authority.pem": str(settings.trino_authority),
        ".lakehouse/data/live/secrets": str(settings.secrets_dir),
        ".lakehouse/opt/trino-archives/trino-jdbc.jar": str(layout.TRINO_JDBC),
        "127.0.0.1:8181": urlsplit(settings.iceberg_rest_uri).netloc,
        "127.0.0.1:9000": urlsplit(settings.minio_endpoint).netloc,
        "8080": str(settings.trino_ports["http"][1]),
        "8443": str(settings.trino_ports["https"][1]),
    }
    whole = "|".join(re.escape(each) for each in texts)
    return re.sub(rf"(?<!\w)({whole})(?!\d)", lambda found: texts[found[0]], text)


def run(example: Example, settings: Settings, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a python or sh example in a folder of its own, as a person would: a process that knows nothing of the tests."""
    for file in examples("java"):
        (folder / str(file.name)).write_text(for_stack(settings, file.text), encoding="utf-8")
    script = folder / f"{example.name}.{example.language}"
    script.write_text(for_stack(settings, example.text), encoding="utf-8")
    program = {"python": [sys.executable], "sh": ["bash", "-eu"]}[example.language]
    # The settings of the test's stack are not a reader's; of the rest of the environment a client needs little.
    env = {name: value for name, value in os.environ.items() if name in ("HOME", "LANG", "PATH", "TMPDIR")}
    if example.language == "sh":
        env["PATH"] = f"{layout.java_for_spark().parent}:{env['PATH']}"
    return subprocess.run([*program, str(script)], cwd=folder, env=env, capture_output=True, text=True, check=False, timeout=300)
