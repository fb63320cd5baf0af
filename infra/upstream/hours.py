"""Hours as integers: every series inside the server is indexed by whole hours since 1970-01-01T00:00Z."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

HOURS_OF_DAY = 24
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_HOUR = timedelta(hours=1)

NETWORK_OFFSET_HOURS = {"NEM": 10, "WEM": 8}
"""Network time is fixed: no daylight saving, South Australia included."""


def hour_index(instant: datetime) -> int:
    """Index of the hour that holds an aware instant."""
    return (instant - _EPOCH) // _HOUR


def hour_start(index: int) -> datetime:
    """Start of an hour, UTC-aware."""
    return _EPOCH + index * _HOUR


def offset_text(hours: int) -> str:
    """`+10:00` for 10."""
    return f"{hours:+03d}:00"
