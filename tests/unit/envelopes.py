"""Envelopes as landing stores them, around a body given by a test."""

import json
from datetime import UTC, date, datetime
from typing import Any

from include.sources.aemo.unit_solution import DAY_FILE, trading_hours
from include.sources.landing import Context, Envelope, Exchange, Location, Run
from include.sources.openmeteo.bodies import VARIABLES
from include.windows import Window

RUN = Run("ingest_oe_bronze", "scheduled__2025-01-01T00:00:00+00:00", "scheduled", 1)
HOURS = Window.parse("2025-01-02T19:00Z", "2025-01-02T23:00Z")  # 05:00 to 09:00 in the NEM, of 3 January
FARMS = (Location(-23.52, 148.16), Location(-34.919115, 146.60954))


def envelope(
    source: str,
    body: Any,
    *,
    status: int | None = 200,
    url: str = "http://source/v4/data/facilities/NEM",
    params: tuple[tuple[str, str], ...] = (),
    context: Context | None = None,
    error: str | None = None,
) -> dict[str, Any]:
    text = body if isinstance(body, bytes) else body.encode() if isinstance(body, str) else json.dumps(body).encode()
    exchange = Exchange(url, params, status, {}, text, error, datetime(2026, 11, 24, 20, 5, tzinfo=UTC), 12)
    return Envelope(source, exchange, context or Context(), RUN, 1).document()


def registry_envelope(body: Any, **more: Any) -> dict[str, Any]:
    return envelope("oe_facilities", body, url="http://source/v4/facilities/", **more)


def generation_envelope(body: Any, *, network: str = "NEM", window: Window | None = HOURS, **more: Any) -> dict[str, Any]:
    params = more.pop("params", (("metrics", "energy"), ("metrics", "power"), ("interval", "1h")))
    return envelope("oe_generation", body, params=params, context=Context(window, network, facility_codes=("EMERASF",)), **more)


def hourly_envelope(source: str, body: Any, *, locations: tuple[Location, ...] = FARMS[:1], **more: Any) -> dict[str, Any]:
    of_source = {"om_air_quality": ("air_quality", "cams_global"), "om_satellite": ("satellite", "jma_jaxa_himawari")}
    dataset, model = of_source.get(source, ("archive", "era5_seamless"))
    context = Context(HOURS, dataset=dataset, model=model, locations=locations)
    variables = more.pop("variables", tuple(VARIABLES[source]))
    params = (("hourly", ",".join(variables)), ("start_date", "2025-01-02"), ("end_date", "2025-01-02"), ("timezone", "GMT"))
    return envelope(source, body, url="http://source/v1/archive", params=params, context=context, **more)


def generation_body() -> dict[str, Any]:
    """The v4.5 answer of one farm of the API's documentation: energy real, one gap."""

    def block(metric: str, unit: str, values: list[float | None]) -> dict[str, Any]:
        labels = [f"2025-01-03T0{hour}:00:00+10:00" for hour in range(5, 9)]
        bounds = {"date_start": labels[0], "date_end": labels[-1]}
        points = [[label, value] for label, value in zip(labels, values, strict=True)]
        result = {"name": f"{metric}_EMERASF1", **bounds, "columns": {"unit_code": "EMERASF1"}, "data": points}
        return {
            "network_code": "NEM", "metric": metric, "unit": unit, "interval": "1h", **bounds,
            "groupings": [], "results": [result], "network_timezone_offset": "+10:00",
        }  # fmt: skip

    blocks = [block("energy", "MWh", [0.0, 23.4917, None, 66.8335]), block("power", "MW", [0.0, 23.8, None, 66.9])]
    return {"version": "4.5.11", "created_at": "2026-08-20T13:07:20+10:00", "success": True, "data": blocks}


def with_market_values(values: list[Any], unit: str = "$") -> dict[str, Any]:
    """`generation_body` with market values of its four hours."""
    body = generation_body()
    block = json.loads(json.dumps(body["data"][0])) | {"metric": "market_value", "unit": unit}
    for point, value in zip(block["results"][0]["data"], values, strict=True):
        point[1] = value
    return body | {"data": [*body["data"], block]}


