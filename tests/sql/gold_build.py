"""A Gold build on a real Trino in schemas of its own: Silver rows in, the project's SQL files, Gold rows out."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from include.contracts import TableContract, gold_columns, load
from include.contracts.contract import TRINO_TYPES
from tests.sql.removal import drop_schema

SQL_DIR = Path(__file__).parents[2] / "sql" / "trino"
SCHEMAS = ("bronze", "silver", "gold", "staging")
READ_ONLY = (
    "silver.fact_market_hourly",
    "silver.plant_model",
    "silver.plant_model_comparison",
    "silver.quality_findings",
    "silver.rejected_rows",
    "gold.loss_findings",
    "gold.plant_loss_hourly",
)
"""Tables that no Gold build reads or writes, but views do."""
TABLES = (
    "bronze.api_requests",
    "bronze.oe_control_daily_raw",
    "silver.dim_plant",
    "silver.dim_unit",
    "silver.unit_history",
    "silver.fact_generation_hourly",
    "silver.fact_weather_hourly",
    "gold.plant_weather_hourly",
    "gold.daily_plant_kpi",
    "gold.control_totals",
    "gold.freshness",
    "gold.held_back",
    "gold.kpi_history",
    "gold.unanswered_hours",
    *READ_ONLY,
)
STAGE = ("gold/stage_rebuild_days.sql", "gold/stage_plant_weather_hourly.sql", "gold/stage_daily_plant_kpi.sql")
CHECK = "gold/stage_held_back.sql"
FRESHNESS = "gold/note_freshness.sql"
UNANSWERED = "gold/note_unanswered_hours.sql"
CONTROL_TOTALS, FLEET_INCOMPLETE = "gold/note_control_totals.sql", "queries/fleet_incomplete.sql"
PUBLISH = (
    "gold/publish_held_back.sql",
    "gold/publish_daily_plant_kpi.sql",
    "gold/publish_plant_weather_hourly.sql",
    "gold/note_kpi_history.sql",
)
CLEAN = tuple(f"gold/drop_{name}.sql" for name in ("daily_plant_kpi", "plant_weather_hourly", "held_back", "rebuild_days"))

BUILT_AT = datetime(2025, 2, 1, tzinfo=UTC)
"""`_updated_at` of rows that say nothing else."""

Row = dict[str, Any]


def utc(text: str) -> datetime:
    """An instant such as `2025-01-01T03` (hours and minutes may follow)."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def instant(value: datetime) -> str:
    """An instant as an SQL literal."""
    return f"TIMESTAMP '{value:%Y-%m-%d %H:%M:%S.%f} UTC'"


def nem_day(day: str) -> datetime:
    """The instant at which a NEM day such as `2025-01-01` starts (UTC+10)."""
    return utc(day) - timedelta(hours=10)


def wem_day(day: str) -> datetime:
    """The instant at which a WEM day starts (UTC+8)."""
    return utc(day) - timedelta(hours=8)


def plant(plant_id: str = "NYNGAN", network_id: str = "NEM", **changes: Any) -> Row:
    """A row of `silver.dim_plant`; networks that are not WEM have NEM's clock."""
    offset = 8 if network_id == "WEM" else 10
    return {
        "plant_id": plant_id,
        "plant_name": plant_id.title(),
        "network_id": network_id,
        "capacity_mw": 100.0,
        "unit_count": 1,
        "utc_offset_hours": offset,
        "time_zone": f"+{offset:02}:00",
        "latitude": -31.5,
        "longitude": 147.2,
        "coordinate_check": "ok",
        "_updated_at": BUILT_AT,
    } | changes


def unit(plant_id: str = "NYNGAN", unit_code: str | None = None, network_id: str = "NEM", **changes: Any) -> Row:
    """A row of `silver.dim_unit`: 100 MW, always in commission."""
    return {
        "network_id": network_id,
        "unit_code": unit_code or f"{plant_id}1",
        "plant_id": plant_id,
        "capacity_mw": 100.0,
        "capacity_source": "capacity_maximum",
        "status_id": "operating",
        "_updated_at": BUILT_AT,
    } | changes


