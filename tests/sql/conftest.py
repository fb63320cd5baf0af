"""A Trino of a running stack (TRINO_HOST, TRINO_PORT, TRINO_USER) and schemas that one test has for itself."""

from collections.abc import Iterator
from typing import Any

import pytest
from trino.dbapi import connect

from include.settings import read_settings
from tests.sql.gold_build import GoldBuild


@pytest.fixture(scope="session")
def trino_cursor() -> Any:
    settings = read_settings()
    return connect(host=settings.trino_host, port=settings.trino_port, user=settings.trino_user).cursor()


@pytest.fixture
def gold(trino_cursor: Any) -> Iterator[GoldBuild]:
    """Empty Silver and Gold tables, gone after the test."""
    build = GoldBuild(trino_cursor)
    build.create()
    yield build
    build.drop()
