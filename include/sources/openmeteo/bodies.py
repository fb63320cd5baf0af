"""What the bodies of Open-Meteo mean: hourly weather, air quality, irradiance by satellite, refusals. Pure.

Answers are matched to the requested locations by position: the coordinates that come back are the grid cell's.
"""

import itertools
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from include.sources.readings import Body, Envelope, Reading, Row, read_ok, read_refusal, text_of
from include.sources.strict_json import Node, NotJson, Refusals, Unreadable, parse
from include.windows import Window

# API variable -> (Bronze column, unit the API must name). Radiation, sunshine and precipitation are of the PRECEDING
# hour, everything else is at the label; Bronze keeps the label, Silver shifts.
WEATHER_VARIABLES = {
    "shortwave_radiation": ("shortwave_radiation_w_m2", "W/m²"),
    "direct_radiation": ("direct_radiation_w_m2", "W/m²"),
    "diffuse_radiation": ("diffuse_radiation_w_m2", "W/m²"),
    "direct_normal_irradiance": ("direct_normal_irradiance_w_m2", "W/m²"),
    "terrestrial_radiation": ("terrestrial_radiation_w_m2", "W/m²"),
    "temperature_2m": ("temperature_2m_c", "°C"),
    "dew_point_2m": ("dew_point_2m_c", "°C"),
    "cloud_cover": ("cloud_cover_pct", "%"),
    "precipitation": ("precipitation_mm", "mm"),
    "sunshine_duration": ("sunshine_duration_s", "s"),
    "wind_speed_10m": ("wind_speed_10m_m_s", "m/s"),
    "wind_gusts_10m": ("wind_gusts_10m_m_s", "m/s"),
    "wind_direction_10m": ("wind_direction_10m_deg", "°"),
    "pressure_msl": ("pressure_msl_hpa", "hPa"),
}
AIR_QUALITY_VARIABLES = {
    "pm10": ("pm10_ug_m3", "μg/m³"),
    "pm2_5": ("pm2_5_ug_m3", "μg/m³"),
    "dust": ("dust_ug_m3", "μg/m³"),
    "nitrogen_dioxide": ("nitrogen_dioxide_ug_m3", "μg/m³"),
    "ozone": ("ozone_ug_m3", "μg/m³"),
    "sulphur_dioxide": ("sulphur_dioxide_ug_m3", "μg/m³"),
    "carbon_monoxide": ("carbon_monoxide_ug_m3", "μg/m³"),
    "uv_index": ("uv_index", ""),
    "uv_index_clear_sky": ("uv_index_clear_sky", ""),
}
SATELLITE_VARIABLES = {
    name: WEATHER_VARIABLES[name]
    for name in ("shortwave_radiation", "direct_radiation", "diffuse_radiation", "direct_normal_irradiance")
}
VARIABLES = {"om_weather": WEATHER_VARIABLES, "om_air_quality": AIR_QUALITY_VARIABLES, "om_satellite": SATELLITE_VARIABLES}

# Weights count variables in tens and days in fortnights; below both a location still counts one call.
_VARIABLES_PER_CALL = 10
_DAYS_PER_CALL = 14


def read(envelope: Envelope) -> Reading:
    """Read an envelope of Open-Meteo, whichever of its sources; `credits` is the weight in calls, an error costs one."""
    if envelope["error"] or envelope["response"]["status"] != 200:
        return read_refusal(envelope, 1.0, refusal_reason(envelope))
    weight = request_weight(dict(envelope["request"]["params"]), len(envelope["context"]["locations"]))
    return read_ok(envelope, weight, lambda text: parse_hourly(text, envelope))


def call_weight(variables: int, days: int, locations: int) -> float:
    """Return how many calls a request counts as, for one model and whole days."""
    tens = variables / _VARIABLES_PER_CALL
    return locations * max(1.0, tens, tens * days / _DAYS_PER_CALL)


def request_weight(params: Mapping[str, str], locations: int) -> float:
    """Return the weight of a request from its `hourly`, `start_date` and `end_date`."""
    first, last = (date.fromisoformat(params[bound]) for bound in ("start_date", "end_date"))
    return call_weight(params["hourly"].count(",") + 1, (last - first).days + 1, locations)


def refusal_reason(envelope: Envelope) -> str | None:
    """Return the `reason` of an error body."""
    try:
        root = parse(text_of(envelope))
    except (NotJson, Unreadable):
        return None
    reason = root.value.get("reason") if isinstance(root.value, dict) else None
    return reason if isinstance(reason, str) else None


