"""The OpenElectricity v4 client: what to ask, with which key, and how often again.

The key goes into one header of one host and nowhere else: not into envelopes, logs, exceptions or redirects.
"""

import logging
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import parse_qsl, urljoin, urlsplit, urlunsplit

import requests
from pydantic import SecretStr
from pyrate_limiter import Rate
from requests.auth import AuthBase
from tenacity import RetryCallState, Retrying, retry_if_result, stop_after_attempt, wait_exponential

from include.errors import BodyInvalid, KeyMissing, SourceRefused
from include.networks import Network
from include.settings import Settings
from include.sources.budget import Budget
from include.sources.exchange import Answer, Pace, Request, Sender, fail_unavailable, last_answer, settled
from include.sources.landing import Context
from include.sources.openelectricity.bodies import SOLAR, describe_account
from include.sources.openelectricity.time_series import CURTAILED_SOLAR, MARKET_VALUE, PRICE
from include.windows import Window

log = logging.getLogger(__name__)

# The API refuses more: 422 above 30 codes, 400 above 32 whole days of 1h data on the community plan.
MAX_CODES = 30
MAX_DAYS = 32
# Of daily data: 400 above so many.
MAX_DAYS_OF_DAYS = 366
METRICS = ("energy", "power")

_REDIRECTS = (301, 302, 303, 307, 308)
_MAX_HOPS = 3
# A longer wait is the scheduler's business: the task fails and is tried again.
_MAX_WAIT_SECONDS = 600.0
_MAYBE_QUOTA = "Authentication failed"


class BearerKey(AuthBase):
    """An API key that knows the variable it came from and never shows itself.

    An auth object instead of a header: a `.netrc` entry for the host would replace the header.
    """

    def __init__(self, variable: str, key: SecretStr) -> None:
        """Take a key. Raises `KeyMissing` where it holds what a header cannot; requests would print it."""
        self.variable = variable
        self._key = key.get_secret_value().strip()
        if not re.fullmatch(r"[\x21-\x7e]+", self._key):
            raise KeyMissing(f"{variable} is no API key: it holds spaces, line ends or characters outside ASCII")

    def __call__(self, prepared: requests.PreparedRequest) -> requests.PreparedRequest:
        """Add the key to a request."""
        prepared.headers["Authorization"] = f"Bearer {self._key}"
        return prepared

    def __repr__(self) -> str:
        return f"BearerKey({self.variable})"


