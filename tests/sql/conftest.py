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


@pytest.fixture(scope="session")
def gold_build(trino_cursor: Any) -> Iterator[GoldBuild]:
    build = GoldBuild(trino_cursor)
    build.create()
    yield build
    build.drop()


@pytest.fixture
def gold(gold_build: GoldBuild) -> Iterator[GoldBuild]:
    """Silver and Gold tables without rows, which no other test uses meanwhile."""
    yield gold_build
    gold_build.empty()
