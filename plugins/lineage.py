"""Tables as Airflow assets: for the lineage graph in the web page only, nothing is scheduled by them."""

from __future__ import annotations

from airflow.sdk import Asset


def _tables(schema: str, *names: str) -> list[Asset]:
    return [Asset(name=f"{schema}.{name}", uri=f"iceberg://lakehouse/{schema}/{name}") for name in names]


BRONZE_OE = _tables("bronze", "oe_facilities_raw", "oe_generation_hourly_raw")
BRONZE_OM = _tables("bronze", "om_weather_hourly_raw", "om_air_quality_hourly_raw")
SILVER = _tables(
    "silver",
    "dim_plant",
    "dim_unit",
    "fact_generation_hourly",
    "fact_weather_hourly",
    "fact_air_quality_hourly",
    "rejected_rows",
    "quality_findings",
)
GOLD = _tables("gold", "plant_weather_hourly", "daily_plant_kpi", "held_back")
