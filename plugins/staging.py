"""Staging tables of Gold builds that failed for good: kept for inspection, then dropped."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

# Long enough to look into a failed check after a holiday; a build that is still tried again is hours old at most.
KEPT = timedelta(days=14)


def drop_old_staging(cursor: Any, schema: str = "iceberg.staging", kept: timedelta = KEPT) -> list[str]:
    """Drop `stg_*` tables that nothing was written to for so long; returns their names. Raises what Trino raises."""
    cursor.execute(f"SHOW TABLES FROM {schema} LIKE 'stg\\_%' ESCAPE '\\'")
    dropped = []
    for (name,) in cursor.fetchall():
        cursor.execute(
            f"SELECT max(timestamp) < current_timestamp - INTERVAL '{kept // timedelta(seconds=1)}' SECOND "  # noqa: S608
            f'FROM {schema}."{name}$metadata_log_entries"'
        )
        ((is_old,),) = cursor.fetchall()
        if is_old:
            cursor.execute(f"DROP TABLE {schema}.{name}")
            cursor.fetchall()
            dropped.append(name)
    return dropped
