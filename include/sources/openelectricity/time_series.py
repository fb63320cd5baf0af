"""What OpenElectricity's time series mean: units' energy, power, market value; regions' prices, curtailment, totals. Pure.

The known shapes are those of `bodies`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from include.networks import NETWORKS, Network
from include.sources.openelectricity.bodies import SOLAR, read_answer, successful, version_of
from include.sources.readings import Body, Coverage, Envelope, Reading, Row
from include.sources.strict_json import Node, Refusals, Unreadable, parse
from include.windows import HOUR, Window, iso_utc

UNITS_OF_METRICS = {"energy": "MWh", "power": "MW"}
MARKET_VALUE = "market_value"
PRICE, CURTAILED_SOLAR = "price", "curtailment_solar_utility_energy"


@dataclass(frozen=True)
class Kind:
    """A kind of thing with series: the key of its code in `columns`, its column in Bronze, and the units of its metrics."""

    key: str
    column: str
    units: Mapping[str, str]


OF_UNITS = Kind("unit_code", "unit_code", UNITS_OF_METRICS | {MARKET_VALUE: "$"})
OF_REGIONS = Kind("region", "network_region", {PRICE: "$/MWh", CURTAILED_SOLAR: "MWh"})
TOTALS = Kind("region", "network_region", {"energy": "MWh"})


def read(envelope: Envelope) -> Reading:
    """Read an envelope of `oe_generation`, `oe_market` or `oe_control`."""
    parsers = {"oe_generation": parse_generation, "oe_market": parse_market, "oe_control": parse_control}
    return read_answer(envelope, parsers[envelope["source"]])


def parse_generation(text: str, envelope: Envelope) -> Body:
    """Return one row for each point of each unit and metric, null points included.

    Points outside the window that was asked for are left out and counted in the note: a bucket that a source adds at
    an open end holds a part of its hour only. A point that cannot be read is refused alone. So is a unit that comes twice for
    a metric with different figures; twice with the same ones it is there once. Whatever is wrong with market values is refused
    apart: what the answer says, or by silence does not say, of energy and power stands.
    """
    root = successful(parse(text))
    wanted = _Wanted.of(envelope)
    blocks = list(root.get("data").elements())
    refusals, refused_values = Refusals(), Refusals()
    rows = _series_rows([block for block in blocks if not _is_of_market(block)], OF_UNITS, wanted, root, refusals)
    values: list[Row] = []
    with refused_values.apart():
        values = _series_rows([block for block in blocks if _is_of_market(block)], OF_UNITS, wanted, root, refused_values)
    # With nothing else to say an answer is empty; one that was refused in all its records would be called unreadable.
    refused = refusals.found + (refused_values.found if rows or values else [])
    inside, note = _inside(rows + values, wanted)
    return Body(inside, version_of(root), note, refused, Coverage(is_complete=not refusals.found))


def parse_market(text: str, envelope: Envelope) -> Body:
    """Return one row for each point of each region and metric, null points included. Regions are kept as they are named.

    Points outside the window are left out as in `parse_generation`. A metric that cannot be read leaves the other alone.
    """
    root = successful(parse(text))
    wanted = _Wanted.of(envelope)
    refusals = Refusals()
    inside, note = _inside(_region_rows(OF_REGIONS, wanted, root, refusals), wanted)
    return Body(inside, version_of(root), note, refusals.found)


def parse_control(text: str, envelope: Envelope) -> Body:
    """Return one row for each day of each region, null points included: the energy of all its utility solar.

    Days are the network's. A point that begins at another hour is refused, as the day it speaks of would not be ours; days
    outside the window are left out.
    """
    root = successful(parse(text))
    wanted = _Wanted.of(envelope)
    refusals = Refusals()
    inside, note = _inside(_region_rows(TOTALS, wanted, root, refusals), wanted)
    rows: list[Row] = []
    for row in inside:
        begins = wanted.network.to_local_naive(row["ts_utc"])
        if begins.hour:
            reason = f"expected days from 00:00 on of the network's clock, got one from {begins.isoformat()}"
            refusals.found.append(Unreadable(root.get("data").path, reason))
        else:
            key = {name: row[name] for name in ("network_id", "network_region")}
            rows.append(key | {"ds": begins.date(), "energy_mwh": row["value"]})
    return Body(rows, version_of(root), note, refusals.found)


class _Wanted:
    """What a time-series request asked for."""

    def __init__(self, network: Network, metrics: list[str], interval: str, window: Window | None) -> None:
        self.network, self.metrics, self.interval, self.window = network, metrics, interval, window

    @classmethod
    def of(cls, envelope: Envelope) -> "_Wanted":
        context, params = envelope["context"], envelope["request"]["params"]
        bounds = context["window_start"], context["window_end"]
        return cls(
            network=NETWORKS[context["network_id"]],
            metrics=[value for key, value in params if key == "metrics"],
            interval=next((value for key, value in params if key == "interval"), "1h"),
            window=Window.parse(*bounds) if all(bounds) else None,
        )


def _is_of_market(block: Node) -> bool:
    return isinstance(block.value, dict) and block.value.get("metric") == MARKET_VALUE


def _inside(rows: list[Row], wanted: _Wanted) -> tuple[list[Row], str | None]:
    """Return the rows of the window that was asked for, and a note on the others."""
    inside = [row for row in rows if wanted.window is None or wanted.window.contains(row["ts_utc"])]
    outside = len(rows) - len(inside)
    return inside, f"{outside} points outside the window were left out" if outside else None


def _region_rows(kind: Kind, wanted: _Wanted, root: Node, refusals: Refusals) -> list[Row]:
    """Return the rows of all blocks; one that cannot be read is refused alone."""
    rows: list[Row] = []
    for block in root.get("data").elements():
        with refusals.apart():
            rows += _block_rows(block, kind, wanted, refusals)
    return _once(rows, kind, root, refusals)


def _series_rows(blocks: Iterable[Node], kind: Kind, wanted: _Wanted, root: Node, refusals: Refusals) -> list[Row]:
    return _once([row for block in blocks for row in _block_rows(block, kind, wanted, refusals)], kind, root, refusals)


def _block_rows(block: Node, kind: Kind, wanted: _Wanted, refusals: Refusals) -> list[Row]:
    block.get("network_code").one_of(wanted.network.code)
    metric = block.get("metric").one_of(*wanted.metrics)
    if metric not in kind.units:  # asked for by hand, as emissions; Bronze does not keep them
        return []
    unit = block.get("unit").one_of(kind.units[metric])
    block.get("interval").one_of(wanted.interval)
    rows: list[Row] = []
    for result in block.get("results").elements():
        with refusals.apart():
            # Without facility codes, or a grouping, the API merges all into one series without a code; that ends here too.
            columns = result.get("columns")
            code, fueltech = columns.get(kind.key).text(), columns.find("fueltech")
            if fueltech is not None:
                fueltech.one_of(SOLAR)
            head = {"network_id": wanted.network.code, kind.column: code, "metric": metric}
            points = _points(result, wanted, refusals)
            rows += [head | {"ts_utc": at, "value": value, "value_unit": unit} for at, value in points]
    _undo_summer_hour(block, rows, wanted.network)
    return rows


def _points(result: Node, wanted: _Wanted, refusals: Refusals) -> list[tuple[datetime, float | None]]:
    points: list[tuple[datetime, float | None]] = []
    for point in result.get("data").elements():
        with refusals.apart():
            label, value = point.pair()
            points.append((_instant(label, wanted.network), value.number_or_null()))
    return points


def _once(rows: list[Row], kind: Kind, root: Node, refusals: Refusals) -> list[Row]:
    """Return each hour of a unit or region once for a metric; those of one that has two figures for one hour are refused."""
    figures: dict[tuple[str, str, datetime], Row] = {}
    contradictory: dict[tuple[str, str], Row] = {}
    for row in rows:
        series = (row[kind.column], row["metric"])
        if figures.setdefault((*series, row["ts_utc"]), row)["value"] != row["value"]:
            contradictory.setdefault(series, row)
    for (code, metric), row in contradictory.items():
        reason = f"expected one {metric} of {code} for {iso_utc(row['ts_utc'])}, got two"
        refusals.found.append(Unreadable(root.get("data").path, reason))
    return [row for row in figures.values() if (row[kind.column], row["metric"]) not in contradictory]


def _instant(label: Node, network: Network) -> datetime:
    """Return the start of a bucket; its offset must be the network's own, or Z as in v4.0."""
    try:
        moment = datetime.fromisoformat(label.text())
    except ValueError:
        label.refuse("an ISO 8601 time")
    if moment.utcoffset() not in (network.utc_offset, timedelta(0)):
        label.refuse(f"a time at {network.time_zone} or in Z")
    if (moment.minute, moment.second, moment.microsecond) != (0, 0, 0):
        label.refuse("a time on the hour")
    return moment.astimezone(UTC)


def _undo_summer_hour(block: Node, rows: list[Row], network: Network) -> None:
    """Put v4.0's points right: it took network time for Sydney's, so in summer its Z points came an hour early.

    Recorded: v4.0.3 answered `start` 2025-02-13T00:00:00 (network time) with a first point 2025-02-12T13:00:00Z. Only
    the old shape has naive `start` and `end`; both must show the same hour, or the block contradicts itself.
    """
    start, end = block.find("start"), block.find("end")
    if start is None or end is None or not rows:
        return
    labels = [row["ts_utc"] for row in rows]
    shifts = {_naive_utc(start, network) - min(labels), _naive_utc(end, network) - max(labels)}
    if shifts == {HOUR}:
        for row in rows:
            row["ts_utc"] += HOUR
    elif shifts != {timedelta(0)}:
        start.refuse("the first point's time (network-local)")


def _naive_utc(node: Node, network: Network) -> datetime:
    try:
        moment = datetime.fromisoformat(node.text())
    except ValueError:
        node.refuse("an ISO 8601 time")
    return moment.astimezone(UTC) if moment.tzinfo else network.to_utc(moment)