def market_body(metrics: dict[str, dict[str, list[Any]]], units: tuple[str, str] = ("$/MWh", "MWh")) -> dict[str, Any]:
    """Hours of regions from 05:00 (NEM) of 3 January on, by metric and region."""

    def block(metric: str, unit: str, regions: dict[str, list[Any]]) -> dict[str, Any]:
        results = [
            {
                "name": f"{metric}_{region}", "columns": {"region": region},
                "data": [[f"2025-01-03T{5 + hour:02d}:00:00+10:00", value] for hour, value in enumerate(values)],
            }
            for region, values in regions.items()
        ]  # fmt: skip
        return {"network_code": "NEM", "metric": metric, "unit": unit, "interval": "1h", "groupings": [], "results": results}

    blocks = [block(metric, unit, regions) for (metric, regions), unit in zip(metrics.items(), units, strict=False)]
    return {"version": "4.5.11", "created_at": "2026-08-20T13:07:20+10:00", "success": True, "data": blocks}


def market_envelope(body: Any, **more: Any) -> dict[str, Any]:
    params = (("metrics", "price"), ("metrics", "curtailment_solar_utility_energy"), ("interval", "1h"))
    url = "http://source/v4/market/network/NEM"
    return envelope("oe_market", body, url=url, params=params, context=Context(HOURS, "NEM"), **more)


def control_body(totals: dict[str, list[Any]], **changes: Any) -> dict[str, Any]:
    """Days of regions from 1 January (NEM) on, in the form that a request for one fuel gets."""
    results = [
        {
            "name": f"energy_{region}|solar_utility", "columns": {"region": region, "fueltech": "solar_utility"},
            "data": [[f"2025-01-{1 + day:02d}T00:00:00+10:00", value] for day, value in enumerate(values)],
        }
        for region, values in totals.items()
    ]  # fmt: skip
    block = {"network_code": "NEM", "metric": "energy", "unit": "MWh", "interval": "1d"} | changes
    block |= {"groupings": ["network_region", "fueltech"], "results": results}
    return {"version": "4.5.11", "created_at": "2026-08-20T13:07:20+10:00", "success": True, "data": [block]}


def control_envelope(body: Any, **more: Any) -> dict[str, Any]:
    """The answer to a question for 1 to 3 January."""
    params = (("metrics", "energy"), ("interval", "1d"), ("fueltech", "solar_utility"))
    days = Window.parse("2024-12-31T14:00Z", "2025-01-03T14:00Z")
    return envelope(
        "oe_control", body, url="http://source/v4/data/network/NEM", params=params, context=Context(days, "NEM"), **more
    )


def unit_solution_envelope(body: Any, *, dataset: str = DAY_FILE, units: tuple[str, ...] = ("STUB1",)) -> dict[str, Any]:
    """The answer to a question for the trading day of 2 January, or for the listing."""
    context = Context(trading_hours(date(2025, 1, 2)), "NEM", dataset=dataset, unit_codes=units)
    return envelope("aemo_unit_solution", body, url="http://source/Next_Day_Dispatch/x.zip", context=context)


def registry_body() -> dict[str, Any]:
    """A solar farm with a battery, in the v4.5 shape."""
    unit = {
        "code": "FINLYSF1", "fueltech_id": "solar_utility", "status_id": "operating", "capacity_registered": 162.36,
        "capacity_maximum": 133.0, "data_first_seen": "2019-08-02T09:00:00+10:00", "dispatch_type": "GENERATOR",
        "commencement_date": "2019-07-01", "max_generation": 131.2,
    }  # fmt: skip
    battery = {"code": "FINLYB1", "fueltech_id": "battery", "status_id": "operating"}
    site = {
        "code": "FINLEYSF", "name": "Finley", "network_id": "NEM", "network_region": "NSW1",
        "location": {"lat": -35.64421, "lng": 145.508644}, "units": [unit, battery], "npi_id": "x",
    }  # fmt: skip
    return {"version": "4.5.11", "created_at": "2026-08-20T13:07:20+10:00", "success": True, "data": [site], "total_records": 1}


def hourly_body(source: str = "om_weather", *, index: int = 0, value: float = 1.5) -> dict[str, Any]:
    """24 hours of one location; values rise by the hour."""
    variables = VARIABLES[source]
    return {
        "latitude": -23.514938, "longitude": 148.10127, "generationtime_ms": 1.2, "utc_offset_seconds": 0,
        "timezone": "GMT", "timezone_abbreviation": "GMT", "elevation": 189.0, **({"location_id": index} if index else {}),
        "hourly_units": {"time": "iso8601", **{name: unit for name, (_column, unit) in variables.items()}},
        "hourly": {
            "time": [f"2025-01-02T{hour:02d}:00" for hour in range(24)],
            **{name: [value + hour for hour in range(24)] for name in variables},
        },
    }  # fmt: skip
