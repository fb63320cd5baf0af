"""A Trino connection whose running query can be cancelled; imported only where a statement really runs."""

from __future__ import annotations

from typing import Any

from airflow.providers.trino.hooks.trino import TrinoHook


class CancellableTrinoHook(TrinoHook):
    """TrinoHook that remembers the cursor of the statement it runs."""

    _running: Any = None

    def _run_command(self, cur: Any, sql_statement: str, parameters: Any) -> None:
        self._running = cur
        super()._run_command(cur, sql_statement, parameters)

    def cancel(self) -> str | None:
        """Cancel the running query in Trino and return its id; None when nothing runs."""
        if self._running is None:
            return None
        query_id: str | None = self._running.query_id
        self._running.cancel()
        return query_id
