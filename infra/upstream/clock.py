"""The server's clock: real time, frozen at an instant, or running from an instant."""

from __future__ import annotations

from datetime import UTC, datetime


def parse_instant(text: str) -> datetime:
    """Read an ISO instant; one without a zone is taken as UTC."""
    instant = datetime.fromisoformat(text)
    return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)


class Clock:
    """Tells the time that every answer is made for. `now()` is UTC-aware."""

    def __init__(self, instant: datetime | None = None, *, ticking: bool = False) -> None:
        self.set(instant, ticking=ticking)

    def set(self, instant: datetime | None, *, ticking: bool = False) -> None:
        """None: real time. An instant: stand still there, or run on from there when `ticking`."""
        self._instant = instant
        self._set_at = datetime.now(UTC)
        self._ticking = ticking

    @property
    def is_real(self) -> bool:
        """Whether it tells real time."""
        return self._instant is None

    def now(self) -> datetime:
        """The instant it is for the server, UTC."""
        if self._instant is None:
            return datetime.now(UTC)
        if not self._ticking:
            return self._instant
        return self._instant + (datetime.now(UTC) - self._set_at)
