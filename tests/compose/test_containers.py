"""Containers and images as they are, not as the compose file says."""

from __future__ import annotations

import json
import re

import psutil
import pytest
import requests

from tests.compose.docker import compose, containers, docker, service_of
from tests.e2e.conftest import Stack

pytestmark = pytest.mark.stack

LARGEST_BYTES = 4.5e9
SHORTEST_SECRET = 16  # of a value that is looked for: shorter ones are words


def secrets(stack: Stack) -> dict[str, str]:
    return {name: value for name, value in stack.secrets().items() if len(value) >= SHORTEST_SECRET}


def test_every_service_is_healthy_and_nothing_runs_as_root(stack: Stack) -> None:
    for container in containers():
        name, state = service_of(container), container["State"]
        assert container["Config"]["User"] == "lakehouse", name
        assert container["HostConfig"]["ReadonlyRootfs"], name
        if state["Running"]:
            assert state["Health"]["Status"] == "healthy", name
            inside = compose(
                "exec", "-T", name, "python3", "-c", "import os; print(os.getuid(), os.access('/opt/lakehouse', os.W_OK))"
            )
            assert inside.split() == ["10001", "False"], name
        else:
            assert state["ExitCode"] == 0, name


@pytest.mark.parametrize("profile", ["", "demo", "scale", "maintenance", "by-hand"])
def test_compose_takes_every_profile(stack: Stack, profile: str) -> None:
    assert compose("config", "--quiet", env={"COMPOSE_PROFILES": profile}) == ""


def test_nothing_is_published_beyond_loopback(stack: Stack) -> None:
    published = {
        int(binding["HostPort"])
        for container in containers()
        for bindings in (container["NetworkSettings"]["Ports"] or {}).values()
        for binding in bindings or []
    }
    listening = [c.laddr for c in psutil.net_connections("tcp") if c.status == psutil.CONN_LISTEN and c.laddr.port in published]

    assert stack.settings.postgres_port not in published
    assert len(listening) >= len(published) > 5
    assert {address.ip for address in listening} == {"127.0.0.1"}


def test_every_address_that_people_are_told_answers(stack: Stack) -> None:
    s = stack.settings
    ports = {"Airflow": s.airflow_port, "Spark": s.spark_ui_port, "MinIO console": s.minio_console_port}
    answers = {name: requests.get(f"http://127.0.0.1:{port}", timeout=20).status_code for name, port in ports.items()}
    answers["MLflow"] = stack.mlflow("reader", "GET", "").status_code

    assert answers == dict.fromkeys(answers, 200)


def test_secrets_are_neither_in_environments_nor_logs_nor_images(stack: Stack) -> None:
    seen = {f"inspect {service_of(c)}": json.dumps(c) for c in containers()}
    seen |= {f"logs {service_of(c)}": docker("logs", c["Id"]) for c in containers()}
    seen |= {f"image {i}": docker("history", "--no-trunc", i) for i in {c["Config"]["Image"] for c in containers()}}
    seen["processes"] = "\n".join(" ".join(p.info["cmdline"] or []) for p in psutil.process_iter(["cmdline"]))

    found = [(where, name) for where, text in seen.items() for name, value in secrets(stack).items() if value in text]
    assert len(secrets(stack)) > 20
    assert found == []


def test_no_security_update_of_debian_is_pending(stack: Stack) -> None:
    """A layer of the build's cache grows old: `docker builder prune`, then `make compose-up`, brings what is named here."""
    ask = "apt-get update -qq && apt-cache policy && apt-get -s -qq dist-upgrade"
    pending = {}
    for image in {c["Config"]["Image"] for c in containers()}:
        options = ["--rm", "--network", "host", "--user", "0:0", "--entrypoint", "sh"]
        answer = docker("run", *options, image, "-c", ask)
        assert "l=Debian-Security" in answer, f"{image} asks nobody for security updates"
        pending[image] = re.findall(r"^Inst (\S+) .*Debian-Security", answer, re.MULTILINE)

    assert not {image: packages for image, packages in pending.items() if packages}


def test_all_images_together_are_small_enough(stack: Stack) -> None:
    sizes = {}
    for image in {c["Config"]["Image"] for c in containers()}:
        # Layers that hold something, oldest first, named by the chain that leads to them: equal chains lie on the disk once.
        (inspected,) = json.loads(docker("inspect", image))
        layers = [
            int(s) for s in re.findall(r"^(\d+)$", docker("history", "--human=false", "--format", "{{.Size}}", image), re.M)
        ]
        filled = [size for size in reversed(layers) if size]
        digests = inspected["RootFS"]["Layers"][-len(filled) :]
        sizes |= {digest: size for digest, size in zip(digests, filled, strict=True)}
    total = sum(sizes.values())
    print(f"all images: {total / 1e9:.2f} GB")

    assert total <= LARGEST_BYTES
