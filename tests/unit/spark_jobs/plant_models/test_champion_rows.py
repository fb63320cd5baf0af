"""Which models judge, by the rows of the table."""

from datetime import UTC, datetime
from typing import Any

import numpy as np

from include.expected_energy.hours import PRIOR
from spark_jobs.plant_models.champion import NO_MODELS, models_of

WEEK = (datetime(2025, 1, 1, tzinfo=UTC), datetime(2025, 1, 8, tzinfo=UTC))


def row(plant_id: str = "AVLSF", fold: int = 0, **more: Any) -> dict[str, Any]:
    bounds = (None, None) if fold == 0 else WEEK
    model = {"mounting": "tracker", "effective_dc_mw": 200.0, "ac_limit_mw": 150.0, "method": "fitted", "capacity_mw": 190.0}
    marks = {"model_version": 3, "plant_id": plant_id, "fold": fold, "bid_aud_mwh": None}
    return model | marks | {"judged_from_utc": bounds[0], "judged_to_utc": bounds[1]} | more


def test_without_a_champion_the_prior_judges_all_and_large_plants_stop_at_zero() -> None:
    assert models_of([]) == NO_MODELS
    assert NO_MODELS.folds_of("AVLSF") == PRIOR
    assert NO_MODELS.bid_of("AVLSF", is_dispatched=True) == 0.0
    assert np.isnan(NO_MODELS.bid_of("AVLSF", is_dispatched=False))


def test_a_fitted_plant_without_a_bid_has_none_and_one_with_too_few_days_has_the_priors() -> None:
    models = models_of([row(), row("BOMENSF", bid_aud_mwh=-12.5), row("NEWSF", method="prior")])
    assert np.isnan(models.bid_of("AVLSF", is_dispatched=True))
    assert models.bid_of("BOMENSF", is_dispatched=True) == -12.5
    assert models.bid_of("NEWSF", is_dispatched=True) == 0.0
    assert models.version_of("AVLSF") == 3
    assert models.version_of("UNKNOWN") == 0


def test_folds_keep_their_weeks() -> None:
    whole, week = models_of([row(), row(fold=1)]).folds_of("AVLSF")
    assert whole.judged_s is None
    assert week.judged_s == (int(WEEK[0].timestamp()), int(WEEK[1].timestamp()))


def test_of_two_champions_the_newer_judges() -> None:
    models = models_of([row(), row("BOMENSF", model_version=4)])
    assert models.version == 4
    assert models.version_of("AVLSF") == 0
