"""What infra/compose.external-*.yaml change of infra/compose.yaml, and that they leave its promises alone."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from include.paths import PROJECT_ROOT
from include.settings import Settings
from tests.unit.docker.test_compose import COMPOSE

MAY_CHANGE = {"environment", "depends_on"}
MAY_CHANGE_OF = {
    "minio-init": MAY_CHANGE | {"secrets"},  # it reaches the network outside
    "trino-worker": MAY_CHANGE | {"networks"},
    # In its place the other catalog is asked, once.
    "iceberg-rest": MAY_CHANGE | {"image", "build", "restart", "command", "secrets", "networks", "ports", "healthcheck"},
}


class Loader(yaml.SafeLoader):
    """Compose's own tags: the value is what stands in the other file's place, nothing after !reset."""


def _override(loader: Loader, node: yaml.Node) -> Any:
    return loader.construct_mapping(node, deep=True) if isinstance(node, yaml.MappingNode) else loader.construct_sequence(node)


Loader.add_constructor("!reset", lambda loader, node: None)
Loader.add_constructor("!override", _override)


def read(server: str) -> dict[str, Any]:
    text = (PROJECT_ROOT / f"infra/compose.external-{server}.yaml").read_text(encoding="utf-8")
    parsed: dict[str, Any] = yaml.load(text, Loader=Loader)  # noqa: S506  a safe loader with two tags more
    return parsed


def granted(*kinds: str) -> set[str]:
    """Services that are granted a secret whose name ends so."""
    return {
        name
        for name, definition in COMPOSE["services"].items()
        if any(secret.endswith(kinds) for secret in definition.get("secrets", []))
    }


@pytest.mark.parametrize(
    ("server", "whose", "address", "removed"),
    [
        ("s3", granted("_s3_secret_key", "minio_secret_key"), "MINIO_ENDPOINT", {"minio"}),
        ("catalog", granted("catalog_writer_token", "catalog_reader_token"), "ICEBERG_REST_URI", set()),
    ],
)
def test_whoever_has_a_key_is_told_where(server: str, whose: set[str], address: str, removed: set[str]) -> None:
    services = read(server)["services"]

    told = {name for name, changes in services.items() if changes and address in changes["environment"]}
    assert whose - removed <= told
    assert {name for name, changes in services.items() if changes is None} == removed
    for changes in filter(None, services.values()):
        assert changes["environment"][f"{server.upper()}_SERVER"] == "external"


@pytest.mark.parametrize("server", ["s3", "catalog"])
def test_nothing_else_is_changed_and_no_secret_is_in_an_environment(server: str) -> None:
    secret = {name.upper() for name, field in Settings.model_fields.items() if "SecretStr" in str(field.annotation)}
    for name, changes in read(server)["services"].items():
        assert name in COMPOSE["services"], name
        assert set(changes or ()) <= MAY_CHANGE_OF.get(name, MAY_CHANGE), name
        environment = set((changes or {}).get("environment", {}))
        assert environment <= {setting.upper() for setting in Settings.model_fields} | {"NO_PROXY"}
        assert not environment & secret


def test_nobody_waits_for_what_is_not_there() -> None:
    left_out, changes = read("s3")["services"], read("catalog")["services"]
    for name, definition in COMPOSE["services"].items():
        waits_for = set(definition.get("depends_on", {}))
        assert "minio" not in waits_for or left_out[name]["depends_on"] is None, name
        if "iceberg-rest" in waits_for:
            assert changes[name]["depends_on"] == {"iceberg-rest": {"condition": "service_completed_successfully"}}, name
