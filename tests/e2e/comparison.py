"""Silver and Gold of a time range as comparable rows, and the same rebuilt in one piece."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from include.contracts import load
from tests.e2e.conftest import Stack

FACTS = (
    "silver.fact_generation_hourly",
    "silver.fact_weather_hourly",
    "silver.fact_air_quality_hourly",
    "silver.fact_market_hourly",
)
HOURS = "gold.plant_weather_hourly"
DAYS = "gold.daily_plant_kpi"
NETWORK_OFFSET = timedelta(hours=10)


def local_day(day: date) -> tuple[datetime, datetime]:
    """The hours [start, end) of a day of both networks: WEM's begins and ends two hours after the NEM's."""
    start = datetime(day.year, day.month, day.day, tzinfo=UTC) - NETWORK_OFFSET
    return start, start + timedelta(hours=26)


def ts_between(since: datetime, until: datetime) -> str:
    """Condition for the hours of [since, until)."""
    return f"ts_utc >= TIMESTAMP '{since:%Y-%m-%d %H}:00 UTC' AND ts_utc < TIMESTAMP '{until:%Y-%m-%d %H}:00 UTC'"


def ds_between(since: datetime, until: datetime) -> str:
    """Condition for the NEM days that [since, until) touches."""
    first, last = (instant + NETWORK_OFFSET for instant in (since, until - timedelta(hours=1)))
    return f"ds BETWEEN DATE '{first:%Y-%m-%d}' AND DATE '{last:%Y-%m-%d}'"


def contents(stack: Stack, since: datetime, until: datetime) -> dict[str, list[list[object]]]:
    """Rows by table, provenance left out."""
    hourly = {table: stack.rows(table, ts_between(since, until)) for table in (*FACTS, HOURS)}
    return hourly | {DAYS: stack.rows(DAYS, ds_between(since, until))}


def duplicate_keys(stack: Stack) -> dict[str, list[list[object]]]:
    """Keys that stand twice, by table; empty when all is well."""
    found = {}
    for table in (*FACTS, HOURS, DAYS):
        key = ", ".join(load(table).key)
        if rows := stack.query(f"SELECT {key} FROM {table} GROUP BY {key} HAVING count(*) > 1"):
            found[table] = rows
    return found


def rebuilt_rows(stack: Stack, since: datetime, until: datetime) -> dict[str, list[list[object]]]:
    """Throw Silver and Gold of [since, until) away, build them once more from Bronze in one piece, return the rows."""
    for table in (*FACTS, HOURS):
        stack.query(f"DELETE FROM {table} WHERE {ts_between(since, until)}")
    stack.query(f"DELETE FROM {DAYS} WHERE {ds_between(since, until)}")
    # From an hour before: Airflow has one run of a logical date, and the tests make runs of days.
    stack.succeed("rebuild_day", since - timedelta(hours=1), until, from_layer="bronze")
    return contents(stack, since, until)
