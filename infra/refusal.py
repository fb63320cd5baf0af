"""What every command ends with when it refuses: one line that says why and what to do."""

from __future__ import annotations


class RefusedError(RuntimeError):
    """A command refuses or cannot go on; the message is for the person who typed it."""
