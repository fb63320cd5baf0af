"""Hand-made days of one region: clear sun from 06:00 to 18:00, prices that pay, nothing curtailed, whatever a test changes."""

from __future__ import annotations

import numpy as np

from include.losses.hours import Dispatch, Floats, RegionHours
from include.losses.waterfall import Waterfall, learnt_bids, waterfall

MIDNIGHT_S = 1_727_704_800  # 2024-10-01 00:00 +10:00
OFFSET_HOURS = 10
CAPACITY_MW = 100.0
PAYING_AUD_MWH = 80.0


class RegionDays:
    """A region to be changed in place: arrays of shape (plants, hours) and (hours,)."""

    def __init__(self, days: int = 1, capacities_mw: tuple[float, ...] = (CAPACITY_MW,)) -> None:
        hours = 24 * days
        self.start_s = MIDNIGHT_S + 3600 * np.arange(hours)
        self.capacity_mw = np.array(capacities_mw)
        sun = np.clip(np.sin(np.pi * (np.arange(hours) % 24 + 0.5 - 6) / 12), 0, None)
        self.expected: Floats = self.capacity_mw[:, None] * sun
        self.energy: Floats = self.expected.copy()
        self.accepted: Floats = np.ones_like(self.expected)
        self.price: Floats = np.full(hours, PAYING_AUD_MWH)
        self.curtailed: Floats = np.zeros(hours)
        self.dispatch: Dispatch | None = None

    def say_dispatch(self) -> Dispatch:
        """The operator says of all hours that plants could and should make what they did."""
        could = np.nan_to_num(self.energy)
        self.dispatch = Dispatch(could.copy(), could.copy(), np.zeros_like(could), np.zeros_like(could))
        return self.dispatch

    def hours(self) -> RegionHours:
        market = self.price, self.curtailed
        return RegionHours(self.start_s, self.capacity_mw, self.energy, self.expected, self.accepted, *market, self.dispatch)

    def bids(self) -> Floats:
        return learnt_bids(self.hours())

    def judged(self) -> Waterfall:
        return waterfall(self.hours(), self.bids(), OFFSET_HOURS)


def bidding(bid_aud_mwh: float, days: int = 60, capacities_mw: tuple[float, ...] = (CAPACITY_MW,)) -> RegionDays:
    """Prices of -60 to 40 $ at any hour of the sun; all plants stop below their bid, and the region says what they lost."""
    region = RegionDays(days, capacities_mw)
    region.price = np.random.default_rng(3).uniform(-60, 40, len(region.price))
    stopped = region.price < bid_aud_mwh
    region.energy[:, stopped] *= 0.01
    region.curtailed[:] = (region.expected - region.energy).sum(axis=0)
    return region


def lost_mwh(found: Waterfall) -> Floats:
    """The sum of all that is not energy."""
    parts = found.curtailed_economic_mwh + found.curtailed_network_mwh + found.unavailable_mwh
    return parts + found.stored_mwh + found.not_known_mwh + found.unexplained_mwh
