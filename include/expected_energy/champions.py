"""Which version of the plant models is the champion, and which may become it. Pure; the table `silver.plant_model` is the truth.

Hours are judged by the champion's version. Without one the registry's prior answers: it is version 0, and has no rows.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

PRIOR = 0
"""Version of the registry's prior."""


class Role(StrEnum):
    """What a version is: `silver.plant_model.role`."""

    CHAMPION = "champion"
    CHALLENGER = "challenger"
    FORMER = "former"
    REFUSED = "refused"


@dataclass(frozen=True)
class Version:
    """A fit of all plants, with the row of `silver.plant_model_comparison` that says what it was compared with and how it did.

    `compared_with` is None where that row is missing, and then `is_better` is False.
    """

    number: int
    role: Role
    fitted_from: datetime
    fitted_to: datetime
    compared_with: int | None
    is_better: bool
    reason: str


class VersionRefusedError(ValueError):
    """A version that cannot become champion; the message says which can."""


def champion_of(versions: Iterable[Version]) -> int:
    """Return the champion's number, 0 where the prior answers."""
    return next((version.number for version in versions if version.role is Role.CHAMPION), PRIOR)


def newest_of(versions: Iterable[Version]) -> Version | None:
    """Return the version that was fitted last."""
    return max(versions, key=lambda version: version.number, default=None)


def why_not_promoted(challenger: Version, champion: int) -> str | None:
    """Say why a fit does not take the champion's place; None where it does.

    One that was better than another champion than the present one has not been compared with it; one that is no challenger any
    more was set back by hand, or a newer fit has followed: a task that is run again must not undo that.
    """
    if challenger.role is Role.CHAMPION:
        return "it is champion already"
    if not challenger.is_better:
        return challenger.reason
    if challenger.role is not Role.CHALLENGER:
        return f"it is {challenger.role} by now: `make model-rollback VERSION={challenger.number}` makes it champion"
    if challenger.compared_with != champion:
        return f"it was compared with {name(challenger.compared_with)}, and the champion is {name(champion)} by now"
    return None


def former_champion(versions: Iterable[Version]) -> int:
    """Return whose place the champion took. Raises VersionRefusedError where it took nobody's, or that is not known any more."""
    versions = list(versions)
    champion = champion_of(versions)
    before = next((version.compared_with for version in versions if version.number == champion), None)
    if before is None:
        raise VersionRefusedError(f"there is no former champion: {name(champion)} was the first. {_choice(versions)}")
    if before == champion:  # its run was fitted again while it was champion
        raise VersionRefusedError(f"{name(champion)} was compared with itself last: say which is to follow. {_choice(versions)}")
    return before


def refuse_unknown(number: int, versions: Iterable[Version]) -> None:
    """Raise VersionRefusedError for a version that there is not."""
    versions = list(versions)
    if number not in {PRIOR, *(version.number for version in versions)}:
        raise VersionRefusedError(f"there is no version {number}. {_choice(versions)}")


def name(number: int | None) -> str:
    """Return how texts call a version."""
    return "the registry's prior (version 0)" if number == PRIOR else f"version {number}"


def _choice(versions: list[Version]) -> str:
    listed = ", ".join(f"{version.number} ({version.role})" for version in sorted(versions, key=lambda each: -each.number)[:10])
    return f"Versions: {listed}, 0 (the prior)" if listed else "No plant model was fitted yet: the DAG fit_plant_models does it"
