"""Why plants make less than they could: outages, network limits, bids, batteries. Each by step, drawn for itself."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from infra.upstream.hours import HOURS_OF_DAY
from infra.upstream.noise import Floats, text_seed, uniform
from infra.upstream.world.plants import SLEEPER, Bools, Plant, Random, distances_km, random_of
from infra.upstream.world.sun import STEPS_PER_HOUR

YEAR_HOURS = 365 * HOURS_OF_DAY
NEIGHBOURS_KM = 160.0
LIMITS_A_YEAR, LIMITS_A_YEAR_ALONE, LIMIT_MEDIAN_HOURS, LIMIT_LOG_SD = 10.0, 5.0, 20.0, 1.0
LIMIT_TO, ZERO_CHANCE, MEMBER_CHANCE, MOST_LIMIT = 0.7, 0.06, 0.75, 0.9
MOVES, MOVE_CHANCES = (0.8, 1.0, 1.25), (0.15, 0.7, 0.15)
OUTAGES_A_YEAR, OUTAGE_MEDIAN_HOURS, OUTAGE_LOG_SD = 3.0, 10.0, 1.1
PARTS_A_YEAR, PART_MEDIAN_HOURS, PART_LOG_SD, PART_RUNS = 1.5, 8 * 24.0, 1.0, (0.5, 0.9)
SLEEPS_FROM, SLEEPS = 0.5, 0.4
"""Shares of a year: before which the sleeper begins, and for how long."""
UNMOVED_CHANCE, SET_POINT_CHANCE, SET_POINTS = 0.12, 0.25, (0.1, 0.5)
RAMP_STEPS = 3
STORED_ABOVE, RELEASE_SHARE, LAST_RELEASE_HOUR, LATE_RELEASE_HOUR, LATE_CHANCE = 0.6, 0.4, 22.5, 25.0, 0.15
ROUND_TRIP = 0.88


@dataclass(frozen=True)
class Episode:
    """Something that lasts: hours since 1970, the end exclusive, and what draws its particulars."""

    start_h: float
    end_h: float
    random: Callable[[], Random]


class Episodes:
    """Episodes by name, so many a year on average, of lognormal length up to a year."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._years: dict[tuple[str, int], list[Episode]] = {}

    def within(
        self, name: str, a_year: float, median_hours: float, log_sd: float, start_h: float, end_h: float
    ) -> Iterator[Episode]:
        """Yield those that overlap [start, end)."""
        for year in range(math.floor(start_h / YEAR_HOURS) - 1, math.floor(end_h / YEAR_HOURS) + 1):
            if (name, year) not in self._years:
                self._years[name, year] = self._drawn(name, year, a_year, median_hours, log_sd)
            yield from (one for one in self._years[name, year] if one.start_h < end_h and one.end_h > start_h)

    def _drawn(self, name: str, year: int, a_year: float, median_hours: float, log_sd: float) -> list[Episode]:
        random = random_of(self._seed, f"{name} {year}")
        count = random.poisson(a_year)
        starts = YEAR_HOURS * (year + random.random(count))
        lengths = np.clip(median_hours * np.exp(log_sd * random.standard_normal(count)), 1 / STEPS_PER_HOUR, YEAR_HOURS)
        return [
            Episode(float(start), float(start + hours), lambda of=f"{name} {year} {number}": random_of(self._seed, of))  # type: ignore[misc]
            for number, (start, hours) in enumerate(zip(starts, lengths, strict=True))
        ]


