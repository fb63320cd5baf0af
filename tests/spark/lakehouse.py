"""What the tests of the Spark jobs do to a lakehouse: land answers of the sources, run jobs, look at tables."""

import itertools
import json
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any

from pyspark.sql import SparkSession

from include import contracts
from include.networks import NETWORKS
from include.sources.aemo.unit_solution import DAY_FILE, trading_hours
from include.sources.landing import Context, Envelope, Exchange, Location, Run
from include.sources.openmeteo.bodies import AIR_QUALITY_VARIABLES, VARIABLES, WEATHER_VARIABLES
from include.windows import HOUR, Window
from spark_jobs.bronze.load import load_family
from spark_jobs.silver.normalize import normalize
from tests.unit.reports import report_lines, zipped

Labels = Mapping[datetime, Mapping[str, float | None]]

NOON = datetime(2025, 1, 2, 2, tzinfo=UTC)
"""12:00 in network time of NEM."""

FETCHED = datetime(2025, 1, 10, tzinfo=UTC)
"""When the first answer of a test comes unless it says otherwise."""


NO_CONTEXT = Context()


@dataclass(frozen=True)
class FolderLanding:
    """A landing folder on disk, in place of the object store."""

    root: Path
    prefix: str = "landing"

    def keys(self, source: str) -> list[str]:
        return [str(path.relative_to(self.root)) for path in (self.root / self.prefix / source).rglob("*.gz")]

    def uri(self, key: str) -> str:
        return (self.root / key).as_uri()


