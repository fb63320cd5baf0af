"""What weekly maintenance does to a table: the values of the templates in `sql/trino/maintenance`.

Belongs here: the limits that keep the statements harmless to running readers, writers and rollbacks.
"""

from include.contracts.contract import CATALOG, PARTITION_TERM, TableContract

SMALL_FILE = "32MB"
"""Files below it are merged. Hourly loads write some kB each; a day of 40 plants stays below 1 MB."""

RECENT_DAYS = 60
"""Only partitions this young are compacted: hourly runs and re-reads touch no older ones, and Trino
opens at most 100 daily partitions a writer. Older ones were written whole by a backfill."""

RETENTION_DAYS = 14
"""How long old snapshots and files that no snapshot names are kept: two weekly runs, so that a bad
week can be rolled back and no running write loses its files. Trino refuses less than 7 days."""


def maintenance_values(contract: TableContract) -> dict[str, object]:
    """Return what the maintenance templates need to know of a table, by name."""
    return {
        "catalog": CATALOG,
        "table": contract.name,
        "recent": _recent_partitions(contract),
        "small_file": SMALL_FILE,
        "retention_days": RETENTION_DAYS,
    }


def _recent_partitions(contract: TableContract) -> str:
    """Return the condition for `RECENT_DAYS`; it must fall on partition bounds, else Trino refuses it."""
    matches = [PARTITION_TERM.match(term) for term in contract.partitioning]
    if not matches or matches[0] is None:
        return ""
    column, unit = matches[0]["column"], matches[0]["unit"]
    kind = next(c.type for c in contract.columns if c.name == column)
    now = "current_date" if kind == "date" else "current_timestamp AT TIME ZONE 'UTC'"
    return f"{column} >= date_trunc('{unit}', {now} - INTERVAL '{RECENT_DAYS}' DAY)"