@dataclass
class OpenElectricityClient:
    """Asks OpenElectricity for one run. Every method returns an answer that is `ok` or `empty`, or raises.

    Raises `KeyMissing` at the first request without a key, `SourceRefused` when every key is refused (and from then on
    without asking), `BodyInvalid`, `SourceUnavailable`, `BudgetExhausted`.
    """

    settings: Settings
    sender: Sender
    budget: Budget
    _keys: list[BearerKey] = field(init=False, repr=False)
    _refusal: SourceRefused | None = field(init=False, default=None)
    _has_waited: bool = field(init=False, default=False)
    _asks_market_value: bool = field(init=False)

    def __post_init__(self) -> None:
        """Collect the keys there are."""
        given = {
            "OPEN_NEM_PRIMARY": self.settings.open_nem_primary,
            "OPEN_NEM_SECONDARY": self.settings.open_nem_secondary,
        }
        self._keys = [BearerKey(name, key) for name, key in given.items() if key and key.get_secret_value().strip()]
        self._asks_market_value = self.settings.pv_market
        one_request_ms = round(1000 / self.settings.open_nem_requests_per_second)
        self._pace = Pace([Rate(1, one_request_ms)], self.sender.clock)

    def facilities(self, codes: tuple[str, ...] = ()) -> Answer:
        """Ask for the registry of utility-scale solar of both networks; no codes mean all facilities.

        Without a filter on status: a unit that retires shall be said to, not be missing from the answer.
        """
        return self._registry(codes, codes)

    def all_facilities(self, wanted: tuple[str, ...]) -> Answer:
        """Ask for the whole registry, to see what there is beside the facilities wanted; only the wanted ones become rows."""
        return self._registry((), wanted)

    def _registry(self, codes: tuple[str, ...], wanted: tuple[str, ...]) -> Answer:
        params = [
            ("fueltech_id", SOLAR),
            *(("network_id", network) for network in ("NEM", "WEM")),
            *(("facility_code", code) for code in codes),
        ]
        # With the slash: without it the API redirects, behind its proxy to http, where the key would be lost.
        return self._ask(Request("oe_facilities", self._url("/facilities/"), tuple(params), Context(facility_codes=wanted)))

    def generation(self, network: Network, codes: tuple[str, ...], window: Window) -> Answer:
        """Ask for hourly energy, power and market value of facilities of one network.

        Where the API refuses the metrics it is asked once more without market values, and so from then on: energy shall not
        go with them.
        """
        if not 0 < len(codes) <= MAX_CODES or window.duration > timedelta(days=MAX_DAYS):
            raise ValueError(f"{len(codes)} codes and {window.duration}: the API takes {MAX_CODES} codes and {MAX_DAYS} days")
        context = Context(window=window, network_id=network.code, facility_codes=codes)

        def request(*metrics: str) -> Request:
            params = _series_params(network, metrics, window, *(("facility_code", code) for code in codes))
            return Request("oe_generation", self._url(f"/data/facilities/{network.code}"), params, context)

        if not self._asks_market_value:
            return self._ask(request(*METRICS))
        try:
            return self._ask(request(*METRICS, MARKET_VALUE))
        except BodyInvalid as refusal:
            if not _is_about_metrics(self.sender.answers[-1]):
                raise
            log.warning("asked again without market values: %s", refusal)
            answer = self._ask(request(*METRICS))
            self._asks_market_value = False
            return answer

    def market(self, network: Network, window: Window) -> Answer:
        """Ask for the hourly price of each region of a network, and for the utility solar that was curtailed where it is said."""
        if window.duration > timedelta(days=MAX_DAYS):
            raise ValueError(f"{window.duration}: the API takes {MAX_DAYS} days")
        metrics = (PRICE, CURTAILED_SOLAR) if network.says_curtailment else (PRICE,)
        params = _series_params(network, metrics, window, ("primary_grouping", "network_region"))
        context = Context(window=window, network_id=network.code)
        return self._ask(Request("oe_market", self._url(f"/market/network/{network.code}"), params, context))

    def control(self, network: Network, days: Window) -> Answer:
        """Ask for the energy of all utility solar of each region of a network, by network-local days; `days`: whole ones."""
        if days.duration > timedelta(days=MAX_DAYS_OF_DAYS):
            raise ValueError(f"{days.duration}: the API takes {MAX_DAYS_OF_DAYS} days")
        narrowing = ("fueltech", SOLAR), ("primary_grouping", "network_region")
        params = _series_params(network, ("energy",), days, *narrowing, interval="1d")
        context = Context(window=days, network_id=network.code)
        return self._ask(Request("oe_control", self._url(f"/data/network/{network.code}"), params, context))

    def _url(self, path: str) -> str:
        return self.settings.open_nem_api_url.rstrip("/") + path

    # --- Keys

    def _ask(self, request: Request) -> Answer:
        if self._refusal:
            raise self._refusal
        if not self._keys:
            raise KeyMissing("OPEN_NEM_PRIMARY is not set: OpenElectricity is not asked before a key is in .env")
        refused: list[tuple[BearerKey, Answer]] = []
        for key in list(self._keys):
            answer = self._patiently(request, key)
            if answer.reading.outcome != "unauthorised":
                # A refused key stays out for the rest of the run.
                self._keys = self._keys[self._keys.index(key) :]
                return settled(answer)
            refused.append((key, answer))
        return self._once_more(request, refused)

    def _once_more(self, request: Request, refused: list[tuple[BearerKey, Answer]]) -> Answer:
        """Wait once and try again where the refusal may mean a used-up quota; else give up for the whole run."""
        key = next((key for key, answer in refused if _MAYBE_QUOTA in (answer.reading.detail or "")), None)
        account = ""
        if key is not None and not self._has_waited:
            self._has_waited = True
            wait = min(self.settings.open_nem_quota_wait_seconds, self.sender.run.longest_wait_seconds)
            account = self._account(request, key)
            log.warning("%s was refused, which may be its quota (%s); one more try after %g s",
                        key.variable, account, wait)  # fmt: skip
            self.sender.clock.sleep(wait)
            answer = self._patiently(request, key)
            if answer.reading.outcome != "unauthorised":
                return settled(answer)
            refused.append((key, answer))
        self._refusal = SourceRefused(_refusal_text(refused, account))
        raise self._refusal

    def _account(self, request: Request, key: BearerKey) -> str:
        """Return what `/v4/me` says about plan and credits; lands like any other exchange."""
        answer = self._send(Request(request.source, self._url("/me"), (), Context(window=request.context.window)), key)
        said = answer.reading.detail or describe_account((answer.body or b"").decode("utf-8", "replace"))
        return f"/v4/me says: {said}"

    # --- Repeats

    def _patiently(self, request: Request, key: BearerKey) -> Answer:
        """Send until there is an answer worth keeping, at most HTTP_RETRIES times more."""
        longest = min(_MAX_WAIT_SECONDS, self.sender.run.longest_wait_seconds)
        retrying = Retrying(
            retry=retry_if_result(lambda answer: answer.is_worth_a_retry),
            stop=lambda state: stop_after_attempt(1 + self.settings.http_retries)(state) or self._wait(state) > longest,
            wait=self._wait,
            sleep=self.sender.clock.sleep,
            retry_error_callback=last_answer,
        )
        return retrying(self._send, request, key)

    def _wait(self, state: RetryCallState) -> float:
        """Return seconds: what the server asks for, else a wait that doubles."""
        asked = _retry_after_seconds(last_answer(state).headers.get("retry-after"), self.sender.clock.now())
        backoff = wait_exponential(multiplier=self.settings.http_backoff_seconds, max=_MAX_WAIT_SECONDS / 10)(state)
        return backoff if asked is None else max(asked, backoff)

    def _send(self, request: Request, key: BearerKey) -> Answer:
        """Send once, and follow redirects that stay on the host."""
        for _hop in range(1 + _MAX_HOPS):
            self.budget.spend(1)
            self._pace.wait()
            answer = self.sender.send(request, key)
            if answer.status not in _REDIRECTS:
                return answer
            request = _redirected(answer)
        fail_unavailable(answer, f"more than {_MAX_HOPS} redirects")


