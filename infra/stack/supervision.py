"""Speaks to the supervisor: writes its configuration, starts it, starts and stops services through it."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tempfile
import time
import xmlrpc.client
from pathlib import Path
from string import Template
from typing import Any

from supervisor.xmlrpc import SupervisorTransport

from include.paths import PROJECT_ROOT
from include.settings import Settings
from infra import layout
from infra.refusal import RefusedError
from infra.services import services
from infra.services.service import Service, base, run_dir, settings_of_process

SOCKET_NOTE = "supervisor.socket"
ALIVE = {"RUNNING", "STARTING", "BACKOFF"}
"""States of a service that runs or is about to."""
CONFIGURATION = Path(__file__).with_name("supervisord.conf")


class SupervisorError(RefusedError):
    """The supervisor could not be started or refused."""


def socket_path(settings: Settings) -> Path:
    """The supervisor's socket, mode 0700, in a folder with a short name: a socket's path may have 107 characters at most."""
    short = hashlib.sha256(str(settings.pv_data_dir).encode()).hexdigest()[:12]
    folder = Path(os.environ.get("XDG_RUNTIME_DIR") or tempfile.gettempdir()) / f"pv-lakehouse-{os.geteuid()}-{short}"
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.stat().st_uid != os.geteuid():
        raise SupervisorError(f"{folder} belongs to another user: remove it or set XDG_RUNTIME_DIR")
    folder.chmod(0o700)
    return folder / "supervisor.sock"


def log_dir(settings: Settings) -> Path:
    """Folder of one rotated log file per service."""
    return settings.pv_data_dir / "logs"


def _section(service: Service, priority: int, settings: Settings) -> str:
    # supervisord expands %(name)s in values; a percent sign in a path is doubled.
    start = f'setpriv --pdeathsig TERM -- "{layout.VENV_BIN / "python"}" -m infra.stack.start {service.name}'.replace("%", "%%")
    log = str(log_dir(settings) / f"{service.name}.log").replace("%", "%%")
    return "\n".join(
        [
            f"[program:{service.name}]",
            f"command={start}",
            f"directory={str(PROJECT_ROOT).replace('%', '%%')}",
            f"priority={priority}",
            "autostart=false",
            "autorestart=true",
            "startsecs=3",
            "startretries=5",
            f"stopsignal={service.stop_signal}",
            f"stopwaitsecs={service.stop_seconds}",
            "stopasgroup=false" if service.stops_alone else "stopasgroup=true",
            "killasgroup=true",
            "redirect_stderr=true",
            f"stdout_logfile={log}",
            "stdout_logfile_maxbytes=20MB",
            "stdout_logfile_backups=3",
        ]
    )


def write_configuration(settings: Settings) -> Path:
    """Write the supervisor's configuration into the run folder; returns its path."""
    log_dir(settings).mkdir(parents=True, exist_ok=True)
    run_dir(settings).mkdir(mode=0o700, exist_ok=True)
    values = {
        "SOCKET": str(socket_path(settings)),
        "PIDFILE": str(run_dir(settings) / "supervisord.pid"),
        "LOGFILE": str(log_dir(settings) / "supervisord.log"),
    }
    head = Template(CONFIGURATION.read_text(encoding="utf-8")).substitute({k: v.replace("%", "%%") for k, v in values.items()})
    text = "\n\n".join([head, *(_section(service, n, settings) for n, service in enumerate(services.of(settings)))]) + "\n"
    path = run_dir(settings) / "supervisord.conf"
    path.write_text(text, encoding="utf-8")
    return path


def rpc(settings: Settings) -> Any:
    """The supervisor's interface, or None when it does not run."""
    noted = run_dir(settings) / SOCKET_NOTE
    # The folder of sockets depends on the shell: another one must find the supervisor too.
    path = noted.read_text(encoding="utf-8") if noted.exists() else socket_path(settings)
    proxy = xmlrpc.client.ServerProxy("http://127.0.0.1", transport=SupervisorTransport(None, None, f"unix://{path}"))
    try:
        proxy.supervisor.getState()
    except (OSError, xmlrpc.client.Fault):
        return None
    return proxy.supervisor


def start_supervisor(settings: Settings) -> Any:
    """Start the supervisor in the background and return its interface."""
    configuration = write_configuration(settings)
    (run_dir(settings) / SOCKET_NOTE).write_text(str(socket_path(settings)), encoding="utf-8")
    child_env = base() | settings_of_process(settings)
    command = [sys.executable, "-m", "supervisor.supervisord", "-c", str(configuration)]
    subprocess.run(command, check=True, env=child_env, cwd=PROJECT_ROOT, stdin=subprocess.DEVNULL)
    for _ in range(100):
        if (interface := rpc(settings)) is not None:
            return interface
        time.sleep(0.1)
    raise SupervisorError(f"the supervisor did not answer; see {log_dir(settings) / 'supervisord.log'}")


def states(interface: Any) -> dict[str, str]:
    """State of each service in the supervisor's words (RUNNING, STARTING, BACKOFF, FATAL, STOPPED, …)."""
    return {entry["name"]: entry["statename"] for entry in interface.getAllProcessInfo()}


def start(interface: Any, name: str) -> None:
    """Start a service unless it runs or is about to."""
    if states(interface)[name] not in ALIVE:
        interface.startProcess(name, False)
