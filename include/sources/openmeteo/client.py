"""The Open-Meteo client: one request at a time, waits chosen from the reason text, weights counted as its limits do."""

import logging
import math
import random
from dataclasses import dataclass
from datetime import UTC, datetime

from pyrate_limiter import Duration, Rate
from tenacity import RetryCallState, Retrying, retry_if_result, stop_after_attempt, wait_exponential

from include.errors import BudgetExhausted, QuotaSpent
from include.settings import Settings
from include.sources.exchange import Answer, Pace, Request, Sender, last_answer, settled
from include.sources.landing import Context, Location
from include.sources.openmeteo.bodies import AIR_QUALITY_VARIABLES, SATELLITE_VARIABLES, WEATHER_VARIABLES, request_weight
from include.windows import DAY, HOUR, Window

log = logging.getLogger(__name__)

# The API takes 1,000; fewer keep a URL under 2 kB and a failed request cheap.
MAX_LOCATIONS = 50
# A month, widened by the hours to the other network and by the label that ends it.
MAX_DAYS = 32
# ERA5 is complete after 5 days (docs); two more spare us null tails. Newer days come from the forecast API.
ARCHIVE_AFTER_DAYS = 7
# Both pinned, because best_match changes its source inside a series, unannounced. For the last days ECMWF's IFS (9 km, hourly):
# ERA5, whose values replace them, is made with the same model.
ARCHIVE_MODEL = "era5_seamless"
FORECAST_MODEL = "ecmwf_ifs"
AIR_QUALITY_DOMAIN = "cams_global"
# Himawari-9, which looks at Australia: 5 km, every ten minutes, half an hour late, since 2015.
SATELLITE_MODEL = "jma_jaxa_himawari"

# The free limits per address; the daily 10,000 is known by its refusal only.
_RATES = [Rate(600, Duration.MINUTE), Rate(5000, Duration.HOUR)]
_MAX_BACKOFF_SECONDS = 60.0