def _series_params(
    network: Network, metrics: Iterable[str], window: Window, *narrowing: tuple[str, str], interval: str = "1h"
) -> tuple[tuple[str, str], ...]:
    """Return the parameters of series of a window: naive network time, the end exclusive."""
    return (
        *(("metrics", metric) for metric in metrics),
        ("interval", interval),
        *narrowing,
        ("date_start", network.to_local_naive(window.start).isoformat()),
        ("date_end", network.to_local_naive(window.end).isoformat()),
    )


def _is_about_metrics(answer: Answer) -> bool:
    """Tell whether the API refused what was asked for, as `Unsupported metrics: market_value` or `query.metrics.2: Input …`."""
    return answer.status in (400, 422) and "metrics" in (answer.reading.detail or "")


def _redirected(answer: Answer) -> Request:
    """Return the request that a redirect asks for. Raises `SourceUnavailable` where it leads to another host.

    Scheme and host stay those of the first request: a proxy in front of the API answers with http.
    """
    request = answer.request
    here = urlsplit(request.url)
    there = urlsplit(urljoin(request.url, answer.headers.get("location", "")))
    if there.hostname != here.hostname or there.port not in (here.port, None):
        fail_unavailable(answer, f"a redirect to {there.hostname} was not followed, the key stays here; see OPEN_NEM_API_URL")
    params = tuple(parse_qsl(there.query, keep_blank_values=True)) or request.params
    url = urlunsplit((here.scheme, here.netloc, there.path, "", ""))
    return Request(request.source, url, params, request.context)


def _refusal_text(refused: list[tuple[BearerKey, Answer]], account: str) -> str:
    said = "; ".join(f"{key.variable}: {answer.reading.detail}" for key, answer in refused)
    tried = {key.variable for key, _answer in refused}
    missing = [name for name in ("OPEN_NEM_PRIMARY", "OPEN_NEM_SECONDARY") if name not in tried]
    more = f"; {', '.join(missing)} not set or refused before" if missing else ""
    return (
        f"OpenElectricity refused every key ({said}{more}{'; ' + account if account else ''}). Put a valid key into "
        f"OPEN_NEM_PRIMARY or OPEN_NEM_SECONDARY. The last answer is kept in {refused[-1][1].request_id}"
    )


def _retry_after_seconds(header: str | None, now: datetime) -> float | None:
    """Return the wait a Retry-After header asks for, in its two forms; None without one."""
    if header is None:
        return None
    if header.strip().isdigit():
        return float(header)
    try:
        return max(0.0, (parsedate_to_datetime(header) - now).total_seconds())
    except (ValueError, TypeError):
        return None
