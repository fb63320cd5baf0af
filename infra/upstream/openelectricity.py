"""Routes of OpenElectricity v4; mounted at `/v4` and at `/`, as the source does."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response

from infra.upstream.facility_series import UNITS, Asked, blocks
from infra.upstream.faults import Bitten
from infra.upstream.hours import NETWORK_OFFSET_HOURS
from infra.upstream.market import market_blocks
from infra.upstream.network_totals import network_blocks
from infra.upstream.openelectricity_answers import (
    ApiError,
    cached_response,
    check_key,
    envelope,
    json_response,
    require_key,
)
from infra.upstream.openelectricity_names import (
    COMMUNITY_MAXIMUM_DAYS,
    MARKET_METRICS,
    Fueltech,
    FueltechGroup,
    Interval,
    Metric,
    PrimaryGrouping,
    Status,
)
from infra.upstream.registry import RegistryFilter, no_match_text, registry_records
from infra.upstream.state import bitten_of, state_of
from infra.upstream.unit_series import unit_series

router = APIRouter()
DATA_CACHE_SECONDS, REGISTRY_CACHE_SECONDS = 300, 900
PLAN_WINDOW_DAYS = 730

Codes = Annotated[list[str] | None, Query(max_length=30)]


@router.get("/facilities/", dependencies=[Depends(require_key)])
async def facilities(
    request: Request,
    facility_code: Annotated[list[str] | None, Query()] = None,
    status_id: Annotated[list[Status] | None, Query()] = None,
    fueltech_id: Annotated[list[Fueltech] | None, Query()] = None,
    fueltech_group_id: Annotated[list[FueltechGroup] | None, Query()] = None,
    network_id: Annotated[list[str] | None, Query()] = None,
    network_region: str | None = None,
) -> Response:
    """The registry. Lists come by repeating the key; commas are part of a code."""
    state, bitten = state_of(request), bitten_of(request)
    asked = RegistryFilter(
        facility_codes=tuple(facility_code or ()),
        statuses=tuple(status_id or ()),
        fueltechs=tuple(fueltech_id or ()),
        fueltech_groups=tuple(fueltech_group_id or ()),
        networks=tuple(network_id or ()),
        region=network_region,
        changes=state.registry_changes,
    )
    now = state.clock.now()
    records = [] if "empty" in bitten else registry_records(state.farms(bitten), asked, now)
    if not records:
        raise ApiError(_nothing_status(bitten), no_match_text(asked))
    body = envelope(now, records, total_records=len(records))
    return cached_response(_in_shape(body, bitten), REGISTRY_CACHE_SECONDS)


@router.get("/data/facilities/{network_code}", dependencies=[Depends(require_key)])
async def facility_data(
    request: Request,
    network_code: str,
    metrics: Annotated[list[Metric], Query()],
    interval: Interval = Interval.FIVE_MINUTES,
    facility_code: Codes = None,
    unit_code: Codes = None,
    date_start: datetime | None = None,
    date_end: datetime | None = None,
) -> Response:
    """Series of units. Naive network time in, the end exclusive; offsets out."""
    state, bitten = state_of(request), bitten_of(request)
    _check_names(network_code, metrics, UNITS)
    now = state.clock.now()
    bounds = _checked_range(network_code, interval, date_start, date_end, now, bitten)
    asked = _asked(network_code, metrics, interval, bounds, now, bool(facility_code), bitten)
    data = blocks(unit_series(state, bitten, asked, facility_code, unit_code), asked)
    if "unreadable_market_values" in bitten:
        _make_unreadable(data, "market_value")
    return _answer(data, bitten, now, _nothing_text(facility_code, unit_code))


@router.get("/data/network/{network_code}", dependencies=[Depends(check_key)])
async def network_data(
    request: Request,
    network_code: str,
    metrics: Annotated[list[Metric], Query()],
    interval: Interval = Interval.FIVE_MINUTES,
    fueltech: Annotated[list[str] | None, Query()] = None,
    date_start: datetime | None = None,
    date_end: datetime | None = None,
    network_region: str | None = None,
    primary_grouping: PrimaryGrouping = PrimaryGrouping.NETWORK,
) -> Response:
    """Sums over all farms there are, whoever was asked for before; there is no other fuel than utility solar."""
    state, bitten = state_of(request), bitten_of(request)
    _check_names(network_code, metrics, UNITS)
    now = state.clock.now()
    start, end = _checked_range(network_code, interval, date_start, date_end, now, bitten)
    if start > end:
        raise ApiError(400, "Date start must be before date end")
    groups_by_region = network_region is not None or primary_grouping is PrimaryGrouping.NETWORK_REGION
    asked = _asked(network_code, metrics, interval, (start, end), now, groups_by_region, bitten)
    data: list[dict[str, Any]] = []
    if fueltech is None or Fueltech.SOLAR_UTILITY in fueltech:
        units = unit_series(state, bitten, asked, None, None, counts=False)
        grouped_by = Fueltech.SOLAR_UTILITY.value if fueltech else None
        data = network_blocks(units, state.farms(bitten), asked, network_region, groups_by_region, grouped_by)
    return _answer(data, bitten, now, f"No data available for network {network_code} in the specified time range")


@router.get("/market/network/{network_code}", dependencies=[Depends(check_key)])
async def market(
    request: Request,
    network_code: str,
    metrics: Annotated[list[Metric], Query()],
    interval: Interval = Interval.FIVE_MINUTES,
    date_start: datetime | None = None,
    date_end: datetime | None = None,
    network_region: str | None = None,
    primary_grouping: PrimaryGrouping = PrimaryGrouping.NETWORK,
) -> Response:
    """Series of regions: price and curtailed utility solar; the other metrics are taken and have no series."""
    state, bitten = state_of(request), bitten_of(request)
    _check_names(network_code, metrics, MARKET_METRICS)
    now = state.clock.now()
    start, end = _checked_range(network_code, interval, date_start, date_end, now, bitten)
    if start > end:
        raise ApiError(400, "Date start must be before date end")
    groups_by_region = network_region is not None or primary_grouping is PrimaryGrouping.NETWORK_REGION
    asked = _asked(network_code, metrics, interval, (start, end), now, groups_by_region, bitten)
    data = market_blocks(asked, network_region, groups_by_region, bitten, state.world)
    return _answer(data, bitten, now, f"No market data available for network {network_code} in the specified time range")


@router.get("/me")
async def me(request: Request, key: Annotated[str, Depends(require_key)]) -> Response:
    """Plan and credits of a key; `credits.remaining` is omitted when it is 0."""
    state = state_of(request)
    now = state.clock.now()
    limit = (bitten_of(request).params("credit_limit") or {}).get("credits", 500)
    remaining = max(0, limit - state.credits_used[key, now.date().isoformat()])
    reset = (now + timedelta(days=1)).strftime("%Y-%m-%dT00:00:00Z")
    data = {
        "id": "key_stand_in", "full_name": "Stand In", "email": "stand-in@example.org",
        "plan": "COMMUNITY", "roles": ["anonymous"],
        "rate_limit": {"limit": limit, "remaining": remaining, "reset": reset},
        "credits": {"remaining": remaining} if remaining else {},
    }  # fmt: skip
    return json_response(envelope(now, data))


@router.get("/networks")
async def networks() -> Response:
    """A plain list without envelope."""
    listed = [("NEM", "NEM", 10, ["NSW1", "QLD1", "SA1", "TAS1", "VIC1"]), ("WEM", "WEM", 8, ["WEM"])]
    return json_response([
        {"code": code, "label": label, "country": "au", "offset": hours * 60, "interval_size": 5,
         "regions": [{"code": region} for region in regions]}
        for code, label, hours, regions in listed
    ])  # fmt: skip


@router.get("/plans")
async def plans(request: Request) -> Response:
    """Credits a day and requests a second."""
    listed = [("COMMUNITY", 500, 2), ("ACADEMIC", 2000, 2), ("PRO", 5000, 5), ("ENTERPRISE", None, 10)]
    data = [{"plan": plan, "credits_per_day": credits, "requests_per_second": rate} for plan, credits, rate in listed]
    return json_response(envelope(state_of(request).clock.now(), data))


@router.get("/metrics")
async def metric_catalogue(request: Request) -> Response:
    """Names and units of what the facility series serve."""
    data = {name: {"unit": unit} for name, unit in UNITS.items()}
    return json_response(envelope(state_of(request).clock.now(), data))


@router.get("/health")
async def health() -> Response:
    """A JSON string."""
    return json_response("OK")


def _answer(data: list[dict[str, Any]], bitten: Bitten, now: datetime, nothing_text: str) -> Response:
    """Series as an answer. Raises ApiError with the text where there are none."""
    if not data or "empty" in bitten:
        raise ApiError(_nothing_status(bitten), nothing_text)
    return cached_response(_in_shape(envelope(now, data), bitten), DATA_CACHE_SECONDS)


def _asked(
    network_code: str,
    metrics: list[Metric],
    interval: Interval,
    bounds: tuple[datetime, datetime],
    now: datetime,
    is_grouped: bool,
    bitten: Bitten,
) -> Asked:
    offset_hours = NETWORK_OFFSET_HOURS.get(network_code, NETWORK_OFFSET_HOURS["NEM"])
    return Asked(
        network_code=network_code,
        metrics=tuple(dict.fromkeys(metrics)),
        interval=interval,
        start=bounds[0],
        end=bounds[1],
        visible_until=_five_minutes(now + timedelta(hours=offset_hours)).replace(tzinfo=None),
        groups_by_unit=is_grouped,
        utc_offset_hours=offset_hours,
        shape=_shape(bitten),
    )


def _make_unreadable(data: list[dict[str, Any]], metric: str) -> None:
    """Write text in place of the numbers of a metric."""
    for result in (result for block in data if block["metric"] == metric for result in block["results"]):
        result["data"] = [[label, "n/a"] for label, _ in result["data"]]


def _check_names(network_code: str, metrics: list[Metric], supported: Collection[str]) -> None:
    if network_code not in (*NETWORK_OFFSET_HOURS, "AU"):
        raise ApiError(400, f"Network {network_code} not supported")
    unsupported = [metric for metric in metrics if metric not in supported]
    if unsupported:
        raise ApiError(400, f"Unsupported metrics: {', '.join(unsupported)}")


def _checked_range(
    network_code: str, interval: str, start: datetime | None, end: datetime | None, now: datetime, bitten: Bitten
) -> tuple[datetime, datetime]:
    """Bounds with their defaults; errors in the source's order: aware dates, range, plan window."""
    for name, bound in (("start", start), ("end", end)):
        if bound is not None and bound.tzinfo is not None:
            raise ApiError(400, f"Date {name} must be timezone naive and in network time")
    offset = timedelta(hours=NETWORK_OFFSET_HOURS.get(network_code, NETWORK_OFFSET_HOURS["NEM"]))
    local_now = (now + offset).replace(tzinfo=None)
    maximum_days = COMMUNITY_MAXIMUM_DAYS[interval]
    # Without an end the newest, unsettled 5-minute interval stays hidden; with one it is shown.
    end = end or _five_minutes(local_now) - timedelta(minutes=5)
    start = start or end - timedelta(days=maximum_days // 2)
    if (end - start).days > maximum_days:
        raise ApiError(400, f"Date range too large for {interval} interval. Maximum range is {maximum_days} days.")
    window = bitten.params("plan_window")
    if window is not None:
        days = window.get("days", PLAN_WINDOW_DAYS)
        if start < local_now - timedelta(days=days):
            raise ApiError(400, f"Date start is too far in the past. Your plan allows data from the last {days} days.")
    return start, end


def _five_minutes(instant: datetime) -> datetime:
    return instant.replace(minute=instant.minute // 5 * 5, second=0, microsecond=0)


def _shape(bitten: Bitten) -> str:
    params = bitten.params("old_shape")
    return "v4.5" if params is None else str(params.get("shape", "v4.3"))


def _in_shape(body: dict[str, Any], bitten: Bitten) -> dict[str, Any]:
    """Envelopes of v4.2 to v4.4 had two more keys, those of v4.0 had not."""
    shape = _shape(bitten)
    if shape == "v4.5":
        return body
    versions = {"v4.0": "4.0.14", "v4.3": "4.3.0"}
    more = {"error": None, "total_records": body.get("total_records")} if shape == "v4.3" else {}
    return body | {"version": versions.get(shape, shape.removeprefix("v"))} | more


def _nothing_status(bitten: Bitten) -> int:
    """404; 416 was its number before v4.5.0."""
    return int((bitten.params("empty") or {}).get("status", 404))


def _nothing_text(facility_codes: list[str] | None, unit_codes: list[str] | None) -> str:
    asked = f"facility={facility_codes}" if facility_codes else f"unit={unit_codes}"
    return f"No data available for {asked} in the specified time range"