def upgrade(plant_id: str, before_mw: float, after_mw: float, at: datetime) -> list[Row]:
    """Rows of `silver.unit_history` of a plant's only unit, whose capacity changes at an instant."""
    spans: list[Row] = [
        {"span": 1, "known_from_utc": BUILT_AT - timedelta(days=90), "valid_to_utc": at, "capacity_mw": before_mw},
        {"span": 2, "known_from_utc": at, "valid_from_utc": at, "capacity_mw": after_mw},
    ]
    said = unit(plant_id) | {"is_listed": True, "is_doubted": False, "has_readings": True}
    return [said | span for span in spans]


def not_asked(
    plant_id: str, start: datetime | None, end: datetime | None, unit_code: str | None = None, mw: float = 100.0
) -> list[Row]:
    """Rows of `silver.unit_history` of a unit in service ever since, for which nobody asked in [start, end); None: no bound."""
    said = unit(plant_id, unit_code, capacity_mw=mw) | {"is_listed": True, "is_doubted": False, "has_readings": False}
    spans: list[Row] = [{"valid_from_utc": start, "valid_to_utc": end, "is_asked": False}]
    if start is not None:
        spans.insert(0, {"valid_to_utc": start, "is_asked": True})
    if end is not None:
        spans.append({"valid_from_utc": end, "is_asked": True})
    return [said | {"known_from_utc": BUILT_AT, "span": number} | span for number, span in enumerate(spans, 1)]


def generation(start: datetime, energies_mwh: list[float | None], plant_id: str = "NYNGAN", **changes: Any) -> list[Row]:
    """Rows of `silver.fact_generation_hourly`, one unit of 100 MW, for consecutive hours; None = the source had none."""
    return [
        {
            "plant_id": plant_id,
            "ts_utc": start + timedelta(hours=n),
            "energy_mwh": energy,
            "power_mw": energy,
            "capacity_mw": 100.0,
            "accepted_capacity_mw": None if energy is None else 100.0,
            "units_expected": 1,
            "units_accepted": 0 if energy is None else 1,
            "units_rejected": 0,
            "accepted_share": 0.0 if energy is None else 1.0,
            "energy_raw_mwh": energy,
            "quality_flags": ["partial_hour"] if energy is None else [],
            "revision": 0,
            "first_ingest_time": BUILT_AT,
            "first_run_type": "backfill",
            "complete_ingest_time": BUILT_AT,
            "complete_run_type": "backfill",
            "last_ingest_time": BUILT_AT,
            "_updated_at": BUILT_AT,
        }
        | changes
        for n, energy in enumerate(energies_mwh)
    ]


def request(start: datetime, end: datetime, network_id: str = "NEM", **changes: Any) -> Row:
    """A row of `bronze.api_requests`: a fetch of generation that ended, for the hours of [start, end)."""
    return {
        "request_id": f"landing/{network_id}/{start:%Y%m%dT%H}-{end:%Y%m%dT%H}",
        "source": "oe_generation",
        "url": "http://127.0.0.1/v4/data",
        "window_start_utc": start,
        "window_end_utc": end,
        "network_id": network_id,
        "run_id": "scheduled__example",
        "run_type": "scheduled",
        "fetched_at": BUILT_AT,
        "outcome": "ok",
        "rows": 0,
        "changed_rows": 0,
        "changed_hours": [],
        "credits": 1.0,
        "loaded_at": BUILT_AT,
    } | changes


