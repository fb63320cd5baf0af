"""Credits are counted before they are spent, and a day of hourly runs stays below the plan's."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from include.errors import BudgetExhausted
from include.networks import NETWORKS
from include.registry import Facility
from include.settings import Settings
from include.sources import budget as budgets
from include.sources.budget import Budget, open_budget, open_side_budget
from include.sources.exchange import Answer, Clock, Request
from include.sources.fetch.control import land_control, settled_days
from include.sources.fetch.facilities import land_registry
from include.sources.fetch.generation import land_generation
from include.sources.fetch.market import land_market
from include.sources.fetch.ranges import Known, is_daily
from include.sources.landing import Run
from include.sources.openelectricity.client import OpenElectricityClient
from include.sources.readings import Reading
from include.windows import DAY, HOUR, Window

SETTINGS = Settings(_env_file=None, open_nem_primary="oe_primary_0123456789")  # type: ignore[call-arg,arg-type]
MIDNIGHT = datetime(2026, 11, 28, tzinfo=UTC)


def test_credits_are_counted_before_they_are_spent() -> None:
    budget = Budget(limit=10, spent=8)
    budget.spend(1)
    budget.spend(1)
    assert (budget.spent, budget.left) == (10, 0)
    with pytest.raises(BudgetExhausted, match="10 of 10 credits of this UTC day are used"):
        budget.spend(1)
    assert budget.spent == 10


def test_what_others_spent_beyond_the_limit_leaves_nothing() -> None:
    assert Budget(limit=300, spent=420).left == 0
    with pytest.raises(BudgetExhausted, match=r"420 of 300 .*OPEN_NEM_DAILY_CREDITS"):
        Budget(limit=300, spent=420).spend(1)


def test_a_source_beside_generation_leaves_it_its_share_of_the_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(budgets, "credits_spent", lambda *_: 290.0)
    side, own = open_side_budget(SETTINGS, 500, MIDNIGHT), open_budget(SETTINGS, 500, "scheduled", MIDNIGHT)
    assert (side.left, own.left) == (10, 210)
    for _ in range(10):
        side.spend(1)
    with pytest.raises(BudgetExhausted, match="60% of OPEN_NEM_DAILY_CREDITS=500; the rest is generation's"):
        side.spend(1)


class CountingClient(OpenElectricityClient):
    """Spends a credit a request and is answered with nothing."""

    def _ask(self, request: Request) -> Answer:
        self.budget.spend(1)
        return Answer(request, "", 404, {}, Reading("empty", credits=1.0))


def hour_of_requests(facilities: list[Facility], window: Window, budget: Budget, asked_until: dict[str, datetime]) -> None:
    """The requests of an hourly run: a plant of each network is silent, and every plant has a hole when the run looks back.

    `asked_until`: until when each network was asked for its totals; brought up to date.
    """
    run = Run("ingest_oe_bronze", f"scheduled__{window.end}", "scheduled", 1)
    sender: Any = SimpleNamespace(run=run, answers=[], clock=Clock())
    client = CountingClient(SETTINGS, sender, budget)
    newest = {facility.code: window.start - HOUR for facility in facilities}
    networks = {facility.network_id: facility.code for facility in facilities}
    newest |= dict.fromkeys(networks.values(), window.start - 20 * DAY)
    holes = Window(window.end - 31 * DAY, window.end - 30 * DAY)
    again = {facility.code: holes for facility in facilities} if is_daily(window, "scheduled") else {}
    land_registry(client, SETTINGS, window)
    land_generation(client, SETTINGS, window, facilities, Known(newest, again=again))
    land_market(client, SETTINGS, window, networks, {network: window.start - HOUR for network in networks})
    if is_daily(window, "scheduled"):
        land_control(client, window, networks, asked_until)
        asked_until |= {network: newest_total(network, window.end) for network in networks}


def newest_total(network: str, at: datetime) -> datetime:
    days = settled_days(NETWORKS[network], Window(at - 9 * DAY, at), at)
    assert days is not None
    return days.end


@pytest.mark.parametrize(("nem", "wem", "most"), [(38, 2, 200), (105, 5, 260)])
def test_a_day_of_hourly_runs_stays_within_the_credits_that_are_meant_for_it(nem: int, wem: int, most: int) -> None:
    counts = {"NEM": nem, "WEM": wem}
    facilities = [Facility(f"{network}{n}", network, -33.0, 147.0) for network in counts for n in range(counts[network])]
    budget = Budget(500, 0)
    asked_until = {network: newest_total(network, MIDNIGHT) for network in counts}
    for hour in range(24):
        start = MIDNIGHT + timedelta(hours=hour)
        hour_of_requests(facilities, Window(start, start + HOUR), budget, asked_until)
    beside = 24 * len(counts) + len(counts)
    assert most - beside < budget.spent <= most
