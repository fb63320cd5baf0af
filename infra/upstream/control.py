"""`/_control`: what tests use to steer the server and to see what it was asked. No part of either API."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Query, Request
from pydantic import BaseModel, ConfigDict

from infra.upstream.clock import parse_instant
from infra.upstream.farms import listed_farms
from infra.upstream.faults import ANSWER_FAULTS, DATA_DEFECTS, GROUPS, Fault
from infra.upstream.hours import hour_index, hour_start
from infra.upstream.state import Revision, State, state_of
from infra.upstream.truth import farm_truth

router = APIRouter(prefix="/_control")


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class FaultSpec(_Strict):
    """One fault to switch on."""

    name: str
    endpoint: str = "*"
    times: int | None = None
    key: str | None = None
    params: dict[str, Any] = {}


class ClockSpec(_Strict):
    """`now` null: real time; else an ISO instant to stand still at, or to run on from when `ticking`."""

    now: str | None = None
    ticking: bool = False


class WorldSpec(_Strict):
    """`seed` null: the place where nothing happens to farms."""

    seed: int | None = None


class RevisedHour(_Strict):
    """`ts`: start of the hour (ISO with zone). `value` in MWh (null: no data) or `factor` on what it was."""

    unit_code: str
    ts: str
    value: float | None = None
    factor: float | None = None


class RegistryChange(_Strict):
    """Fields to change in the record of a facility or a unit; a null removes the field."""

    facility_code: str | None = None
    unit_code: str | None = None
    fields: dict[str, Any]


@router.get("/health")
async def health(request: Request) -> dict[str, Any]:
    """Alive, and what time it is here."""
    return {"status": "ok", "now": state_of(request).clock.now().isoformat()}


@router.get("/faults")
async def faults(request: Request) -> dict[str, Any]:
    """What is on, and what there is."""
    return {
        "active": [_shown(fault) for fault in state_of(request).faults.active],
        "answer_faults": ANSWER_FAULTS, "data_defects": DATA_DEFECTS, "endpoints": GROUPS,
    }  # fmt: skip


@router.post("/faults")
async def switch_on(request: Request, specs: FaultSpec | list[FaultSpec]) -> dict[str, Any]:
    """Switch on one fault or several, in order."""
    wanted = specs if isinstance(specs, list) else [specs]
    try:
        made = [Fault(spec.name, spec.endpoint, spec.times, spec.key, spec.params) for spec in wanted]
    except ValueError as error:
        raise HTTPException(422, str(error)) from error
    for fault in made:
        state_of(request).faults.switch_on(fault)
    return {"active": [_shown(fault) for fault in state_of(request).faults.active]}


@router.delete("/faults")
@router.delete("/faults/{name}")
async def switch_off(request: Request, name: str | None = None) -> dict[str, Any]:
    """Switch off one, or all."""
    state_of(request).faults.switch_off(name)
    return {"active": [_shown(fault) for fault in state_of(request).faults.active]}


@router.get("/requests")
async def requests(request: Request) -> dict[str, Any]:
    """Counts by path and status, the last requests, Open-Meteo's weighted calls and credits used."""
    state = state_of(request)
    counts = [
        {"method": method, "path": path, "status": status, "count": count}
        for (method, path, status), count in state.counts.items()
    ]
    return {
        "total": sum(state.counts.values()), "counts": counts, "log": list(state.log),
        "open_meteo_weight": dict(state.weights), "credits_used": sum(state.credits_used.values()),
    }  # fmt: skip


@router.post("/reset")
async def reset(request: Request) -> dict[str, Any]:
    """Forget faults, revisions, registry changes and counts, be in the first world; the clock stays."""
    state_of(request).reset()
    return {"status": "reset"}


@router.post("/clock")
async def set_clock(request: Request, spec: ClockSpec) -> dict[str, Any]:
    """Set the clock."""
    try:
        instant = parse_instant(spec.now) if spec.now else None
    except ValueError as error:
        raise HTTPException(422, f"now: {error}") from error
    state_of(request).clock.set(instant, ticking=spec.ticking)
    return {"now": state_of(request).clock.now().isoformat()}


@router.post("/world")
async def enter_world(request: Request, spec: WorldSpec) -> dict[str, Any]:
    """Go to the world of a seed, until reset."""
    state_of(request).enter(spec.seed)
    return {"seed": spec.seed}


@router.get("/truth")
async def truth(request: Request, facility_code: Annotated[list[str], Query()], start: str, end: str) -> dict[str, Any]:
    """Hour starts, and by facility its potential, energy and losses in MWh, before any defect; null where nobody knows."""
    state = state_of(request)
    if state.world is None:
        raise HTTPException(422, "there is no world: nothing happens to farms")
    try:
        first, last = (hour_index(parse_instant(bound)) for bound in (start, end))
    except ValueError as error:
        raise HTTPException(422, f"start, end: {error}") from error
    farms = {farm.code: farm for farm in state.farms(state.faults.of_registry())}
    if unknown := sorted(set(facility_code) - farms.keys()):
        raise HTTPException(422, f"no facility {', '.join(unknown)}")
    told = {code: farm_truth(state.world, farms[code], first, max(0, last - first)) for code in facility_code}
    return {
        "hours": [hour_start(hour).isoformat() for hour in range(first, last)],
        "facilities": {
            code: {
                name: [None if math.isnan(value) else round(float(value), 4) for value in values] for name, values in of.items()
            }
            for code, of in told.items()
        },
    }


@router.post("/revise")
async def revise(request: Request, hours: RevisedHour | list[RevisedHour]) -> dict[str, Any]:
    """Change unit-hours for good (until reset), and tell what each was and is."""
    state = state_of(request)
    wanted = hours if isinstance(hours, list) else [hours]
    return {"revised": [_revise(state, hour) for hour in wanted]}


@router.post("/registry")
async def change_registry(request: Request, change: RegistryChange) -> dict[str, Any]:
    """Change a record of the registry, for instance to retire a unit."""
    if (change.facility_code is None) == (change.unit_code is None):
        raise HTTPException(422, "give facility_code or unit_code")
    name = f"facility:{change.facility_code}" if change.facility_code else f"unit:{change.unit_code}"
    changes = state_of(request).registry_changes
    changes[name] = changes.get(name, {}) | change.fields
    return {"changes": changes}


@router.post("/alerts")
async def take_alert(request: Request) -> dict[str, Any]:
    """A webhook for `PV_ALERT_WEBHOOK_URL`: keeps what is posted."""
    state_of(request).alerts.append(await request.json())
    return {"status": "ok"}


@router.get("/alerts")
async def alerts(request: Request) -> list[Any]:
    """What was posted, oldest first."""
    return state_of(request).alerts


def _revise(state: State, hour: RevisedHour) -> dict[str, Any]:
    codes = {unit.code for farm in listed_farms() for unit in farm.units}
    if hour.unit_code not in codes:
        raise HTTPException(422, f"no unit {hour.unit_code!r}")
    instant = datetime.fromisoformat(hour.ts)
    at = hour_index(instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant)
    state.revisions[hour.unit_code, at] = Revision(hour.value, hour.factor)
    return {"unit_code": hour.unit_code, "ts": hour_start(at).isoformat(), "value": hour.value, "factor": hour.factor}


def _shown(fault: Fault) -> dict[str, Any]:
    return {"name": fault.name, "endpoint": fault.endpoint, "times": fault.times, "params": fault.params}
