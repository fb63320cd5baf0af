"""When a version of an object came to be: what every rule about old versions, and a backup, stands on."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

ULID = re.compile(r"[0-7][0-9A-HJKMNP-TV-Z]{25}")
DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def created(version_id: str, last_modified: datetime) -> datetime:
    """When a version was made.

    versitygw's LastModified does not say it: an old version's is when it was replaced, a delete marker's when the object that it
    deletes was written. Its version ids do: they are ULIDs, which begin with the millisecond. MinIO's are UUIDs.
    """
    if not ULID.fullmatch(version_id):
        return last_modified
    milliseconds = 0
    for digit in version_id[:10]:
        milliseconds = milliseconds * 32 + DIGITS.index(digit)
    return EPOCH + timedelta(milliseconds=milliseconds)