def total(region: str, day: str, energy_mwh: float | None, at: datetime = BUILT_AT, network_id: str = "NEM") -> Row:
    """A row of `bronze.oe_control_daily_raw`."""
    return {
        "network_id": network_id,
        "network_region": region,
        "ds": date.fromisoformat(day),
        "energy_mwh": energy_mwh,
        "_ingest_time": at,
        "_source": f"landing/{region}/{day}",
        "_hash": f"{energy_mwh} {at}",
        "_run_type": "scheduled",
    }


def weather(start: datetime, ghi_w_m2: list[float | None], plant_id: str = "NYNGAN", **changes: Any) -> list[Row]:
    """Rows of `silver.fact_weather_hourly` for consecutive hours."""
    return [
        {
            "plant_id": plant_id,
            "ts_utc": start + timedelta(hours=n),
            "ghi_w_m2": ghi,
            "temperature_c": 25.0,
            "is_provisional": False,
            "revision": 0,
            "first_ingest_time": BUILT_AT,
            "last_ingest_time": BUILT_AT,
            "_updated_at": BUILT_AT,
        }
        | changes
        for n, ghi in enumerate(ghi_w_m2)
    ]


def kpi(plant_id: str, day: str, **changes: Any) -> Row:
    """A row of `gold.daily_plant_kpi`: a closed day of one unit that has all its hours."""
    return {
        "plant_id": plant_id,
        "ds": date.fromisoformat(day),
        "network_id": "NEM",
        "capacity_mw": 100.0,
        "energy_completeness": 1.0,
        "missingness": 0.0,
        "expected_unit_hours": 24,
        "accepted_unit_hours": 24,
        "weather_provisional_hours": 0,
        "partial_hours": 0,
        "suspect_hours": 0,
        "rejected_hours": 0,
        "revised_hours": 0,
        "is_open_day": False,
        "coordinate_check": "ok",
        "_run_id": "run",
    } | changes


def loss(plant_id: str, ts_utc: datetime, day: str, expected_mwh: float | None, energy_mwh: float | None, **changes: Any) -> Row:
    """A row of `gold.plant_loss_hourly`: a normal hour; what is short and in no column of `changes` is unexplained."""
    names = ("curtailed_economic_mwh", "curtailed_network_mwh", "unavailable_mwh", "stored_mwh", "not_known_mwh")
    parts: Row = {}
    if expected_mwh is not None:
        parts = dict.fromkeys(names, 0.0) | {name: changes[name] for name in names if name in changes}
        parts["unexplained_mwh"] = expected_mwh - (energy_mwh or 0.0) - sum(parts.values())
    return (
        {
            "plant_id": plant_id,
            "ts_utc": ts_utc,
            "ds": date.fromisoformat(day),
            "expected_mwh": expected_mwh,
            "energy_mwh": energy_mwh,
            "loss_class": "normal" if parts else "no_expectation",
            "curtailed_method": "estimated_by_region",
            "expected_method": "fitted" if parts else None,
            "model_version": 1,
            "is_provisional": False,
            "_updated_at": BUILT_AT,
        }
        | parts
        | changes
    )


@dataclass(frozen=True)
class Published:
    """Rows of both tables at one time, for tests that only look."""

    kpis: list[Row]
    hours: list[Row]

    def kpi(self, plant_id: str, day: str = "2025-01-01") -> Row:
        """The KPI row of a plant and day; fails if there is none or more than one."""
        (row,) = [row for row in self.days(plant_id) if row["ds"] == date.fromisoformat(day)]
        return row

    def days(self, plant_id: str) -> list[Row]:
        """KPI rows of a plant by day."""
        return [row for row in self.kpis if row["plant_id"] == plant_id]

    def hours_of(self, plant_id: str) -> list[Row]:
        """A plant's hours in their order."""
        return [row for row in self.hours if row["plant_id"] == plant_id]


