"""What becomes of the staging tables of builds that failed."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from plugins.staging import drop_old_staging
from tests.sql.gold_build import GoldBuild

pytestmark = pytest.mark.stack


@pytest.fixture
def gold(trino_cursor: Any) -> Iterator[GoldBuild]:
    """Schemas of its own, in which nothing is staged."""
    build = GoldBuild(trino_cursor)
    build.create()
    yield build
    build.drop()


def test_old_staging_tables_are_dropped_and_nothing_else(gold: GoldBuild) -> None:
    schema = f"iceberg.staging_{gold.name}"
    gold.execute(f"CREATE TABLE {schema}.stg_rebuild_days_failed AS SELECT 1 AS a")
    gold.execute(f"CREATE TABLE {schema}.stgx AS SELECT 1 AS a")

    assert drop_old_staging(gold.cursor, schema, timedelta(days=1)) == []
    assert drop_old_staging(gold.cursor, schema, timedelta(0)) == ["stg_rebuild_days_failed"]

    gold.cursor.execute(f"SHOW TABLES FROM {schema}")
    assert {name for (name,) in gold.cursor.fetchall()} == {"stgx"}
