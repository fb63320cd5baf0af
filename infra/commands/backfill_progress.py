"""How far a backfill is, as one line. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from include.day_windows import DayWindow
from infra.commands.backfill_runs import Figures


@dataclass
class Progress:
    """Counts of one command; `days` are those of the windows that it does."""

    windows: int
    done: int
    days: int
    failed: int = 0
    rows: int = 0
    credits: int = 0
    credits_left: float | None = None
    _days_done: int = 0
    _seconds: float = 0.0

    def count(self, window: DayWindow, seconds: float, figures: Figures, *, has_failed: bool) -> None:
        """Add a window that is over."""
        self.failed += has_failed
        self.done += not has_failed
        self.rows += figures.rows
        self.credits += figures.credits
        if figures.credits_left is not None:
            self.credits_left = figures.credits_left
        self._days_done += window.days
        self._seconds += seconds

    def line(self, at_work: str, now: datetime) -> str:
        """Return the line: counts, what is done now, rows of Gold, credits, and when it ends if the rest takes as long a day."""
        left = "" if self.credits_left is None else f", {self.credits_left:g} left today"
        said = [
            f"{self.done} of {self.windows} windows done, {self.failed} failed",
            at_work,
            f"{self.rows} rows",
            f"{self.credits} credits used{left}",
        ]
        days_left = self.days - self._days_done
        if self._days_done and days_left > 0:
            ends = now + timedelta(seconds=self._seconds / self._days_done * days_left)
            said.append(f"ends about {ends:%Y-%m-%d %H:%M} UTC")
        return "; ".join(said)
