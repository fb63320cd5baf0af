"""`python -m tests.simulation SEED`: simulate a year of forty farms, and say how well the library finds what they lost.

Expected from the reported weather with each farm's true hardware: the error is the weather's. With `fit` as second argument the
hardware is fitted too, of each quarter from its own hours, with the project's own physics. Judged twice: without the market
operator's unit solution, and with it.
"""

from __future__ import annotations

import sys
import time

import numpy as np

from tests.simulation.dispatch import dispatch_of
from tests.simulation.fits import fitted_mwh
from tests.simulation.scores import SELDOM_HOURS, Judged, bids, judged, scores
from tests.simulation.world import World, world


def main(seed: int, is_fitted: bool) -> None:
    """Print the scores."""
    start = time.process_time()
    made = world(seed)
    print(
        f"seed {seed}: {len(made.farms)} farms x {len(made.start_s) // 24} days in {time.process_time() - start:.1f} s of a core"
    )
    start = time.process_time()
    expected_mwh = fitted_mwh(made) if is_fitted else made.assumed_mwh
    known = np.isfinite(made.energy_mwh) & np.isfinite(expected_mwh)
    expected, potential = (np.where(known, values, 0.0).sum(axis=1) for values in (expected_mwh, made.potential_mwh))
    by_farm = expected / potential - 1
    print(f"expected / potential: {expected.sum() / potential.sum() - 1:+.1%}", end=", ")
    is_hybrid = np.array([plant.is_hybrid for plant in made.farms])
    print(f"by farm {by_farm[~is_hybrid].min():+.1%} to {by_farm[~is_hybrid].max():+.1%}", end=", ")
    print(f"hybrids {by_farm[is_hybrid].round(2).tolist()} ({time.process_time() - start:.1f} s)")
    start = time.process_time()
    found = judged(made, expected_mwh)
    print(f"judged in {time.process_time() - start:.1f} s")
    _print_scores(made, found)
    print("with the unit solution:")
    _print_scores(made, judged(made, expected_mwh, dispatch_of(made, seed)))
    learnt = bids(made, found)
    print(f"bids: {learnt.near} of {learnt.bidding} within 4 $/MWh, {learnt.invented} invented", end=", ")
    print(f"{learnt.not_found} not found, of them {learnt.seldom} that stopped in at most {SELDOM_HOURS} hours")


def _print_scores(made: World, found: Judged) -> None:
    for cause, score in scores(made, found).items():
        print(
            f"{cause:9} F1 {score.by_class:.2f} (precision {score.precision:.2f}, recall {score.recall:.2f}),"
            f" hour by hour {score.by_amount:.2f}, {score.found_mwh / 1000:.0f} of {score.true_mwh / 1000:.0f} GWh"
        )


if __name__ == "__main__":
    main(int(sys.argv[1]), "fit" in sys.argv[2:])
