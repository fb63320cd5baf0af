"""Which units a request gets, and their hours: generation, then revisions, then the defects that bite."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC

import numpy as np

from infra.upstream.defects import UnitHours, with_defects
from infra.upstream.facility_series import Asked
from infra.upstream.farms import Farm
from infra.upstream.faults import Bitten
from infra.upstream.generation import unit_energy_mwh
from infra.upstream.hours import hour_index
from infra.upstream.noise import Floats
from infra.upstream.prices import price_aud_mwh
from infra.upstream.state import State

GHOST_UNIT = "0GHOST1"
MARGIN_HOURS = 24
"""Defects look back (a frozen night at its evening), so more hours are made than asked for."""


def unit_series(
    state: State,
    bitten: Bitten,
    asked: Asked,
    facility_codes: list[str] | None,
    unit_codes: list[str] | None,
    counts: bool = True,
) -> list[UnitHours]:
    """Hours of the units asked for. Facilities of another network and unknown codes are silently absent.

    `counts`: as a request of which the next one sees revised values (`revising_values`).
    """
    end = min(asked.end, asked.visible_until)
    farms = [
        farm
        for farm in state.farms(bitten)
        if asked.network_code in (farm.network_id, "AU") and (not facility_codes or farm.code in facility_codes)
    ]
    if asked.start >= end or not farms:
        return []
    first_local, last_local = (hour_index(bound.replace(tzinfo=UTC)) for bound in (asked.start, end))
    hours = last_local - first_local + 1 + 2 * MARGIN_HOURS
    spans = {farm.code: (first_local - farm.utc_offset_hours - MARGIN_HOURS, hours) for farm in farms}
    if state.world is None:
        places = [(farm.latitude, farm.longitude) for farm in farms]
        state.sky.prepare(places, min(span[0] for span in spans.values()), hours + 2)
    fetches = state.fetches["generation"]
    state.fetches["generation"] += counts
    made = [
        with_defects(_unit_hours(state, bitten, farm, code, spans[farm.code]), bitten, state.clock.now(), fetches)
        for farm in farms
        for code in (unit.code for unit in farm.units)
        if not unit_codes or code in unit_codes
    ]
    ghosts = [replace(made[0], code=GHOST_UNIT)] if made and "unknown_unit" in bitten else []
    return made + ghosts


def _unit_hours(state: State, bitten: Bitten, farm: Farm, code: str, span: tuple[int, int]) -> UnitHours:
    unit = next(unit for unit in farm.units if unit.code == code)
    energy = unit_energy_mwh(state.sky, farm, unit, *span, state.world)
    _revise(energy, state, code, span[0])
    price = price_aud_mwh(farm.network_region, farm.network_id, *span, bitten, state.world)
    return UnitHours(code, unit.capacity_mw, farm.utc_offset_hours, span[0], energy, energy.copy(), price)


def _revise(energy: Floats, state: State, code: str, first_hour: int) -> None:
    """Put in what the control route changed."""
    for (unit, hour), revision in state.revisions.items():
        at = hour - first_hour
        if unit != code or not 0 <= at < len(energy):
            continue
        if revision.factor is not None:
            energy[at] = round(float(energy[at]) * revision.factor, 4)
        else:
            energy[at] = np.nan if revision.value_mwh is None else revision.value_mwh
