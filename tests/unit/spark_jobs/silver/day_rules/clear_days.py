"""Hand-made days of one network: plants of 100 MW of one unit each, clear sun from 6 to 18 o'clock, whatever a test changes."""

from __future__ import annotations

import numpy as np

from spark_jobs.silver.day_rules.network_days import NetworkDays

CAPACITY_MW = 100.0
FIRST_HOUR = 480_000 - 10
"""A local midnight of NEM."""
DUSK = 18
CLEAR = np.clip(np.sin(np.pi * (np.arange(24) + 0.5 - 6) / 12), 0, None)


class ClearDays:
    """Plants to be changed in place: arrays of shape (plants, days, 24)."""

    def __init__(self, plants: int, days: int, top_share: float = 0.9) -> None:
        shape = plants, days, 24
        self.plant_of = np.arange(plants)
        self.energy = np.broadcast_to(CAPACITY_MW * top_share * CLEAR, shape).copy()
        self.power = self.energy.copy()
        self.capacity = np.full(shape, CAPACITY_MW)
        self.in_service = np.ones(shape, dtype=bool)
        self.early_night = np.zeros(shape, dtype=bool)
        self.clear_share = np.broadcast_to(CLEAR, shape).copy()

    def days(self) -> NetworkDays:
        arrays = (self.energy, self.power, self.capacity, self.in_service, self.early_night, self.clear_share)
        return NetworkDays(FIRST_HOUR, self.plant_of, *arrays)

    def move(self, plant: int, days: slice, hours: int) -> None:
        """Give hours a label that is some hours too late."""
        for values in (self.energy, self.power):
            values[plant, days] = np.roll(values[plant, days], hours, axis=1)
