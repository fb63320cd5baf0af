"""One HTTP GET as one landed envelope: sent without following redirects, stored, then read.

What belongs here: what both clients share. How often to ask again, and with which key, is the client's.
"""

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import NoReturn, cast

import requests
import urllib3
from pyrate_limiter import InMemoryBucket, Rate, RateItem
from requests.auth import AuthBase
from tenacity import RetryCallState
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError, ProxyError, ReadTimeoutError

from include.errors import BodyInvalid, ClockWrong, SourceRefused, SourceUnavailable
from include.sources.landing import Context, Exchange, Landing, Run, kept_headers
from include.sources.readings import Reading, read_envelope, shorten
from include.windows import iso_utc

log = logging.getLogger(__name__)

# Longer than any handshake over a slow line; the limit of the whole answer is a setting.
_CONNECT_TIMEOUT_SECONDS = 10.0
_CHUNK_BYTES = 65_536
# Far above any answer; what is longer would fill the memory before its deadline.
MOST_BYTES = 128 * 1024 * 1024
NOT_CONNECTED = "NotConnected"
# Bronze orders answers by our clock, and hours are refused by it. A header has whole seconds, machines that keep time differ by
# less than one: minutes mean a clock that is not set.
CLOCK_TOLERANCE = timedelta(minutes=5)


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Clock:
    """Time as the clients see it; tests pass one of their own."""

    now: Callable[[], datetime] = _utc_now
    sleep: Callable[[float], None] = time.sleep
    monotonic: Callable[[], float] = time.monotonic


@dataclass(frozen=True)
class Request:
    """What to ask: `params` in order, list values as repeated keys; never a key."""

    source: str
    url: str
    params: tuple[tuple[str, str], ...]
    context: Context


@dataclass(frozen=True)
class Answer:
    """A landed exchange and what it says."""

    request: Request
    request_id: str
    status: int | None
    headers: dict[str, str]
    reading: Reading
    body: bytes | None = field(repr=False, default=None)

    @property
    def is_worth_a_retry(self) -> bool:
        """Tell whether the same request may go well a little later."""
        return self.reading.outcome in {"error", "rate_limited"}


@dataclass
class Sender:
    """Sends requests of one run and lands every exchange, also those that fail."""

    landing: Landing
    run: Run
    timeout_seconds: float
    clock: Clock = field(default_factory=Clock)
    session: requests.Session = field(default_factory=requests.Session, repr=False)
    answers: list[Answer] = field(default_factory=list, repr=False)

    def __post_init__(self) -> None:
        """Say who asks."""
        self.session.headers["User-Agent"] = "pv-lakehouse"

    def send(self, request: Request, auth: AuthBase | None = None) -> Answer:
        """Send once; the envelope is stored before its body is read.

        Raises landing's own errors, and `ClockWrong`, with nothing stored, where the source's clock is another than ours.
        """
        exchange = self._exchange(request, auth)
        check_clock(request.source, exchange)
        request_id, document = self.landing.put(request.source, exchange, request.context, self.run)
        reading = read_envelope(document)
        answer = Answer(request, request_id, exchange.status, exchange.headers, reading, exchange.body)
        self.answers.append(answer)
        log.info("%s: %s, %d rows%s; %s", request.source, reading.outcome, len(reading.rows), _in_brackets(reading), request_id)
        return answer

    def _exchange(self, request: Request, auth: AuthBase | None) -> Exchange:
        started = self.clock.monotonic()
        status: int | None = None
        headers: dict[str, str] = {}
        chunks: list[bytes] = []
        error: str | None = None
        try:
            # Redirects are not followed: each hop is an exchange of its own, and the key goes to one host only.
            with self.session.get(
                request.url,
                params=list(request.params),
                auth=auth,
                timeout=(min(_CONNECT_TIMEOUT_SECONDS, self.timeout_seconds), self.timeout_seconds),
                stream=True,
                allow_redirects=False,
            ) as response:
                status = response.status_code
                headers = kept_headers(list(response.headers.items()))
                self._receive(response.raw, chunks, started + self.timeout_seconds)
        except (requests.RequestException, urllib3.exceptions.HTTPError, _TooSlow, _TooLong) as fault:
            error = _named(fault)
        return Exchange(
            url=request.url,
            params=request.params,
            status=status,
            headers=headers,
            body=b"".join(chunks) if status is not None else None,
            error=error,
            fetched_at=self.clock.now(),
            duration_ms=round((self.clock.monotonic() - started) * 1000),
        )

    def _receive(self, raw: urllib3.BaseHTTPResponse, chunks: list[bytes], deadline: float) -> None:
        """Collect what arrives, so that a body that breaks off is kept up to there."""
        received = 0
        while chunk := raw.read1(_CHUNK_BYTES, decode_content=True):
            chunks.append(chunk)
            received += len(chunk)
            if received > MOST_BYTES:
                raise _TooLong(f"the answer is longer than {MOST_BYTES:,} bytes")
            if self.clock.monotonic() > deadline:
                raise _TooSlow(f"the answer was not complete after {self.timeout_seconds:g} s")


