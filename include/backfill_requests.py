"""What a window of a backfill will ask of the sources: requests and OpenElectricity's credits, before anything is sent.

Counted as the fetch tasks count (`include.sources.fetch`), without repeats. A new plant, or one that the registry loses
meanwhile, is not known here: the budget of each fetch (`include.sources.budget`) is what holds.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from include.day_windows import MAX_DAYS, SHORT_DAYS, DayWindow
from include.errors import TrinoUnavailable
from include.registry import chosen, facilities_in_bronze
from include.settings import Settings
from include.sources.budget import BACKFILL_SHARE, open_budget
from include.sources.openelectricity import client as openelectricity
from include.sources.openmeteo import client as openmeteo
from include.sources.records import CONTROL, GENERATION, OPEN_METEO, OPENELECTRICITY, REGISTRY, asked
from include.windows import HOUR, Window

# For more plants a window has 31 days, so that no task holds its pool's slot for two minutes. An estimate from 9 plants,
# whose 61 days took Silver 181 s on a machine with several times the work that it can do (docs/decisions/030).
PLANTS_OF_LONG_WINDOWS = 15
_REGISTRY_REQUESTS = 1


@dataclass(frozen=True)
class Sources:
    """Whom the fetch tasks will ask for, and what may be spent; `credits_left` is None where Trino could not say."""

    daily_credits: int
    plants: Mapping[str, int] = field(default_factory=dict)
    """Facilities by network."""
    locations: int = 0
    credits_left: float | None = None
    beside_weather: int = 1
    """Sources of Open-Meteo that are asked besides weather."""
    beside_generation: int = 1
    """Sources of OpenElectricity that are asked besides generation, by the same pieces, for each network with a plant."""
    controls: int = 1
    """Requests for the totals of a network with a plant, whatever the window's length: days of a year cost one."""

    @property
    def share(self) -> float:
        """Credits of a UTC day that backfills may use."""
        return self.daily_credits * BACKFILL_SHARE

    def credits(self, window: DayWindow) -> int:
        """Credits of a window, one a request; none where the sources are not asked."""
        if window.from_layer != "fetch":
            return 0
        pieces = len(window.hours.split(openelectricity.MAX_DAYS))
        by_network = (math.ceil(plants / openelectricity.MAX_CODES) + self.beside_generation for plants in self.plants.values())
        return _REGISTRY_REQUESTS + pieces * sum(by_network) + self.controls * len(self.plants)

    def weather_requests(self, window: DayWindow, now: datetime) -> int:
        """Requests of Open-Meteo for a window: weather by dataset, and one for each of its other sources."""
        if window.from_layer != "fetch":
            return 0
        pieces = Window(window.hours.start, window.hours.end + HOUR).split(openmeteo.MAX_DAYS)
        batches = math.ceil(self.locations / openmeteo.MAX_LOCATIONS)
        return batches * sum(len(openmeteo.by_dataset(piece, now)) + self.beside_weather for piece in pieces)

    def window_days(self) -> int:
        """Days of one window: as many as a pass bears, fewer for many plants or where a day's share would not hold them."""
        longest = DayWindow.parse("2025-01-01_to_2025-03-03_from_fetch")
        is_long = 0 < sum(self.plants.values()) <= PLANTS_OF_LONG_WINDOWS and self.credits(longest) <= self.share
        return MAX_DAYS if is_long else SHORT_DAYS


def look_up(settings: Settings, now: datetime) -> Sources:
    """Return what Bronze knows of plants and of the day's credits; without plants and credits where Trino does not answer."""
    credits = settings.open_nem_daily_credits
    try:
        facilities = chosen(facilities_in_bronze(settings), settings.pv_facilities)
        left = open_budget(settings, credits, "backfill", now).left
    except TrinoUnavailable:
        return Sources(credits)
    plants = Counter(facility.network_id for facility in facilities)
    locations = {place.location_id for f in facilities if (place := f.location)}
    of_electricity = asked(settings, OPENELECTRICITY)
    beside_generation = [each for each in of_electricity if each not in (REGISTRY, GENERATION, CONTROL)]
    beside = len(asked(settings, OPEN_METEO)) - 1, len(beside_generation), int(CONTROL in of_electricity)
    return Sources(credits, plants, len(locations), left, *beside)
