"""Tables as Airflow assets: for the lineage graph in the web page only, nothing is scheduled by them."""

from __future__ import annotations

from airflow.sdk import Asset

from include.plant_models import FITTED_FROM_TABLES
from include.sources.records import FAMILIES, of_family


def _tables(*names: str) -> list[Asset]:
    return [Asset(name=name, uri=f"iceberg://lakehouse/{name.replace('.', '/')}") for name in names]


BRONZE = {family.name: _tables(*(each.table for each in of_family(family.name))) for family in FAMILIES}
"""By family of sources."""
SILVER = _tables(
    "silver.dim_plant",
    "silver.dim_unit",
    "silver.unit_history",
    "silver.fact_generation_hourly",
    "silver.fact_weather_hourly",
    "silver.fact_air_quality_hourly",
    "silver.fact_market_hourly",
    "silver.fact_unit_solution_hourly",
    "silver.rejected_rows",
    "silver.quality_findings",
)
GOLD = _tables("gold.plant_weather_hourly", "gold.daily_plant_kpi", "gold.held_back")
MODELS = _tables("silver.plant_model", "silver.plant_model_comparison")
LOSSES = _tables("gold.plant_loss_hourly")
LOSS_FINDINGS = _tables("gold.loss_findings")
FITTED_FROM = [asset for asset in SILVER if asset.name.removeprefix("silver.") in FITTED_FROM_TABLES]
"""What a fit of plant models reads."""
JUDGED_BY_MONTHS = [*LOSSES, *_tables("silver.fact_generation_hourly", "silver.dim_plant")]