@dataclass
class Lakehouse:
    """One lakehouse: its session, its landing folder, and a clock that gives each answer the next second."""

    spark: SparkSession
    root: Path
    empty_warehouse: Path
    seconds: Any = field(default_factory=itertools.count)

    @property
    def landing(self) -> FolderLanding:
        return FolderLanding(self.root)

    def empty_tables(self) -> None:
        """Put every table back as it was made, without a snapshot."""
        warehouse = self.empty_warehouse.with_name("warehouse")
        shutil.rmtree(warehouse)
        shutil.copytree(self.empty_warehouse, warehouse)

    # --- Landing

    def land(self, envelope: Envelope) -> str:
        key = f"landing/{envelope.name}"
        path = self.root / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(envelope.packed())
        return key

    def answer(
        self,
        source: str,
        body: Any,
        context: Context = NO_CONTEXT,
        *,
        fetched_at: datetime | None = None,
        status: int = 200,
        **params: str,
    ) -> str:
        """Land one answer; return its request_id."""
        number = next(self.seconds)
        at = fetched_at or FETCHED + timedelta(seconds=number)
        text = body if isinstance(body, bytes) else (body if isinstance(body, str) else json.dumps(body)).encode()
        exchange = Exchange("http://api.test/" + source, tuple(params.items()), status, {}, text, None, at, 12)
        run_type = "scheduled" if number % 2 == 0 else "manual"
        return self.land(Envelope(source, exchange, context, Run("ingest", f"run{number}", run_type, 1), number))

    def facilities(self, *facilities: Mapping[str, Any], asked: tuple[str, ...] = (), **options: Any) -> str:
        """Land a registry answer; `asked`: the facilities it was asked for, without any all."""
        body = {"version": "4.5.11", "success": True, "data": list(facilities)}
        return self.answer("oe_facilities", body, Context(facility_codes=asked), **options)

    def generation(
        self,
        energy: Mapping[str, Mapping[datetime, float | None]],
        *,
        network: str = "NEM",
        window: Window | None = None,
        power: bool | Mapping[str, Mapping[datetime, float | None]] = False,
        market_value: Mapping[str, Mapping[datetime, Any]] | None = None,
        codes: Sequence[str] = (),
        **options: Any,
    ) -> str:
        """Land energy (MWh) by unit and hour; with `power` the same figures as MW too, or other ones; market values in AUD.

        `codes`: the facilities asked for.
        """
        hours = [hour for series in energy.values() for hour in series]
        asked = window or Window(min(hours), max(hours) + HOUR)
        metrics = {"energy": "MWh", **({"power": "MW"} if power else {})} | ({"market_value": "$"} if market_value else {})
        figures: dict[str, Mapping[str, Mapping[datetime, Any]]] = {
            "energy": energy,
            "power": power if isinstance(power, Mapping) else energy,
            "market_value": market_value or {},
        }
        blocks = [
            {
                "network_code": network,
                "metric": metric,
                "unit": unit,
                "interval": "1h",
                "results": [_result(metric, code, series, network) for code, series in figures[metric].items()],
            }
            for metric, unit in metrics.items()
        ]
        context = Context(asked, network, facility_codes=tuple(codes))
        exchange_params = [("metrics", metric) for metric in metrics] + [("interval", "1h")]
        return self._series("oe_generation", blocks, context, exchange_params, options)

    def market(
        self,
        price: Mapping[str, Mapping[datetime, float | None]],
        curtailed: Mapping[str, Mapping[datetime, float | None]] = MappingProxyType({}),
        *,
        network: str = "NEM",
        **options: Any,
    ) -> str:
        """Land prices (AUD/MWh) and curtailed solar (MWh) by region and hour."""
        hours = [hour for figures in (price, curtailed) for series in figures.values() for hour in series]
        metrics = {"price": ("$/MWh", price), "curtailment_solar_utility_energy": ("MWh", curtailed)}
        blocks = [
            {
                "network_code": network,
                "metric": metric,
                "unit": unit,
                "interval": "1h",
                "results": [_result(metric, region, series, network, "region") for region, series in figures.items()],
            }
            for metric, (unit, figures) in metrics.items()
            if figures
        ]
        context = Context(Window(min(hours), max(hours) + HOUR), network)
        params = [*(("metrics", metric) for metric in metrics), ("interval", "1h")]
        return self._series("oe_market", blocks, context, params, options)

    def control(self, totals: Mapping[str, Mapping[date, float | None]], *, network: str = "NEM", **options: Any) -> str:
        """Land the source's own totals (MWh) by region and network-local day."""
        zone = NETWORKS[network]
        series = {region: {zone.midnight_utc(day): value for day, value in days.items()} for region, days in totals.items()}
        midnights = [at for days in series.values() for at in days]
        block = {
            "network_code": network,
            "metric": "energy",
            "unit": "MWh",
            "interval": "1d",
            "results": [_result("energy", region, days, network, "region") for region, days in series.items()],
        }
        context = Context(Window(min(midnights), max(midnights) + 24 * HOUR), network)
        return self._series("oe_control", [block], context, [("metrics", "energy"), ("interval", "1d")], options)

    def unit_solution(self, day: date, rows: Sequence[Mapping[str, Any]], units: Sequence[str], **options: Any) -> str:
        """Land a trading day's file with these rows of UNIT_SOLUTION."""
        context = Context(trading_hours(day), "NEM", dataset=DAY_FILE, unit_codes=tuple(units))
        return self.answer("aemo_unit_solution", zipped(report_lines(rows)), context, **options)

    def _series(
        self,
        source: str,
        blocks: list[dict[str, Any]],
        context: Context,
        params: Sequence[tuple[str, str]],
        options: dict[str, Any],
    ) -> str:
        number = next(self.seconds)
        at = options.get("fetched_at") or FETCHED + timedelta(seconds=number)
        body = json.dumps({"version": "4.5.11", "success": True, "data": blocks}).encode()
        exchange = Exchange("http://api.test/data/facilities/NEM", tuple(params), 200, {}, body, None, at, 12)
        run = Run("ingest", f"run{number}", options.get("run_type", "scheduled"), 1)
        return self.land(Envelope(source, exchange, context, run, number))

    def weather(self, labels: Labels, *, dataset: str = "archive", **options: Any) -> str:
        """Land weather of one location by label and API variable; what is not named is null. `cell`: that answers."""
        model = "era5_seamless" if dataset == "archive" else "ecmwf_ifs"
        return self._hourly("om_weather", labels, dataset, model, options)

    def air_quality(self, labels: Labels, **options: Any) -> str:
        return self._hourly("om_air_quality", labels, "air_quality", "cams_global", options)

    def satellite(self, labels: Labels, **options: Any) -> str:
        return self._hourly("om_satellite", labels, "satellite", "jma_jaxa_himawari", options)

    def _hourly(self, source: str, labels: Labels, dataset: str, model: str, options: dict[str, Any]) -> str:
        place = options.pop("location", Location(-34.919115, 146.60954))
        latitude, longitude = options.pop("cell", (-34.9, 146.6))
        variables = VARIABLES[source]
        times = sorted(labels)
        body = {
            "latitude": latitude,
            "longitude": longitude,
            "elevation": 145.0,
            "utc_offset_seconds": 0,
            "hourly_units": {"time": "iso8601"} | {name: unit for name, (_, unit) in variables.items()},
            "hourly": {"time": [f"{time:%Y-%m-%dT%H:%M}" for time in times]}
            | {name: [labels[time].get(name) for time in times] for name in variables},
        }
        context = Context(Window(times[0], times[-1] + HOUR), None, dataset, model, (), (place,))
        days = {"start_date": f"{times[0]:%Y-%m-%d}", "end_date": f"{times[-1]:%Y-%m-%d}", "hourly": ",".join(variables)}
        return self.answer(source, body, context, **days, **options)

    # --- Jobs

    def load(self, family: str = "oe", **options: Any) -> list[Any]:
        return load_family(self.spark, self.landing, family, **options)

    def normalize(self, start: datetime = NOON, hours: int = 1, **options: Any) -> list[Any]:
        return normalize(self.spark, Window(start, start + HOUR * hours), **options)

    # --- Tables

    def rows(self, table: str, *columns: str, where: str = "true") -> list[dict[str, Any]]:
        """Return rows in the order of the key; all comparable columns unless some are named."""
        contract = contracts.load(table)
        chosen = columns or tuple(contract.comparable_columns)
        frame = self.spark.table(table).where(where).orderBy(*contract.key).select(*chosen)
        return frame.toArrow().to_pylist()

    def snapshots(self, table: str) -> int:
        return self.spark.table(f"{table}.snapshots").count()


