"""Fetch prices and curtailed solar of the regions, for each network that has a chosen facility."""

import logging
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import partial
from typing import Any

from include.networks import NETWORKS
from include.registry import chosen, known_facilities, newest_market_hours
from include.settings import Settings
from include.sources.budget import open_side_budget
from include.sources.exchange import Clock, Sender
from include.sources.fetch.asking import ask_all, open_sender, summary
from include.sources.fetch.ranges import is_hourly, oldest_of_interest, ranges, reread_window
from include.sources.landing import Run
from include.sources.openelectricity.client import MAX_DAYS, OpenElectricityClient
from include.windows import Window

log = logging.getLogger(__name__)


def fetch_market(settings: Settings, window: Window, run: Run, clock: Clock | None = None) -> dict[str, Any]:
    """Land the market of the window and of the hours before it that the re-read rule adds. Raises as `fetch_generation` does."""
    sender = open_sender(settings, run, clock or Clock())
    networks = chosen_networks(settings, sender)
    if not networks:
        log.warning("%s: no facility is known, so no market to ask for; it waits for the registry", window)
        return summary(sender, resolved=[])
    budget = open_side_budget(settings, settings.open_nem_daily_credits, sender.clock.now())
    client = OpenElectricityClient(settings, sender, budget)
    newest = newest_market_hours(settings, oldest_of_interest(window, settings)) if is_hourly(window, run.run_type) else {}
    return land_market(client, settings, window, networks, newest)


def chosen_networks(settings: Settings, sender: Sender) -> list[str]:
    """Return the networks that have a chosen facility."""
    facilities = chosen(known_facilities(settings, sender.landing), settings.pv_facilities)
    return sorted({facility.network_id for facility in facilities})


def land_market(
    client: OpenElectricityClient, settings: Settings, window: Window, networks: Iterable[str], newest: Mapping[str, datetime]
) -> dict[str, Any]:
    """Ask for these networks; `newest`: the newest hour Bronze has of each. Raises as fetching does."""
    base = reread_window(window, client.sender.run.run_type, settings)
    parts = ranges(networks, base, newest, settings.pv_max_gap_days)
    ask_all(
        partial(client.market, NETWORKS[network], piece)
        for part in parts
        for piece in part.window.split(MAX_DAYS)
        for network in part.keys
    )
    resolved = [f"{network}: {part.window}" for part in parts for network in part.keys]
    return summary(client.sender, resolved=resolved, credits_left=client.budget.left)
