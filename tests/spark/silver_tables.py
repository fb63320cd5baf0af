"""Silver's tables as the tests of its job look at them."""

from typing import Any

from tests.spark.lakehouse import Lakehouse

TABLES = (
    "silver.dim_unit",
    "silver.dim_plant",
    "silver.unit_history",
    "silver.fact_generation_hourly",
    "silver.rejected_rows",
    "silver.quality_findings",
    "silver.fact_weather_hourly",
    "silver.fact_air_quality_hourly",
    "silver.fact_market_hourly",
)


def everything(lakehouse: Lakehouse) -> dict[str, list[dict[str, Any]]]:
    return {table: lakehouse.rows(table) for table in TABLES}


def made_again(lakehouse: Lakehouse, *hours: Any, **options: Any) -> dict[str, list[dict[str, Any]]]:
    """Empty the tables, and return what one run makes of Bronze."""
    for table in (*TABLES, "lh.stage_progress"):
        lakehouse.spark.sql(f"DELETE FROM {table}")
    lakehouse.normalize(*hours, **options)
    return everything(lakehouse)


def snapshots(lakehouse: Lakehouse) -> dict[str, int]:
    return {table: lakehouse.snapshots(table) for table in (*TABLES, "lh.stage_progress")}


def generation(lakehouse: Lakehouse, *columns: str) -> list[tuple[Any, ...]]:
    return [tuple(row.values()) for row in lakehouse.rows("silver.fact_generation_hourly", *columns)]
