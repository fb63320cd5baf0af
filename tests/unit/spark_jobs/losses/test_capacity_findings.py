"""Months of a plant as rows: by its network's clock, and open while the contradiction lasts."""

from __future__ import annotations

from datetime import UTC, datetime

from include.losses.capacity_contradicted import BEST_HOURS, Month
from spark_jobs.losses.capacity_findings import findings

JANUARY_2024 = 2024 * 12
ABOVE = Month(744, 744, (1.1,) * BEST_HOURS, 9)
RIGHT = Month(744, 744, (0.9,) * BEST_HOURS, 0)


def test_a_contradiction_is_open_until_two_months_say_nothing_of_it() -> None:
    for later, end in ((0, None), (1, None), (2, datetime(2024, 3, 31, 16, tzinfo=UTC))):
        of_plant = {JANUARY_2024: RIGHT, JANUARY_2024 + 2: ABOVE} | {JANUARY_2024 + 3 + n: RIGHT for n in range(later)}
        (row,) = findings({"MERREDIN": of_plant}, {"MERREDIN": "WEM"})
        assert (row["from_utc"], row["to_utc"]) == (datetime(2024, 2, 29, 16, tzinfo=UTC), end)
        assert (row["rule"], row["cause"], row["value"], row["bound"]) == ("capacity_suspect", "hours_contradict", 1.1, 1.02)
