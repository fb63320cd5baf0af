"""Zeros are nothing for two days, `down` for four, `idle` from the seventh on; what is stored tells the run again."""

from __future__ import annotations

import pytest

from spark_jobs.silver.day_rules.standstill import named, whole
from spark_jobs.silver.findings import Finding

DAY, START = 24, 480_000


def run(days: int, start: int = START, unit: str = "U1") -> Finding:
    return Finding("PLANT", unit, "idle", start, start + days * DAY, None, 24.0)


@pytest.mark.parametrize(
    ("days", "names"),
    [
        (1, []),
        (2, []),
        (3, [("down", 2, 3)]),
        (6, [("down", 2, 6)]),
        (7, [("down", 2, 6), ("idle", 6, 7)]),
        (200, [("down", 2, 6), ("idle", 6, 200)]),
    ],
)
def test_a_run_of_zeros_is_named_by_its_days(days: int, names: list[tuple[str, int, int]]) -> None:
    found = [(part.rule, (part.start - START) // DAY, (part.end - START) // DAY) for part in named([run(days)])]
    assert found == names


def test_what_is_stored_tells_the_whole_run_again() -> None:
    other = Finding("PLANT", "U1", "doubled", START + 5, START + 9, 2.0, 1.1)
    runs = [run(200), run(4, START + 300 * DAY), run(7, START + 305 * DAY), run(9, unit="U2"), other]
    assert sorted(whole(named(runs)), key=str) == sorted(runs, key=str)


def test_two_runs_with_a_day_between_them_stay_two() -> None:
    # The second's first named day is the third of its run, so their names never touch
    runs = [run(8), run(8, START + 9 * DAY)]
    assert whole(named(runs)) == runs


def test_a_run_that_an_earlier_version_stored_is_kept() -> None:
    assert whole([run(30)]) == [run(30)]
