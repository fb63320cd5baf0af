"""The client of AEMO's folder of next-day dispatch files: its listing, then the files by name, one at a time."""

import logging
from dataclasses import dataclass, field, replace
from datetime import date

from pyrate_limiter import Duration, Rate
from tenacity import Retrying, retry_if_result, wait_exponential

from include.settings import Settings
from include.sources.aemo.unit_solution import DAY_FILE, LISTING, NEM, listed_files, trading_hours
from include.sources.exchange import Answer, Pace, Request, Sender, last_answer, settled
from include.sources.landing import Context
from include.sources.records import UNIT_SOLUTION

log = logging.getLogger(__name__)

_MAX_BACKOFF_SECONDS = 60.0
_RATES = [Rate(1, Duration.SECOND)]
# A file that came and is not whole is so for everybody until it is published again; each is 9 MB in landing.
_TRIES_OF_A_BROKEN_FILE = 2


@dataclass
class AemoClient:
    """Asks for one run. Raises `SourceRefused`, `BodyInvalid`, `SourceUnavailable`. `rows`: how many were read so far."""

    settings: Settings
    sender: Sender
    rows: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        """Start counting."""
        self._pace = Pace(_RATES, self.sender.clock)

    def listing(self) -> dict[date, str]:
        """Return the name of the file of each trading day that the folder has."""
        request = Request(UNIT_SOLUTION.name, f"{self._folder}/", (), Context(network_id=NEM.code, dataset=LISTING))
        body = self._ask(request).body or b""
        return listed_files(body.decode("utf-8", "replace"))

    def day(self, day: date, name: str, unit_codes: tuple[str, ...]) -> Answer:
        """Ask for a day's file; of its rows those of these units will be read."""
        context = Context(trading_hours(day), NEM.code, dataset=DAY_FILE, unit_codes=unit_codes)
        # Only the name comes from the listing: whatever address it links, this one is asked.
        return self._ask(Request(UNIT_SOLUTION.name, f"{self._folder}/{name}", (), context))

    @property
    def _folder(self) -> str:
        return self.settings.aemo_next_day_dispatch_url

    def _ask(self, request: Request) -> Answer:
        retrying = Retrying(
            retry=retry_if_result(lambda answer: answer.is_worth_a_retry),
            stop=lambda state: state.attempt_number >= self._tries(last_answer(state)),
            wait=wait_exponential(multiplier=self.settings.http_backoff_seconds, max=_MAX_BACKOFF_SECONDS),
            sleep=self.sender.clock.sleep,
            retry_error_callback=last_answer,
        )
        return settled(retrying(self._send, request))

    def _tries(self, answer: Answer) -> int:
        tries = 1 + self.settings.http_retries
        return min(tries, _TRIES_OF_A_BROKEN_FILE) if answer.status == 200 else tries

    def _send(self, request: Request) -> Answer:
        self._pace.wait()
        answer = self.sender.send(request)
        # The files of a month would fill the memory, and are in landing: what the run remembers of each is its outcome.
        self.sender.answers[-1] = replace(answer, body=None, reading=replace(answer.reading, rows=[]))
        self.rows += len(answer.reading.rows)
        return answer