def parse_hourly(text: str, envelope: Envelope) -> Body:
    """Return one row for each location and label inside the window that was asked for (whole days come back).

    A value that cannot be read is null and refused; a location whose answer has another shape is refused as a whole.
    """
    root = parse(text)
    context = envelope["context"]
    locations: list[dict[str, Any]] = context["locations"]
    answers = list(root.elements()) if isinstance(root.value, list) else [root]
    if len(answers) != len(locations):
        root.refuse(f"{len(locations)} locations")
    bounds = context["window_start"], context["window_end"]
    window = Window.parse(*bounds) if all(bounds) else None
    rows: list[Row] = []
    refusals = Refusals()
    for position, (answer, location) in enumerate(zip(answers, locations, strict=True)):
        _same_position(answer, position)
        head = {"location_id": location["location_id"], "dataset": context["dataset"], "model": context["model"]}
        with refusals.apart():
            located = _location_rows(answer, envelope, refusals)
            rows += [head | row for row in located if window is None or window.contains(row["ts_utc"])]
    # Nulls for everything are the API's way of saying that it has nothing for these hours.
    columns = [column for column, _unit_text in VARIABLES[envelope["source"]].values()]
    has_values = any(row[column] is not None for row in rows for column in columns)
    note = "every value is null" if rows and not has_values else None
    return Body(rows if has_values else [], note=note, refused=refusals.found)


def _asked_variables(envelope: Envelope) -> list[str]:
    return str(dict(envelope["request"]["params"])["hourly"]).split(",")


def _same_position(answer: Node, position: int) -> None:
    """Hold the echoed index, which the API leaves out for the first location, against the position."""
    echoed = answer.find("location_id")
    if echoed is not None and echoed.value != position:
        echoed.refuse(str(position))


def _location_rows(answer: Node, envelope: Envelope, refusals: Refusals) -> list[Row]:
    offset = answer.get("utc_offset_seconds")
    if offset.number() != 0:
        offset.refuse("0 (GMT was asked for)")
    elevation = answer.find("elevation")
    grid: Row = {
        "grid_latitude": answer.get("latitude").number(),
        "grid_longitude": answer.get("longitude").number(),
        "elevation_m": elevation.number() if elevation else None,
    }
    labels = _labels(answer.get("hourly").get("time"))
    columns = _columns(answer, envelope, len(labels), refusals)
    return [
        {"ts_utc": label, **grid, **{name: values[index] for name, values in columns.items()}}
        for index, label in enumerate(labels)
    ]


def _columns(answer: Node, envelope: Envelope, length: int, refusals: Refusals) -> dict[str, list[float | None]]:
    """Return the values of every Bronze column; a variable that was not asked for is null throughout."""
    asked = _asked_variables(envelope)
    columns: dict[str, list[float | None]] = {}
    for variable, (column, unit) in VARIABLES[envelope["source"]].items():
        if variable not in asked:
            columns[column] = [None] * length
            continue
        node = answer.get("hourly").get(variable)
        values = node.numbers_or_null(refusals)
        if len(values) != length:
            node.refuse(f"an array of {length}, as long as time")
        # A variable that a model lacks comes as nulls with an unknown unit.
        if any(value is not None for value in values):
            _unit(answer.get("hourly_units").get(variable), unit)
        columns[column] = values
    return columns


def _unit(node: Node, expected: str) -> None:
    # The API writes the Greek mu; the micro sign looks the same and means the same.
    if not isinstance(node.value, str) or node.value.replace("\N{MICRO SIGN}", "\N{GREEK SMALL LETTER MU}") != expected:
        node.refuse(f'unit "{expected}"')


def _labels(times: Node) -> list[datetime]:
    labels = [_label(time) for time in times.elements()]
    for index, (label, following) in enumerate(itertools.pairwise(labels)):
        if following - label != timedelta(hours=1):
            list(times.elements())[index + 1].refuse("the hour after the one before")
    return labels


def _label(node: Node) -> datetime:
    """Return the instant of an `iso8601` label; it carries no zone, GMT was asked for."""
    try:
        label = datetime.fromisoformat(node.text())
    except ValueError:
        node.refuse("a time as 2025-01-01T00:00")
    if label.tzinfo is not None or (label.minute, label.second, label.microsecond) != (0, 0, 0):
        node.refuse("a time on the hour without a zone")
    return label.replace(tzinfo=UTC)
