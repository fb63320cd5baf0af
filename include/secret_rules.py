"""What may be the value of a secret."""

from __future__ import annotations

import re

PLACEHOLDER = re.compile("…|<.*>|change[-_ ]?me|^your([-_ ]|api|key|password|secret|token)", re.IGNORECASE)
"""What examples write where a secret belongs."""

NEW_VALUE = re.compile(r"[A-Za-z0-9._~+/=-]+")
"""Characters that every program takes in an address, a properties file and a line of .env."""
VALUE_IN_USE = re.compile(r"[^\s'\"\\]+")
"""What an installation may have that was given its values before there was a rule: none of these ever worked."""
LEAST_CHARACTERS = 24
LEAST_IN_USE = {"s3": 8, "catalog": 24, "s3-key-id": 3, "lifecycle-key-id": 3}
"""What MinIO and the catalog server themselves want."""
KEY_ID = re.compile(r"[A-Za-z0-9]{16,20}")
"""Name of an S3 user: MinIO takes up to 20 characters, fewer than 16 may be guessed."""
FERNET_KEYS = re.compile(r"[A-Za-z0-9_-]{43}=(,[A-Za-z0-9_-]{43}=)*")
"""The urlsafe base64 of 32 bytes; Airflow takes older ones after the first."""


def flaw(value: str, kind: str, is_in_use: bool = False) -> str | None:
    """What makes a value unfit for a secret of a kind (`generated` in include/settings.py), or None; the value is not in it."""
    allowed, least, said = NEW_VALUE, LEAST_CHARACTERS, "of A-Z a-z 0-9 . _ ~ + / = -"
    if is_in_use:
        allowed, least, said = VALUE_IN_USE, LEAST_IN_USE.get(kind, 1), "without spaces, quotes and backslashes"
    if PLACEHOLDER.search(value):
        return "still holds a placeholder: set it or leave it empty"
    if kind.endswith("key-id") and not is_in_use:
        return None if KEY_ID.fullmatch(value) else "expected 16 to 20 characters of A-Z a-z 0-9"
    if len(value) < least or not allowed.fullmatch(value):
        return f"expected {least} characters or more {said}"
    if kind == "fernet" and not FERNET_KEYS.fullmatch(value):
        return "expected the urlsafe base64 of 32 bytes"
    return None
