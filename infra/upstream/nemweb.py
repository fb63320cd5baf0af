"""Routes of the market operator's public folder: the listing of its next-day dispatch, and a zip for each trading day."""

from __future__ import annotations

from datetime import date, timedelta

from fastapi import APIRouter, Request
from fastapi.responses import Response

from infra.upstream.dispatch_report import file_name, first_hour, listing, published_at, report, unit_days
from infra.upstream.faults import Bitten
from infra.upstream.state import State, bitten_of, state_of
from infra.upstream.world.unit_solution import is_day_missing

FOLDER = "/nemweb/Reports/Current/Next_Day_Dispatch"
LISTED_DAYS = 60
router = APIRouter()


@router.get(f"{FOLDER}/")
async def folder(request: Request) -> Response:
    """The days that are there, oldest first."""
    days = [] if "empty" in bitten_of(request) else listed_days(state_of(request), bitten_of(request))
    return Response(listing(days, FOLDER), media_type="text/html")


@router.get(FOLDER + "/{name}")
async def day_file(request: Request, name: str) -> Response:
    """A day's file; 404 for one that is not listed."""
    state, bitten = state_of(request), bitten_of(request)
    day = next((day for day in listed_days(state, bitten) if file_name(day) == name), None)
    if day is None:
        return Response("<html><body><h2>404 - File or directory not found.</h2></body></html>", 404, media_type="text/html")
    units = unit_days(day, state.farms(bitten), state.sky, state.world)
    return Response(report(day, units, bitten), media_type="application/x-zip-compressed")


def listed_days(state: State, bitten: Bitten) -> list[date]:
    """The last days that were published by now; some of a world never are."""
    late = bitten.params("late_day")
    now = state.clock.now() - timedelta(days=late.get("days", 1) if late is not None else 0)
    newest = (now + timedelta(hours=10)).date()
    days = [newest - timedelta(days=back) for back in range(LISTED_DAYS + 1, -1, -1)]
    there = [day for day in days if published_at(day) <= now][-LISTED_DAYS:]
    world = state.world
    return [day for day in there if world is None or not is_day_missing(world, first_hour(day), 1)[0]]
