"""A plant's model: what is fitted of it, and what it expects of an hour."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np

from include.expected_energy.physics import Floats, Mounting

PRIOR_DC_RATIO, PRIOR_LIMIT_RATIO = 1.1, 0.95
"""Of the registry's `capacity_maximum`: the middle of what recorded farms showed (0.95 to 1.25, 0.80 to 1.00)."""


class Method(StrEnum):
    """How a model came about: of at least 60 days, of 30 to 59, of the registry alone."""

    FITTED = "fitted"
    PROVISIONAL = "provisional"
    PRIOR = "prior"


@dataclass(frozen=True)
class PlantModel:
    """Effective DC power and AC limit in MW. DC power and efficiency cannot be told apart: `effective_dc_mw` is their product."""

    mounting: Mounting
    effective_dc_mw: float
    ac_limit_mw: float
    method: Method

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> PlantModel:
        """Return the model of a row of `silver.plant_model`, or of the parameters that are made of one."""
        return cls(Mounting(row["mounting"]), row["effective_dc_mw"], row["ac_limit_mw"], Method(row["method"]))

    def expected_mwh(self, dc_power: dict[Mounting, Floats]) -> Floats:
        """Return the energy of each hour in MWh from `physics.dc_power`; NaN without weather."""
        return limited_mwh(dc_power[self.mounting], self.effective_dc_mw, self.ac_limit_mw)


def limited_mwh(power: Floats, effective_dc_mw: float, ac_limit_mw: float) -> Floats:
    """Return the energy of each hour in MWh from the DC power of 1 MW, shape (hours, steps): no step goes above the AC limit."""
    return np.asarray(np.minimum(power * effective_dc_mw, ac_limit_mw).mean(axis=1))


def prior(capacity_mw: float) -> PlantModel:
    """Return what is expected of a plant of which nothing but its capacity in MW is known."""
    return PlantModel(Mounting.TRACKER, PRIOR_DC_RATIO * capacity_mw, PRIOR_LIMIT_RATIO * capacity_mw, Method.PRIOR)
