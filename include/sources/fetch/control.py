"""Fetch the source's own totals of each region's utility solar, by days that are settled: what the plants' sum is held against.

The answer is a few figures, and days of a year cost one credit: each time a month is asked for, so that revisions and gaps need
no look-up.
"""

import logging
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import partial
from typing import Any

from include.networks import NETWORKS, Network
from include.registry import control_asked_until
from include.settings import Settings
from include.sources.budget import open_side_budget
from include.sources.exchange import Clock
from include.sources.fetch.asking import ask_all, open_sender, summary
from include.sources.fetch.history import SETTLED_AFTER
from include.sources.fetch.market import chosen_networks
from include.sources.fetch.ranges import is_daily, is_hourly
from include.sources.landing import Run
from include.sources.openelectricity.client import MAX_DAYS_OF_DAYS, OpenElectricityClient
from include.windows import DAY, Window, day_of, day_window

log = logging.getLogger(__name__)

# As far back as hourly runs ask for generation again (PV_MAX_GAP_DAYS, unless somebody sets it).
REACH_DAYS = 31


def fetch_control(settings: Settings, window: Window, run: Run, clock: Clock | None = None) -> dict[str, Any]:
    """Land the totals of the settled days of the window, or of the last month. Raises as `fetch_generation` does.

    Of the hourly runs the two of a day ask that re-read ten days of generation: both sides are then of the same minutes.
    """
    sender = open_sender(settings, run, clock or Clock())
    if is_hourly(window, run.run_type) and not is_daily(window, run.run_type):
        log.info("%s: totals are asked for once a day, by the runs that look further back", window)
        return summary(sender, resolved=[])
    networks = chosen_networks(settings, sender)
    if not networks:
        log.warning("%s: no facility is known, so no total to ask for; it waits for the registry", window)
        return summary(sender, resolved=[])
    budget = open_side_budget(settings, settings.open_nem_daily_credits, sender.clock.now())
    client = OpenElectricityClient(settings, sender, budget)
    asked_until = control_asked_until(settings, window.end - 2 * DAY) if is_hourly(window, run.run_type) else {}
    return land_control(client, window, networks, asked_until)


def land_control(
    client: OpenElectricityClient, window: Window, networks: Iterable[str], asked_until: Mapping[str, datetime]
) -> dict[str, Any]:
    """Ask for these networks; `asked_until`: the end of the days that each was asked for already. Raises as fetching does."""
    sender = client.sender
    wanted, now = window, sender.clock.now()
    if is_hourly(window, sender.run.run_type):
        wanted, now = Window(window.end - REACH_DAYS * DAY, window.end), window.end
    days = {network: settled_days(NETWORKS[network], wanted, now) for network in networks}
    due = {network: span for network, span in days.items() if span and asked_until.get(network, span.start) < span.end}
    ask_all(
        partial(client.control, NETWORKS[network], piece)
        for network, span in due.items()
        for piece in span.split(MAX_DAYS_OF_DAYS)
    )
    resolved = [f"{network}: {span}" for network, span in due.items()]
    return summary(sender, resolved=resolved, credits_left=client.budget.left)


def settled_days(network: Network, window: Window, now: datetime) -> Window | None:
    """Return the whole network-local days of a window whose ordinary changes are over; None where there are none."""
    first = day_of(window.start, network.utc_offset)
    if day_window(first, network.utc_offset).start < window.start:
        first += 1
    end = min(day_of(window.end, network.utc_offset), day_of(now - SETTLED_AFTER, network.utc_offset) + 1)
    if first >= end:
        return None
    return Window(day_window(first, network.utc_offset).start, day_window(end, network.utc_offset).start)
