"""Who is champion, who may become it, and whose place it took."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from include.expected_energy.champions import (
    PRIOR,
    Role,
    Version,
    VersionRefusedError,
    champion_of,
    former_champion,
    newest_of,
    refuse_unknown,
    why_not_promoted,
)

START = datetime(2025, 1, 3, 14, tzinfo=UTC)


def version(number: int, role: str, compared_with: int | None, *, is_better: bool = False) -> Version:
    start = START + timedelta(weeks=number)
    return Version(number, Role(role), start, start + timedelta(days=90), compared_with, is_better, "its error is 1.0% smaller")


# 1 took the prior's place and 3 took 1's; 2 and 4 were not better.
HISTORY = [
    version(1, "former", PRIOR, is_better=True),
    version(2, "refused", 1),
    version(3, "champion", 1, is_better=True),
    version(4, "challenger", 3),
]


def test_without_a_champion_in_the_table_the_prior_answers() -> None:
    assert champion_of([]) == champion_of([version(1, "challenger", 0)]) == PRIOR
    assert champion_of(HISTORY) == 3
    assert newest_of([]) is None
    assert newest_of(reversed(HISTORY)) == HISTORY[-1]


def test_a_better_challenger_is_promoted_over_the_champion_it_was_compared_with() -> None:
    assert why_not_promoted(version(4, "challenger", 3, is_better=True), 3) is None
    assert why_not_promoted(version(1, "challenger", PRIOR, is_better=True), PRIOR) is None


@pytest.mark.parametrize(
    ("changes", "champion", "reason"),
    [
        ({"is_better": False}, 3, "its error is 1.0% smaller"),
        ({"compared_with": 1}, 3, "it was compared with version 1, and the champion is version 3 by now"),
        ({}, PRIOR, "it was compared with version 3, and the champion is the registry's prior"),
        ({"role": "refused"}, 3, "it is refused by now: `make model-rollback VERSION=4`"),
        ({"role": "former"}, 3, "it is former by now"),
        ({"role": "champion"}, 4, "it is champion already"),
        ({"compared_with": None}, PRIOR, "it was compared with version None"),
    ],
)
def test_what_is_not_better_than_the_present_champion_or_was_set_back_is_not_promoted(
    changes: dict[str, Any], champion: int, reason: str
) -> None:
    asked = {"number": 4, "role": "challenger", "compared_with": 3, "is_better": True} | changes

    assert str(why_not_promoted(version(**asked), champion)).startswith(reason)


def test_the_former_champion_is_the_one_whose_place_was_taken() -> None:
    assert former_champion(HISTORY) == 1
    assert former_champion([version(1, "champion", PRIOR)]) == PRIOR
    back = [version(1, "champion", PRIOR), *HISTORY[1:2], version(3, "former", 1), HISTORY[3]]
    assert former_champion(back) == PRIOR  # set back once, the same command goes on backwards, not forth


@pytest.mark.parametrize(
    ("versions", "reason"),
    [
        ([], "there is no former champion: the registry's prior .version 0. was the first. No plant model was fitted yet"),
        ([version(1, "challenger", PRIOR)], "was the first. Versions: 1 .challenger., 0 .the prior."),
        ([version(2, "champion", None)], "there is no former champion: version 2 was the first"),
        ([version(2, "champion", 2)], "version 2 was compared with itself last: say which is to follow. Versions: 2 .champion."),
    ],
)
def test_where_the_champion_took_nobodys_place_there_is_none(versions: list[Version], reason: str) -> None:
    with pytest.raises(VersionRefusedError, match=reason):
        former_champion(versions)


def test_an_unknown_version_is_refused_with_those_that_there_are() -> None:
    for number in (PRIOR, 1, 4):
        refuse_unknown(number, HISTORY)
    with pytest.raises(VersionRefusedError, match=r"there is no version 9. Versions: 4 \(challenger\), 3 \(champion\), 2"):
        refuse_unknown(9, HISTORY)
