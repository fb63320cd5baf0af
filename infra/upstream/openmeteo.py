"""Routes of Open-Meteo: archive, forecast, air quality and satellite."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

import numpy as np
from fastapi import APIRouter, Request
from fastapi.responses import Response

from infra.upstream.clock import parse_instant
from infra.upstream.defects import draw
from infra.upstream.farms import same_place
from infra.upstream.faults import Bitten
from infra.upstream.hours import HOURS_OF_DAY, hour_index, hour_start
from infra.upstream.noise import place_seed
from infra.upstream.openelectricity_answers import json_response
from infra.upstream.openmeteo_answers import RefusedError
from infra.upstream.openmeteo_limits import HEAVIEST, TOO_MUCH, check_limits, count, turn, weight
from infra.upstream.openmeteo_query import (
    AIR,
    ARCHIVE,
    FORECAST,
    IFS_STEP,
    SKY_SEEN,
    Api,
    Location,
    Parameters,
    Query,
    read_query,
)
from infra.upstream.recorded_week import recorded_air_quality, recorded_weather
from infra.upstream.state import State, bitten_of, state_of
from infra.upstream.weather import Values, labelled_values, told
from infra.upstream.weather_variables import RADIATION_NAMES, WIND_UNITS

router = APIRouter()
ERA5_DELAY_DAYS, IFS_DELAY_DAYS = 5, 2
AIR_FORECAST_DAYS = 5
SATELLITE_DELAY_MINUTES = 30
HIMAWARI_SINCE = date(2015, 7, 7)
AIR_SINCE = date(2022, 8, 1)
"""Global air quality was only collected from about then on; earlier dates are null, not refused."""


@router.api_route("/v1/archive", methods=["GET", "POST"])
async def archive(request: Request) -> Response:
    """Reanalysis: null near the end of the series, by model."""
    return await _answer(request, ARCHIVE)


@router.api_route("/v1/forecast", methods=["GET", "POST"])
async def forecast(request: Request) -> Response:
    """Forecast and the last 93 days; no null tail."""
    return await _answer(request, FORECAST)


@router.api_route("/v1/air-quality", methods=["GET", "POST"])
async def air_quality(request: Request) -> Response:
    """CAMS global."""
    return await _answer(request, AIR)


@router.api_route("/v1/satellite", methods=["GET", "POST"])
async def satellite(request: Request) -> Response:
    """Irradiance seen by Himawari-9. A path of its own: at the source it is `/v1/archive` of another host."""
    return await _answer(request, SKY_SEEN)


async def _answer(request: Request, api: Api) -> Response:
    state, bitten = state_of(request), bitten_of(request)
    parameters = await _parameters(request)
    cost = 1.0
    try:
        async with turn(state, bitten):
            check_limits(state, bitten)
            query = read_query(parameters, api, state.clock.now())
            cost = weight(len(query.locations), len(query.names) * len(query.models), query.days)
            if cost > HEAVIEST:
                cost = 1.0
                raise RefusedError(400, TOO_MUCH)
            body = _body(state, bitten, api, query)
    finally:
        count(state, cost)
    return json_response(body)


async def _parameters(request: Request) -> Parameters:
    """From the query string, or from a form or JSON body."""
    parameters = parse_qs(request.url.query, keep_blank_values=True)
    body = (await request.body()).decode()
    if not body:
        return parameters
    if request.headers.get("content-type", "").startswith("application/json"):
        sent = json.loads(body)
        return parameters | {name: [_text(value)] for name, value in sent.items()}
    return parameters | parse_qs(body)


def _text(value: Any) -> str:
    return ",".join(str(part) for part in value) if isinstance(value, list) else str(value)


def _body(state: State, bitten: Bitten, api: Api, query: Query) -> list[dict[str, Any]] | dict[str, Any]:
    """An object for one location, an array in request order for more."""
    labels = [query.labels(location) for location in query.locations]
    first, last = min(hours.start for hours in labels), max(hours.stop for hours in labels)
    state.sky.prepare([same_place(each.latitude, each.longitude) for each in query.locations], first - 1, last - first + 1)
    fetches = state.fetches[api.endpoint]
    state.fetches[api.endpoint] += 1
    made = [_location_body(state, bitten, api, query, location, fetches) for location in query.locations]
    return made[0] if len(made) == 1 else made


def _location_body(state: State, bitten: Bitten, api: Api, query: Query, location: Location, fetches: int) -> dict[str, Any]:
    step = api.grid_degrees.get(query.models[0], IFS_STEP)
    zone, offset = location.time_zone, location.utc_offset_seconds
    body: dict[str, Any] = {
        "latitude": grid_cell(location.latitude, step),
        "longitude": grid_cell(location.longitude, step),
        "generationtime_ms": 0.1 + len(query.names) / 10,
        "utc_offset_seconds": offset,
        "timezone": zone,
        "timezone_abbreviation": "GMT" if offset == 0 else f"GMT{offset / 3600:+g}",
        "elevation": location.elevation if location.elevation is not None else _elevation_m(location),
    }
    if location.location_id != 0:
        body["location_id"] = location.location_id
    if query.names:
        body |= _hourly(state, bitten, api, query, location, fetches)
    return body


def _hourly(state: State, bitten: Bitten, api: Api, query: Query, location: Location, fetches: int) -> dict[str, Any]:
    labels = query.labels(location)
    units = {"time": "unixtime" if query.unix_time else "iso8601"}
    columns: dict[str, list[Any]] = {"time": _times(query, location, labels)}
    places = recorded_air_quality() if api is AIR else recorded_weather()
    if api is SKY_SEEN:  # the recorded week has none: null there, not another model's
        places = tuple(replace(place, values={}) for place in places)
    for asked in query.names:
        name, variable = query.variable(api, asked)
        at = same_place(location.latitude, location.longitude)
        values = labelled_values(state.sky, places, at, name, variable, labels)
        values = _with_weather_defects(values, name, labels, api, bitten, state.clock.now(), fetches)
        if name == "shortwave_radiation":
            for outliers in bitten.every("ghi_outliers"):
                values = _with_outliers(values, labels, (location.latitude, location.longitude), outliers)
        told_as = WIND_UNITS[query.wind_unit] if variable.unit == "km/h" else (variable.unit, 1.0, variable.decimals)
        unit, factor, decimals = told_as
        for model in query.models:
            column = asked if len(query.models) == 1 else f"{asked}_{api.models[model]}"
            units[column] = unit
            shown = _visible(labels, api, model, bitten, state.clock.now())
            columns[column] = [
                told(value, factor, decimals) if label in shown else None for label, value in zip(labels, values, strict=True)
            ]
    return {"hourly_units": units, "hourly": columns}


def _times(query: Query, location: Location, labels: range) -> list[Any]:
    if query.unix_time:
        return [int(hour_start(hour).timestamp()) for hour in labels]
    shift = timedelta(hours=location.utc_offset_seconds // 3600)
    return [(hour_start(hour) + shift).strftime("%Y-%m-%dT%H:%M") for hour in labels]


def _visible(labels: range, api: Api, model: str, bitten: Bitten, now: datetime) -> range:
    """Labels that have a value yet: the rest is null, without an error."""
    if "empty" in bitten:
        return range(0)
    tail = (bitten.params("null_tail") or {}).get("days")
    if api is AIR:
        newest = now + timedelta(days=AIR_FORECAST_DAYS if tail is None else -tail)
        since = hour_index(datetime(AIR_SINCE.year, AIR_SINCE.month, AIR_SINCE.day, tzinfo=UTC))
        return range(max(labels.start, since), hour_index(newest) + 1)
    if api is FORECAST and tail is None:
        return labels
    if api is SKY_SEEN:
        since = hour_index(datetime(HIMAWARI_SINCE.year, HIMAWARI_SINCE.month, HIMAWARI_SINCE.day, tzinfo=UTC))
        seen = now - timedelta(minutes=SATELLITE_DELAY_MINUTES) if tail is None else now - timedelta(days=tail)
        return range(max(labels.start, since), hour_index(seen) + 1)
    delay = (ERA5_DELAY_DAYS if model.startswith("era5") else IFS_DELAY_DAYS) if tail is None else tail
    return range(labels.start, hour_index(now - timedelta(days=delay)) + 1)


def _with_weather_defects(
    values: Values, name: str, labels: range, api: Api, bitten: Bitten, now: datetime, fetches: int
) -> Values:
    """Revisions of recent days, a forecast that differs from the archive, nulls inside."""
    differs = bitten.params("forecast_differs")
    if differs is not None and api is FORECAST and name in RADIATION_NAMES:
        values = _times_factor(values, differs.get("factor", 1.05))
    revising = bitten.params("revising_weather")
    if revising is not None:
        recent = hour_index(now) - revising.get("days", 10) * HOURS_OF_DAY
        later = _times_factor(values, 1 + revising.get("step", 0.005) * fetches)
        values = [new if label > recent else old for label, new, old in zip(labels, later, values, strict=True)]
    nulls = bitten.params("null_interior")
    if nulls is not None:
        every = nulls.get("every", 5)
        values = [None if label % every == 0 else value for label, value in zip(labels, values, strict=True)]
    return values


def _with_outliers(values: Values, labels: range, at: tuple[float, float], params: dict[str, Any]) -> Values:
    """GHI that no sky gives, at single labels: the same ones whatever is asked with them."""
    if params.get("latitude", at[0]) != at[0]:
        return values
    named = {hour_index(parse_instant(text)) for text in params.get("labels", [])}
    share = params.get("share", 0.0 if named else 0.01)
    return [
        params.get("value", 9999.0) if label in named or draw(params, f"{at} {label}") < share else value
        for label, value in zip(labels, values, strict=True)
    ]


def _times_factor(values: Values, factor: float) -> Values:
    return [None if value is None else value * factor for value in values]


def grid_cell(degrees: float, step: float) -> float:
    """Centre of the grid cell, with the noise of 32-bit arithmetic that the source shows (52.300003)."""
    centre = np.float32(round(degrees / step)) * np.float32(step)
    return float(str(centre))


def _elevation_m(location: Location) -> float:
    return float(20 + place_seed(*same_place(location.latitude, location.longitude)) % 380)
