"""A Trino of a running stack and schemas that one test has for itself."""

from collections.abc import Iterator
from typing import Any

import pytest

from include import lakehouse
from include.settings import read_settings
from tests.sql.gold_build import GoldBuild


@pytest.fixture(scope="session")
def trino_cursor() -> Any:
    return lakehouse.connect(read_settings(), "pv-lakehouse-tests", lakehouse.ADMIN, catalog=None).cursor()


@pytest.fixture
def gold(trino_cursor: Any) -> Iterator[GoldBuild]:
    """Empty Silver and Gold tables, gone after the test."""
    build = GoldBuild(trino_cursor)
    build.create()
    yield build
    build.drop()