def check_clock(source: str, exchange: Exchange) -> None:
    """Hold our clock against the answer's `date` (and `age`, the seconds a cache has kept it). Raises `ClockWrong`.

    The header was written at some instant while we waited: only what lies outside of that wait is a difference. An answer without
    a date that can be read says nothing.
    """
    stated = _instant_of_answer(exchange.headers)
    if stated is None:
        return
    received = exchange.fetched_at
    sent = received - timedelta(milliseconds=exchange.duration_ms)
    behind, ahead = stated - received, sent - stated
    if max(behind, ahead) > CLOCK_TOLERANCE:
        # Read as what is wrong, not as who: the source's clock may be it.
        raise ClockWrong(
            f"{source}: the clock is wrong: this machine says {iso_utc(received)}, the answer was made at {iso_utc(stated)}; "
            "it was not landed. Set this machine's clock (NTP); the task tries again by itself"
        )


def _instant_of_answer(headers: Mapping[str, str]) -> datetime | None:
    try:
        made = parsedate_to_datetime(headers["date"])
        age = headers.get("age", "0").strip()
        return (made if made.tzinfo else made.replace(tzinfo=UTC)) + timedelta(seconds=int(age) if age.isdigit() else 0)
    except (KeyError, ValueError, OverflowError):
        return None


class Pace:
    """A rate limit that waits with the clock it is given."""

    def __init__(self, rates: list[Rate], clock: Clock) -> None:
        """Take rates; the weights asked for must fit into the smallest."""
        self._clock = clock
        self._largest = min(rate.limit for rate in rates)
        self._bucket = InMemoryBucket(rates)

    def wait(self, weight: int = 1) -> None:
        """Return when this much may be sent; a weight above the smallest limit counts as that limit."""
        while True:
            now_ms = int(self._clock.monotonic() * 1000)
            item = RateItem("request", now_ms, min(weight, self._largest))
            if self._bucket.put(item):
                return
            # The library counts whole milliseconds; one more spares a second round.
            self._clock.sleep((cast("int", self._bucket.waiting(item)) + 1) / 1000)


class _TooSlow(Exception):  # noqa: N818 - named in envelopes as ReadTimeout
    pass


class _TooLong(Exception):  # noqa: N818 - named in envelopes as TooLong
    pass


def settled(answer: Answer) -> Answer:
    """Return an answer that is ok or empty.

    Raises `SourceRefused`, `BodyInvalid` or `SourceUnavailable`, naming the envelope, for one that is not.
    """
    reading = answer.reading
    final = {"unauthorised": SourceRefused, "invalid": BodyInvalid}.get(reading.outcome)
    if final:
        raise final(f"{answer.request.source}: {reading.detail}. The answer is kept in {answer.request_id}")
    if answer.is_worth_a_retry:
        fail_unavailable(answer, "no try gave an answer")
    return answer


def last_answer(state: RetryCallState) -> Answer:
    """Return the answer of the last try."""
    if state.outcome is None:
        raise RuntimeError("tenacity gave no outcome")
    answer: Answer = state.outcome.result()
    return answer


def fail_unavailable(answer: Answer, circumstance: str) -> NoReturn:
    """Raise `SourceUnavailable` for the last answer of a request."""
    retry_after = answer.headers.get("retry-after")
    later = f" (Retry-After: {retry_after})" if retry_after else ""
    raise SourceUnavailable(
        f"{answer.request.source}: {circumstance}; last: {answer.reading.detail}{later}. "
        f"The answer is kept in {answer.request_id}"
    )


def _named(fault: Exception) -> str:
    """Return `ReadTimeout: ...` and the like; `NotConnected` says that the server never saw the request."""
    cause = _root_cause(fault)
    if isinstance(cause, ConnectTimeoutError | NewConnectionError | NameResolutionError | ProxyError):
        return shorten(f"{NOT_CONNECTED}: {cause}")
    if isinstance(fault, requests.ReadTimeout | _TooSlow) or isinstance(cause, ReadTimeoutError):
        return shorten(f"ReadTimeout: {fault}")
    return shorten(f"{type(fault).__name__.lstrip('_')}: {fault}")


def _root_cause(fault: BaseException) -> BaseException:
    """Return what urllib3 complained about, under the wrappers of requests and urllib3."""
    inner = getattr(fault, "reason", None) or (fault.args[0] if fault.args else None)
    return _root_cause(inner) if isinstance(inner, BaseException) else fault


def _in_brackets(reading: Reading) -> str:
    return f" ({reading.detail})" if reading.detail else ""
