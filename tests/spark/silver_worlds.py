"""Silver as it would be after some time of a simulated world: written straight into its tables."""

from datetime import UTC, datetime
from typing import Any

import numpy as np

from include import contracts
from include.contracts.contract import TableContract
from include.networks import NETWORKS
from include.windows import HOUR
from spark_jobs.arrow import table_rows
from tests.simulation.world import World
from tests.spark.lakehouse import Lakehouse

MADE_AT = datetime(2025, 6, 1, tzinfo=UTC)
_EMPTY: dict[str, Any] = {"string": "", "double": None, "int": 0, "long": 0, "boolean": False, "timestamp": MADE_AT}


def write_world(lakehouse: Lakehouse, made: World) -> None:
    """Write registry, generation, weather and market of a world."""
    plants, units, energy, weather = [], [], [], []
    for number, farm in enumerate(made.farms):
        network = "WEM" if farm.region == "WEM" else "NEM"
        place = {"latitude": farm.latitude_deg, "longitude": farm.longitude_deg, "coordinate_check": "ok"}
        known = {
            "plant_id": farm.code,
            "network_id": network,
            "capacity_mw": farm.capacity_mw,
            "utc_offset_hours": NETWORKS[network].utc_offset // HOUR,
        }
        plants.append(
            known | place | {"network_region": farm.region, "location_id": f"{farm.latitude_deg:.6f},{farm.longitude_deg:.6f}"}
        )
        units.append(
            known
            | {"unit_code": f"{farm.code}1", "commissioned_from_utc": datetime(2019, 1, 1, tzinfo=UTC), "retired_from_utc": None}
        )
        of_farm = made.weather[number]
        for hour, start in enumerate(made.start_s.tolist()):
            key = {"plant_id": farm.code, "ts_utc": datetime.fromtimestamp(start, UTC)}
            value = float(made.energy_mwh[number, hour])
            share = float(made.accepted_share[number, hour])
            energy.append(
                key | {"energy_mwh": None if np.isnan(value) else value, "accepted_share": share, "capacity_mw": farm.capacity_mw}
            )
            values = {
                name: float(getattr(of_farm, name)[hour]) for name in ("ghi_w_m2", "dhi_w_m2", "temperature_c", "wind_speed_m_s")
            }
            weather.append(key | values)
    market = [
        {
            "network_id": "WEM" if region == "WEM" else "NEM",
            "network_region": region,
            "ts_utc": datetime.fromtimestamp(start, UTC),
        }
        | {"price_aud_mwh": float(price[hour]), "curtailed_solar_mwh": float(made.curtailed_mwh[region][hour])}
        for region, price in made.price_aud_mwh.items()
        for hour, start in enumerate(made.start_s.tolist())
    ]
    tables = {
        "silver.dim_plant": plants,
        "silver.dim_unit": units,
        "silver.fact_generation_hourly": energy,
        "silver.fact_weather_hourly": weather,
        "silver.fact_market_hourly": market,
    }
    for name, rows in tables.items():
        table = contracts.load(name)
        lakehouse.spark.createDataFrame(table_rows(table, [_whole(table, row) for row in rows])).writeTo(name).append()


def _whole(table: TableContract, row: dict[str, Any]) -> dict[str, Any]:
    """Fill the columns that must not be null."""
    empty = {column.name: _EMPTY.get(column.type, []) for column in table.columns if not column.nullable}
    return {name: None if isinstance(value, float) and np.isnan(value) else value for name, value in (empty | row).items()}