def facility(code: str, *units: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    """Return a facility of the registry's body: NEM, NSW1, at Avonlie unless said otherwise."""
    site = {"code": code, "name": code.title(), "network_id": "NEM", "network_region": "NSW1"}
    return site | {"location": {"lat": -34.919115, "lng": 146.60954}, "units": list(units)} | more


def unit(code: str, capacity: float | None = 100.0, **more: Any) -> dict[str, Any]:
    """Return a unit of the registry's body; in commission since 2019 unless said otherwise."""
    known = {"code": code, "fueltech_id": "solar_utility", "status_id": "operating", "dispatch_type": "GENERATOR"}
    seen = {"data_first_seen": "2019-08-02T09:00:00+10:00"}
    return known | seen | ({"capacity_maximum": capacity} if capacity else {}) | more


def hours(start: datetime, values: Iterable[float | None]) -> dict[datetime, float | None]:
    """Return consecutive hours with these values."""
    return {start + HOUR * number: value for number, value in enumerate(values)}


def _result(
    metric: str, code: str, series: Mapping[datetime, float | None], network: str, key: str = "unit_code"
) -> dict[str, Any]:
    zone = NETWORKS[network]
    data = [[f"{zone.to_local_naive(hour).isoformat()}{zone.time_zone}", value] for hour, value in sorted(series.items())]
    return {"name": f"{metric}_{code}", "columns": {key: code}, "data": data}


__all__ = ["AIR_QUALITY_VARIABLES", "FETCHED", "NOON", "WEATHER_VARIABLES", "Lakehouse", "facility", "hours", "unit"]