class Causes:
    """What happens to the plants of a world, by step: shapes (plants, steps)."""

    def __init__(self, seed: int, plants: Sequence[Plant]) -> None:
        self._seed, self._plants, self._episodes = seed, plants, Episodes(seed)
        self._groups = _neighbours(plants)

    def is_off(self, times_h: Floats) -> Bools:
        """Whether a plant is out as a whole."""
        off = np.zeros((len(self._plants), len(times_h)), dtype=bool)
        for plant, row in zip(self._plants, off, strict=True):
            name = f"outages {plant.code}"
            for one in self._within(name, OUTAGES_A_YEAR, OUTAGE_MEDIAN_HOURS, OUTAGE_LOG_SD, times_h):
                row[_steps(one, times_h)] = True
            if plant.code == SLEEPER:
                row |= self._sleeps(times_h)
        return off

    def running_share(self, times_h: Floats) -> Floats:
        """Share of a plant that is not out."""
        share = np.ones((len(self._plants), len(times_h)))
        for plant, row in zip(self._plants, share, strict=True):
            name = f"outages of a part {plant.code}"
            for one in self._within(name, PARTS_A_YEAR, PART_MEDIAN_HOURS, PART_LOG_SD, times_h):
                row[_steps(one, times_h)] *= one.random().uniform(*PART_RUNS)
        return share

    def network_limit_mw(self, times_h: Floats) -> Floats:
        """Limit of each plant; infinite where there is none."""
        limits = np.full((len(self._plants), len(times_h)), np.inf)
        for group in self._groups:
            name = f"limits {' '.join(self._plants[member].code for member in group)}"
            a_year = LIMITS_A_YEAR if len(group) > 1 else LIMITS_A_YEAR_ALONE
            for one in self._within(name, a_year, LIMIT_MEDIAN_HOURS, LIMIT_LOG_SD, times_h):
                random, steps = one.random(), _steps(one, times_h)
                members = [member for member in group if random.random() < MEMBER_CHANCE or len(group) == 1]
                path = _limit_path(random, one)[np.floor(times_h[steps]).astype(int) - math.floor(one.start_h)]
                for member in members:
                    limit_mw = path * self._plants[member].capacity_mw
                    limits[member, steps] = np.minimum(limits[member, steps], limit_mw)
        return limits

    def below_bid(self, price: Floats, times_h: Floats) -> tuple[Floats, Floats]:
        """(how far each plant has gone down for its bid 0..1, the MW it goes down to) under prices, shape (plants, steps).

        The steps begin in the dark, so that nobody comes down from the step before.
        """
        offset_h = np.array([[plant.farm.utc_offset_hours] for plant in self._plants])
        day = np.floor((times_h + offset_h) / HOURS_OF_DAY).astype(np.int64)
        first_day = day.min()
        is_moved, share = (values[np.arange(len(day))[:, None], day - first_day] for values in self._bids(first_day, day.max()))
        below = (price < np.array([[plant.bid_aud_mwh] for plant in self._plants])) & is_moved
        gone = sum(np.pad(below, ((0, 0), (lag, 0)))[:, : below.shape[1]] for lag in range(RAMP_STEPS)) / RAMP_STEPS
        return np.asarray(gone), share * np.array([[plant.capacity_mw] for plant in self._plants])

    def stored_mw(self, plant: Plant, power: Floats, times_h: Floats, is_up: Bools) -> Floats:
        """Power into a plant's battery (above 0) and out of it (below), shape (steps,) of one block, from before dawn on."""
        taken = np.clip(power - STORED_ABOVE * plant.limit_mw, 0, None)
        local = times_h + plant.farm.utc_offset_hours
        day = int(local[len(local) // 2] // HOURS_OF_DAY)
        seeds = np.array([text_seed(f"{self._seed} battery {plant.code}")], dtype=np.uint64)
        is_late = uniform(seeds, 0, np.array([day]))[0] < LATE_CHANCE
        hour = local - day * HOURS_OF_DAY
        window = (hour >= 12) & ~is_up & (hour < (LATE_RELEASE_HOUR if is_late else LAST_RELEASE_HOUR))
        released_mw = min(taken.sum() * ROUND_TRIP / max(window.sum(), 1), RELEASE_SHARE * plant.capacity_mw)
        return np.asarray(taken - released_mw * window)

    def _bids(self, first_day: int, last_day: int) -> tuple[Bools, Floats]:
        """(whether a plant goes down for its bid, the share of capacity it goes down to), shapes (plants, days)."""
        days = np.arange(first_day, last_day + 1)
        seeds = np.array([[text_seed(f"{self._seed} bids {plant.code}")] for plant in self._plants], dtype=np.uint64)
        low, high = SET_POINTS
        set_point = low + (high - low) * uniform(seeds, 2, days)
        cut_share = np.array([[plant.cut_share] for plant in self._plants])
        share = np.where(uniform(seeds, 1, days) < SET_POINT_CHANCE, set_point, cut_share)
        return uniform(seeds, 0, days) >= UNMOVED_CHANCE, share

    def _within(self, name: str, a_year: float, median_hours: float, log_sd: float, times_h: Floats) -> Iterator[Episode]:
        return self._episodes.within(name, a_year, median_hours, log_sd, float(times_h[0]), float(times_h[-1]) + 1)

    def _sleeps(self, times_h: Floats) -> Bools:
        sleeping = np.zeros(len(times_h), dtype=bool)
        for year in range(math.floor(times_h[0] / YEAR_HOURS) - 1, math.floor(times_h[-1] / YEAR_HOURS) + 1):
            start = YEAR_HOURS * (year + random_of(self._seed, f"sleep {year}").uniform(0, SLEEPS_FROM))
            sleeping |= (times_h >= start) & (times_h < start + SLEEPS * YEAR_HOURS)
        return sleeping


def _steps(episode: Episode, times_h: Floats) -> slice:
    first, end = np.searchsorted(times_h, [episode.start_h, episode.end_h])
    return slice(int(first), int(end))


def _limit_path(random: Random, episode: Episode) -> Floats:
    """Limit of an episode as a share of capacity, by hour from the one that it begins in."""
    level = 0.0 if random.random() < ZERO_CHANCE else random.uniform(0, LIMIT_TO)
    hours = math.floor(episode.end_h) - math.floor(episode.start_h) + 1
    return np.clip(level * np.cumprod(random.choice(MOVES, size=hours, p=MOVE_CHANCES)), 0, MOST_LIMIT)


def _neighbours(plants: Sequence[Plant]) -> list[list[int]]:
    """Plants of a region none of which is further than `NEIGHBOURS_KM` from another of its group."""
    from scipy.cluster.hierarchy import fcluster, linkage
    from scipy.spatial.distance import squareform

    if len(plants) < 2:
        return [[0]] if plants else []
    km = distances_km(np.array([plant.latitude_deg for plant in plants]), np.array([plant.longitude_deg for plant in plants]))
    regions = np.array([plant.region for plant in plants])
    km = np.where(regions[:, None] == regions, (km + km.T) / 2, 1e5)
    np.fill_diagonal(km, 0)
    labels = fcluster(linkage(squareform(km), "complete"), NEIGHBOURS_KM, "distance")
    return [np.flatnonzero(labels == label).tolist() for label in np.unique(labels)]
