"""The plants of a world: real places and capacities, drawn hardware and behaviour."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cache

import numpy as np
from numpy.typing import NDArray

from infra.upstream.farms import FULL_SHARE, Farm, listed_farms, new_farm
from infra.upstream.noise import Floats, text_seed

Bools = NDArray[np.bool_]
Random = np.random.Generator

LIMIT_RATIOS, LIMIT_CHANCES = (0.80, 0.85, 0.90, 0.94, 1.0), (0.05, 0.15, 0.25, 0.25, 0.30)
"""AC limit over capacity, as recorded farms have them."""
DC_RATIOS, LEAST_DC_TO_LIMIT = (0.95, 1.25), 1.02
"""Effective DC power, which has all efficiencies in it, over capacity."""
TRACKING_CHANCE = 0.8
SCHEDULED_MW = 30.0
"""From here on a plant is dispatched: smaller ones neither bid nor count in the region's curtailment."""
BIDS_AUD_MWH = ((np.nan, np.nan, 0.22), (-45.0, -22.0, 0.38), (-15.0, 0.0, 0.30), (2.0, 15.0, 0.10))
"""Lowest, highest, chance; the first never bid."""
FULL_CUT, HALF_CUT, FULL_CUT_CHANCE = 0.002, 0.02, 0.85
HYBRIDS = frozenset({"NEWENSF", "MERSOLAR"})
SLEEPER = "WRSF1"
"""The small farm that stands at zero for months, as it did in the recorded week."""
EARTH_KM = 6371.0


@dataclass(frozen=True)
class Plant:
    """Powers in MW, the bid in $/MWh (NaN: never bids); below its bid it makes `cut_share` of its capacity."""

    farm: Farm
    capacity_mw: float
    limit_mw: float
    effective_dc_mw: float
    is_tracking: bool
    bid_aud_mwh: float
    cut_share: float

    @property
    def code(self) -> str:
        """The farm's."""
        return self.farm.code

    @property
    def region(self) -> str:
        """The farm's."""
        return self.farm.network_region

    @property
    def latitude_deg(self) -> float:
        """The farm's, north."""
        return self.farm.latitude

    @property
    def longitude_deg(self) -> float:
        """The farm's, east."""
        return self.farm.longitude

    @property
    def is_hybrid(self) -> bool:
        """Whether it has a battery."""
        return self.code in HYBRIDS

    @property
    def is_scheduled(self) -> bool:
        """Whether it is dispatched and counts in its region's curtailment."""
        return self.capacity_mw >= SCHEDULED_MW


@cache
def known_farms() -> tuple[Farm, ...]:
    """The listed farms, and last the one that a defect adds."""
    return (*listed_farms(), new_farm(datetime(2025, 1, 1)))  # noqa: DTZ001


def drawn_plant(seed: int, farm: Farm) -> Plant:
    """The plant at a farm in the world of a seed."""
    random = random_of(seed, f"plant {farm.code}")
    capacity = farm.capacity_mw
    limit = capacity * random.choice(LIMIT_RATIOS, p=LIMIT_CHANCES)
    if farm.top_share < FULL_SHARE:
        limit = min(limit, capacity * farm.top_share)
    dc = max(capacity * random.uniform(*DC_RATIOS), LEAST_DC_TO_LIMIT * limit)
    low, high, _ = BIDS_AUD_MWH[random.choice(len(BIDS_AUD_MWH), p=[chance for *_, chance in BIDS_AUD_MWH])]
    return Plant(
        farm,
        capacity_mw=capacity,
        limit_mw=limit,
        effective_dc_mw=dc,
        is_tracking=bool(random.random() < TRACKING_CHANCE),
        bid_aud_mwh=random.uniform(low, high) if np.isfinite(low) and capacity >= SCHEDULED_MW else np.nan,
        cut_share=FULL_CUT if random.random() < FULL_CUT_CHANCE else HALF_CUT,
    )


def random_of(seed: int, name: str) -> Random:
    """Generator of a name in the world of a seed."""
    return np.random.default_rng([seed, text_seed(name)])


def distances_km(latitude: Floats, longitude: Floats) -> Floats:
    """Great-circle distances of places in degrees, shape (places, places)."""
    north, east = np.radians(latitude), np.radians(longitude)
    half = np.sin((north[:, None] - north) / 2) ** 2
    half += np.cos(north[:, None]) * np.cos(north) * np.sin((east[:, None] - east) / 2) ** 2
    return np.asarray(2 * EARTH_KM * np.arcsin(np.sqrt(np.clip(half, 0, 1))))
