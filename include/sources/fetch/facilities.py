"""Fetch the facility registry: one request for both networks."""

import logging
from typing import Any

from include.registry import facilities_of, refuse_unknown
from include.settings import Settings
from include.sources.budget import open_budget
from include.sources.exchange import Clock
from include.sources.fetch.asking import ask_all, open_sender, summary
from include.sources.landing import Run
from include.sources.openelectricity.bodies import facility_names
from include.sources.openelectricity.client import OpenElectricityClient
from include.windows import Window

log = logging.getLogger(__name__)


def fetch_facilities(settings: Settings, window: Window, run: Run, clock: Clock | None = None) -> dict[str, Any]:
    """Land the registry of today; the window only says for which run (the API keeps no past registries).

    Raises `KeyMissing`, `SourceRefused`, `FacilityUnknown`, `BodyInvalid`, `BudgetExhausted`, `SourceUnavailable`,
    `LandingUnavailable`, `TrinoUnavailable`.
    """
    clock = clock or Clock()
    sender = open_sender(settings, run, clock)
    budget = open_budget(settings, settings.open_nem_daily_credits, run.run_type, clock.now())
    return land_registry(OpenElectricityClient(settings, sender, budget), settings, window)


def land_registry(client: OpenElectricityClient, settings: Settings, window: Window) -> dict[str, Any]:
    """Ask for the registry, narrowed to PV_FACILITIES. Raises as fetching does.

    Where a code of PV_FACILITIES did not come the whole registry is asked for: a code that was renamed would else be asked for
    ever, and nothing come. What did come has landed by then.
    """
    ask_all([lambda: client.facilities(settings.pv_facilities)])
    rows = [row for answer in client.sender.answers for row in answer.reading.rows]
    facilities = facilities_of(rows)
    if not set(settings.pv_facilities) <= {facility.code for facility in facilities}:
        answer = client.all_facilities(settings.pv_facilities)
        if answer.status == 200:
            refuse_unknown(settings.pv_facilities, facility_names((answer.body or b"").decode("utf-8", "replace")))
    log.info("%s: the registry has %d facilities", window, len(facilities))
    return summary(client.sender, facilities=len(facilities), credits_left=client.budget.left)
