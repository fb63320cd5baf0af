"""CATALOG_SERVER=external: what is said of a catalog that somebody else runs; here it is ours, asked as if it were another."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import SecretStr

from infra.setup import external_catalog
from tests.catalog.client import Client
from tests.catalog.processes import free_ports
from tests.catalog.stack import Stack

pytestmark = pytest.mark.catalog

WRONG = SecretStr("a-token-that-nobody-was-given")


def refusals(stack: Stack, **changes: Any) -> list[str]:
    return external_catalog.refusals(stack.settings.model_copy(update={"catalog_server": "external", **changes}))


def test_a_catalog_that_takes_both_tokens_is_ready(stack: Stack, client: Client, namespace: str) -> None:
    assert refusals(stack) == []
    assert external_catalog.ask(stack.settings).endswith(f"knows {stack.settings.iceberg_warehouse} and takes both tokens")
    assert [namespace] in external_catalog.namespaces(stack.settings, "catalog_reader_token")


@pytest.mark.parametrize("token", ["catalog_writer_token", "catalog_reader_token"])
def test_a_refused_token_is_named_and_its_value_is_not(stack: Stack, token: str) -> None:
    (line,) = refusals(stack, **{token: WRONG})

    assert f"refuses {token.upper()} for {stack.settings.iceberg_warehouse}: 401" in line
    assert WRONG.get_secret_value() not in line
    with pytest.raises(external_catalog.CatalogError, match=token.upper()):
        external_catalog.ask(stack.settings.model_copy(update={token: WRONG}))


def test_an_address_without_a_catalog_is_said_in_one_line(stack: Stack) -> None:
    (port,) = free_ports(1)

    (nobody,) = refusals(stack, iceberg_rest_uri=f"http://127.0.0.1:{port}")
    (wrong_path, _) = refusals(stack, iceberg_rest_uri=f"{stack.settings.iceberg_rest_uri}/catalog")
    (a_page,) = refusals(stack, iceberg_rest_uri=f"http://127.0.0.1:{stack.settings.minio_console_port}")

    assert "does not answer (CATALOG_SERVER=external, ICEBERG_REST_URI)" in nobody
    assert "404" in wrong_path and "check ICEBERG_REST_URI" in wrong_path
    assert "is no Iceberg REST catalog" in a_page
