"""What an envelope says: its outcome and its rows. Pure, and no body raises: Bronze loads every exchange.

| outcome | meaning |
|---|---|
| ok | rows came |
| partial | rows came, and records that cannot be read: these are refused by name |
| empty | the source says that it has nothing for this |
| unauthorised | 401, 403: the key was refused |
| rate_limited | 429 |
| invalid | the answer cannot be read, or the source calls the request wrong (400, 422); asking again gives the same |
| error | no whole answer (5xx, time-out, dropped, not JSON); asking again may help |
"""

import http
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from include.sources.records import SOURCES, names, source
from include.sources.strict_json import NotJson, Unreadable

Outcome = Literal["ok", "partial", "empty", "unauthorised", "rate_limited", "invalid", "error"]
Row = dict[str, Any]
Envelope = Mapping[str, Any]

READER_VERSION = 3
"""Version of what is read of an envelope; to be raised when its rows gain something. Envelopes that an older version read are
read again by a run from the layer `landing`. 2: dates' specificities, records refused one by one, facilities asked for.
3: market values."""

# A reason is for one line of a log or a cell of a table.
_REASON_LIMIT = 500


@dataclass(frozen=True)
class Coverage:
    """What it means that a list does not name something.

    `is_complete`: it would have named everything it was asked for, whatever its state. `excused`: codes that stand in records
    that could not be read; they are named, so their absence from the rows says nothing. Of a time series: whether all of its
    energy and power could be read.
    """

    is_complete: bool
    excused: tuple[str, ...] = ()


@dataclass(frozen=True)
class Reading:
    """One envelope read: rows only with outcome `ok` or `partial`, `refused` only with the latter.

    `credits` is what the exchange cost at the source. `coverage` is of the registry and of generation only.
    """

    outcome: Outcome
    detail: str | None = None
    api_version: str | None = None
    credits: float = 0.0
    rows: list[Row] = field(default_factory=list)
    refused: list[Unreadable] = field(default_factory=list)
    coverage: Coverage | None = None


@dataclass(frozen=True)
class Body:
    """What a parser made of a body of status 200."""

    rows: list[Row]
    api_version: str | None = None
    note: str | None = None
    refused: list[Unreadable] = field(default_factory=list)
    coverage: Coverage | None = None


def read_envelope(envelope: Envelope) -> Reading:
    """Read one envelope of any source.

    Rows have the columns of the source's Bronze table, without those that start with an underscore. A body whose frame
    cannot be read gives no row at all; one with records that cannot be read gives the others. Raises ValueError for an
    envelope that is not ours (unknown source or version).
    """
    name, version = envelope.get("source"), envelope.get("envelope_version")
    if name not in names(*SOURCES) or version != 1:
        raise ValueError(f"not an envelope of this lakehouse: source {name!r}, envelope_version {version!r}")
    reading: Reading = source(name).read()(envelope)
    return reading


def read_ok(envelope: Envelope, cost: float, parse: Callable[[str], Body]) -> Reading:
    """Read a body of text that came with status 200."""
    return read_body(cost, lambda: parse(text_of(envelope)))


def read_body(cost: float, parse: Callable[[], Body]) -> Reading:
    """Read a body that came with status 200."""
    try:
        body = parse()
    except NotJson as fault:
        return Reading("error", shorten(str(fault)), credits=cost)
    except Unreadable as fault:
        return Reading("invalid", shorten(str(fault)), credits=cost)
    if not body.refused:
        outcome: Outcome = "ok" if body.rows else "empty"
        return Reading(outcome, body.note, body.api_version, cost, body.rows, coverage=body.coverage)
    first, count = str(body.refused[0]), len(body.refused)
    if not body.rows:
        return Reading("invalid", shorten(first), body.api_version, cost)
    detail = f"{count} {'record' if count == 1 else 'records'} refused, the first: {first}"
    return Reading("partial", shorten(detail), body.api_version, cost, body.rows, body.refused, body.coverage)


def read_refusal(envelope: Envelope, cost: float, reason: str | None) -> Reading:
    """Read what came with another status than 200, or did not come; `reason` is the source's own word for it."""
    status: int | None = envelope["response"]["status"]
    fault: str | None = envelope["error"]
    if fault or status is None:
        return Reading("error", shorten(fault or "no answer"), credits=cost)
    outcomes: dict[int, Outcome] = {400: "invalid", 401: "unauthorised", 403: "unauthorised", 422: "invalid", 429: "rate_limited"}
    detail = f"{status} {_phrase(status)}: {reason or _start_of_body(envelope)}"
    return Reading(outcomes.get(status, "error"), shorten(detail), credits=cost)


def text_of(envelope: Envelope) -> str:
    """Return the body as text; raises `NotJson` where it is none."""
    response = envelope["response"]
    if response.get("body_encoding") is not None:
        raise NotJson("not JSON: the body is not UTF-8")
    return response["body"] or ""


def shorten(text: str) -> str:
    """Return text fit for one line."""
    line = " ".join(text.split())
    return line if len(line) <= _REASON_LIMIT else line[: _REASON_LIMIT - 3] + "..."


def _phrase(status: int) -> str:
    try:
        return http.HTTPStatus(status).phrase
    except ValueError:
        return "unknown status"


def _start_of_body(envelope: Envelope) -> str:
    try:
        return text_of(envelope)[:200] or "no body"
    except NotJson as fault:
        return str(fault)
