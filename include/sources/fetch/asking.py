"""Asking for all that can be had: one failed request does not stop the others, and the worst failure is raised last."""

import logging
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

from include.errors import (
    BodyInvalid,
    BudgetExhausted,
    ClockWrong,
    LakehouseError,
    LandingConflict,
    LandingUnavailable,
    QuotaSpent,
    SourceRefused,
    SourceUnavailable,
)
from include.settings import Settings
from include.sources.exchange import Answer, Clock, Sender
from include.sources.landing import Landing, Run

log = logging.getLogger(__name__)

# Worst first: what a retry cannot fix hides what it can, because a retried task would fail by it again.
_BY_SEVERITY = (SourceRefused, BodyInvalid, BudgetExhausted, LandingConflict, QuotaSpent, SourceUnavailable)


def open_sender(settings: Settings, run: Run, clock: Clock) -> Sender:
    """Return a sender that lands for this run."""
    return Sender(Landing(settings), run, settings.http_timeout_seconds, clock)


def ask_all(questions: Iterable[Callable[[], Answer]]) -> None:
    """Ask every question, then raise the worst failure there was, its message naming all of them.

    Stops early only where nothing can be kept, as landing fails or the clock is wrong: what cannot be kept is not asked for.
    """
    failures: list[LakehouseError] = []
    for question in questions:
        try:
            question()
        except (LandingUnavailable, ClockWrong):
            raise
        except LakehouseError as failure:
            log.error("%s: %s", type(failure).__name__, failure)
            failures.append(failure)
    if failures:
        raise _worst(failures)


def summary(sender: Sender, **more: Any) -> dict[str, Any]:
    """Return what was asked and what came, for the task's log."""
    answers = sender.answers
    return {
        "requests": len(answers),
        "rows": sum(len(answer.reading.rows) for answer in answers),
        "outcomes": dict(Counter(answer.reading.outcome for answer in answers)),
        **more,
    }


def _worst(failures: list[LakehouseError]) -> LakehouseError:
    def severity(failure: LakehouseError) -> int:
        ranks = [rank for rank, kind in enumerate(_BY_SEVERITY) if isinstance(failure, kind)]
        return min(ranks, default=0)

    worst = min(failures, key=severity)
    others = dict.fromkeys(str(failure) for failure in failures if str(failure) != str(worst))
    if not others:
        return worst
    return type(worst)(f"{worst} | also: {' | '.join(others)}")