@dataclass
class GoldBuild:
    """Silver and Gold schemas that only this test uses."""

    cursor: Any
    name: str = field(default_factory=lambda: uuid.uuid4().hex[:8])
    waiting: dict[str, list[Row]] = field(default_factory=dict)
    """Rows that were put and are not inserted yet, by table: one statement for all of a table costs as much as one for each."""
    filled: set[str] = field(default_factory=set)

    def create(self) -> None:
        for schema in SCHEMAS:
            self.execute(f"CREATE SCHEMA iceberg.{schema}_{self.name}")
        for table in TABLES:
            self.execute(load(table).trino_ddl().replace(f"iceberg.{table}", self.table(table)))

    def empty(self) -> None:
        """Leave the tables as they were created, but for their snapshots: quicker than to create them again."""
        self.waiting.clear()
        for table in sorted(self.filled | {name for name in TABLES if name.startswith("gold.") and name not in READ_ONLY}):
            self.execute(f"DELETE FROM {self.table(table)}")
        self.filled.clear()

    def drop(self) -> None:
        for schema in SCHEMAS:
            drop_schema(f"{schema}_{self.name}")

    def table(self, name: str) -> str:
        schema, table = name.split(".")
        return f"iceberg.{schema}_{self.name}.{table}"

    def execute(self, sql: str) -> list[Row]:
        self._insert()
        self.cursor.execute(sql)
        rows = self.cursor.fetchall()
        names = [column[0] for column in self.cursor.description or []]
        return [dict(zip(names, row, strict=True)) for row in rows]

    def put(self, table: str, *rows: Row) -> None:
        """Insert rows, before the next statement; columns that a row does not have stay NULL."""
        self.waiting.setdefault(table, []).extend(rows)

    def _insert(self) -> None:
        while self.waiting:
            table, rows = self.waiting.popitem()
            self.filled.add(table)
            contract = load(table)
            values = ",\n".join(f"({', '.join(_literal(contract, row, name) for name in contract.column_names)})" for row in rows)
            self.execute(f"INSERT INTO {self.table(table)} VALUES {values}")

    def put_plant(self, plant_id: str, network_id: str = "NEM") -> None:
        """Insert a plant of one unit."""
        self.put("silver.dim_plant", plant(plant_id, network_id))
        self.put("silver.dim_unit", unit(plant_id, network_id=network_id))

    def put_generation(self, start: datetime, energies_mwh: list[float | None], plant_id: str = "NYNGAN", **changes: Any) -> None:
        self.put("silver.fact_generation_hourly", *generation(start, energies_mwh, plant_id, **changes))

    def put_weather(self, start: datetime, ghi_w_m2: list[float | None], plant_id: str = "NYNGAN", **changes: Any) -> None:
        self.put("silver.fact_weather_hourly", *weather(start, ghi_w_m2, plant_id, **changes))

    def sql(self, path: str, window: tuple[datetime, datetime], run_id: str, **values: Any) -> str:
        """A statement as Airflow renders it; `values`: what the settings say."""
        environment = Environment(loader=FileSystemLoader(SQL_DIR), undefined=StrictUndefined, autoescape=False)  # noqa: S701
        return environment.get_template(path).render(
            window_start=f"{window[0]:%Y-%m-%dT%H:%M:%SZ}",
            window_end=f"{window[1]:%Y-%m-%dT%H:%M:%SZ}",
            run_id=run_id,
            dag_id="silver_to_gold",
            run_suffix=run_id,
            gold_columns=gold_columns(),
            bronze_schema=f"iceberg.bronze_{self.name}",
            silver_schema=f"iceberg.silver_{self.name}",
            staging_schema=f"iceberg.staging_{self.name}",
            gold_schema=f"iceberg.gold_{self.name}",
            read_schema=f"iceberg.gold_{self.name}",
            read_silver_schema=f"iceberg.silver_{self.name}",
            **values,
        )

    def create_views(self) -> None:
        """Create every view as the set-up does."""
        for path in sorted((SQL_DIR / "views").glob("*.sql")):
            self.execute(self.sql(f"views/{path.name}", day_window(BUILT_AT), "run"))

    def stage(self, window: tuple[datetime, datetime], run_id: str = "run") -> None:
        for path in STAGE:
            self.execute(self.sql(path, window, run_id))

    def findings(self, window: tuple[datetime, datetime], run_id: str = "run") -> list[str]:
        """What the checks say about the staged rows: plant, day and finding."""
        self.execute(self.sql(CHECK, window, run_id))
        rows = self.execute(f"SELECT plant_id, ds, finding FROM {self.table('staging.stg_held_back')}_{run_id}")
        return [f"plant {row['plant_id']}, day {row['ds']}: {row['finding']}" for row in rows]

    def publish(self, window: tuple[datetime, datetime], run_id: str = "run") -> None:
        for path in PUBLISH:
            self.execute(self.sql(path, window, run_id))

    def run(self, window: tuple[datetime, datetime], run_id: str = "run") -> None:
        """Stage, check, publish. What was staged stays for the next run of the same name to replace."""
        self.stage(window, run_id)
        assert self.findings(window, run_id) == []
        self.publish(window, run_id)

    def note_freshness(self, run_id: str) -> dict[str, Row]:
        """Rows of `gold.freshness` after a run, by network."""
        self.execute(self.sql(FRESHNESS, day_window(BUILT_AT), run_id))
        return {row["network_id"]: row for row in self.execute(f"SELECT * FROM {self.table('gold.freshness')}")}

    def note_totals(self, run_id: str, window: tuple[datetime, datetime], **values: Any) -> dict[tuple[str, str], Row]:
        """Rows of `gold.control_totals` after a run, by region and day."""
        self.execute(self.sql(CONTROL_TOTALS, window, run_id, **values))
        rows = self.execute(f"SELECT * FROM {self.table('gold.control_totals')}")
        return {(row["network_region"], f"{row['ds']}"): row for row in rows}

    def held_back(self) -> list[Row]:
        return self.execute(f"SELECT * FROM {self.table('gold.held_back')} ORDER BY plant_id, ds, check_name")

    def kpi(self, day: str, plant_id: str = "NYNGAN") -> Row:
        """The KPI row of a plant and day; fails if there is none or more than one."""
        (row,) = [r for r in self.kpis() if r["ds"] == date.fromisoformat(day) and r["plant_id"] == plant_id]
        return row

    def kpis(self) -> list[Row]:
        return self.execute(f"SELECT * FROM {self.table('gold.daily_plant_kpi')} ORDER BY plant_id, ds")

    def hours(self) -> list[Row]:
        return self.execute(f"SELECT * FROM {self.table('gold.plant_weather_hourly')} ORDER BY plant_id, ts_utc")

    def published(self) -> Published:
        return Published(self.kpis(), self.hours())

    def snapshots(self, table: str) -> int:
        schema, name = self.table(table).rsplit(".", 1)
        return self.execute(f'SELECT count(*) AS n FROM {schema}."{name}$snapshots"')[0]["n"]


def day_window(start: datetime) -> tuple[datetime, datetime]:
    """The 24 hours from an instant."""
    return start, start + timedelta(days=1)


def hour_window(start: datetime) -> tuple[datetime, datetime]:
    """The hour from an instant."""
    return start, start + timedelta(hours=1)


def _literal(contract: TableContract, row: Row, column_name: str) -> str:
    unknown = set(row) - set(contract.column_names)
    assert not unknown, f"{contract.name} has no column {unknown}"
    value = row.get(column_name)
    if value is None:
        return "NULL"
    if isinstance(value, datetime):
        return instant(value)
    if isinstance(value, date):
        return f"DATE '{value}'"
    if isinstance(value, str):
        return f"'{value}'"
    if isinstance(value, list):
        (kind,) = [column.type for column in contract.columns if column.name == column_name]
        return f"CAST(ARRAY{value} AS {TRINO_TYPES[kind]})"
    if isinstance(value, float):
        return f"{value}e0"
    return str(value)
