"""The tables of plant models through Trino: versions, their plants, who is champion. The statements are in `sql/trino/models`.

Belongs here: what tasks and commands ask of these tables. Does not: the fit (Spark), what may become champion
(`include/expected_energy/champions.py`).
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from include.expected_energy.champions import Role, Version
from include.paths import PROJECT_ROOT
from include.windows import iso_utc

FITTED_FROM_TABLES = ("fact_generation_hourly", "fact_weather_hourly", "fact_market_hourly", "dim_plant")
"""Tables of Silver that a fit reads."""

_STATEMENTS = PROJECT_ROOT / "sql" / "trino" / "models"


def versions(cursor: Any) -> list[Version]:
    """Return all versions, oldest first."""
    return [
        Version(number, Role(role), fitted_from, fitted_to, compared_with, is_better, reason)
        for number, role, fitted_from, fitted_to, compared_with, is_better, reason in _rows(cursor, "versions")
    ]


def version_of_run(cursor: Any, run_id: str) -> int | None:
    """Return the version that a run of `fit_plant_models` wrote, None where it wrote none."""
    ((number,),) = _rows(cursor, "version_of_run", fit_run_id=run_id)
    return None if number is None else int(number)


def set_champion(cursor: Any, number: int) -> None:
    """Make a version the champion and the one before it a former one; nothing where it is already."""
    _rows(cursor, "set_champion", model_version=number)


def plants(cursor: Any, number: int) -> list[dict[str, Any]]:
    """Return a version's plants as they are judged outside of its window, by column."""
    return _records(cursor, "plants", model_version=number)


def comparison(cursor: Any, number: int) -> dict[str, Any]:
    """Return how a version did against the champion of its day, by column; empty where that is not known."""
    return next(iter(_records(cursor, "comparison", model_version=number)), {})


def hours(cursor: Any, plant_id: str, fitted_from: datetime, fitted_to: datetime) -> list[dict[str, Any]]:
    """Return a plant's weather of [fitted_from, fitted_to) with its accepted energy, by column, hours rising."""
    return _records(cursor, "hours", plant_id=plant_id, fitted_from=iso_utc(fitted_from), fitted_to=iso_utc(fitted_to))


def snapshots(cursor: Any, read_at: datetime) -> dict[str, int | None]:
    """Return by table the snapshot that a fit read which was written then; None where it has expired.

    The newest one before the fit wrote: the fit notes no snapshot of its own, and Silver may have changed while it ran.
    """
    at = iso_utc(read_at.replace(microsecond=0))
    return {f"silver.{table}": _rows(cursor, "snapshot", table_name=table, read_at=at)[0][0] for table in FITTED_FROM_TABLES}


def statement(name: str, **values: str | int) -> str:
    """Return a statement of `sql/trino/models` with its values; text stands between quotes there."""
    import jinja2

    quoted = {key: value.replace("'", "''") if isinstance(value, str) else value for key, value in values.items()}
    template = jinja2.Template((_STATEMENTS / f"{name}.sql").read_text(encoding="utf-8"), undefined=jinja2.StrictUndefined)
    return str(template.render(**quoted))


def _rows(cursor: Any, name: str, **values: str | int) -> list[list[Any]]:
    cursor.execute(statement(name, **values))
    return [list(row) for row in cursor.fetchall()]


def _records(cursor: Any, name: str, **values: str | int) -> list[dict[str, Any]]:
    rows = _rows(cursor, name, **values)
    columns = [column[0] for column in cursor.description]
    return [dict(zip(columns, row, strict=True)) for row in rows]
