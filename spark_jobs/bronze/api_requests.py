"""`bronze.api_requests`: which envelopes are loaded, and what each one brought."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pyarrow as pa
from pyspark.sql import SparkSession
from pyspark.sql import functions as F  # noqa: N812  the field's name for it

from include import contracts
from include.sources.readings import READER_VERSION
from spark_jobs.arrow import table_rows

_LOADED_COLUMNS = (
    "request_id", "source", "window_start_utc", "window_end_utc", "fetched_at", "outcome", "loaded_at", "reader_version",
)  # fmt: skip


@dataclass(frozen=True)
class Request:
    """A loaded envelope, as far as a later load needs it."""

    request_id: str
    source: str
    window_start_utc: datetime | None
    window_end_utc: datetime | None
    fetched_at: datetime
    outcome: str
    loaded_at: datetime
    reader_version: int | None

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> "Request":
        """Read a row of the table, or a head with its `loaded_at` and `reader_version`."""
        return cls(**{name: row[name] for name in _LOADED_COLUMNS})

    @property
    def is_of_older_reader(self) -> bool:
        """Whether an older version read it, so that its rows may lack what is read today."""
        return (self.reader_version or 1) < READER_VERSION

    def shares_hours(self, start: datetime | None, end: datetime | None) -> bool:
        """Tell whether it asked for any hour of `[start, end)`; the registry has no hours and shares all."""
        if start is None or end is None or self.window_start_utc is None or self.window_end_utc is None:
            return True
        return self.window_start_utc < end and start < self.window_end_utc


@dataclass
class Change:
    """What one envelope changed in its table."""

    rows: int = 0
    hours: set[datetime] = field(default_factory=set)


def loaded_requests(spark: SparkSession, sources: Iterable[str]) -> list[Request]:
    """Return every loaded envelope of these sources."""
    rows = spark.table("bronze.api_requests").where(F.col("source").isin(*sources)).select(*_LOADED_COLUMNS)
    return [Request.of(row) for row in rows.toArrow().to_pylist()]


def request_rows(heads: Sequence[Mapping[str, Any]], changes: Mapping[str, Change], loaded_at: datetime) -> pa.Table:
    """Return the rows of `bronze.api_requests` for the heads of envelopes."""
    rows = []
    for head in heads:
        change = changes.get(head["request_id"], Change())
        added = {"changed_rows": change.rows, "changed_hours": sorted(change.hours), "loaded_at": loaded_at}
        rows.append({**head, **added, "reader_version": READER_VERSION})
    return table_rows(contracts.load("bronze.api_requests"), rows)
