"""Seeded noise that depends on place and hour alone: the same number for the same hour, whatever range was asked."""

from __future__ import annotations

import hashlib
import math

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def place_seed(latitude: float, longitude: float) -> int:
    """Seed of a coordinate; 0.001 degrees apart is another place."""
    return text_seed(f"{latitude:.3f},{longitude:.3f}")


def text_seed(name: str) -> int:
    """Seed of a name."""
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "little")


def uniform(seeds: NDArray[np.uint64], stream: int, steps: Ints) -> Floats:
    """Numbers in [0, 1) for each (seed, step); `stream` keeps the variables of one place apart. Splitmix64."""
    with np.errstate(over="ignore"):
        mixed = seeds + steps.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(stream * 0x2545F4914F6CDD1D % 2**64)
        mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        mixed = mixed ^ (mixed >> np.uint64(31))
    return (mixed >> np.uint64(11)).astype(np.float64) / 2.0**53


def smooth(seeds: NDArray[np.uint64], stream: int, hours: Ints, step_hours: int) -> Floats:
    """Noise in [0, 1) that changes over `step_hours`: random knots, eased between."""
    knots, within = np.divmod(hours, step_hours)
    share = within / step_hours
    eased = share * share * (3.0 - 2.0 * share)
    before, after = uniform(seeds, stream, knots), uniform(seeds, stream, knots + 1)
    return before + (after - before) * eased


def normal(seeds: NDArray[np.uint64], stream: int, steps: Ints) -> Floats:
    """Unit normals for each (seed, step)."""
    from scipy.special import ndtri  # not before a world needs it

    return np.asarray(ndtri(uniform(seeds, stream, steps) + 2.0**-54))


def remembering(seeds: NDArray[np.uint64], stream: int, first_step: int, steps: int, memory: float) -> Floats:
    """AR(1) of unit variance over contiguous steps for each seed (a column), shape (seeds, steps).

    Each value is a sum over the steps before it, as far as they weigh more than 1e-4: it does not depend on the range asked for.
    """
    lags = math.ceil(math.log(1e-4) / math.log(memory))
    drawn = normal(seeds, stream, np.arange(first_step - lags, first_step + steps, dtype=np.int64))
    made = np.zeros_like(drawn[..., :steps])
    for lag in range(lags + 1):
        made = made * memory + drawn[..., lag : lag + steps]
    return made * math.sqrt(1 - memory**2)