@dataclass
class OpenMeteoClient:
    """Asks Open-Meteo for one run. Every method returns an answer that is `ok` or `empty`, or raises.

    Raises `SourceRefused`, `BodyInvalid`, `SourceUnavailable`; `BudgetExhausted` when the day is used up, and `QuotaSpent` when a
    backfill meets the hour's limit (from then on without asking). Windows are of labels: radiation at a label is of the hour
    before.
    """

    settings: Settings
    sender: Sender

    def __post_init__(self) -> None:
        """Start counting."""
        self._pace = Pace(_RATES, self.sender.clock)
        self._exhausted: BudgetExhausted | QuotaSpent | None = None

    def weather(self, dataset: str, locations: tuple[Location, ...], labels: Window) -> Answer:
        """Ask for weather of one dataset, `archive` or `forecast`; `by_dataset` says which one holds which days."""
        is_archive = dataset == "archive"
        model = ARCHIVE_MODEL if is_archive else FORECAST_MODEL
        url = self.settings.openmeteo_weather_api_url if is_archive else self.settings.openmeteo_forecast_api_url
        extra = (("wind_speed_unit", "ms"), ("models", model))
        context = Context(labels, dataset=dataset, model=model, locations=locations)
        return self._ask(_request("om_weather", url, tuple(WEATHER_VARIABLES), extra, context))

    def air_quality(self, locations: tuple[Location, ...], labels: Window) -> Answer:
        """Ask for air quality; over Australia that is the global model."""
        url = self.settings.openmeteo_airquality_api_url
        context = Context(labels, dataset="air_quality", model=AIR_QUALITY_DOMAIN, locations=locations)
        extra = (("domains", AIR_QUALITY_DOMAIN),)
        return self._ask(_request("om_air_quality", url, tuple(AIR_QUALITY_VARIABLES), extra, context))

    def satellite(self, locations: tuple[Location, ...], labels: Window) -> Answer:
        """Ask for irradiance seen by satellite; it is null where no picture was taken, or the picture is late."""
        url = self.settings.openmeteo_satellite_api_url
        context = Context(labels, dataset="satellite", model=SATELLITE_MODEL, locations=locations)
        return self._ask(_request("om_satellite", url, tuple(SATELLITE_VARIABLES), (("models", SATELLITE_MODEL),), context))

    def _ask(self, request: Request) -> Answer:
        if self._exhausted:
            raise self._exhausted
        retrying = Retrying(
            retry=retry_if_result(lambda answer: answer.is_worth_a_retry and not _is_daily(answer)),
            stop=lambda state: stop_after_attempt(1 + self.settings.http_retries)(state) or self._is_too_long(last_answer(state)),
            wait=self._wait,
            sleep=self.sender.clock.sleep,
            retry_error_callback=last_answer,
        )
        answer: Answer = retrying(self._send, request)
        if _is_daily(answer):
            self._exhausted = BudgetExhausted(
                f"Open-Meteo: {answer.reading.detail} Nothing more is asked before 00:00 UTC. "
                f"The answer is kept in {answer.request_id}"
            )
            raise self._exhausted
        if self._is_too_long(answer):
            self._exhausted = QuotaSpent(
                f"Open-Meteo: {answer.reading.detail} A backfill does not wait for it in its place before the hourly runs. "
                f"The answer is kept in {answer.request_id}"
            )
            raise self._exhausted
        return settled(answer)

    def _is_too_long(self, answer: Answer) -> bool:
        """Tell whether the wait that an answer asks for is longer than this run waits."""
        return (self._seconds_asked(answer) or 0.0) > self.sender.run.longest_wait_seconds

    def _seconds_asked(self, answer: Answer) -> float | None:
        return wait_after(answer.reading.detail or "", self.sender.clock.now()) if answer.status == 429 else None

    def _send(self, request: Request) -> Answer:
        self._pace.wait(math.ceil(request_weight(dict(request.params), len(request.context.locations))))
        return self.sender.send(request)

    def _wait(self, state: RetryCallState) -> float:
        """Return seconds. Open-Meteo sends no Retry-After; its windows are the clock's minute and hour."""
        answer = last_answer(state)
        seconds = self._seconds_asked(answer)
        if seconds is None:
            return wait_exponential(multiplier=self.settings.http_backoff_seconds, max=_MAX_BACKOFF_SECONDS)(state)
        if not self._is_too_long(answer):
            log.warning("Open-Meteo: %s; waiting %.0f s", answer.reading.detail, seconds)
        return seconds


def by_dataset(labels: Window, now: datetime) -> list[tuple[str, Window]]:
    """Return the parts of a window by where they come from: UTC days older than 7 from the archive."""
    today = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    settled_before = today - DAY * ARCHIVE_AFTER_DAYS
    if labels.end <= settled_before:
        return [("archive", labels)]
    if labels.start >= settled_before:
        return [("forecast", labels)]
    return [("archive", Window(labels.start, settled_before)), ("forecast", Window(settled_before, labels.end))]


def wait_after(reason: str, now: datetime) -> float | None:
    """Return the seconds to wait for a 429 by its reason, None for a reason that names no limit."""
    if "Minutely" in reason:
        return 65.0
    if "Hourly" in reason:
        next_hour = now.replace(minute=0, second=0, microsecond=0) + HOUR
        return (next_hour - now).total_seconds() + 90.0
    if "concurrent" in reason:
        return random.uniform(1.0, 5.0)
    return None


def _request(source: str, url: str, variables: tuple[str, ...], extra: tuple[tuple[str, str], ...], context: Context) -> Request:
    labels = context.window
    if labels is None or not 0 < len(context.locations) <= MAX_LOCATIONS:
        raise ValueError(
            f"{len(context.locations)} locations, labels {labels}: one request takes 1 to {MAX_LOCATIONS} and a window"
        )
    params = (
        ("latitude", ",".join(f"{place.latitude:.6f}" for place in context.locations)),
        ("longitude", ",".join(f"{place.longitude:.6f}" for place in context.locations)),
        ("hourly", ",".join(variables)),
        ("start_date", labels.start.date().isoformat()),
        ("end_date", (labels.end - HOUR).date().isoformat()),
        ("timezone", "GMT"),
        *extra,
    )
    return Request(source, url, params, context)


def _is_daily(answer: Answer) -> bool:
    return answer.status == 429 and "Daily" in (answer.reading.detail or "")
