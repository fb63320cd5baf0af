"""The farms of the simulated world: recorded places and capacities, drawn hardware and behaviour."""

from __future__ import annotations

import csv
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from include.expected_energy.physics import Mounting
from include.paths import PROJECT_ROOT

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Random = np.random.Generator

LIMIT_RATIOS, LIMIT_CHANCES = (0.80, 0.85, 0.90, 0.94, 1.0), (0.05, 0.15, 0.25, 0.25, 0.30)
DC_RATIOS = (0.95, 1.25)
LEAST_DC_TO_LIMIT = 1.02
TRACKER_CHANCE = 0.8
SCHEDULED_MW = 30.0
"""From here on a plant is dispatched: smaller ones neither bid nor count in the region's curtailment."""
BIDS = ((np.nan, np.nan, 0.22), (-45.0, -22.0, 0.38), (-15.0, 0.0, 0.30), (2.0, 15.0, 0.10))
FULL_CUT, HALF_CUT, FULL_CUT_CHANCE = 0.002, 0.02, 0.85
HYBRIDS = ("NEWENSF", "MERSOLAR")
SLEEPER = "WRSF1"
"""The small farm that stands at zero for months, as its namesake of the recorded week did."""
EARTH_KM = 6371.0


@dataclass(frozen=True)
class Farm:
    """One farm; powers in MW, the bid in $/MWh (NaN: never bids), `cut_share` of capacity is what it makes below its bid."""

    code: str
    region: str
    latitude_deg: float
    longitude_deg: float
    capacity_mw: float
    limit_mw: float
    effective_dc_mw: float
    mounting: Mounting
    bid_aud_mwh: float
    cut_share: float

    @property
    def is_hybrid(self) -> bool:
        return self.code in HYBRIDS

    @property
    def is_scheduled(self) -> bool:
        return self.capacity_mw >= SCHEDULED_MW


def farms(random: Random, count: int) -> list[Farm]:
    """The first `count` recorded farms, in the order of their file."""
    with (PROJECT_ROOT / "infra" / "upstream" / "recorded" / "solar_facilities.csv").open(encoding="utf-8") as file:
        return [_farm(row, random) for row in list(csv.DictReader(file))[:count]]


def distances_km(of: list[Farm]) -> Floats:
    """Great-circle distances, shape (farms, farms)."""
    latitude, longitude = np.radians([[farm.latitude_deg, farm.longitude_deg] for farm in of]).T
    half = np.sin((latitude[:, None] - latitude) / 2) ** 2
    half += np.cos(latitude[:, None]) * np.cos(latitude) * np.sin((longitude[:, None] - longitude) / 2) ** 2
    return np.asarray(2 * EARTH_KM * np.arcsin(np.sqrt(np.clip(half, 0, 1))))


def _farm(row: dict[str, str], random: Random) -> Farm:
    capacity_mw = float(row["capacity_maximum_mw"] or row["capacity_registered_mw"])
    limit_mw = capacity_mw * random.choice(LIMIT_RATIOS, p=LIMIT_CHANCES)
    dc_mw = max(capacity_mw * random.uniform(*DC_RATIOS), LEAST_DC_TO_LIMIT * limit_mw)
    mounting = Mounting.TRACKER if random.random() < TRACKER_CHANCE else Mounting.FIXED
    low, high, _ = BIDS[random.choice(len(BIDS), p=[chance for *_, chance in BIDS])]
    bid = random.uniform(low, high) if np.isfinite(low) and capacity_mw >= SCHEDULED_MW else np.nan
    cut = FULL_CUT if random.random() < FULL_CUT_CHANCE else HALF_CUT
    place = float(row["lat"]), float(row["lng"])
    return Farm(row["facility_code"], row["network_region"], *place, capacity_mw, limit_mw, dc_mw, mounting, bid, cut)
