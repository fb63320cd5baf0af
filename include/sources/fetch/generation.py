"""Fetch hourly energy and power of every chosen facility, network by network."""

import logging
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from include.networks import NETWORKS
from include.registry import Facility, Phase, chosen, known_facilities, newest_generation_hours
from include.settings import Settings
from include.sources.budget import open_budget
from include.sources.exchange import Answer, Clock
from include.sources.fetch import history
from include.sources.fetch.asking import ask_all, open_sender, summary
from include.sources.fetch.ranges import (
    RESETTLED_DAYS,
    Known,
    Range,
    again,
    batches,
    is_behind,
    is_daily,
    is_hourly,
    oldest_of_interest,
    ranges,
    reread_window,
)
from include.sources.landing import Run
from include.sources.openelectricity.client import MAX_CODES, MAX_DAYS, OpenElectricityClient
from include.windows import DAY, Window

log = logging.getLogger(__name__)


def fetch_generation(settings: Settings, window: Window, run: Run, clock: Clock | None = None) -> dict[str, Any]:
    """Land generation for the window and the hours before it that the re-read rule adds.

    Raises `KeyMissing`, `SourceRefused`, `BodyInvalid`, `BudgetExhausted`, `SourceUnavailable`, `LandingUnavailable`,
    `TrinoUnavailable`; of several failures the worst, after everything else has landed.
    """
    sender = open_sender(settings, run, clock or Clock())
    # What has ended says nothing new; its past hours are a backfill's.
    phases: tuple[Phase, ...] | None = ("planned", "running") if is_hourly(window, run.run_type) else None
    facilities = chosen(known_facilities(settings, sender.landing), settings.pv_facilities, phases)
    if not facilities:
        log.warning("%s: no facility to ask for; generation waits for the registry that fetch_facilities lands", window)
        return summary(sender, facilities=0, resolved=[])
    budget = open_budget(settings, settings.open_nem_daily_credits, run.run_type, sender.clock.now())
    client = OpenElectricityClient(settings, sender, budget)
    if not is_hourly(window, run.run_type):
        return land_generation(client, settings, window, facilities, Known())
    return land_generation(client, settings, window, facilities, _known(settings, window, run, facilities))


def land_generation(
    client: OpenElectricityClient,
    settings: Settings,
    window: Window,
    facilities: Sequence[Facility],
    known: Known,
) -> dict[str, Any]:
    """Ask for these facilities, by facility code of `known`. Raises as fetching does."""
    sender, budget = client.sender, client.budget
    base = reread_window(window, sender.run.run_type, settings)
    plan: dict[str, list[Range]] = {}
    once_more: dict[str, list[Range]] = {}
    for network_id in NETWORKS:
        codes = [facility.code for facility in facilities if facility.network_id == network_id]
        plan[network_id] = ranges(codes, base, known.newest, settings.pv_max_gap_days, known.settled_until)
        once_more[network_id] = again({code: known.again[code] for code in codes if code in known.again}, plan[network_id])
    questions, can_wait = _questions(client, plan), _questions(client, once_more)
    spare = int(max(0.0, budget.spare - len(questions)))
    if can_wait[spare:]:
        log.warning("%s: %d requests for older days wait for tomorrow's credits", window, len(can_wait[spare:]))
    questions += can_wait[:spare]
    log.info("%s: %d requests for %d facilities, %g credits left", window, len(questions), len(facilities), budget.left)
    ask_all(questions)
    resolved = [
        f"{network}: {len(part.keys)} from {part.window}"
        for each in (plan, once_more)
        for network, parts in each.items()
        for part in parts
    ]
    return summary(sender, facilities=len(facilities), resolved=resolved, credits_left=budget.left)


def _known(settings: Settings, window: Window, run: Run, facilities: Sequence[Facility]) -> Known:
    """Look up what an hourly run needs: the newest hours, and where there is a gap or it is the daily run, what lies before."""
    newest = newest_generation_hours(settings, oldest_of_interest(window, settings))
    base = reread_window(window, run.run_type, settings)
    daily = is_daily(window, run.run_type)
    if not daily and not any(is_behind(facility.code, base, newest) for facility in facilities):
        return Known(newest)
    reach = settings.pv_max_gap_days
    since = window.end - DAY * (reach + RESETTLED_DAYS)
    asked = history.asked_days(settings, since)
    wanted = (
        history.generation_again(facilities, asked, history.generation_told(settings, since), window.end, reach) if daily else {}
    )
    return Known(newest, history.settled_until(facilities, asked), wanted)


def _questions(client: OpenElectricityClient, plan: dict[str, list[Range]]) -> list[Callable[[], Answer]]:
    return [
        partial(client.generation, NETWORKS[network_id], codes, piece)
        for network_id, parts in plan.items()
        for part in parts
        for piece in part.window.split(MAX_DAYS)
        for codes in batches(part.keys, MAX_CODES)
    ]
