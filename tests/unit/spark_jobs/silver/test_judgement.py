"""Findings and verdicts are the same in whatever pieces and order the hours come; Bronze is a table in memory here."""

import random
from collections import Counter

from tests.unit.spark_jobs.silver.lake_in_memory import Lake, bronze, registry
from tests.weeks_of_runs import DAYS, NAMES, START, energy_and_power


def test_runs_of_weeks_are_the_same_in_whatever_pieces_and_order_they_come() -> None:
    everything = bronze(START, *energy_and_power())
    shuffled = [(day, day + 8) for day in random.Random(3).sample(range(0, DAYS, 8), DAYS // 8)]
    orders = [[(0, DAYS)], [(18, 33), (33, DAYS), (0, 18)], shuffled]
    lakes = []
    for order in orders:
        with Lake(START, everything, registry({name: None if name == "OPEN" else 101.0 for name in NAMES})).opened() as lake:
            for piece in order:
                lake.build(piece)
        lakes.append(lake)
    assert [one[:4] for one in lakes[0].named] == [
        ("FROZEN", "frozen", 30 * 24 + 14, 30 * 24 + 76),
        ("OPEN", "learnt_limit", 60 * 24, 60 * 24 + 34),  # from 60 days on to the end of June
        ("OPEN", "learnt_limit", 60 * 24 + 34, 60 * 24 + 34 + 31 * 24),
        ("STILL", "down", 12 * 24, 16 * 24),
        ("STILL", "idle", 16 * 24, 50 * 24),
        ("STORED", "night_rule_off", 24 + 12, 51 * 24 + 12),
        ("THINNED", "incomplete_hour", 30 * 24 + 11, 30 * 24 + 12),
        ("TWICE", "doubled", 15 * 24 + 10, 40 * 24 + 12),
    ]
    assert Counter((unit, reason) for (unit, _), (reason, _) in lakes[0].verdicts.items()) == {
        ("TWICE", "doubled"): 25 * 24 + 2,
        ("FROZEN", "frozen"): 62,
        ("THINNED", None): 1,
        ("OPEN", "above_capacity_limit"): 1,
    }
    for lake in lakes[1:]:
        assert lake.findings == lakes[0].findings
        assert lake.verdicts == lakes[0].verdicts
