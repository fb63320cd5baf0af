"""Fetch hourly energy and power of every chosen facility, network by network."""

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from include.budget import open_budget
from include.exchange import Answer, Clock
from include.fetch.asking import ask_all, open_sender, summary
from include.fetch.ranges import Range, RereadSettings, batches, is_hourly, oldest_of_interest, ranges, reread_window
from include.landing import Run
from include.networks import NETWORKS
from include.openelectricity.client import MAX_CODES, MAX_DAYS, OpenElectricityClient
from include.registry import Facility, chosen, known_facilities, newest_generation_hours
from include.settings import Settings
from include.windows import Window

log = logging.getLogger(__name__)


def fetch_generation(settings: Settings, window: Window, run: Run, clock: Clock | None = None) -> dict[str, Any]:
    """Land generation for the window and the hours before it that the re-read rule adds.

    Raises `KeyMissing`, `SourceRefused`, `BodyInvalid`, `BudgetExhausted`, `SourceUnavailable`, `LandingUnavailable`,
    `TrinoUnavailable`; of several failures the worst, after everything else has landed.
    """
    sender = open_sender(settings, run, clock or Clock())
    facilities = chosen(known_facilities(settings, sender.landing), settings.pv_facilities)
    if not facilities:
        log.warning("%s: no facility to ask for; generation waits for the registry that fetch_facilities lands", window)
        return summary(sender, facilities=0, resolved=[])
    newest = newest_generation_hours(settings, oldest_of_interest(window, settings)) if is_hourly(window, run.run_type) else {}
    budget = open_budget(settings, settings.open_nem_daily_credits, run.run_type, sender.clock.now())
    return land_generation(OpenElectricityClient(settings, sender, budget), settings, window, facilities, newest)


def land_generation(
    client: OpenElectricityClient,
    settings: RereadSettings,
    window: Window,
    facilities: Sequence[Facility],
    newest: Mapping[str, datetime],
) -> dict[str, Any]:
    """Ask for these facilities; `newest` is the newest hour that Bronze has, by facility code. Raises as fetching does."""
    sender, budget = client.sender, client.budget
    base = reread_window(window, sender.run.run_type, settings)
    plan: dict[str, list[Range]] = {}
    for network_id in NETWORKS:
        codes = [facility.code for facility in facilities if facility.network_id == network_id]
        plan[network_id] = ranges(codes, base, newest, settings.pv_max_gap_days)
    questions = _questions(client, plan)
    log.info("%s: %d requests for %d facilities, %g credits left", window, len(questions), len(facilities), budget.left)
    ask_all(questions)
    resolved = [f"{network}: {len(part.keys)} from {part.window}" for network, parts in plan.items() for part in parts]
    return summary(sender, facilities=len(facilities), resolved=resolved, credits_left=budget.left)


def _questions(client: OpenElectricityClient, plan: dict[str, list[Range]]) -> list[Callable[[], Answer]]:
    return [
        partial(client.generation, NETWORKS[network_id], codes, piece)
        for network_id, parts in plan.items()
        for part in parts
        for piece in part.window.split(MAX_DAYS)
        for codes in batches(part.keys, MAX_CODES)
    ]
