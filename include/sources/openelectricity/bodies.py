"""What the bodies of OpenElectricity v4 mean: registry, account, refusals; time series are in `time_series`. Pure.

Read leniently in keys (the API grows weekly) and strictly in values; the known shapes are v4.0 (`start`, `end` without
offset, points in Z), v4.2 to v4.4 (`error: null`) and v4.5 (gaps as explicit nulls).
"""

import re
from collections.abc import Callable
from datetime import date, datetime

from include.networks import NETWORKS, Network
from include.sources.readings import Body, Coverage, Envelope, Reading, Row, read_ok, read_refusal, shorten, text_of
from include.sources.strict_json import Node, NotJson, Refusals, Unreadable, parse

SOLAR = "solar_utility"
_COARSE_DATE = re.compile(r"(\d{4})(?:-(\d{2})|-?Q([1-4]))?")
# Before v4.5.0 "no data" was 416, since then 404. A 404 for an unknown path has another shape (`detail`).
NO_DATA_STATUSES = (404, 416)
# Errors of an exchange that never reached the server, as the client words them: they cost no credit.
NOT_SENT = "NotConnected"


def read(envelope: Envelope) -> Reading:
    """Read an envelope of `oe_facilities`."""
    return read_answer(envelope, parse_facilities)


def read_answer(envelope: Envelope, parse_body: Callable[[str, Envelope], Body]) -> Reading:
    """Read an envelope of any of the API's sources; a request that was sent costs one credit."""
    cost = 0.0 if str(envelope["error"]).startswith(NOT_SENT) else 1.0
    status, url = envelope["response"]["status"], envelope["request"]["url"]
    if envelope["error"] or status != 200:
        reason = refusal_reason(envelope)
        if not envelope["error"] and status in NO_DATA_STATUSES and reason:
            return Reading("empty", reason, credits=cost)
        return _misdirected(envelope, cost) or read_refusal(envelope, cost, reason)
    if url.endswith("/me"):
        return read_ok(envelope, cost, lambda text: Body([], version_of(parse(text))))
    return read_ok(envelope, cost, lambda text: parse_body(text, envelope))


def refusal_reason(envelope: Envelope) -> str | None:
    """Return the API's own words for a refusal: `error` of its envelope, or FastAPI's `detail` list."""
    try:
        root = parse(text_of(envelope))
    except (NotJson, Unreadable):
        return None
    if not isinstance(root.value, dict):
        return None
    error, detail = root.value.get("error"), root.value.get("detail")
    if isinstance(error, str):
        return error
    if envelope["response"]["status"] == 422 and isinstance(detail, list):
        return "; ".join(_complaint(entry) for entry in detail)
    return None


def describe_account(text: str) -> str:
    """Return plan and credits left from a body of `/v4/me`; every key there may be missing."""
    try:
        data = parse(text).get("data")
        plan, credits = data.find("plan"), data.find("credits")
        # A remaining of zero is left out by the API.
        left = credits.find("remaining") if credits else None
        return f"plan {plan.text() if plan else 'unknown'}, {left.number() if left else 0:g} credits left"
    except (NotJson, Unreadable) as fault:
        return shorten(str(fault))


def parse_facilities(text: str, envelope: Envelope) -> Body:
    """Return one row for each utility-scale solar unit; sites of other fuels, and their other units, are left out.

    A unit that cannot be read is refused alone, a site that cannot with its units. Of an answer about more than was wanted
    (`context.facility_codes`) the sites wanted are kept.
    """
    root = successful(parse(text))
    rows: list[Row] = []
    excused: list[str] = []
    refusals = Refusals()
    wanted = frozenset(envelope["context"].get("facility_codes") or ())
    is_named = True
    for facility in root.get("data").elements():
        if wanted and _is_another(facility.value, wanted):
            continue
        refused_before = len(refusals.found)
        with refusals.apart():
            rows += _facility_rows(facility, refusals)
        if len(refusals.found) > refused_before:
            codes = _codes(facility.value)
            excused += codes
            is_named = is_named and bool(codes)
    is_complete = is_named and _is_whole(root) and not _is_filtered(envelope)
    coverage = Coverage(is_complete, tuple(sorted(set(excused))))
    return Body(rows, version_of(root), refused=refusals.found, coverage=coverage)


def facility_names(text: str) -> dict[str, str]:
    """Return the names of all sites of a registry body by code, what cannot be read left out."""
    names: dict[str, str] = {}
    refusals = Refusals()
    for facility in parse(text).get("data").elements():
        with refusals.apart():
            names[facility.get("code").text()] = _text_or_none(facility, "name") or ""
    return names


def successful(root: Node) -> Node:
    """Return the root of an answer that does not call itself an error."""
    success, error = root.find("success"), root.find("error")
    if error is not None:
        error.refuse("no error in an answer of status 200")
    if success is not None and success.value is not True:
        success.refuse("true")
    return root


def version_of(root: Node) -> str | None:
    """Return the API's version."""
    version = root.find("version")
    return version.text() if version else None


def _misdirected(envelope: Envelope, cost: float) -> Reading | None:
    """Return `invalid` for the framework's own 404: the address is wrong, not the data missing."""
    try:
        is_unknown_path = envelope["response"]["status"] == 404 and parse(text_of(envelope)).value == {"detail": "Not Found"}
    except (NotJson, Unreadable):
        return None
    if envelope["error"] or not is_unknown_path:
        return None
    return Reading("invalid", f"404 unknown path {envelope['request']['url']}: check OPEN_NEM_API_URL", credits=cost)


def _complaint(entry: object) -> str:
    if not isinstance(entry, dict):
        return str(entry)
    place = ".".join(str(part) for part in entry.get("loc") or ())
    return f"{place}: {entry.get('msg')}"


