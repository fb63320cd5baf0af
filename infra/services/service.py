"""What every server of the stack is described by, and what several of them have in common.

Everything here is a pure function of the settings. Command lines are seen by everybody on the machine (`ps`): nothing secret may
be in them.
"""

from __future__ import annotations

import json
import os
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from include.paths import PROJECT_ROOT
from include.settings import Settings, names_of_own
from infra import layout, private_folders

PROBE_TIMEOUT_SECONDS = 3
Environment = dict[str, str]
Ports = dict[str, int]
# What any program may need from its caller. Everything else a service gets is named in its file.
PASSED_ON = ("HOME", "USER", "LANG", "LC_ALL", "TMPDIR", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "AWS_CA_BUNDLE", "CURL_CA_BUNDLE",
             "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy")  # fmt: skip


def _nothing(settings: Settings) -> None:
    pass


def _no_ports(settings: Settings) -> Ports:
    return {}


@dataclass(frozen=True)
class Service:
    """One process of the stack.

    probe: sends it a real request; None when all is well, else one line that says what is not. ports: by the variable that sets
    them. needs: services that must answer before this one is started. uses: services that it asks while it runs, so that it is
    stopped before them. Of both, those that the settings do not have are ignored. prepare: folders of its own, before each start.
    files: configuration with secrets filled in (`write_file`); a running service reads them again, or has its secrets in its
    environment too. stops_alone: its children are its own to stop.
    """

    name: str
    command: Callable[[Settings], list[str]]
    env: Callable[[Settings], Environment]
    probe: Callable[[Settings], str | None]
    ports: Callable[[Settings], Ports] = _no_ports
    needs: tuple[str, ...] = ()
    uses: tuple[str, ...] = ()
    prepare: Callable[[Settings], None] = _nothing
    files: Callable[[Settings], None] = _nothing
    stop_signal: str = "TERM"
    stop_seconds: int = 20
    stops_alone: bool = False


def port_of(url: str) -> int:
    """Port named in a URL."""
    parts = urlsplit(url)
    return parts.port or (443 if parts.scheme == "https" else 80)


def folder(name: str) -> Callable[[Settings], None]:
    """Return a preparation that makes a folder of the data folder."""

    def prepare(settings: Settings) -> None:
        (settings.pv_data_dir / name).mkdir(exist_ok=True)

    return prepare


def get(url: str, headers: dict[str, str] | None = None) -> Any:
    """Body of an answer to a probe, parsed where it is JSON; raises for any error. No proxy is asked."""
    request = urllib.request.Request(url, headers=headers or {})  # noqa: S310  http to 127.0.0.1, from settings
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=PROBE_TIMEOUT_SECONDS) as answer:
        body = answer.read()
    return json.loads(body) if body[:1] in (b"{", b"[") else body.decode()


def base() -> Environment:
    """Environment common to all services: UTC, the project on Python's path, programs of the venv first."""
    passed = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    return (
        passed
        | _past_the_proxy(passed)
        | {
            "PATH": f"{layout.VENV_BIN}:{layout.SPARK_HOME / 'bin'}:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin",
            "TZ": "UTC",
            "PV_HOME": str(PROJECT_ROOT),
            "PYTHONPATH": str(PROJECT_ROOT),
            "PYTHONUNBUFFERED": "1",
        }
    )


def _past_the_proxy(passed: Environment) -> Environment:
    """What is on this machine is not asked through a company's proxy, where there is one."""
    if not {"http_proxy", "https_proxy"} & {name.lower() for name in passed}:
        return {}
    given = passed.get("no_proxy") or passed.get("NO_PROXY")
    return dict.fromkeys(("NO_PROXY", "no_proxy"), ",".join(filter(None, (given, "127.0.0.1,localhost"))))


def java() -> Environment:
    """Where the JVM of Spark is."""
    return {"JAVA_HOME": str(layout.java_for_spark().parent.parent)}


def settings_of_process(settings: Settings) -> Environment:
    """Settings given to this process by its environment: they must reach processes that read settings themselves.

    But the stack's own secrets, which these read from their folder.
    """
    passed = {name.upper() for name in type(settings).model_fields} - {name.upper() for name in names_of_own(settings)}
    given = {name: value for name, value in os.environ.items() if name.upper() in passed}
    return given | {"PV_DATA_DIR": str(settings.pv_data_dir)}


def s3_keys(settings: Settings, engine: str) -> Environment:
    """An engine's own S3 user."""
    return {
        "AWS_ACCESS_KEY_ID": settings.secret(f"{engine}_s3_access_key"),
        "AWS_SECRET_ACCESS_KEY": settings.secret(f"{engine}_s3_secret_key"),
        "AWS_REGION": settings.s3_region,
        "AWS_DEFAULT_REGION": settings.s3_region,
    }


def database_url(settings: Settings, role: str) -> str:
    """SQLAlchemy address of a role's own database (both have the same name)."""
    password = quote(settings.secret(f"{role}_db_password"), safe="")
    host = f"{settings.postgres_host}:{settings.postgres_port}"
    return f"postgresql+psycopg2://{role}:{password}@{host}/{role}"


def run_dir(settings: Settings) -> Path:
    """Folder of files that are written at each start: configuration with secrets filled in, process groups."""
    return settings.pv_data_dir / "run"


def write_file(settings: Settings, name: str, text: str) -> None:
    """Write a file of the run folder, for its owner alone."""
    run_dir(settings).mkdir(mode=0o700, parents=True, exist_ok=True)
    private_folders.write_file(run_dir(settings) / name, text)
