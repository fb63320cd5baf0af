"""What weekly maintenance does to a table, as Trino statements.

Belongs here: which statements, and the limits that keep them harmless to running readers, writers
and rollbacks.
"""

from include.contracts.contract import PARTITION_TERM, TableContract

SMALL_FILE = "32MB"
"""Files below it are merged. Hourly loads write some kB each; a day of 40 plants stays below 1 MB."""

RECENT_DAYS = 60
"""Only partitions this young are compacted: hourly runs and re-reads touch no older ones, and Trino
opens at most 100 daily partitions a writer. Older ones were written whole by a backfill."""

RETENTION_DAYS = 14
"""How long old snapshots and files that no snapshot names are kept: two weekly runs, so that a bad
week can be rolled back and no running write loses its files. Trino refuses less than 7 days."""


def maintenance_statements(contract: TableContract, catalog: str = "iceberg") -> dict[str, str]:
    """Return the statements of one table by action, in the order in which they must run."""
    table = f"ALTER TABLE {catalog}.{contract.name}"
    limit = f"retention_threshold => '{RETENTION_DAYS}d'"
    return {
        "1_optimize": f"{table} EXECUTE optimize(file_size_threshold => '{SMALL_FILE}')" + _recent_partitions(contract),
        "2_expire_snapshots": f"{table} EXECUTE expire_snapshots({limit})",
        "3_remove_orphan_files": f"{table} EXECUTE remove_orphan_files({limit})",
    }


def _recent_partitions(contract: TableContract) -> str:
    """Return the condition for `RECENT_DAYS`; it must fall on partition bounds, else Trino refuses it."""
    matches = [PARTITION_TERM.match(term) for term in contract.partitioning]
    if not matches or matches[0] is None:
        return ""
    column, unit = matches[0]["column"], matches[0]["unit"]
    kind = next(c.type for c in contract.columns if c.name == column)
    now = "current_date" if kind == "date" else "current_timestamp AT TIME ZONE 'UTC'"
    return f"\nWHERE {column} >= date_trunc('{unit}', {now} - INTERVAL '{RECENT_DAYS}' DAY)"