# --- Registry


def _is_filtered(envelope: Envelope) -> bool:
    """Tell whether the request left out solar units for another reason than their site: their state, or their network."""
    params = envelope["request"]["params"]
    networks = {value for key, value in params if key == "network_id"}
    others = {key for key, _value in params} - {"network_id", "facility_code", "fueltech_id"}
    fueltechs = {value for key, value in params if key == "fueltech_id"}
    return bool(others) or (bool(networks) and not networks >= set(NETWORKS)) or (bool(fueltechs) and SOLAR not in fueltechs)


def _is_whole(root: Node) -> bool:
    """Tell whether as many sites came as the source counted, where it says so."""
    total = root.find("total_records")
    return total is None or total.value == len(list(root.get("data").elements()))


def _is_another(record: object, wanted: frozenset[str]) -> bool:
    code = record.get("code") if isinstance(record, dict) else None
    return isinstance(code, str) and code != "" and code not in wanted


def _codes(record: object) -> list[str]:
    """Return the codes that stand in a site's record, its own and its units', however spoiled the rest is."""
    if not isinstance(record, dict):
        return []
    units = record.get("units")
    named = [record, *(units if isinstance(units, list) else [])]
    codes = [entry.get("code") for entry in named if isinstance(entry, dict)]
    return [code for code in codes if isinstance(code, str) and code]


def _facility_rows(facility: Node, refusals: Refusals) -> list[Row]:
    units = facility.find("units")
    solar = [unit for unit in units.elements() if _is_solar(unit, refusals)] if units else []
    if not solar:
        return []
    network = NETWORKS[facility.get("network_id").one_of(*NETWORKS)]
    latitude, longitude = _coordinates(facility)
    site: Row = {
        "network_id": network.code,
        "facility_code": facility.get("code").text(),
        "facility_name": _text_or_none(facility, "name"),
        "network_region": _text_or_none(facility, "network_region"),
        "latitude": latitude,
        "longitude": longitude,
    }
    rows: dict[str, Row] = {}
    for unit in solar:
        with refusals.apart():
            row = site | _unit_columns(unit, network)
            if rows.setdefault(row["unit_code"], row) != row:
                unit.refuse("each unit once")
    return list(rows.values())


def _is_solar(unit: Node, refusals: Refusals) -> bool:
    with refusals.apart():
        fueltech = unit.find("fueltech_id")
        return fueltech is not None and fueltech.text() == SOLAR
    return False


def _unit_columns(unit: Node, network: Network) -> Row:
    return {
        "unit_code": unit.get("code").text(),
        "fueltech_id": SOLAR,
        "status_id": _text_or_none(unit, "status_id"),
        "dispatch_type": _text_or_none(unit, "dispatch_type"),
        "capacity_registered_mw": _capacity_mw(unit, "capacity_registered"),
        "capacity_maximum_mw": _capacity_mw(unit, "capacity_maximum"),
        "commencement_date": _date(unit, "commencement_date"),
        "commencement_specificity": _text_or_none(unit, "commencement_date_specificity"),
        "closure_date": _date(unit, "closure_date"),
        "closure_specificity": _text_or_none(unit, "closure_date_specificity"),
        "data_first_seen_utc": _first_seen(unit, network),
    }


def _coordinates(facility: Node) -> tuple[float | None, float | None]:
    location = facility.find("location")
    latitude = location.find("lat") if location else None
    longitude = location.find("lng") if location else None
    if latitude is None or longitude is None:
        return None, None
    return _within(latitude, 90), _within(longitude, 180)


def _within(node: Node, limit: float) -> float:
    degrees = node.number()
    return degrees if abs(degrees) <= limit else node.refuse(f"degrees within {limit}")


def _text_or_none(parent: Node, key: str) -> str | None:
    node = parent.find(key)
    return node.text() if node is not None and node.value != "" else None


def _capacity_mw(unit: Node, key: str) -> float | None:
    """Return MW; the API leaves a zero out, so a zero that does come is as unknown as an absent one."""
    node = unit.find(key)
    if node is None:
        return None
    megawatts = node.number()
    return node.refuse("a capacity of 0 MW or more") if megawatts < 0 else megawatts or None


def _date(unit: Node, key: str) -> date | None:
    """Return a date; of one that is written as coarse as its specificity says (`2025`, `2025-06`, `2025-Q2`) the first day."""
    node = unit.find(key)
    if node is None:
        return None
    said = _COARSE_DATE.fullmatch(node.text())
    specificity = unit.find(f"{key}_specificity")
    if said and specificity is not None:
        year, month, quarter = said.groups()
        if specificity.value == ("month" if month else "quarter" if quarter else "year"):
            return _date_of(node, int(year), int(month or 3 * int(quarter or 1) - 2))
    return _wall_clock(node).date()


def _date_of(node: Node, year: int, month: int) -> date:
    return date(year, month, 1) if 1900 <= year <= 2200 and 1 <= month <= 12 else node.refuse("a month between 1900 and 2200")


def _first_seen(unit: Node, network: Network) -> datetime | None:
    """Return the instant of the first reading.

    The wall clock is network-local whatever offset stands behind it: v4.0.14 gave 55 NEM units +08:00 and 58 WEM units
    +10:00, because the offset leaked from the facility that was formatted before.
    """
    node = unit.find("data_first_seen")
    return network.to_utc(_wall_clock(node)) if node is not None else None


def _wall_clock(node: Node) -> datetime:
    try:
        moment = datetime.fromisoformat(node.text())
    except ValueError:
        node.refuse("an ISO 8601 date or time")
    if not 1900 <= moment.year <= 2200:
        node.refuse("a year between 1900 and 2200")
    return moment.replace(tzinfo=None)
