"""What is judged: the hours of one region's plants, and what the market said of them."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cached_property

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Integers = npt.NDArray[np.int64]

HOUR_S = 3600
LEAST_COVERAGE = 0.9
"""Of an hour's rows, below which its energy is not judged: what did not come would look like a loss."""
NEGLIGIBLE_SHARE = 0.05
"""Of capacity; below it an expected hour of dawn and dusk is a ratio of two errors."""
NORMAL_RATIO = 0.85
"""Energy by expected, from which an hour is normal. A fifth of healthy hours lie below it: clouds that no weather source saw."""
DISPATCHED_MW = 30.0
"""From here on the market dispatches a plant; smaller ones are not in the curtailed energy of their region."""
ZERO_SHARE = 0.01
"""Of capacity, below which an hour's energy is none."""
INTERVALS_OF_AN_HOUR = 12
"""The market dispatches every five minutes."""


@dataclass(frozen=True)
class Dispatch:
    """What the market operator's dispatch says of plants by hour, shape (plants, hours); NaN where it said less than all of it.

    `curtailed_mwh`: sum over the intervals of what a plant could have made above its target. `capped_intervals`: in how many of
    the twelve its target was a cap.
    """

    uigf_mwh: Floats
    availability_mwh: Floats
    curtailed_mwh: Floats
    capped_intervals: Floats

    def of(self, plants: Integers) -> Dispatch:
        """Return that of some plants, by position."""
        return Dispatch(*(getattr(self, field.name)[plants] for field in fields(self)))


@dataclass(frozen=True)
class RegionHours:
    """Contiguous hours of the plants of one region of a network.

    `start_s`: starts of the hours in Unix seconds, shape (hours,). `capacity_mw`: shape (plants,). Shape (plants, hours):
    `energy_mwh`, NaN where it is missing or refused; `expected_mwh`, NaN where there is no expectation; `accepted_share` of the
    hour's rows, 0..1. Shape (hours,): `price_aud_mwh` and `curtailed_solar_mwh` of the region, NaN where they are not known.
    `dispatch`: the market operator's word of each plant, None where it is not asked. Raises ValueError for other shapes, or hours
    with a gap.
    """

    start_s: Integers
    capacity_mw: Floats
    energy_mwh: Floats
    expected_mwh: Floats
    accepted_share: Floats
    price_aud_mwh: Floats
    curtailed_solar_mwh: Floats
    dispatch: Dispatch | None = None

    def __post_init__(self) -> None:
        """Check the shapes once, as everything behind goes by position."""
        hours, plants = self.start_s.shape, self.capacity_mw.shape
        if any(values.shape != hours for values in (self.price_aud_mwh, self.curtailed_solar_mwh)):
            raise ValueError("hours and market values differ in number")
        if any(values.shape != plants + hours for values in (self.energy_mwh, self.expected_mwh, self.accepted_share)):
            raise ValueError("plants, hours and values differ in number")
        if np.any(np.diff(self.start_s) != HOUR_S):
            raise ValueError("hours must be contiguous")

    @cached_property
    def is_known(self) -> Bools:
        """Whether an hour has an expectation and energy that counts."""
        covered = self.accepted_share >= LEAST_COVERAGE
        return np.asarray(np.isfinite(self.expected_mwh) & np.isfinite(self.energy_mwh) & covered)

    @cached_property
    def is_lit(self) -> Bools:
        """Whether an hour has energy that counts, and an expectation worth a ratio."""
        return np.asarray(self.is_known & (self.expected_mwh >= NEGLIGIBLE_SHARE * self.capacity_mw[:, None]))

    @cached_property
    def is_short(self) -> Bools:
        """Whether a lit hour made less than is normal."""
        return np.asarray(self.is_lit & (self.energy_mwh < NORMAL_RATIO * self.expected_mwh))

    @cached_property
    def shortfall_mwh(self) -> Floats:
        """Expected less accepted energy (0 where there is none), at least 0; 0 without an expectation."""
        return np.nan_to_num(np.maximum(self.expected_mwh - np.nan_to_num(self.energy_mwh), 0.0))

    @property
    def is_dispatched(self) -> Bools:
        """Whether a plant's curtailment is in that of its region, shape (plants,)."""
        return np.asarray(self.capacity_mw >= DISPATCHED_MW)


def runs(mask: Bools) -> list[tuple[int, int]]:
    """Return the half-open ranges in which a mask holds."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], mask.astype(np.int8), [0]])))
    return [(int(start), int(end)) for start, end in edges.reshape(-1, 2)]
