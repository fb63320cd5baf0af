"""The models that hours are judged by: the champion's rows of `silver.plant_model`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pyspark.sql import SparkSession

from include.expected_energy.champions import PRIOR as PRIOR_VERSION
from include.expected_energy.champions import Role
from include.expected_energy.hours import PRIOR, Fold
from include.expected_energy.model import Method, PlantModel
from include.losses.bids import PRIOR_BID_AUD_MWH

TABLE = "silver.plant_model"


@dataclass(frozen=True)
class Models:
    """A version's folds and bids (AUD/MWh, NaN: it does not bid) by plant; version 0 is the registry's prior, of no plant."""

    version: int
    folds: Mapping[str, tuple[Fold, ...]]
    bids_aud_mwh: Mapping[str, float]

    def version_of(self, plant_id: str) -> int:
        """Return the version that judges a plant: 0 for one that the fit did not know."""
        return self.version if plant_id in self.folds else PRIOR_VERSION

    def folds_of(self, plant_id: str) -> tuple[Fold, ...]:
        """Return what judges a plant's hours."""
        return self.folds.get(plant_id, PRIOR)

    def bid_of(self, plant_id: str, is_dispatched: bool) -> float:
        """Return the price at or below which a plant stops, NaN for none."""
        return self.bids_aud_mwh.get(plant_id, PRIOR_BID_AUD_MWH) if is_dispatched else float("nan")


NO_MODELS = Models(PRIOR_VERSION, {}, {})


def champion(spark: SparkSession) -> Models:
    """Read the champion; the prior where there is none, as before the first fit or in a table that was emptied."""
    return models_of(spark.table(TABLE).where(f"role = '{Role.CHAMPION}'").toArrow().to_pylist())


def models_of(rows: Iterable[Mapping[str, Any]]) -> Models:
    """Return the newest version among rows of the table: an update that promotes leaves one champion, a hand may leave two."""
    rows = list(rows)
    version = max((row["model_version"] for row in rows), default=PRIOR_VERSION)
    folds: dict[str, list[Fold]] = {}
    bids: dict[str, float] = {}
    for row in (row for row in rows if row["model_version"] == version):
        folds.setdefault(row["plant_id"], []).append(_fold(row))
        # A plant that had too few days for a fit had too few for a bid.
        if row["fold"] == 0 and row["method"] != Method.PRIOR.value:
            bids[row["plant_id"]] = float("nan") if row["bid_aud_mwh"] is None else row["bid_aud_mwh"]
    return Models(version, {plant: tuple(of_plant) for plant, of_plant in folds.items()}, bids)


def _fold(row: Mapping[str, Any]) -> Fold:
    bounds = (row["judged_from_utc"], row["judged_to_utc"])
    judged = None if row["fold"] == 0 else (int(bounds[0].timestamp()), int(bounds[1].timestamp()))
    return Fold(PlantModel.of(row), row["capacity_mw"], judged)
