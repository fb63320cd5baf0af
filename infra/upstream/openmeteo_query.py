"""Reading and checking an Open-Meteo query, with the source's own words for what is wrong."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from infra.upstream.hours import hour_index
from infra.upstream.openmeteo_answers import RefusedError
from infra.upstream.weather_variables import AIR_QUALITY, SATELLITE, WEATHER, WIND_UNITS, Variable

MAXIMUM_LOCATIONS = 1_000
MAXIMUM_PAST_DAYS, MAXIMUM_FORECAST_DAYS = 93, 16
UNKNOWN_NAME = "Data corrupted at path ''. Cannot initialize {type} from invalid String value {value}."
VARIABLE_TYPE = "SurfacePressureAndHeightVariable<VariableAndPreviousDay, ForecastPressureVariable, ForecastHeightVariable>"
LEGACY_NAMES = {
    "windspeed_10m": "wind_speed_10m",
    "windgusts_10m": "wind_gusts_10m",
    "winddirection_10m": "wind_direction_10m",
    "cloudcover": "cloud_cover",
}

Parameters = dict[str, list[str]]
T = TypeVar("T")


@dataclass(frozen=True)
class Api:
    """One of the three APIs: its variables, models, and allowed dates around today."""

    endpoint: str
    variables: dict[str, Variable]
    models: dict[str, str]
    """Model name -> suffix of its columns when several are asked."""
    grid_degrees: dict[str, float]
    earliest: Callable[[date], date]
    latest: Callable[[date], date]
    default_forecast_days: int | None


@dataclass(frozen=True)
class Location:
    """A requested point. `utc_offset_seconds` is the one valid now, whatever the dates."""

    latitude: float
    longitude: float
    location_id: int
    elevation: float | None
    time_zone: str
    utc_offset_seconds: int


@dataclass(frozen=True)
class Query:
    """A checked query. `first_local`, `last_local`: first and last label, in each location's own time."""

    locations: list[Location]
    names: list[str]
    models: list[str]
    first_local: datetime
    last_local: datetime
    days: int
    wind_unit: str
    unix_time: bool

    def labels(self, location: Location) -> range:
        """GMT hours of the labels. Half-hour zones are read on whole hours."""
        shift = timedelta(hours=location.utc_offset_seconds // 3600)
        return range(hour_index(self.first_local - shift), hour_index(self.last_local - shift) + 1)

    def variable(self, api: Api, name: str) -> tuple[str, Variable]:
        """Today's name and meaning of a name asked for."""
        current = LEGACY_NAMES.get(name, name)
        return current, api.variables[current]


def read_query(parameters: Parameters, api: Api, now: datetime) -> Query:
    """Check everything, all or nothing. Raises RefusedError."""
    _check_format(parameters)
    locations = _locations(parameters, now)
    names, models = _names(parameters, api), _models(parameters, api)
    first, last = _range(parameters, api, locations[0], now)
    unit = (parameters.get("wind_speed_unit") or ["kmh"])[0]
    if unit not in WIND_UNITS:
        raise RefusedError(400, UNKNOWN_NAME.format(type="WindspeedUnit", value=unit))
    days = (last - first) // timedelta(days=1) + 1
    unix_time = parameters.get("timeformat") == ["unixtime"]
    return Query(locations, names, models, first, last, days, unit, unix_time)


def _check_format(parameters: Parameters) -> None:
    asked = (parameters.get("format") or ["json"])[0]
    if asked != "json":
        raise RefusedError(400, f"This stand-in serves format=json only, not {asked}")


def _list(parameters: Parameters, name: str) -> list[str]:
    """A comma list, also when its key is repeated. A space after a comma stays part of the name."""
    return [part for value in parameters.get(name, []) for part in value.split(",")]


def _locations(parameters: Parameters, now: datetime) -> list[Location]:
    latitudes, longitudes = (_numbers(parameters, name) for name in ("latitude", "longitude"))
    if not latitudes or len(latitudes) != len(longitudes):
        raise RefusedError(400, "Parameter 'latitude' and 'longitude' must have the same number of elements")
    if len(latitudes) > MAXIMUM_LOCATIONS:
        raise RefusedError(400, f"Only up to {MAXIMUM_LOCATIONS} locations can be requested at once")
    for name, values, limit in (("Latitude", latitudes, 90), ("Longitude", longitudes, 180)):
        for value in values:
            if not -limit <= value <= limit:
                raise RefusedError(400, f"{name} must be in range of -{limit} to {limit}°. Given: {value}.")
    count = len(latitudes)
    ids = [int(text) for text in _list(parameters, "location_id")] or list(range(count))
    elevations = _for_each(_numbers(parameters, "elevation"), count, "elevation") or [math.nan] * count
    zones = _for_each(_list(parameters, "timezone"), count, "timezone") or ["GMT"] * count
    _same_number(ids, count, "location_id")
    made = zip(latitudes, longitudes, ids, elevations, zones, strict=True)
    return [
        Location(latitude, longitude, number, None if math.isnan(elevation) else elevation, *_zone(zone, longitude, now))
        for latitude, longitude, number, elevation, zone in made
    ]


def _for_each(values: list[T], count: int, name: str) -> list[T]:
    """One value serves all locations."""
    values = values * count if len(values) == 1 else values
    if values:
        _same_number(values, count, name)
    return values


def _same_number(values: list[T], count: int, name: str) -> None:
    if len(values) != count:
        raise RefusedError(400, f"Parameter 'latitude' and '{name}' must have the same number of elements")


def _numbers(parameters: Parameters, name: str) -> list[float]:
    try:
        return [float(text) for text in _list(parameters, name)]
    except ValueError as error:
        raise RefusedError(400, f"Parameter '{name}' must be a number") from error


def _zone(name: str, longitude: float, now: datetime) -> tuple[str, int]:
    """Name and the offset valid at request time."""
    if name == "auto":
        name = "Australia/Perth" if longitude < 129 else "Australia/Brisbane"
    if name == "GMT":
        return name, 0
    try:
        offset = now.astimezone(ZoneInfo(name)).utcoffset()
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise RefusedError(400, "Invalid timezone") from error
    return name, int((offset or timedelta()).total_seconds())


def _names(parameters: Parameters, api: Api) -> list[str]:
    names = _list(parameters, "hourly")
    if any(LEGACY_NAMES.get(name, name) not in api.variables for name in names):
        # The message echoes the whole list, so that it does not tell which name is bad.
        raise RefusedError(400, UNKNOWN_NAME.format(type=VARIABLE_TYPE, value=",".join(names)))
    return names


def _models(parameters: Parameters, api: Api) -> list[str]:
    models = _list(parameters, "models") or ["best_match"]
    if any(model not in api.models for model in models):
        raise RefusedError(400, UNKNOWN_NAME.format(type="MultiDomains", value=",".join(models)))
    return models


def _range(parameters: Parameters, api: Api, location: Location, now: datetime) -> tuple[datetime, datetime]:
    """First and last label: both dates are inclusive."""
    past_days, forecast_days = (_whole(parameters, name) for name in ("past_days", "forecast_days"))
    for first, last, parse in (("start_hour", "end_hour", _hour), ("start_date", "end_date", _day)):
        if not parameters.get(first) and not parameters.get(last):
            continue
        if not (parameters.get(first) and parameters.get(last)):
            raise RefusedError(400, f"Parameter '{first}' and '{last}' must have the same number of elements")
        for other, value in (("past_days", past_days), ("forecast_days", forecast_days)):
            if value is not None:
                raise RefusedError(400, f"Parameter '{other}' is mutually exclusive with 'start_date' and 'end_date'")
        start, end = parse(parameters[first][0], first), parse(parameters[last][0], last)
        _check_range(start, end, (first, last), api, now)
        return start, end + (timedelta(hours=23) if first == "start_date" else timedelta())
    return _days_around(api, location, past_days, forecast_days, now)


def _days_around(
    api: Api, location: Location, past_days: int | None, forecast_days: int | None, now: datetime
) -> tuple[datetime, datetime]:
    if api.default_forecast_days is None:
        raise RefusedError(400, "Parameter 'start_date' and 'end_date' must have the same number of elements")
    for name, value, limit in (("Past", past_days, MAXIMUM_PAST_DAYS), ("Forecast", forecast_days, MAXIMUM_FORECAST_DAYS)):
        if value is not None and not 0 <= value <= limit:
            raise RefusedError(400, f"{name} days is invalid. Allowed range 0 to {limit}. Given {value}.")
    local_now = now + timedelta(seconds=location.utc_offset_seconds)
    today = datetime.combine(local_now.date(), time(), tzinfo=UTC)
    days = api.default_forecast_days if forecast_days is None else forecast_days
    return today - timedelta(days=past_days or 0), today + timedelta(days=days) - timedelta(hours=1)


def _check_range(start: datetime, end: datetime, names: tuple[str, str], api: Api, now: datetime) -> None:
    today = now.date()
    earliest, latest = api.earliest(today), api.latest(today)
    for name, instant in zip(names, (start, end), strict=True):
        if not earliest <= instant.date() <= latest:
            raise RefusedError(400, f"Parameter '{name}' is out of allowed range from {earliest} to {latest}")
    if end < start:
        raise RefusedError(400, "End-date must be larger or equals than start-date")


def _day(text: str, name: str) -> datetime:
    try:
        return datetime.combine(date.fromisoformat(text), time(), tzinfo=UTC)
    except ValueError as error:
        raise RefusedError(400, f"Invalid date format for '{name}'. Make sure to use 'YYYY-MM-DD'") from error


def _hour(text: str, name: str) -> datetime:
    try:
        return datetime.fromisoformat(text).replace(tzinfo=UTC)
    except ValueError as error:
        raise RefusedError(400, f"Invalid date format for '{name}'. Make sure to use 'YYYY-MM-DDTHH:MM'") from error


def _whole(parameters: Parameters, name: str) -> int | None:
    try:
        return int(parameters[name][0]) if parameters.get(name) else None
    except ValueError as error:
        raise RefusedError(400, f"Parameter '{name}' must be a whole number") from error


WEATHER_MODELS = {
    "best_match": "archive_best_match",
    "ecmwf_ifs": "ecmwf_ifs",
    "era5": "era5",
    "era5_land": "era5_land",
    "era5_seamless": "era5_seamless",
    "ecmwf_ifs_analysis_long_window": "ecmwf_ifs_analysis_long_window",
}
FORECAST_MODELS = {
    name: name for name in ("best_match", "ecmwf_ifs", "ecmwf_ifs025", "gfs_seamless", "icon_seamless", "bom_access_global")
}
SATELLITE_MODELS = {name: name for name in ("best_match", "jma_jaxa_himawari", "satellite_radiation_seamless")}
ERA5_STEP, LAND_STEP, IFS_STEP, CAMS_STEP, HIMAWARI_STEP = 0.25, 0.1, 0.0703125, 0.4, 0.05

ARCHIVE = Api(
    "om_archive", WEATHER, WEATHER_MODELS,
    {"era5": ERA5_STEP, "era5_land": LAND_STEP, "era5_seamless": LAND_STEP, "best_match": IFS_STEP},
    earliest=lambda today: date(1940, 1, 1), latest=lambda today: today, default_forecast_days=None,
)  # fmt: skip
FORECAST = Api(
    "om_forecast", WEATHER, FORECAST_MODELS, {"best_match": IFS_STEP},
    earliest=lambda today: today - timedelta(days=93), latest=lambda today: today + timedelta(days=15), default_forecast_days=7,
)  # fmt: skip
AIR = Api(
    "om_air_quality", AIR_QUALITY, {"best_match": "best_match"}, {"best_match": CAMS_STEP},
    earliest=lambda today: date(2013, 1, 1), latest=lambda today: today + timedelta(days=6), default_forecast_days=5,
)  # fmt: skip
SKY_SEEN = Api(
    "om_satellite", SATELLITE, SATELLITE_MODELS, dict.fromkeys(SATELLITE_MODELS, HIMAWARI_STEP),
    earliest=lambda today: date(1983, 1, 1), latest=lambda today: today, default_forecast_days=None,
)  # fmt: skip
