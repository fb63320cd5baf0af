"""Why farms make less than they could: outages, network limits, bids, storage. Each by step, drawn for itself."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from tests.simulation.farms import SLEEPER, Bools, Farm, Floats, Random, distances_km
from tests.simulation.sky import STEPS

YEAR_DAYS = 365
NEIGHBOURS_KM = 160.0
UNMOVED_CHANCE, SET_POINT_CHANCE, SET_POINTS = 0.12, 0.25, (0.1, 0.5)
RAMP_STEPS = 3
STORED_ABOVE, RELEASE_SHARE, LAST_RELEASE_HOUR, LATE_RELEASE_HOUR, LATE_CHANCE = 0.6, 0.4, 22.5, 25.0, 0.15
ROUND_TRIP = 0.88


def whole_outages(random: Random, of: list[Farm], steps: int) -> Bools:
    """Whether a farm is off, shape (farms, steps)."""
    off = np.zeros((len(of), steps), dtype=bool)
    for farm, row in zip(of, off, strict=True):
        for first, last in _episodes(random, 3.0, 10.0, 1.1, steps):
            row[first:last] = True
        if farm.code == SLEEPER:
            first = int(random.uniform(0, 0.5) * steps)
            row[first : first + int(0.4 * steps)] = True
    return off


def part_outages(random: Random, of: list[Farm], steps: int) -> Floats:
    """Share of the farm that runs, shape (farms, steps)."""
    share = np.ones((len(of), steps))
    for row in share:
        for first, last in _episodes(random, 1.5, 8 * 24.0, 1.0, steps):
            row[first:last] = random.uniform(0.5, 0.9)
    return share


def network_limits(random: Random, of: list[Farm], steps: int) -> Floats:
    """Limit of each farm as a share of its capacity, infinite where there is none, shape (farms, steps)."""
    limits = np.full((len(of), steps), np.inf)
    for group in _neighbours(of):
        for first, last in _episodes(random, 10.0 if len(group) > 1 else 5.0, 20.0, 1.0, steps):
            level = 0.0 if random.random() < 0.06 else random.uniform(0, 0.7)
            moves = random.choice([0.8, 1.0, 1.25], size=(last - first) // STEPS + 2, p=[0.15, 0.7, 0.15])
            by_hour = np.clip(level * np.cumprod(moves), 0, 0.9)
            path = by_hour[(np.arange(first, last) // STEPS) - first // STEPS]
            for member in group:
                if len(group) == 1 or random.random() < 0.75:
                    limits[member, first:last] = np.minimum(limits[member, first:last], path)
    return limits


def below_bid(random: Random, farm: Farm, price: Floats, local_day: npt.NDArray[np.int64]) -> tuple[Floats, Floats]:
    """(how far the farm has gone down for its bid 0..1, the share of capacity it goes down to), by step."""
    days = int(local_day[-1] - local_day[0]) + 1
    is_moved = random.random(days) >= UNMOVED_CHANCE
    level = np.where(random.random(days) < SET_POINT_CHANCE, random.uniform(*SET_POINTS, days), farm.cut_share)
    day = local_day - local_day[0]
    below = (price < farm.bid_aud_mwh) & is_moved[day]
    gone = np.convolve(below, np.ones(RAMP_STEPS) / RAMP_STEPS)[: len(below)]
    return gone, level[day]


def stored(random: Random, farm: Farm, power: Floats, local_s: npt.NDArray[np.int64], is_up: Bools) -> Floats:
    """MW that go into the battery (above 0) and come out of it (below), by step."""
    taken = np.clip(power - STORED_ABOVE * farm.limit_mw, 0, None)
    released = np.zeros_like(power)
    noon_day = (local_s - 12 * 3600) // 86400
    since_noon = (local_s - 12 * 3600) % 86400 / 3600 + 12
    per_hour = 1 / STEPS
    for day in np.unique(noon_day):
        night = (noon_day == day) & ~is_up
        charged = taken[(local_s // 86400) == day].sum() * per_hour * ROUND_TRIP
        end = LATE_RELEASE_HOUR if random.random() < LATE_CHANCE else LAST_RELEASE_HOUR
        window = night & (since_noon < end)
        if window.any() and charged > 0:
            released[window] = min(charged / (window.sum() * per_hour), RELEASE_SHARE * farm.capacity_mw)
    return taken - released


def _episodes(random: Random, a_year: float, median_hours: float, log_sd: float, steps: int) -> list[tuple[int, int]]:
    count = random.poisson(a_year * steps / (YEAR_DAYS * 24 * STEPS))
    firsts = random.integers(0, steps, size=count)
    lengths = np.maximum(1, STEPS * median_hours * np.exp(log_sd * random.standard_normal(count))).astype(int)
    return [(int(first), min(int(first + length), steps)) for first, length in zip(firsts, lengths, strict=True)]


def _neighbours(of: list[Farm]) -> list[list[int]]:
    """Farms of a region none of which is further than `NEIGHBOURS_KM` from another of its group."""
    from scipy.cluster.hierarchy import fcluster, linkage
    from scipy.spatial.distance import squareform

    km = distances_km(of)
    regions = np.array([farm.region for farm in of])
    km = np.where(regions[:, None] == regions, (km + km.T) / 2, 1e5)
    np.fill_diagonal(km, 0)
    if len(of) < 2:
        return [[0]] if of else []
    labels = fcluster(linkage(squareform(km), "complete"), NEIGHBOURS_KM, "distance")
    return [np.flatnonzero(labels == label).tolist() for label in np.unique(labels)]
