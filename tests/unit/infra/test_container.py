"""What a container is told to run: a command with the right words runs, anything else is answered with how to ask."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from include.paths import PROJECT_ROOT
from infra import container


@pytest.mark.parametrize(
    "arguments", [[], ["dance"], ["start"], ["once", "roles", "twice"], ["backfill", "2025-01-01"], ["exec"]]
)
def test_what_it_does_not_take_is_answered_with_what_it_takes(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert container.main(arguments) == 2
    assert "backfill FROM TO [LAYER]" in capsys.readouterr().err


def test_a_refusal_is_one_line_with_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert container.main(["backfill", "2025-01-02", "2025-01-01"]) == 1
    said = capsys.readouterr().err
    assert said == "backfill 2025-01-02 2025-01-01: FROM=2025-01-02 must lie before TO=2025-01-01 (TO is exclusive)\n"


def test_requests_to_other_machines_use_the_proxy_and_the_authorities_of_this_machine(tmp_path: Path) -> None:
    (tmp_path / "https_proxy").write_text("http://somebody:secret@proxy.example:3128\n")
    (tmp_path / "ca").write_text("-----BEGIN CERTIFICATE-----")

    assert container.outside_network(tmp_path) == {
        "HTTPS_PROXY": "http://somebody:secret@proxy.example:3128",
        "SSL_CERT_FILE": str(tmp_path / "ca"),
        "REQUESTS_CA_BUNDLE": str(tmp_path / "ca"),
    }


def test_without_them_it_is_the_plain_one(tmp_path: Path) -> None:
    assert container.outside_network(tmp_path) == {}
    (tmp_path / "https_proxy").write_text("")
    (tmp_path / "ca").symlink_to("/dev/null")  # what compose mounts when nobody names a bundle
    assert container.outside_network(tmp_path) == {}


def test_what_runs_in_containers_needs_nothing_of_the_supervisor() -> None:
    unwanted = {"psutil", "supervisor", "boto3", "infra.stack"}
    told = f"import sys, infra.container, infra.services.services as s; print(*sorted({unwanted} & sys.modules.keys()))"

    done = subprocess.run([sys.executable, "-c", told], cwd=PROJECT_ROOT, capture_output=True, text=True, check=True)

    assert done.stdout.strip() == ""
