"""`airflow dags backfill`: the command of Airflow 2, on top of Airflow 3's own backfill."""

from __future__ import annotations


def get_commands() -> list[object]:
    """Nothing yet."""
    return []
